package dataplane

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"crosstide/internal/recordbatch"
)

// eventually waits for something that another goroutine does.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("still waiting: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// cutting makes connections that break after a random number of bytes in either
// direction.
type cutting struct {
	mu   sync.Mutex
	rng  *rand.Rand
	on   atomic.Bool
	cuts atomic.Int64
	mean int64
}

func (c *cutting) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	nc, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	cut := &cutConn{Conn: nc, c: c}
	cut.left.Store(2000 + c.rng.Int64N(2*c.mean))
	return cut, nil
}

type cutConn struct {
	net.Conn
	c    *cutting
	left atomic.Int64
}

func (c *cutConn) use(n int) {
	if c.c.on.Load() && c.left.Add(-int64(n)) < 0 {
		c.c.cuts.Add(1)
		_ = c.Close()
	}
}

func (c *cutConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.use(n)
	return n, err
}

func (c *cutConn) Write(b []byte) (int, error) {
	// Part of a request may arrive: the broker then never answers it.
	if c.c.on.Load() && c.left.Load() < int64(len(b)) {
		n, _ := c.Conn.Write(b[:len(b)/2])
		c.use(len(b))
		return n, net.ErrClosed
	}
	n, err := c.Conn.Write(b)
	c.use(n)
	return n, err
}

// noise does not compress.
func noise(n int) []byte {
	rng := rand.NewChaCha8([32]byte{1})
	b := make([]byte, n)
	_, _ = rng.Read(b)
	return b
}

func seed(t *testing.T) uint64 {
	s := uint64(time.Now().UnixNano())
	if v := os.Getenv("CROSSTIDE_SEED"); v != "" {
		s, _ = strconv.ParseUint(v, 10, 64)
	}
	t.Logf("CROSSTIDE_SEED=%d repeats this run", s)
	return s
}

func TestCutConnectionsAndErrorsNeitherLoseNorRepeatNorReorder(t *testing.T) {
	s := seed(t)
	rng := rand.New(rand.NewPCG(s, 1))
	w := newWorld(t, map[string]int32{"orders": 4})
	cut := &cutting{rng: rand.New(rand.NewPCG(s, 2)), mean: 60_000}
	cut.on.Store(true)
	cfg := w.config()
	cfg.Source.Wire.Dial, cfg.Target.Wire.Dial = cut.dial, cut.dial
	_, stop := w.run(cfg)

	errs := []*kerr.Error{kerr.NotLeaderForPartition, kerr.NotEnoughReplicas, kerr.RequestTimedOut, kerr.NotEnoughReplicasAfterAppend, kerr.UnknownServerError, kerr.KafkaStorageError, kerr.LeaderNotAvailable}
	const rounds, each = 60, 40
	for round := range rounds {
		for p := range int32(4) {
			w.produce("orders", p, round*each, each, kgo.ProducerBatchCompression([]kgo.CompressionCodec{kgo.NoCompression(), kgo.Lz4Compression()}[rng.IntN(2)]))
		}
		switch rng.IntN(4) {
		case 0:
			_ = w.target.MoveTopicPartition("A.orders", int32(rng.IntN(4)), int32(rng.IntN(2)))
		case 1:
			_ = w.source.MoveTopicPartition("orders", int32(rng.IntN(4)), int32(rng.IntN(2)))
		case 2:
			w.target.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "A.orders", Partitions: []int32{int32(rng.IntN(4))}, Err: errs[rng.IntN(len(errs))], Count: 1 + rng.IntN(3)})
		case 3:
			w.source.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Topic: "orders", Partitions: []int32{int32(rng.IntN(4))}, Err: errs[rng.IntN(2)], Count: 1})
		}
	}
	for p := range int32(4) {
		w.same("orders", p, rounds*each)
	}
	stop()
	if cut.cuts.Load() == 0 {
		t.Error("no connection was cut: the test proves nothing")
	}
	for p := range int32(4) {
		if got := w.offsets[topicPartition{"orders", p}]; got != rounds*each-1 {
			t.Errorf("orders-%d is committed up to %d, want %d", p, got, rounds*each-1)
		}
		next := int64(0)
		for _, run := range w.acked[topicPartition{"orders", p}] {
			if run[0] != next || run[1] != next {
				t.Fatalf("orders-%d: run %v where %d was next", p, run, next)
			}
			next += run[2]
		}
	}
}

func TestAForgottenProducerGoesOnWithoutGapOrRepeat(t *testing.T) {
	for _, e := range []*kerr.Error{kerr.UnknownProducerID, kerr.OutOfOrderSequenceNumber, kerr.InvalidProducerEpoch, kerr.InvalidProducerIDMapping} {
		t.Run(e.Message, func(t *testing.T) {
			w := newWorld(t, map[string]int32{"orders": 1})
			w.produce("orders", 0, 0, 200)
			_, stop := w.run(w.config())
			w.same("orders", 0, 200)
			w.target.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "A.orders", Err: e, Count: 2})
			w.produce("orders", 0, 200, 300)
			w.same("orders", 0, 500)
			stop()
		})
	}
}

