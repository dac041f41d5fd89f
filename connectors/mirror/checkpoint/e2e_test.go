package checkpoint

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"crosstide/connect"
	"crosstide/connectors/mirror"
)

const (
	syncsOnA       = "mm2-offset-syncs.B.internal"
	checkpointsOnB = "A.checkpoints.internal"
)

// flow is two in-memory clusters with a mirrored topic between them.
type flow struct {
	t        *testing.T
	a, b     *kgo.Client
	clusterB *kfake.Cluster

	brokersA, brokersB string // addresses
	props              map[string]string
}

func newFlow(t *testing.T, more ...string) *flow {
	t.Helper()
	brokers := func(topics ...string) (*kfake.Cluster, string) {
		c, err := kfake.NewCluster(kfake.NumBrokers(2), kfake.SeedTopics(1, topics...))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return c, strings.Join(c.ListenAddrs(), ",")
	}
	f := &flow{t: t}
	_, f.brokersA = brokers("orders", "hidden", syncsOnA)
	f.clusterB, f.brokersB = brokers("A.orders", "A.hidden")
	f.a, f.b = f.client(f.brokersA), f.client(f.brokersB)
	f.props = map[string]string{
		"name": "MirrorCheckpointConnector", "source.cluster.alias": "A", "target.cluster.alias": "B",
		"source.cluster.bootstrap.servers": f.brokersA, "target.cluster.bootstrap.servers": f.brokersB,
		"topics.exclude": "hidden", "checkpoints.topic.replication.factor": "1",
		"emit.checkpoints.interval.seconds": "1", "sync.group.offsets.interval.seconds": "1",
		"refresh.groups.interval.seconds": "1",
	}
	for i := 0; i < len(more); i += 2 {
		f.props[more[i]] = more[i+1]
	}
	return f
}

func (f *flow) client(brokers string, opts ...kgo.Opt) *kgo.Client {
	f.t.Helper()
	c, err := kgo.NewClient(append(opts, kgo.SeedBrokers(strings.Split(brokers, ",")...), kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(c.Close)
	return c
}

func (f *flow) sync(topic string, up, down int64) {
	f.t.Helper()
	key, value, _ := mirror.OffsetSync{Topic: topic, Upstream: up, Downstream: down}.Encode()
	f.produce(f.a, &kgo.Record{Topic: syncsOnA, Key: key, Value: value})
}

func (f *flow) produce(c *kgo.Client, r *kgo.Record) {
	f.t.Helper()
	if err := c.ProduceSync(f.t.Context(), r).FirstErr(); err != nil {
		f.t.Fatal(err)
	}
}

func (f *flow) commit(c *kgo.Client, group, topic string, at int64, metadata string) {
	f.t.Helper()
	o := kadm.Offsets{}
	o.Add(kadm.Offset{Topic: topic, At: at, LeaderEpoch: -1, Metadata: metadata})
	if err := kadm.NewClient(c).CommitAllOffsets(f.t.Context(), group, o); err != nil {
		f.t.Fatal(err)
	}
}

func (f *flow) committed(c *kgo.Client, group, topic string) (int64, string) {
	f.t.Helper()
	r, err := kadm.NewClient(c).FetchOffsets(f.t.Context(), group)
	if err != nil {
		return -1, ""
	}
	if o, ok := r.Lookup(topic, 0); ok {
		return o.At, o.Metadata
	}
	return -1, ""
}

// run starts the connector and one task, and stands in for the worker: it
// produces what Poll returns. The returned function stops both.
func (f *flow) run(checkpoints *atomic.Int64) (stop func()) {
	f.t.Helper()
	cc := &runtime{reconfigured: make(chan struct{}, 100)}
	c := New()
	if err := c.Start(cc, f.props); err != nil {
		f.t.Fatal(err)
	}
	<-cc.reconfigured
	configs, err := c.TaskConfigs(1)
	if err != nil || len(configs) != 1 {
		f.t.Fatalf("task configs %v, %v", configs, err)
	}
	task := c.NewTask().(*Task)
	if err := task.Start(f.t.Context(), cc, configs[0]); err != nil {
		f.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(f.t.Context())
	polled := make(chan struct{})
	go func() {
		defer close(polled)
		for ctx.Err() == nil {
			records, err := task.Poll(ctx)
			if err != nil {
				f.t.Errorf("poll: %v", err)
				return
			}
			for _, r := range records {
				err := f.b.ProduceSync(context.Background(), &kgo.Record{
					Topic: r.Topic, Partition: *r.Partition, Key: r.Key.([]byte), Value: r.Value.([]byte), Timestamp: time.UnixMilli(*r.Timestamp),
				}).FirstErr()
				if err != nil {
					f.t.Errorf("produce: %v", err)
				}
				task.CommitRecord(ctx, r, &connect.RecordMetadata{Topic: r.Topic})
				checkpoints.Add(1)
			}
		}
	}()
	return func() {
		cancel()
		<-polled
		if err := task.Stop(); err != nil {
			f.t.Error(err)
		}
		if err := c.Stop(); err != nil {
			f.t.Error(err)
		}
	}
}

// checkpoints reads n records of the checkpoints topic.
func (f *flow) checkpoints(n int) []*kgo.Record {
	f.t.Helper()
	c := f.client(f.brokersB, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{checkpointsOnB: {0: kgo.NewOffset().AtStart()}}))
	ctx, cancel := context.WithTimeout(f.t.Context(), 20*time.Second)
	defer cancel()
	var all []*kgo.Record
	for len(all) < n && ctx.Err() == nil {
		all = append(all, c.PollFetches(ctx).Records()...)
	}
	if len(all) < n {
		f.t.Fatalf("%d checkpoints, want %d", len(all), n)
	}
	return all
}

func (f *flow) await(what string, done func() bool) {
	f.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			f.t.Fatalf("waited too long for %s", what)
		}
	}
}

