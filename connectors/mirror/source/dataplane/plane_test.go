package dataplane

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"crosstide/internal/kafka/wire"
)

// world is two in-memory clusters and what a plane told while it ran.
type world struct {
	t              *testing.T
	source, target *kfake.Cluster
	from, to       *kgo.Client

	mu      sync.Mutex
	offsets map[topicPartition]int64
	ids     map[topicPartition][2][16]byte
	acked   map[topicPartition][][3]int64
}

func newWorld(t *testing.T, topics map[string]int32) *world {
	t.Helper()
	w := &world{t: t, offsets: map[topicPartition]int64{}, ids: map[topicPartition][2][16]byte{}, acked: map[topicPartition][][3]int64{}}
	w.source, w.from = fake(t, topics)
	copies := map[string]int32{}
	for topic, n := range topics {
		copies["A."+topic] = n
	}
	w.target, w.to = fake(t, copies)
	return w
}

func fake(t *testing.T, topics map[string]int32) (*kfake.Cluster, *kgo.Client) {
	t.Helper()
	opts := []kfake.Opt{kfake.NumBrokers(2)}
	for topic, n := range topics {
		opts = append(opts, kfake.SeedTopics(n, topic))
	}
	c, err := kfake.NewCluster(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, client(t, c)
}

func client(t *testing.T, c *kfake.Cluster, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	cl, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(c.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner())}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

func side(cl *kgo.Client) Cluster {
	return Cluster{Client: cl, Wire: wire.Config{Dial: (&net.Dialer{}).DialContext, ClientID: "plane-test"}}
}

func (w *world) config() Config {
	c := Config{
		Source: side(w.from), Target: side(w.to), CommitInterval: 20 * time.Millisecond, FetchMaxWaitMs: 50,
		Log: slog.New(slog.NewTextHandler(testWriter{w.t}, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Commit: func(_ context.Context, offsets []Committed) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			for _, o := range offsets {
				w.offsets[topicPartition{o.Topic, o.Partition}] = o.Offset
				w.ids[topicPartition{o.Topic, o.Partition}] = [2][16]byte{o.SourceID, o.TargetID}
			}
			return nil
		},
		Acked: func(topic string, partition int32, up, down, n int64) {
			w.mu.Lock()
			defer w.mu.Unlock()
			tp := topicPartition{topic, partition}
			w.acked[tp] = append(w.acked[tp], [3]int64{up, down, n})
		},
		Budget: NewBudget(16 << 20),
	}
	topics, err := kadm.NewClient(w.from).ListTopics(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, td := range topics.Sorted() {
		for _, pd := range td.Partitions.Sorted() {
			at, ok := w.offsets[topicPartition{td.Topic, pd.Partition}]
			if !ok {
				at = -2
			}
			c.Partitions = append(c.Partitions, Assignment{Topic: td.Topic, Partition: pd.Partition, TargetTopic: "A." + td.Topic, Position: max(-1, at+1),
				SourceID: w.ids[topicPartition{td.Topic, pd.Partition}][0], TargetID: w.ids[topicPartition{td.Topic, pd.Partition}][1]})
		}
	}
	return c
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) { w.t.Log(string(b)); return len(b), nil }

// run starts a plane and returns a function that stops it and waits.
func (w *world) run(c Config) (pl *Plane, stop func()) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	pl = New(c)
	done := make(chan error, 1)
	go func() { done <- pl.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				w.t.Errorf("run: %v", err)
			}
		})
	}
	w.t.Cleanup(stop)
	return pl, stop
}

func (w *world) produce(topic string, partition int32, from, n int, opts ...kgo.Opt) {
	w.t.Helper()
	cl := w.from
	if len(opts) > 0 {
		cl = client(w.t, w.source, opts...)
	}
	var records []*kgo.Record
	for i := from; i < from+n; i++ {
		records = append(records, &kgo.Record{Topic: topic, Partition: partition, Key: fmt.Appendf(nil, "k%d", i), Value: fmt.Appendf(nil, "v%d", i),
			Headers: []kgo.RecordHeader{{Key: "h", Value: nil}, {Key: "h", Value: []byte("2")}}, Timestamp: time.UnixMilli(1700000000000 + int64(i))})
	}
	if err := cl.ProduceSync(context.Background(), records...).FirstErr(); err != nil {
		w.t.Fatal(err)
	}
}

