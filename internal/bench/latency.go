package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"crosstide/internal/kafkatest"
)

const (
	latencyRate  = 1000 // records a second
	latencyWarm  = 5 * time.Second
	latencyFor   = 20 * time.Second
	latencyAfter = 2 * time.Second // for the last ones to arrive
	latencyBound = time.Minute     // for the first record to arrive
)

// latency measures the time from producing a record at the source to its being
// read at the target, at a steady moderate rate.
func latency(b *bench, ctx context.Context, r row) (result, error) {
	topic := "bench-" + r.name
	if err := b.source.Create(ctx, topic, topicPartitions, nil); err != nil {
		return result{}, err
	}
	return b.each(ctx, r, []string{topic}, []string{p50, p99, cores, peak}, func(c contestant) (figures, error) {
		m, err := b.start(ctx, c, topic, b.target.Bootstrap())
		if err != nil {
			return figures{}, err
		}
		defer b.end(m)
		return b.timeRecords(ctx, m, topic)
	})
}

// timeRecords warms up the mirror, its connections and its JIT, and then times
// every record.
func (b *bench) timeRecords(ctx context.Context, m *mirror, topic string) (figures, error) {
	producer, err := b.source.Client(kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(0), kgo.ProducerBatchCompression(kgo.NoCompression()), awaitTopic)
	if err != nil {
		return figures{}, err
	}
	defer producer.Close()
	if err := b.firstCopy(ctx, m, producer, topic); err != nil {
		return figures{}, err
	}
	consumer, err := b.target.Client(kgo.ConsumeTopics(m.copyOf(topic)), kgo.ConsumeResetOffset(kgo.NewOffset().AtEnd()))
	if err != nil {
		return figures{}, err
	}
	defer consumer.Close()

	ctx, cancel := context.WithTimeout(ctx, latencyWarm+latencyFor+latencyAfter)
	defer cancel()
	counts := time.Now().Add(latencyWarm)
	var feeder sync.WaitGroup
	feeder.Go(func() { produceSteadily(ctx, producer, topic, counts.Add(latencyFor)) })
	defer feeder.Wait()
	var before, after usageAt
	var took []time.Duration
	for {
		fetches := consumer.PollFetches(ctx)
		now := time.Now()
		if fetches.IsClientClosed() || ctx.Err() != nil {
			break
		}
		if before.at.IsZero() && now.After(counts) {
			before = usageOf(m)
		}
		fetches.EachRecord(func(rec *kgo.Record) {
			if sent := time.Unix(0, int64(binary.BigEndian.Uint64(rec.Value))); sent.After(counts) {
				took = append(took, now.Sub(sent))
			}
		})
		if now.Before(counts.Add(latencyFor)) {
			after = usageOf(m)
		}
	}
	sent := int(latencyFor.Seconds()) * latencyRate
	if len(took) < sent*9/10 {
		return figures{}, fmt.Errorf("only %d of %d records arrived in time", len(took), sent)
	}
	f := figures{values: map[string]float64{p50: quantile(took, .5), p99: quantile(took, .99), peak: float64(after.PeakRSS) / 1e6}}
	if span := after.at.Sub(before.at).Seconds(); !before.at.IsZero() && span > 1 {
		f.values[cores] = 100 * (after.CPU - before.CPU).Seconds() / span
	}
	return f, nil
}

// firstCopy makes the mirror create the copy, and waits for it.
func (b *bench) firstCopy(ctx context.Context, m *mirror, producer *kgo.Client, topic string) error {
	ctx, cancel := context.WithTimeout(ctx, latencyBound)
	defer cancel()
	if err := producer.ProduceSync(ctx, stamped(topic, 0)).FirstErr(); err != nil {
		return err
	}
	for {
		if n, _ := b.target.Ends(ctx, m.copyOf(topic)); n > 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.New("the first record did not arrive")
		case <-m.Done():
			return m.ended()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// produceSteadily keeps to the rate until the end.
func produceSteadily(ctx context.Context, producer *kgo.Client, topic string, end time.Time) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	began := time.Now()
	for n := 0; time.Now().Before(end); {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for due := int(time.Since(began).Seconds() * latencyRate); n < due; n++ {
			producer.Produce(ctx, stamped(topic, n), nil)
		}
	}
}

// stamped is a record of 200 bytes that says when it was made.
func stamped(topic string, n int) *kgo.Record {
	value := make([]byte, 200)
	binary.BigEndian.PutUint64(value, uint64(time.Now().UnixNano()))
	return &kgo.Record{Topic: topic, Partition: int32(n) % topicPartitions, Value: value}
}

// quantile is in milliseconds; it sorts what it is given.
func quantile(took []time.Duration, q float64) float64 {
	slices.Sort(took)
	return float64(took[int(float64(len(took)-1)*q)].Microseconds()) / 1e3
}

type usageAt struct {
	kafkatest.Usage
	at time.Time
}

func usageOf(m *mirror) usageAt {
	use, err := m.Usage()
	if err != nil {
		return usageAt{}
	}
	return usageAt{Usage: use, at: time.Now()}
}
