package source

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
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

func enabledConfig(t *testing.T) *mirror.SourceConfig {
	t.Helper()
	cfg, err := mirror.ParseSource(map[string]string{"source.cluster.alias": "A"})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// runtime is the worker's side of a connector.
type runtime struct {
	log          *slog.Logger
	registry     *prometheus.Registry
	reconfigured chan struct{}
	raised       chan error
}

func newRuntime(h slog.Handler) *runtime {
	return &runtime{
		log: slog.New(h), registry: prometheus.NewRegistry(),
		reconfigured: make(chan struct{}, 100), raised: make(chan error, 10),
	}
}

func (r *runtime) RequestTaskReconfiguration()    { r.reconfigured <- struct{}{} }
func (r *runtime) RaiseError(err error)           { r.raised <- err }
func (r *runtime) Log() *slog.Logger              { return r.log }
func (r *runtime) Metrics() prometheus.Registerer { return r.registry }

var _ connect.ConnectorContext = (*runtime)(nil)

// fakeKafka is an in-memory cluster and an admin client to it.
type fakeKafka struct {
	t       *testing.T
	address string
	client  *kgo.Client
	admin   *kadm.Client
}

func startFake(t *testing.T, id string, opts ...kfake.Opt) *fakeKafka {
	t.Helper()
	c, err := kfake.NewCluster(append(opts, kfake.NumBrokers(1), kfake.ClusterID(id))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	address := strings.Join(c.ListenAddrs(), ",")
	client, err := kgo.NewClient(kgo.SeedBrokers(address), kgo.MetadataMinAge(10*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &fakeKafka{t: t, address: address, client: client, admin: kadm.NewClient(client)}
}

func (f *fakeKafka) create(partitions int32, configs map[string]*string, names ...string) {
	f.t.Helper()
	resps, err := f.admin.CreateTopics(f.t.Context(), partitions, 1, configs, names...)
	if err == nil {
		err = resps.Error()
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

// partitions is 0 for a topic that does not exist.
func (f *fakeKafka) partitions(name string) int {
	r := reader{side: "fake", client: f.client}
	v, err := r.topics(f.t.Context(), []string{name})
	if err != nil {
		f.t.Fatal(err)
	}
	return int(v.Topics[name].Partitions)
}

// override is the value that the topic itself has for a config.
func (f *fakeKafka) override(topic, config string) string {
	r := reader{side: "fake", client: f.client}
	entries, _, err := r.topicConfigs(f.t.Context(), []string{topic})
	if err != nil {
		f.t.Fatal(err)
	}
	for _, e := range entries[topic] {
		if e.Name == config && e.Source == kmsg.ConfigSourceDynamicTopicConfig {
			return *e.Value
		}
	}
	return ""
}

func (f *fakeKafka) setConfig(topic, name, value string) {
	f.t.Helper()
	op := kadm.AlterConfig{Op: kadm.SetConfig, Name: name, Value: &value}
	if value == "" {
		op = kadm.AlterConfig{Op: kadm.DeleteConfig, Name: name}
	}
	if _, err := f.admin.AlterTopicConfigs(f.t.Context(), []kadm.AlterConfig{op}, topic); err != nil {
		f.t.Fatal(err)
	}
}

// eventually waits for a condition; the test's own deadline ends it.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(time.Minute)
	for !holds() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("in a minute it did not happen that %s", what)
		}
	}
}

func flowProps(source, target *fakeKafka, extra map[string]string) map[string]string {
	props := map[string]string{
		"name": "MirrorSourceConnector", "connector.class": mirror.SourceConnectorClass,
		"source.cluster.alias": "A", "target.cluster.alias": "B",
		"source.cluster.bootstrap.servers": source.address, "target.cluster.bootstrap.servers": target.address,
		"replication.factor": "1", "offset-syncs.topic.replication.factor": "1",
		"refresh.topics.interval.seconds": "1", "sync.topic.configs.interval.seconds": "1", "sync.topic.acls.interval.seconds": "1",
	}
	for k, v := range extra {
		props[k] = v
	}
	return props
}

func startConnector(t *testing.T, props map[string]string) (*Connector, *runtime, *logged) {
	t.Helper()
	lines := &logged{}
	r := newRuntime(lines)
	c := New()
	if err := c.Start(r, props); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c, r, lines
}

func pointer(s string) *string { return &s }

func TestTheConnectorKeepsATargetLikeItsSource(t *testing.T) {
	source, target := startFake(t, "source"), startFake(t, "target")
	source.create(3, map[string]*string{"cleanup.policy": pointer("compact"), "min.insync.replicas": pointer("1")}, "orders")
	source.create(1, nil, "__amazon_msk_canary", "mm2-offsets.B.internal")
	c, r, lines := startConnector(t, flowProps(source, target, nil))

	<-r.reconfigured
	configs, err := c.TaskConfigs(2)
	if err != nil || strings.Join(assigned(configs), " ") != "orders-0,orders-2 orders-1" {
		t.Fatalf("task configs %v, %v", configs, err)
	}
	if n, policy := target.partitions("A.orders"), target.override("A.orders", "cleanup.policy"); n != 3 || policy != "compact" {
		t.Errorf("A.orders has %d partitions, cleanup.policy %q", n, policy)
	}
	if v := target.override("A.orders", "min.insync.replicas"); v != "" {
		t.Errorf("an excluded property was copied: %q", v)
	}
	eventually(t, "the offset syncs topic exists", func() bool {
		return source.partitions("mm2-offset-syncs.B.internal") == 1 && source.override("mm2-offset-syncs.B.internal", "cleanup.policy") == "compact"
	})

	if _, err := source.admin.CreatePartitions(t.Context(), 2, "orders"); err != nil {
		t.Fatal(err)
	}
	source.setConfig("orders", "retention.ms", "12345")
	<-r.reconfigured
	eventually(t, "the partitions are added", func() bool { return target.partitions("A.orders") == 5 })
	eventually(t, "the config is set", func() bool { return target.override("A.orders", "retention.ms") == "12345" })

	target.setConfig("A.orders", "segment.ms", "777")
	source.setConfig("orders", "retention.ms", "")
	eventually(t, "overrides that the source has not are deleted", func() bool {
		return target.override("A.orders", "retention.ms") == "" && target.override("A.orders", "segment.ms") == ""
	})

	if _, err := target.admin.DeleteTopics(t.Context(), "A.orders"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a deleted target topic is made again", func() bool {
		return target.partitions("A.orders") == 5 && target.override("A.orders", "cleanup.policy") == "compact"
	})
	if _, err := source.admin.DeleteTopics(t.Context(), "orders"); err != nil {
		t.Fatal(err)
	}
	<-r.reconfigured
	if configs, err := c.TaskConfigs(2); err != nil || len(configs) != 0 {
		t.Errorf("after the source's deletion: %v, %v", configs, err)
	}
	if target.partitions("A.orders") != 5 {
		t.Error("a target topic must never be deleted")
	}
	for _, line := range lines.take("ERROR") {
		t.Error(line)
	}
}

func TestTwoHundredTopicsAppearAtOnce(t *testing.T) {
	source, target := startFake(t, "source"), startFake(t, "target")
	c, r, _ := startConnector(t, flowProps(source, target, nil))
	<-r.reconfigured
	var names []string
	for i := range 200 {
		names = append(names, "topic-"+strconv.Itoa(i))
	}
	source.create(2, nil, names...)
	eventually(t, "all are assigned", func() bool {
		configs, err := c.TaskConfigs(1)
		return err == nil && len(configs) == 1 && strings.Count(configs[0][mirror.TaskAssignedPartitions], ",") == 399
	})
	for _, name := range names {
		if target.partitions("A."+name) != 2 {
			t.Errorf("A.%s is missing", name)
		}
	}
}

func TestTheRecipeWithEmptyNamesKeepsTopicsInShape(t *testing.T) {
	source, target := startFake(t, "source"), startFake(t, "target")
	source.create(1, nil, "orders")
	target.create(1, nil, "orders")
	props := flowProps(source, target, map[string]string{
		"replication.policy.separator": "", "source.cluster.alias": "", "target.cluster.alias": "",
	})
	// Left behind by an older Java: its spelling is the one to go on with.
	source.create(1, nil, "mm2-offset-syncs..internal")
	_, r, lines := startConnector(t, props)
	<-r.reconfigured
	if _, err := source.admin.CreatePartitions(t.Context(), 1, "orders"); err != nil {
		t.Fatal(err)
	}
	source.setConfig("orders", "retention.ms", "5")
	eventually(t, "partitions and configs follow", func() bool {
		return target.partitions("orders") == 2 && target.override("orders", "retention.ms") == "5"
	})
	eventually(t, "the other spelling is told", func() bool {
		return strings.Contains(strings.Join(lines.snapshot(), "\n"), "mm2-offset-syncs..internal")
	})
	if source.partitions("mm2-offset-syncsinternal") != 0 {
		t.Error("a second offset syncs topic was made")
	}
}

func TestACLsAreCopied(t *testing.T) {
	source, target := startFake(t, "source"), startFake(t, "target")
	source.create(1, nil, "orders")
	allow := kadm.NewACLs().Topics("orders").ResourcePatternType(kadm.ACLPatternLiteral).
		Allow("User:reader", "User:all").AllowHosts("*").Operations(kadm.OpRead)
	if _, err := source.admin.CreateACLs(t.Context(), allow); err != nil {
		t.Fatal(err)
	}
	write := kadm.NewACLs().Topics("orders").ResourcePatternType(kadm.ACLPatternLiteral).
		Allow("User:writer").AllowHosts("*").Operations(kadm.OpWrite)
	if _, err := source.admin.CreateACLs(t.Context(), write); err != nil {
		t.Fatal(err)
	}
	startConnector(t, flowProps(source, target, nil))
	r := reader{side: sideTarget, client: target.client}
	eventually(t, "both readers may read the copy, and nobody may write", func() bool {
		acls, err := r.topicACLs(t.Context())
		if err != nil {
			return false
		}
		for _, a := range acls {
			if a.Topic != "A.orders" || a.Operation != kmsg.ACLOperationRead {
				t.Errorf("unexpected %+v", a)
			}
		}
		return len(acls) == 2
	})
}

func TestATaskGetsItsMissingTargetAtOnce(t *testing.T) {
	source, target := startFake(t, "source"), startFake(t, "target")
	source.create(4, map[string]*string{"cleanup.policy": pointer("compact")}, "orders")
	cfg, err := mirror.ParseSource(flowProps(source, target, nil))
	if err != nil {
		t.Fatal(err)
	}
	targets, err := NewTargets(cfg, "0", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer targets.Close()
	if err := targets.EnsureTarget(t.Context(), []string{"orders"}); err != nil {
		t.Fatal(err)
	}
	if n, policy := target.partitions("A.orders"), target.override("A.orders", "cleanup.policy"); n != 4 || policy != "compact" {
		t.Errorf("A.orders has %d partitions, cleanup.policy %q", n, policy)
	}
	if err := targets.EnsureTarget(t.Context(), []string{"nowhere"}); err == nil || !strings.Contains(err.Error(), `topic "nowhere" in the source cluster`) {
		t.Errorf("got %v", err)
	}
}

func TestAConnectorThatIsNotEnabledDoesNothing(t *testing.T) {
	c := New()
	r := newRuntime(slog.DiscardHandler)
	if err := c.Start(r, map[string]string{"source.cluster.alias": "A", "enabled": "false"}); err != nil {
		t.Fatal(err)
	}
	if configs, err := c.TaskConfigs(3); err != nil || configs != nil {
		t.Errorf("got %v, %v", configs, err)
	}
	if err := c.Stop(); err != nil {
		t.Error(err)
	}
}

func TestStopEndsAConnectorWhoseClustersAreAway(t *testing.T) {
	source, target := startFake(t, "source"), startFake(t, "target")
	props := flowProps(source, target, map[string]string{"target.cluster.bootstrap.servers": "127.0.0.1:1"})
	_, _, lines := startConnector(t, props)
	eventually(t, "the trouble is told", func() bool {
		return strings.Contains(strings.Join(lines.snapshot(), "\n"), "target cluster")
	})
	// startConnector's cleanup stops it.
}

func TestTheSyncsTopicWithRecordsIsTheOneToContinue(t *testing.T) {
	f := startFake(t, "source")
	spellings := []string{"mm2-offset-syncsinternal", "mm2-offset-syncs..internal"}
	pick := func() (string, bool) {
		t.Helper()
		name, exists, err := OffsetSyncsTopic(t.Context(), f.client, spellings)
		if err != nil {
			t.Fatal(err)
		}
		return name, exists
	}
	if name, exists := pick(); name != spellings[0] || exists {
		t.Errorf("none there: %s, %v", name, exists)
	}
	f.create(1, nil, spellings[1])
	if name, exists := pick(); name != spellings[1] || !exists {
		t.Errorf("the other one there: %s, %v", name, exists)
	}
	f.create(1, nil, spellings[0])
	if name, _ := pick(); name != spellings[0] {
		t.Errorf("both there, both empty: %s", name)
	}
	record := &kgo.Record{Topic: spellings[1], Value: []byte("x")}
	if err := f.client.ProduceSync(context.Background(), record).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if name, _ := pick(); name != spellings[1] {
		t.Errorf("records in the other one: %s", name)
	}
}
