package source

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"crosstide/connect"
	"crosstide/connectors/mirror"
)

// taskWorld is what a task gets from a worker, in memory.
type taskWorld struct {
	t       *testing.T
	id      connect.TaskID
	target  string // bootstrap
	mu      sync.Mutex
	offsets map[string]map[string]any
}

func (w *taskWorld) ID() connect.TaskID             { return w.id }
func (w *taskWorld) Offsets() connect.OffsetStorage { return w }
func (w *taskWorld) ProducerConfig() map[string]string {
	return map[string]string{"bootstrap.servers": w.target, "acks": "all"}
}
func (w *taskWorld) OffsetFlushIntervalMs() int64        { return 100 }
func (w *taskWorld) PauseState() (bool, <-chan struct{}) { return false, nil }
func (w *taskWorld) Log() *slog.Logger                   { return slog.New(slog.DiscardHandler) }
func (w *taskWorld) Metrics() prometheus.Registerer      { return prometheus.NewRegistry() }
func key(m map[string]any) string                        { b, _ := json.Marshal(m); return string(b) }
func (w *taskWorld) ReadOffsets(_ context.Context, partitions []map[string]any) ([]map[string]any, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]map[string]any, len(partitions))
	for i, p := range partitions {
		out[i] = w.offsets[key(p)]
	}
	return out, nil
}
func (w *taskWorld) WriteOffsets(_ context.Context, offsets []connect.SourceOffset) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, o := range offsets {
		w.offsets[key(o.Partition)] = o.Offset
	}
	return nil
}

// ring is some clusters with the topic "orders", mirrored under the same name
// along the given flows.
type ring struct {
	t        *testing.T
	clusters map[string]*kfake.Cluster
}

func newRing(t *testing.T, aliases string, flows ...string) *ring {
	r := &ring{t: t, clusters: map[string]*kfake.Cluster{}}
	for alias := range strings.SplitSeq(aliases, " ") {
		c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.ClusterID("id-"+alias), kfake.SeedTopics(2, "orders"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		r.clusters[alias] = c
	}
	for _, flow := range flows {
		from, to, _ := strings.Cut(flow, "->")
		r.start(from, to)
	}
	return r
}

func (r *ring) start(from, to string) {
	r.t.Helper()
	source, target := r.clusters[from].ListenAddrs()[0], r.clusters[to].ListenAddrs()[0]
	props := map[string]string{
		mirror.Name: "MirrorSourceConnector", "connector.class": "org.apache.kafka.connect.mirror.MirrorSourceConnector",
		mirror.SourceClusterAlias: from, mirror.TargetClusterAlias: to,
		"source.cluster.bootstrap.servers": source, "target.cluster.bootstrap.servers": target,
		mirror.ReplicationPolicyClass: "org.apache.kafka.connect.mirror.IdentityReplicationPolicy",
		mirror.ReplicationFactor:      "1", mirror.OffsetSyncsReplicationFactor: "1", mirror.EmitOffsetSyncsEnabled: "true",
		mirror.TaskAssignedPartitions: "orders-0,orders-1", mirror.TaskIndex: "0",
	}
	w := &taskWorld{t: r.t, id: connect.TaskID{Connector: from + "->" + to}, target: target, offsets: map[string]map[string]any{}}
	task := NewTask()
	ctx, cancel := context.WithCancel(context.Background())
	if err := task.Start(ctx, w, props); err != nil {
		r.t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- task.Run(ctx) }()
	r.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("%s->%s: %v", from, to, err)
		}
		if err := task.Stop(); err != nil {
			r.t.Error(err)
		}
	})
}

func (r *ring) client(alias string, opts ...kgo.Opt) *kgo.Client {
	r.t.Helper()
	cl, err := kgo.NewClient(append(opts, kgo.SeedBrokers(r.clusters[alias].ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(cl.Close)
	return cl
}

func (r *ring) produce(alias string, n int) {
	r.t.Helper()
	cl := r.client(alias)
	for i := range n {
		if err := cl.ProduceSync(context.Background(), &kgo.Record{Topic: "orders", Partition: int32(i % 2), Value: fmt.Appendf(nil, "%s%d", alias, i)}).FirstErr(); err != nil {
			r.t.Fatal(err)
		}
	}
}

// count is how many records the topic has.
func (r *ring) count(alias string) (n int64) {
	r.t.Helper()
	ends, err := kadm.NewClient(r.client(alias)).ListEndOffsets(context.Background(), "orders")
	if err != nil {
		r.t.Fatal(err)
	}
	ends.Each(func(o kadm.ListedOffset) { n += o.Offset })
	return n
}

// settled waits until every cluster has n records and, a while later, still has.
func (r *ring) settled(n int64) {
	r.t.Helper()
	still := 0
	for deadline := time.Now().Add(30 * time.Second); still < 10; time.Sleep(50 * time.Millisecond) {
		all := true
		for alias := range r.clusters {
			if got := r.count(alias); got > n {
				r.t.Fatalf("%s has %d records, more than the %d there are", alias, got, n)
			} else if got < n {
				all = false
			}
		}
		if still++; !all {
			still = 0
		}
		if time.Now().After(deadline) {
			for alias := range r.clusters {
				r.t.Logf("%s has %d of %d records", alias, r.count(alias), n)
			}
			r.t.Fatal("records are missing")
		}
	}
}

// values are the records of a cluster, sorted.
func (r *ring) values(alias string, n int) []string {
	cl := r.client(alias, kgo.ConsumeTopics("orders"))
	var out []string
	for len(out) < n {
		cl.PollFetches(context.Background()).EachRecord(func(rec *kgo.Record) { out = append(out, string(rec.Value)) })
	}
	sort.Strings(out)
	return out
}

func TestTwoMirrorsThatKeepNamesDoNotCopyEachOthersCopies(t *testing.T) {
	r := newRing(t, "A B", "A->B", "B->A")
	for range 3 {
		r.produce("A", 40)
		r.produce("B", 30)
	}
	r.settled(210)
	if a, b := fmt.Sprint(r.values("A", 210)), fmt.Sprint(r.values("B", 210)); a != b {
		t.Errorf("the clusters differ:\n%s\n%s", a, b)
	}
}

func TestARingOfMirrorsBringsEachRecordToEachClusterOnce(t *testing.T) {
	r := newRing(t, "A B C", "A->B", "B->C", "C->A")
	for _, alias := range []string{"A", "B", "C", "A"} {
		r.produce(alias, 25)
	}
	r.settled(100)
}
