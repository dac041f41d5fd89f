package main

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

const (
	idleSettle = 20 * time.Second // after the copies exist
	idleFor    = 40 * time.Second // more than one refresh of the topics
	idleBound  = 5 * time.Minute
)

// idle measures what partitions cost in which nothing happens.
func idle(b *bench, ctx context.Context, r row) (result, error) {
	const topics = 100
	names := make([]string, topics)
	for i := range names {
		names[i] = fmt.Sprintf("bench-%s.%d", r.name, i)
	}
	if err := b.source.CreateAll(ctx, int32(r.partitions/topics), nil, names...); err != nil {
		return result{}, err
	}
	res, err := b.each(ctx, r, []string{cores, resting}, func(c contestant) (map[string]float64, error) {
		m, err := b.start(ctx, c, `bench-`+r.name+`\\..*`, b.target.Bootstrap())
		if err != nil {
			return nil, err
		}
		copies := make([]string, topics)
		for i, name := range names {
			copies[i] = m.alias + "." + name
		}
		defer b.end(ctx, m, copies...)
		return b.rest(ctx, m, copies)
	})
	if err == nil {
		err = b.source.Delete(ctx, names...)
	}
	return res, err
}

func (b *bench) rest(ctx context.Context, m *mirror, copies []string) (map[string]float64, error) {
	if err := b.exist(ctx, m, copies); err != nil {
		return nil, err
	}
	if err := pause(ctx, idleSettle); err != nil {
		return nil, err
	}
	before, err := m.Usage()
	if err != nil {
		return nil, err
	}
	if err := pause(ctx, idleFor); err != nil {
		return nil, err
	}
	after, err := m.Usage()
	if err != nil {
		return nil, err
	}
	return map[string]float64{
		cores:   100 * (after.CPU - before.CPU).Seconds() / idleFor.Seconds(),
		resting: float64(after.RSS) / 1e6,
	}, nil
}

// exist waits until the mirror has created all copies.
func (b *bench) exist(ctx context.Context, m *mirror, copies []string) error {
	ctx, cancel := context.WithTimeout(ctx, idleBound)
	defer cancel()
	for {
		there := 0
		err := b.target.Admin(func(adm *kadm.Client) error {
			all, err := adm.ListTopics(ctx)
			for _, c := range copies {
				if all.Has(c) {
					there++
				}
			}
			return err
		})
		if err == nil && there == len(copies) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d copies exist: %w", there, len(copies), ctx.Err())
		case <-m.Done():
			return fmt.Errorf("it has ended:\n%s", m.Tail(10))
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
