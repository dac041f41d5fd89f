package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"crosstide/internal/kafkatest"
)

const (
	idleTopics = 100
	idleSettle = 10 * time.Second // after every topic flows
	idleFor    = 30 * time.Second // holds a refresh of the topics
	idleBound  = 2 * time.Minute  // for every topic to flow

	// createPortion is how many topics are created at once: Kafka's controller
	// refuses requests that make more than 10 000 entries in its log.
	createPortion = 20
)

// idle measures what partitions cost in which nothing happens. One record in
// each topic tells when the mirror has taken them all up.
func idle(b *bench, ctx context.Context, r row) (result, error) {
	names := make([]string, idleTopics)
	for i := range names {
		names[i] = fmt.Sprintf("bench-%s.%d", r.name, i)
	}
	began := time.Now()
	if err := createMany(ctx, b.source, int32(r.partitions/idleTopics), names); err != nil {
		return result{}, err
	}
	var records []*kgo.Record
	for _, name := range names {
		records = append(records, &kgo.Record{Topic: name, Value: []byte("a sign of life")})
	}
	if err := b.source.Produce(ctx, records, awaitTopic); err != nil {
		return result{}, err
	}
	b.say("  %d partitions created in %v", r.partitions, time.Since(began).Round(100*time.Millisecond))
	return b.each(ctx, r, names, []string{cores, resting, flowing}, func(c contestant) (figures, error) {
		return b.rest(ctx, c, r, names)
	})
}

func createMany(ctx context.Context, c *kafkatest.Cluster, partitions int32, names []string) error {
	for some := range slices.Chunk(names, createPortion) {
		if err := c.CreateAll(ctx, partitions, nil, some...); err != nil {
			return fmt.Errorf("creating %d topics of %d partitions: %w", len(some), partitions, err)
		}
	}
	return nil
}

func (b *bench) rest(ctx context.Context, c contestant, r row, names []string) (figures, error) {
	if r.prepared {
		copies := make([]string, len(names))
		for i, name := range names {
			copies[i] = b.nextAlias() + "." + name
		}
		if err := createMany(ctx, b.target, int32(r.partitions/idleTopics), copies); err != nil {
			return figures{}, err
		}
		b.quiet(ctx)
	}
	m, err := b.start(ctx, c, `bench-`+r.name+`\..*`, b.target.Bootstrap())
	if err != nil {
		return figures{}, err
	}
	defer b.end(m)
	if err := b.flows(ctx, m, names); err != nil {
		return figures{}, err
	}
	f := figures{values: map[string]float64{flowing: time.Since(m.began).Seconds()}}
	if err := pause(ctx, idleSettle); err != nil {
		return f, err
	}
	before, err := m.Usage()
	if err != nil {
		return f, m.ended()
	}
	if err := pause(ctx, idleFor); err != nil {
		return f, err
	}
	after, err := m.Usage()
	if err != nil {
		return f, m.ended()
	}
	f.values[cores] = 100 * (after.CPU - before.CPU).Seconds() / idleFor.Seconds()
	f.values[resting] = float64(after.RSS) / 1e6
	return f, nil
}

// flows waits until the mirror has copied the record of every topic.
func (b *bench) flows(ctx context.Context, m *mirror, names []string) error {
	ctx, cancel := context.WithTimeout(ctx, idleBound)
	defer cancel()
	copies := make([]string, len(names))
	for i, name := range names {
		copies[i] = m.copyOf(name)
	}
	return b.target.Admin(func(adm *kadm.Client) error {
		for there := int64(0); ; {
			if got := ends(ctx, adm, copies...); ctx.Err() == nil {
				there = got
			}
			if there >= int64(len(names)) {
				return nil
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("%d of %d topics flowed after %v; its last words:\n%s", there, len(names), time.Since(m.began).Round(time.Second), m.lastWords(3))
			case <-m.Done():
				return m.ended()
			case <-time.After(300 * time.Millisecond): // thousands of partitions are asked for
			}
		}
	})
}