// runtime is the worker's side of a connector and its task.
type runtime struct {
	connect.SourceTaskContext
	reconfigured chan struct{}
}

func (r *runtime) RequestTaskReconfiguration()    { r.reconfigured <- struct{}{} }
func (r *runtime) RaiseError(error)               {}
func (r *runtime) Log() *slog.Logger              { return slog.New(slog.DiscardHandler) }
func (r *runtime) Metrics() prometheus.Registerer { return prometheus.NewRegistry() }

func TestGroupsOnTheSourceBecomeCheckpointsOnTheTarget(t *testing.T) {
	f := newFlow(t)
	f.sync("orders", 0, 50)
	f.sync("orders", 100, 157)
	f.sync("hidden", 0, 0)
	f.commit(f.a, "group-1", "orders", 100, "meta")
	f.commit(f.a, "too-old-later", "orders", 42, "")
	f.commit(f.a, "only-hidden", "hidden", 5, "")
	f.commit(f.a, "connect-workers", "orders", 5, "")
	var emitted atomic.Int64
	stop := f.run(&emitted)
	got := map[string]string{}
	for _, r := range f.checkpoints(2) {
		got[hex.EncodeToString(r.Key)] = hex.EncodeToString(r.Value)
	}
	stop()
	for _, want := range []struct{ key, value string }{
		// group-1, A.orders, 0 -> version 0, 100, 157, "meta"
		{"000767726f75702d31" + "0008412e6f7264657273" + "00000000", "0000" + "0000000000000064" + "000000000000009d" + "00046d657461"},
		// too-old-later, A.orders, 0 -> version 0, 42, 51, ""
		{"000d746f6f2d6f6c642d6c61746572" + "0008412e6f7264657273" + "00000000", "0000" + "000000000000002a" + "0000000000000033" + "0000"},
	} {
		if got[want.key] != want.value {
			t.Errorf("key %s: value %s, want %s", want.key, got[want.key], want.value)
		}
	}
	if len(got) != 2 {
		t.Errorf("%d groups have checkpoints, want 2: %v", len(got), got)
	}
}