func TestExpiredRecordsAreCountedAndTheRestIsCopied(t *testing.T) {
	w := newWorld(t, map[string]int32{"orders": 1})
	w.produce("orders", 0, 0, 10)
	_, stop := w.run(w.config())
	w.same("orders", 0, 10)
	stop()
	w.produce("orders", 0, 10, 90)
	if err := w.source.DeleteRecords("orders", 0, 40); err != nil {
		t.Fatal(err)
	}
	counters := NewCounters()
	counting := func() Config {
		c := w.config()
		c.Counters = counters
		return c
	}
	pl, stop := w.run(counting())
	got := read(t, w.target, "A.orders", 0, 70)
	if string(got[10].Value) != "v40" {
		t.Errorf("record after the gap is %s, want v40", got[10].Value)
	}
	stop()
	events := pl.Events()
	if len(events) != 1 || events[0].Kind != LossSourceExpired || events[0].From != 10 || events[0].To != 40 || events[0].Missing() != 30 {
		t.Errorf("events are %v", events)
	}
	if p := New(counting()).Progress()[0]; p.Missing != 30 || p.Records != 60 {
		t.Errorf("after a restart %d records count as missing and %d as copied, want 30 and 60", p.Missing, p.Records)
	}
}

func TestDataLossFailsThePartitionAloneWhenAskedTo(t *testing.T) {
	w := newWorld(t, map[string]int32{"orders": 2})
	w.offsets[topicPartition{"orders", 0}] = 4
	w.produce("orders", 0, 0, 20)
	w.produce("orders", 1, 0, 20)
	if err := w.source.DeleteRecords("orders", 0, 10); err != nil {
		t.Fatal(err)
	}
	cfg := w.config()
	cfg.OnDataLoss = FailOnDataLoss
	pl, stop := w.run(cfg)
	w.same("orders", 1, 20)
	eventually(t, "partition 0 fails", func() bool { return pl.Progress()[0].Failure != nil })
	stop()
	if got, ok := w.offsets[topicPartition{"orders", 0}]; got != 4 || !ok {
		t.Errorf("offset of the failed partition moved to %d", got)
	}
}

