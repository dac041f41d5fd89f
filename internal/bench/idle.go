package main

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

const (
	idleTopics = 100
	idleSettle = 10 * time.Second // after the copies exist
	idleFor    = 30 * time.Second // holds a refresh of the topics
	idleBound  = 2 * time.Minute  // for the copies to exist
)

// idle measures what partitions cost in which nothing happens.
func idle(b *bench, ctx context.Context, r row) (result, error) {
	names := make([]string, idleTopics)
	for i := range names {
		names[i] = fmt.Sprintf("bench-%s.%d", r.name, i)
	}
	began := time.Now()
	if err := b.source.CreateAll(ctx, int32(r.partitions/idleTopics), nil, names...); err != nil {
		return result{}, err
	}
	b.say("  %d partitions created in %v", r.partitions, time.Since(began).Round(100*time.Millisecond))
	return b.each(ctx, r, names, []string{cores, resting, copied}, func(c contestant) (figures, error) {
		m, err := b.start(ctx, c, `bench-`+r.name+`\..*`, b.target.Bootstrap())
		if err != nil {
			return figures{}, err
		}
		defer b.end(m)
		copies := make([]string, len(names))
		for i, name := range names {
			copies[i] = m.copyOf(name)
		}
		return b.rest(ctx, m, copies)
	})
}

func (b *bench) rest(ctx context.Context, m *mirror, copies []string) (figures, error) {
	if err := b.exist(ctx, m, copies); err != nil {
		return figures{}, err
	}
	f := figures{values: map[string]float64{copied: time.Since(m.began).Seconds()}}
	if err := pause(ctx, idleSettle); err != nil {
		return f, err
	}
	before, err := m.Usage()
	if err != nil {
		return f, err
	}
	if err := pause(ctx, idleFor); err != nil {
		return f, err
	}
	after, err := m.Usage()
	if err != nil {
		return f, fmt.Errorf("it has ended:\n%s", m.Tail(10))
	}
	f.values[cores] = 100 * (after.CPU - before.CPU).Seconds() / idleFor.Seconds()
	f.values[resting] = float64(after.RSS) / 1e6
	return f, nil
}

// exist waits until the mirror has created all copies.
func (b *bench) exist(ctx context.Context, m *mirror, copies []string) error {
	ctx, cancel := context.WithTimeout(ctx, idleBound)
	defer cancel()
	return b.target.Admin(func(adm *kadm.Client) error {
		for {
			there := 0
			all, err := adm.ListTopics(ctx)
			for _, c := range copies {
				if err == nil && all.Has(c) {
					there++
				}
			}
			if there == len(copies) {
				return nil
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("%d of %d copies existed after %v", there, len(copies), time.Since(m.began).Round(time.Second))
			case <-m.Done():
				return fmt.Errorf("it has ended:\n%s", m.Tail(10))
			case <-time.After(200 * time.Millisecond):
			}
		}
	})
}
