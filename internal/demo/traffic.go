package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/errgroup"
)

// topic is one of the demo's topics and what is written to it.
type topic struct {
	name       string
	partitions int32
	codec      string
	perSecond  int
	configs    map[string]*string
	record     func(seq int64) *kgo.Record
}

func demoTopics() []topic {
	day, week := "86400000", "604800000"
	return []topic{
		{"orders", 6, "zstd", 600, map[string]*string{"retention.ms": &week}, order},
		{"payments", 3, "lz4", 400, nil, payment},
		{"clicks", 4, "snappy", 800, map[string]*string{"retention.ms": &day}, click},
		{"audit", 1, "gzip", 100, nil, audit},
		{"profiles", 2, "none", 100, nil, profile},
	}
}

const seqHeader = "seq"

// order carries its number in a header, by which the failover is checked.
func order(seq int64) *kgo.Record {
	return &kgo.Record{
		Key:   fmt.Appendf(nil, "customer-%d", seq%997),
		Value: fmt.Appendf(nil, `{"order":%d,"item":"%s","amount":%d}`, seq, strings.Repeat("part-", 20), rand.IntN(9999)),
		Headers: []kgo.RecordHeader{
			{Key: seqHeader, Value: strconv.AppendInt(nil, seq, 10)},
			{Key: "source", Value: []byte("web")},
			{Key: "trace", Value: nil},
		},
	}
}

func payment(seq int64) *kgo.Record {
	return &kgo.Record{
		Key:     fmt.Appendf(nil, "payment-%d", seq),
		Value:   fmt.Appendf(nil, `{"payment":%d,"iban":"DE%020d"}`, seq, rand.Int64()),
		Headers: []kgo.RecordHeader{{Key: "attempt", Value: []byte("1")}, {Key: "attempt", Value: []byte("2")}},
	}
}

// click has no key and no headers.
func click(seq int64) *kgo.Record {
	return &kgo.Record{Value: fmt.Appendf(nil, "click %d at %d,%d", seq, rand.IntN(1920), rand.IntN(1080))}
}

func audit(seq int64) *kgo.Record {
	return &kgo.Record{Key: []byte{}, Value: []byte(strings.Repeat(fmt.Sprintf("audit line %d; ", seq), 40))}
}

// profile deletes every fourth of what it wrote.
func profile(seq int64) *kgo.Record {
	r := &kgo.Record{Key: fmt.Appendf(nil, "user-%d", seq%101)}
	if seq%4 != 3 {
		r.Value = fmt.Appendf(nil, `{"user":%d,"name":"Ümit"}`, seq%101)
	}
	return r
}

func compression(name string) kgo.CompressionCodec {
	switch name {
	case "zstd":
		return kgo.ZstdCompression()
	case "lz4":
		return kgo.Lz4Compression()
	case "snappy":
		return kgo.SnappyCompression()
	case "gzip":
		return kgo.GzipCompression()
	}
	return kgo.NoCompression()
}

// traffic writes to the source and counts what was acknowledged.
type traffic struct {
	topics []topic
	acked  []atomic.Int64 // by topic
	slower atomic.Bool    // a hundredth of the rate
}

func newTraffic(topics []topic) *traffic {
	return &traffic{topics: topics, acked: make([]atomic.Int64, len(topics))}
}

func (t *traffic) total() (n int64) {
	for i := range t.acked {
		n += t.acked[i].Load()
	}
	return n
}

// run writes until ctx ends and returns after the last acknowledgement.
func (t *traffic) run(ctx context.Context, to *cluster) error {
	var g errgroup.Group
	for i := range t.topics {
		g.Go(func() error { return t.write(ctx, to, i) })
	}
	return g.Wait()
}

const beat = 20 * time.Millisecond

func (t *traffic) write(ctx context.Context, to *cluster, i int) error {
	topic := t.topics[i]
	client, err := to.client(kgo.DefaultProduceTopic(topic.name), kgo.ProducerLinger(0),
		kgo.ProducerBatchCompression(compression(topic.codec)))
	if err != nil {
		return err
	}
	defer client.Close()
	var failed errOnce
	ticks := time.NewTicker(beat)
	defer ticks.Stop()
	var seq int64
	last := time.Now()
	for owed := 0.0; ; {
		select {
		case <-ctx.Done():
			// What is in flight still counts.
			failed.set(client.Flush(context.WithoutCancel(ctx)))
			return failed.get()
		case <-ticks.C:
		}
		rate := float64(topic.perSecond)
		if t.slower.Load() {
			rate /= 100
		}
		// By the clock, because a busy machine leaves out ticks; but no flood after
		// a long sleep.
		passed := min(time.Since(last), time.Second)
		last = time.Now()
		for owed += rate * passed.Seconds(); owed >= 1; owed-- {
			seq++
			client.Produce(context.WithoutCancel(ctx), topic.record(seq), func(_ *kgo.Record, err error) {
				if failed.set(err); err == nil {
					t.acked[i].Add(1)
				}
			})
		}
	}
}

// errOnce keeps the first error.
type errOnce struct {
	mu  sync.Mutex
	err error
}

func (e *errOnce) set(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err == nil {
		e.err = err
	}
}

func (e *errOnce) get() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.err
}