func TestARecreatedSourceTopicIsCopiedFromItsStart(t *testing.T) {
	w := newWorld(t, map[string]int32{"orders": 1})
	w.produce("orders", 0, 0, 50)
	cfg := w.config()
	pl, stop := w.run(cfg)
	w.same("orders", 0, 50)
	if err := w.source.DeleteTopic("orders"); err != nil {
		t.Fatal(err)
	}
	if err := w.source.CreateTopic("orders", 1, nil); err != nil {
		t.Fatal(err)
	}
	fresh := client(t, w.source)
	for i := range 80 { // longer than the old one: offsets alone would not tell
		if err := fresh.ProduceSync(context.Background(), &kgo.Record{Topic: "orders", Value: fmt.Appendf(nil, "new%d", i)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	got := read(t, w.target, "A.orders", 0, 130)
	for i := range 80 {
		if want := fmt.Sprintf("new%d", i); string(got[50+i].Value) != want {
			t.Fatalf("record %d is %s, want %s", 50+i, got[50+i].Value, want)
		}
	}
	stop()
	if e := pl.Events(); len(e) != 1 || e[0].Kind != LossSourceRecreated {
		t.Errorf("events are %v", e)
	}
}

func TestASourceTopicRecreatedWhileNobodyLookedIsCopiedFromItsStart(t *testing.T) {
	w := newWorld(t, map[string]int32{"orders": 1})
	w.produce("orders", 0, 0, 50)
	_, stop := w.run(w.config())
	w.same("orders", 0, 50)
	stop()
	if err := w.source.DeleteTopic("orders"); err != nil {
		t.Fatal(err)
	}
	if err := w.source.CreateTopic("orders", 1, nil); err != nil {
		t.Fatal(err)
	}
	w.from = client(t, w.source)
	w.produce("orders", 0, 1000, 80) // longer than the old one: offsets alone would not tell
	pl, stop := w.run(w.config())
	got := read(t, w.target, "A.orders", 0, 130)
	for i := range 80 {
		if want := fmt.Sprintf("v%d", 1000+i); string(got[50+i].Value) != want {
			t.Fatalf("record %d is %s, want %s", 50+i, got[50+i].Value, want)
		}
	}
	stop()
	if e := pl.Events(); len(e) != 1 || e[0].Kind != LossSourceRecreated {
		t.Errorf("events are %v", e)
	}
}

func TestATargetTopicRecreatedWhileNobodyLookedIsFilledAgain(t *testing.T) {
	w := newWorld(t, map[string]int32{"orders": 1})
	w.produce("orders", 0, 0, 50)
	_, stop := w.run(w.config())
	w.same("orders", 0, 50)
	stop()
	if err := w.target.DeleteTopic("A.orders"); err != nil {
		t.Fatal(err)
	}
	if err := w.target.CreateTopic("A.orders", 1, nil); err != nil {
		t.Fatal(err)
	}
	w.to = client(t, w.target)
	pl, stop := w.run(w.config())
	w.same("orders", 0, 50)
	stop()
	if e := pl.Events(); len(e) != 1 || e[0].Kind != LossTargetRecreated {
		t.Errorf("events are %v", e)
	}
	if at := w.offsets[topicPartition{"orders", 0}]; at != 49 {
		t.Errorf("committed offset is %d, want 49", at)
	}
}

func TestAVanishedTargetTopicIsMadeAndFilledAgain(t *testing.T) {
	w := newWorld(t, map[string]int32{"orders": 2})
	w.produce("orders", 0, 0, 50)
	w.produce("orders", 1, 0, 60)
	cfg := w.config()
	cfg.EnsureTarget = func(_ context.Context, topics []string) error {
		for _, topic := range topics {
			if err := w.target.CreateTopic("A."+topic, 2, nil); err != nil {
				return err
			}
		}
		return nil
	}
	pl, stop := w.run(cfg)
	w.same("orders", 0, 50)
	w.same("orders", 1, 60)
	if err := w.target.DeleteTopic("A.orders"); err != nil {
		t.Fatal(err)
	}
	w.produce("orders", 0, 50, 10)
	eventually(t, "the topic is there again", func() bool { return w.target.TopicInfo("A.orders") != nil })
	w.same("orders", 0, 60)
	eventually(t, "the loss is noticed for both partitions", func() bool { return len(pl.Events()) >= 2 })
	w.same("orders", 1, 60)
	stop()
}

func (w *world) limit(topic, bytes string) {
	w.t.Helper()
	got, err := kadm.NewClient(w.to).AlterTopicConfigs(context.Background(), []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "max.message.bytes", Value: kadm.StringPtr(bytes)}}, topic)
	if err == nil {
		_, err = got.On(topic, func(r *kadm.AlterConfigsResponse) error { return r.Err })
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestBatchesTooLargeForTheTargetAreSplit(t *testing.T) {
	w := newWorld(t, map[string]int32{"orders": 1})
	w.limit("A.orders", "2000")
	w.produce("orders", 0, 0, 1000, kgo.ProducerBatchCompression(kgo.NoCompression()))
	w.produce("orders", 0, 1000, 1000, kgo.ProducerBatchCompression(kgo.GzipCompression()))
	pl, stop := w.run(w.config())
	w.same("orders", 0, 2000)
	stop()
	if n := pl.partitions[0].stats.path[pathTooLarge].Load(); n < 10 {
		t.Errorf("only %d batches were split", n)
	}
}

func TestARecordTooLargeForTheTargetFailsItsPartitionAlone(t *testing.T) {
	w := newWorld(t, map[string]int32{"orders": 2})
	w.limit("A.orders", "2000")
	w.produce("orders", 0, 0, 10)
	if err := w.from.ProduceSync(context.Background(), &kgo.Record{Topic: "orders", Value: noise(5000)}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	w.produce("orders", 0, 11, 10)
	w.produce("orders", 1, 0, 100)
	pl, stop := w.run(w.config())
	w.same("orders", 1, 100)
	eventually(t, "partition 0 fails", func() bool { return pl.Progress()[0].Failure != nil })
	if n := len(read(t, w.target, "A.orders", 0, 10)); n != 10 {
		t.Errorf("%d records of the failed partition arrived, want the 10 before the large one", n)
	}
	stop()
	if got := w.offsets[topicPartition{"orders", 0}]; got != 9 {
		t.Errorf("committed offset is %d, want 9", got)
	}
}

func TestARecordTooLargeForTheTargetIsSetAsideWhenAskedTo(t *testing.T) {
	for _, joined := range []bool{false, true} {
		t.Run(fmt.Sprintf("joined=%v", joined), func(t *testing.T) {
			w := newWorld(t, map[string]int32{"orders": 1})
			w.limit("A.orders", "2000")
			w.produce("orders", 0, 0, 10)
			large := []*kgo.Record{{Topic: "orders", Value: noise(5000)}}
			if !joined { // a batch of its own that is larger than the limit at first sight
				large[0].Value = noise(400_000)
				w.limit("A.orders", "300000")
			}
			if err := w.from.ProduceSync(context.Background(), large...).FirstErr(); err != nil {
				t.Fatal(err)
			}
			w.produce("orders", 0, 11, 10)
			cfg := w.config()
			var mu sync.Mutex
			var dead []int64
			cfg.DeadLetter = func(_ context.Context, _ string, _ int32, r recordbatch.Record, _ error) error {
				mu.Lock()
				defer mu.Unlock()
				dead = append(dead, r.Offset)
				if !bytes.Equal(r.Value, large[0].Value) {
					t.Errorf("%d bytes were set aside, want the %d of the large record", len(r.Value), len(large[0].Value))
				}
				return nil
			}
			_, stop := w.run(cfg)
			got := read(t, w.target, "A.orders", 0, 20)
			if string(got[9].Value) != "v9" || string(got[10].Value) != "v11" {
				t.Errorf("around the large record the copy has %s and %s", got[9].Value, got[10].Value)
			}
			// Now the limit is known, and the record is refused before it is sent.
			if err := w.from.ProduceSync(context.Background(), large...).FirstErr(); err != nil {
				t.Fatal(err)
			}
			w.produce("orders", 0, 22, 5)
			read(t, w.target, "A.orders", 0, 25)
			stop()
			if len(dead) != 2 || dead[0] != 10 || dead[1] != 21 {
				t.Errorf("offsets %v were set aside, want 10 and 21", dead)
			}
			if at := w.offsets[topicPartition{"orders", 0}]; at != 26 {
				t.Errorf("committed offset is %d, want 26", at)
			}
		})
	}
}

func TestReadCommittedLeavesOutAbortedTransactions(t *testing.T) {
	w := newWorld(t, map[string]int32{"orders": 1})
	for i := range 6 {
		tx := client(t, w.source, kgo.TransactionalID(fmt.Sprintf("tx%d", i)))
		if err := tx.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		for k := range 20 {
			tx.Produce(context.Background(), &kgo.Record{Topic: "orders", Value: fmt.Appendf(nil, "t%d-%d", i, k)}, nil)
		}
		if err := tx.Flush(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := tx.EndTransaction(context.Background(), kgo.TransactionEndTry(i%2 == 0)); err != nil {
			t.Fatal(err)
		}
	}
	cfg := w.config()
	cfg.ReadCommitted = true
	_, stop := w.run(cfg)
	got := read(t, w.target, "A.orders", 0, 60)
	for i, r := range got {
		if want := fmt.Sprintf("t%d-%d", i/20*2, i%20); string(r.Value) != want {
			t.Fatalf("record %d is %s, want %s", i, r.Value, want)
		}
	}
	eventually(t, "the offset behind the last marker is committed", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.offsets[topicPartition{"orders", 0}] == 125
	})
	stop()
}

func TestOnePartitionThatStandsStillHoldsUpNoOther(t *testing.T) {
	w := newWorld(t, map[string]int32{"orders": 2})
	stuck := w.target.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "A.orders", Partitions: []int32{0}, Err: kerr.NotEnoughReplicas, Count: -1})
	big := noise(100_000)
	for range 100 {
		if err := w.from.ProduceSync(context.Background(), &kgo.Record{Topic: "orders", Value: big}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	w.produce("orders", 1, 0, 5000)
	cfg := w.config()
	cfg.Budget = NewBudget(2 << 20)
	_, stop := w.run(cfg)
	w.same("orders", 1, 5000)
	if used := cfg.Budget.Used(); used > 4<<20 {
		t.Errorf("%d bytes are held with a budget of 2 MiB", used)
	}
	stuck.Remove()
	w.same("orders", 0, 100)
	stop()
	if used := cfg.Budget.Used(); used != 0 {
		t.Errorf("%d bytes are still held after the end", used)
	}
}

func TestAPausedPlaneMovesNothingUntilItIsResumed(t *testing.T) {
	w := newWorld(t, map[string]int32{"orders": 1})
	var mu sync.Mutex
	paused, changed := true, make(chan struct{})
	cfg := w.config()
	cfg.PauseState = func() (bool, <-chan struct{}) {
		mu.Lock()
		defer mu.Unlock()
		return paused, changed
	}
	pl, stop := w.run(cfg)
	eventually(t, "the plane is paused", pl.paused.Load)
	// A fetch that was under way before the pause may still bring something.
	fetches := w.source.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Topic: "orders", Observe: true, Count: -1})
	eventually(t, "the last fetch has ended", func() bool {
		before := fetches.Hits()
		time.Sleep(2 * time.Duration(cfg.FetchMaxWaitMs) * time.Millisecond)
		return fetches.Hits() == before
	})
	w.produce("orders", 0, 0, 10)
	before := fetches.Hits()
	if n := fetches.Hits() - before; n != 0 {
		t.Errorf("%d fetches while paused", n)
	}
	mu.Lock()
	paused = false
	close(changed)
	changed = make(chan struct{})
	mu.Unlock()
	w.same("orders", 0, 10)
	stop()
	fetches.Remove()
}