// read returns the records of one partition, up to its end.
func read(t *testing.T, c *kfake.Cluster, topic string, partition int32, n int, opts ...kgo.Opt) []*kgo.Record {
	t.Helper()
	cl := client(t, c, append(opts, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {partition: kgo.NewOffset().AtStart()}}))...)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var out []*kgo.Record
	for len(out) < n {
		fetches := cl.PollFetches(ctx)
		if ctx.Err() != nil {
			t.Fatalf("%s-%d: %d of %d records arrived", topic, partition, len(out), n)
		}
		out = append(out, fetches.Records()...)
	}
	return out
}

// same compares a copy with its source, record by record.
func (w *world) same(topic string, partition int32, n int) {
	w.t.Helper()
	a, b := read(w.t, w.source, topic, partition, n), read(w.t, w.target, "A."+topic, partition, n)
	if len(a) != len(b) {
		w.t.Fatalf("%s-%d: %d records in the source, %d in the target", topic, partition, len(a), len(b))
	}
	for i := range a {
		x, y := *a[i], *b[i]
		if string(x.Key) != string(y.Key) || string(x.Value) != string(y.Value) || !x.Timestamp.Equal(y.Timestamp) || fmt.Sprint(x.Headers) != fmt.Sprint(y.Headers) {
			w.t.Fatalf("%s-%d record %d: %v became %v", topic, partition, i, x, y)
		}
	}
}

func TestEveryRecordArrivesOnceAndInOrder(t *testing.T) {
	w := newWorld(t, map[string]int32{"orders": 3, "events": 2})
	for p := range int32(3) {
		w.produce("orders", p, 0, 500)
	}
	_, stop := w.run(w.config())
	w.produce("events", 1, 0, 200, kgo.ProducerBatchCompression(kgo.ZstdCompression()))
	w.produce("orders", 0, 500, 300, kgo.ProducerBatchCompression(kgo.Lz4Compression()))
	w.same("orders", 0, 800)
	w.same("orders", 1, 500)
	w.same("orders", 2, 500)
	w.same("events", 1, 200)
	stop()
	if got := w.offsets[topicPartition{"orders", 0}]; got != 799 {
		t.Errorf("committed offset of orders-0 is %d, want 799", got)
	}
	want := int64(0)
	for _, run := range w.acked[topicPartition{"orders", 0}] {
		if run[0] != want || run[1] != want {
			t.Fatalf("runs of orders-0 are %v", w.acked[topicPartition{"orders", 0}])
		}
		want += run[2]
	}
}

func TestARestartContinuesWhereTheLastRunStopped(t *testing.T) {
	w := newWorld(t, map[string]int32{"orders": 1})
	w.produce("orders", 0, 0, 300)
	_, stop := w.run(w.config())
	w.same("orders", 0, 300)
	stop()
	w.produce("orders", 0, 300, 100)
	_, stop = w.run(w.config())
	w.same("orders", 0, 400)
	stop()
}

func TestOneRecordBatchesAreJoined(t *testing.T) {
	w := newWorld(t, map[string]int32{"tiny": 1})
	for i := range 300 {
		w.produce("tiny", 0, i, 1)
	}
	pl, stop := w.run(w.config())
	w.same("tiny", 0, 300)
	stop()
	if n := pl.partitions[0].stats.path[pathJoined].Load(); n == 0 || n > 60 {
		t.Errorf("300 one-record batches became %d joined ones", n)
	}
}

func TestSequenceNumbersWrapAsBrokersDo(t *testing.T) {
	for _, c := range []struct{ seq, n, want int32 }{{0, 5, 5}, {1<<31 - 1, 1, 0}, {1<<31 - 3, 5, 2}} {
		if got := addSequence(c.seq, c.n); got != c.want {
			t.Errorf("%d plus %d is %d, want %d", c.seq, c.n, got, c.want)
		}
	}
}