func TestARestartedTaskNeitherRepeatsNorTakesBackCheckpoints(t *testing.T) {
	f := newFlow(t)
	f.sync("orders", 0, 0)
	f.sync("orders", 100, 100)
	f.commit(f.a, "g", "orders", 100, "")
	var emitted atomic.Int64
	stop := f.run(&emitted)
	f.await("the first checkpoint", func() bool { return emitted.Load() == 1 })
	stop()

	f.sync("orders", 90, 95) // copied again after a crash: history is cleared
	f.commit(f.a, "g", "orders", 101, "")
	f.commit(f.a, "h", "orders", 101, "") // shows when the round has been made
	emitted.Store(0)
	stop = f.run(&emitted)
	f.await("the other group's checkpoint", func() bool { return emitted.Load() >= 1 })
	stop()
	all := f.checkpoints(2)
	c, err := mirror.DecodeCheckpoint(all[1].Key, all[1].Value)
	if err != nil || c.Group != "h" || c.Downstream != 96 || len(all) != 2 {
		t.Errorf("%d checkpoints, the last %+v, %v", len(all), c, err)
	}
}

func TestOffsetsReachTheTargetsGroupsButNeverGoBackNorDisturbTheirMembers(t *testing.T) {
	f := newFlow(t, "sync.group.offsets.enabled", "true")
	f.sync("orders", 0, 1000)
	f.sync("orders", 10, 1010)
	f.commit(f.a, "fresh", "orders", 10, "meta")
	f.commit(f.a, "behind", "orders", 10, "")
	f.commit(f.a, "ahead", "orders", 10, "")
	f.commit(f.a, "busy", "orders", 10, "")
	f.commit(f.b, "behind", "A.orders", 7, "")
	f.commit(f.b, "ahead", "A.orders", 5000, "")
	f.commit(f.b, "busy", "A.orders", 3, "")
	f.join("busy")

	var emitted atomic.Int64
	stop := f.run(&emitted)
	f.await("fresh and behind to be written", func() bool {
		fresh, _ := f.committed(f.b, "fresh", "A.orders")
		behind, _ := f.committed(f.b, "behind", "A.orders")
		return fresh == 1010 && behind == 1010
	})
	// One more round, seen by a group that moves on.
	f.sync("orders", 20, 1020)
	f.commit(f.a, "behind", "orders", 20, "")
	f.await("a later round", func() bool { at, _ := f.committed(f.b, "behind", "A.orders"); return at == 1020 })
	stop()
	if at, meta := f.committed(f.b, "fresh", "A.orders"); at != 1010 || meta != "meta" {
		t.Errorf("fresh is at %d %q", at, meta)
	}
	if at, _ := f.committed(f.b, "ahead", "A.orders"); at != 5000 {
		t.Errorf("ahead went to %d", at)
	}
	if at, _ := f.committed(f.b, "busy", "A.orders"); at != 3 {
		t.Errorf("busy went to %d while it had a member", at)
	}
}

// join makes a member of a group on the target and waits until it has joined.
func (f *flow) join(group string) {
	f.t.Helper()
	joined := make(chan struct{}, 10)
	member := f.client(f.brokersB, kgo.ConsumerGroup(group), kgo.ConsumeTopics("A.orders"), kgo.DisableAutoCommit(),
		kgo.OnPartitionsAssigned(func(context.Context, *kgo.Client, map[string][]int32) { joined <- struct{}{} }))
	ctx, cancel := context.WithCancel(f.t.Context())
	f.t.Cleanup(cancel)
	go func() {
		for ctx.Err() == nil {
			member.PollFetches(ctx)
		}
	}()
	<-joined
}

