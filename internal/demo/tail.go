package demo

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// tail reads a cluster's topics from their start as records come, and keeps a
// checksum of each.
type tail struct {
	mu      sync.Mutex
	sums    map[string][][]uint64 // by topic and partition, in order
	delays  []delay               // of the last window
	counted int64
}

// delay is how long after its creation a record was seen.
type delay struct{ at, took time.Duration }

// window is what delays are told of.
const window = 5 * time.Second

func newTail(topics []topic) *tail {
	t := &tail{sums: map[string][][]uint64{}}
	for _, topic := range topics {
		t.sums[topic.name] = make([][]uint64, topic.partitions)
	}
	return t
}

// run reads until ctx ends. The topics need not exist yet.
func (t *tail) run(ctx context.Context, c *cluster) error {
	var names []string
	for name := range t.sums {
		names = append(names, name)
	}
	client, err := c.client(kgo.ConsumeTopics(names...), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.MetadataMinAge(100*time.Millisecond), kgo.MetadataMaxAge(500*time.Millisecond), kgo.FetchMaxWait(250*time.Millisecond))
	if err != nil {
		return err
	}
	defer client.Close()
	start := time.Now()
	for {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			return nil
		}
		t.take(fetches, start)
	}
}

func (t *tail) take(fetches kgo.Fetches, start time.Time) {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	fetches.EachRecord(func(r *kgo.Record) {
		partitions := t.sums[r.Topic]
		partitions[r.Partition] = append(partitions[r.Partition], checksum(r))
		t.counted++
		t.delays = append(t.delays, delay{now.Sub(start), now.Sub(r.Timestamp)})
	})
	old := now.Sub(start) - window
	keep, _ := slices.BinarySearchFunc(t.delays, old, func(d delay, at time.Duration) int { return int(d.at - at) })
	t.delays = slices.Delete(t.delays, 0, keep)
}

// checksum covers all of a record that a mirror must keep. Lengths go in too,
// and nil differs from empty.
func checksum(r *kgo.Record) uint64 {
	h := fnv.New64a()
	field := func(b []byte) {
		n := int64(len(b))
		if b == nil {
			n = -1
		}
		_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(n)))
		_, _ = h.Write(b)
	}
	field(binary.BigEndian.AppendUint64(nil, uint64(r.Timestamp.UnixMilli())))
	field(r.Key)
	field(r.Value)
	for _, header := range r.Headers {
		field([]byte(header.Key))
		field(header.Value)
	}
	return h.Sum64()
}

// counts returns how many records were seen, by topic.
func (t *tail) counts() (byTopic map[string]int64, total int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	byTopic = map[string]int64{}
	for name, partitions := range t.sums {
		for _, sums := range partitions {
			byTopic[name] += int64(len(sums))
		}
	}
	return byTopic, t.counted
}

// latency returns the middle and the slow end of the last window.
func (t *tail) latency() (p50, p99 time.Duration) {
	t.mu.Lock()
	took := make([]time.Duration, len(t.delays))
	for i, d := range t.delays {
		took[i] = d.took
	}
	t.mu.Unlock()
	if len(took) == 0 {
		return 0, 0
	}
	slices.Sort(took)
	// Record timestamps are whole milliseconds, so a delay may seem negative.
	return max(0, took[len(took)/2]), max(0, took[len(took)*99/100])
}
