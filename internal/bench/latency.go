package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	latencyRate = 1000 // records a second
	latencyFor  = 20 * time.Second
	latencyWarm = 5 * time.Second // before it counts: connections, JIT
)

// latency measures the time from producing a record at the source to its being
// read at the target, at a steady moderate rate.
func latency(b *bench, ctx context.Context, r row) (result, error) {
	topic := "bench-latency"
	if err := b.source.Create(ctx, topic, topicPartitions, nil); err != nil {
		return result{}, err
	}
	return b.each(ctx, r, []string{p50, p99}, func(c contestant) (map[string]float64, error) {
		m, err := b.start(ctx, c, topic, b.target.Bootstrap())
		if err != nil {
			return nil, err
		}
		copied := m.alias + "." + topic
		defer b.end(ctx, m, copied)
		return b.timeRecords(ctx, m, topic, copied)
	})
}

func (b *bench) timeRecords(ctx context.Context, m *mirror, topic, copied string) (map[string]float64, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	producer, err := b.source.Client(kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(0), kgo.ProducerBatchCompression(kgo.NoCompression()))
	if err != nil {
		return nil, err
	}
	defer producer.Close()
	// The first record makes the mirror create the copy; the rest is timed when
	// it has arrived.
	if err := producer.ProduceSync(ctx, stamped(topic, 0)).FirstErr(); err != nil {
		return nil, err
	}
	for n := int64(0); n == 0; {
		if n, _ = b.target.Ends(ctx, copied); n > 0 {
			break
		}
		select {
		case <-ctx.Done():
			return nil, errors.New("the first record did not arrive")
		case <-m.Done():
			return nil, fmt.Errorf("it has ended:\n%s", m.Tail(10))
		case <-time.After(100 * time.Millisecond):
		}
	}
	consumer, err := b.target.Client(kgo.ConsumeTopics(copied), kgo.ConsumeResetOffset(kgo.NewOffset().AtEnd()))
	if err != nil {
		return nil, err
	}
	defer consumer.Close()
	began := time.Now()
	go func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for n := 0; time.Since(began) < latencyWarm+latencyFor; {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			for due := int(time.Since(began).Seconds() * latencyRate); n < due; n++ {
				producer.Produce(ctx, stamped(topic, n), nil)
			}
		}
	}()
	var took []time.Duration
	for end := began.Add(latencyWarm + latencyFor); time.Now().Before(end.Add(2 * time.Second)); {
		poll, cancel := context.WithTimeout(ctx, time.Second)
		fetches := consumer.PollFetches(poll)
		cancel()
		now := time.Now()
		fetches.EachRecord(func(rec *kgo.Record) {
			sent := time.Unix(0, int64(binary.BigEndian.Uint64(rec.Value)))
			if sent.After(began.Add(latencyWarm)) {
				took = append(took, now.Sub(sent))
			}
		})
	}
	if len(took) < latencyRate {
		return nil, fmt.Errorf("only %d records were seen", len(took))
	}
	slices.Sort(took)
	at := func(q float64) float64 { return float64(took[int(float64(len(took)-1)*q)].Microseconds()) / 1e3 }
	return map[string]float64{p50: at(.5), p99: at(.99)}, nil
}

// stamped is a record of 200 bytes that says when it was made.
func stamped(topic string, n int) *kgo.Record {
	value := make([]byte, 200)
	binary.BigEndian.PutUint64(value, uint64(time.Now().UnixNano()))
	return &kgo.Record{Topic: topic, Partition: int32(n) % topicPartitions, Value: value}
}