func TestGroupStatesAreToldFromTheTargetItself(t *testing.T) {
	f := newFlow(t)
	f.commit(f.b, "empty", "A.orders", 1, "")
	f.join("active")
	states, err := (&targetGroups{kadm.NewClient(f.b)}).states(t.Context(), []string{"empty", "active", "absent"})
	if err != nil {
		t.Fatal(err)
	}
	for g, want := range map[string]groupState{"empty": empty, "active": active, "absent": absent} {
		if states[g] != want {
			t.Errorf("%s: %v, want %v", g, states[g], want)
		}
	}
}

func TestOnlyTheNewestSyncsCountWhereEarlierCheckpointsCannotBeRead(t *testing.T) {
	f := newFlow(t)
	f.sync("orders", 0, 0)
	f.sync("orders", 100, 100)
	f.clusterB.ControlKey(int16(kmsg.ListOffsets), func(req kmsg.Request) (kmsg.Response, error, bool) {
		f.clusterB.KeepControl()
		return nil, errors.New("no answer"), true
	})
	f.props[mirror.TaskAssignedGroups] = "g"
	task := &Task{patience: time.Millisecond}
	if err := task.Start(t.Context(), &runtime{}, f.props); err != nil {
		t.Fatal(err)
	}
	f.await("the internal topics to be loaded", func() bool { return task.loaded.Load() != nil })
	l := task.loaded.Load()
	if down, ok := l.syncs.Translate("orders", 0, 50); !ok || down != mirror.TooOld {
		t.Errorf("50 translates to %d, %v", down, ok)
	}
	if down, _ := l.syncs.Translate("orders", 0, 100); down != 100 || l.topic != checkpointsOnB {
		t.Errorf("100 translates to %d, emitted to %s", down, l.topic)
	}
	if err := task.Stop(); err != nil {
		t.Error(err)
	}
}

func TestAConnectorThatIsNotEnabledTouchesNothing(t *testing.T) {
	c := New()
	props := map[string]string{"name": "c", "enabled": "false", "source.cluster.alias": "A"} // no clusters at all
	if err := c.Start(&runtime{}, props); err != nil {
		t.Fatal(err)
	}
	if configs, err := c.TaskConfigs(5); err != nil || len(configs) != 0 {
		t.Errorf("%v, %v", configs, err)
	}
	if err := c.Stop(); err != nil {
		t.Error(err)
	}
}

func TestTheCheckpointsTopicIsCreatedCompactedUnlessAnotherSpellingHasData(t *testing.T) {
	f := newFlow(t, "replication.policy.separator", "", "source.cluster.alias", "", "target.cluster.alias", "")
	create := func(name string) {
		if _, err := kadm.NewClient(f.b).CreateTopic(t.Context(), 1, 1, nil, name); err != nil {
			t.Fatal(err)
		}
	}
	log := slog.New(slog.DiscardHandler)
	spellings := []string{"checkpointsinternal", ".checkpoints.internal"}
	name, err := mirror.CreateCompactedTopic(t.Context(), f.b, spellings, 1, log)
	if err != nil || name != "checkpointsinternal" {
		t.Fatalf("%s, %v", name, err)
	}
	policy, err := kadm.NewClient(f.b).DescribeTopicConfigs(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	compact := false
	for _, c := range policy[0].Configs {
		compact = compact || c.Key == "cleanup.policy" && c.MaybeValue() == "compact"
	}
	if !compact {
		t.Error("not compacted")
	}
	create(".checkpoints.internal")
	if name, exists, err := mirror.ExistingTopic(t.Context(), f.client(f.brokersB), spellings); name != spellings[0] || !exists || err != nil {
		t.Errorf("two empty topics: %s, %v, %v", name, exists, err)
	}
	f.produce(f.b, &kgo.Record{Topic: ".checkpoints.internal", Key: []byte("k"), Value: []byte("v")})
	if name, err := mirror.CreateCompactedTopic(t.Context(), f.client(f.brokersB), spellings, 1, log); name != spellings[1] || err != nil {
		t.Errorf("the other has data: %s, %v", name, err)
	}
}
