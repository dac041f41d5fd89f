//go:build integration

package integration

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"crosstide/internal/kafkatest"
)

// traffic writes numbered records to a topic's partitions in turn, at a steady
// rate, until it is stopped.
type traffic struct {
	client *kgo.Client
	stop   context.CancelFunc
	done   chan error
	sent   atomic.Int64 // acknowledged
}

func startTraffic(t *testing.T, c *kafkatest.Cluster, topic string, partitions int32, perSecond int) *traffic {
	t.Helper()
	cl, err := c.Client(kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(2*time.Millisecond), kgo.MaxBufferedRecords(1_000_000))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	tr := &traffic{client: cl, stop: cancel, done: make(chan error, 1)}
	go func() { tr.done <- tr.run(ctx, topic, partitions, perSecond) }()
	t.Cleanup(func() {
		cancel()
		cl.Close()
	})
	return tr
}

func (tr *traffic) run(ctx context.Context, topic string, partitions int32, perSecond int) error {
	var failed atomic.Pointer[error]
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	began := time.Now()
	for n := 0; ; {
		select {
		case <-ctx.Done():
			if err := tr.client.Flush(context.Background()); err != nil {
				return err
			}
			if err := failed.Load(); err != nil {
				return *err
			}
			return nil
		case <-tick.C:
		}
		for due := int(time.Since(began).Seconds() * float64(perSecond)); n < due; n++ {
			r := &kgo.Record{Topic: topic, Partition: int32(n) % partitions, Key: fmt.Append(nil, n%1000), Value: fmt.Appendf(nil, "%s %d", topic, n)}
			tr.client.Produce(context.Background(), r, func(_ *kgo.Record, err error) {
				if err != nil {
					failed.CompareAndSwap(nil, &err)
					return
				}
				tr.sent.Add(1)
			})
		}
	}
}

// end stops the traffic when all of it is acknowledged and returns how many
// records that were.
func (tr *traffic) end(t *testing.T) int64 {
	t.Helper()
	tr.stop()
	if err := <-tr.done; err != nil {
		t.Fatalf("the producer of the traffic: %v", err)
	}
	return tr.sent.Load()
}

// flowing waits until so many more records have come to the target than there
// are now, and returns how long that took.
func (w *world) flowing(name string, more int64) time.Duration {
	w.t.Helper()
	began := time.Now()
	now, err := w.target.Ends(w.ctx, w.copied(name))
	if err != nil {
		now = 0
	}
	w.arrives(name, now+more)
	return time.Since(began)
}

func values(records []*kgo.Record) []string {
	all := make([]string, len(records))
	for i, r := range records {
		all[i] = string(r.Value)
	}
	return all
}
