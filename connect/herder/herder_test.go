package herder_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connect/herder"
	"crosstide/connect/plugin"
	"crosstide/connect/state"
)

// counter is a source of numbered records: one source partition a task, from
// the committed offset on, up to a limit, then quiet.
type counter struct {
	world *world
	props map[string]string
	ctx   connect.ConnectorContext
}

// world is what all instances of the counter in one test share.
type world struct {
	tasks     atomic.Int64 // tasks running now
	most      atomic.Int64 // and the most there ever were
	starts    atomic.Int64
	wanted    atomic.Int64 // how many tasks TaskConfigs makes, when above 0
	failStart atomic.Int64 // so many connector starts fail
	panics    atomic.Int64 // so many polls panic
	connector atomic.Pointer[counter]
}

func (*counter) Version() string               { return "1" }
func (*counter) ConfigDef() *config.Def        { return config.NewDef() }
func (c *counter) Stop() error                 { return nil }
func (c *counter) NewTask() connect.SourceTask { return &counterTask{world: c.world} }
func (c *counter) Start(ctx connect.ConnectorContext, props map[string]string) error {
	if c.world.failStart.Add(-1) >= 0 {
		return errors.New("the source is away")
	}
	c.ctx, c.props = ctx, props
	c.world.connector.Store(c)
	return nil
}

func (c *counter) TaskConfigs(most int) ([]map[string]string, error) {
	if n := int(c.world.wanted.Load()); n > 0 {
		most = n
	}
	var configs []map[string]string
	for i := range most {
		task := maps.Clone(c.props)
		task["number"] = strconv.Itoa(i)
		configs = append(configs, task)
	}
	return configs, nil
}

type counterTask struct {
	world     *world
	props     map[string]string
	partition map[string]any
	next      int64
}

func (t *counterTask) Start(ctx context.Context, tc connect.SourceTaskContext, props map[string]string) error {
	t.world.starts.Add(1)
	now := t.world.tasks.Add(1)
	for most := t.world.most.Load(); now > most && !t.world.most.CompareAndSwap(most, now); most = t.world.most.Load() {
	}
	t.props, t.partition = props, map[string]any{"number": props["number"]}
	offsets, err := tc.Offsets().ReadOffsets(ctx, []map[string]any{t.partition})
	if err != nil {
		return err
	}
	if offsets[0] != nil {
		t.next = offsets[0]["position"].(int64)
	}
	return nil
}

func (t *counterTask) Poll(ctx context.Context) ([]*connect.SourceRecord, error) {
	limit, _ := strconv.ParseInt(t.props["limit"], 10, 64)
	if t.next >= limit {
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
		return nil, nil
	}
	if t.next == limit/2 && t.world.panics.Add(-1) >= 0 {
		panic("half-way")
	}
	t.next++
	return []*connect.SourceRecord{{
		SourcePartition: t.partition, SourceOffset: map[string]any{"position": t.next},
		Topic: "out", Key: []byte(t.props["number"]), Value: []byte(strconv.FormatInt(t.next, 10)),
	}}, nil
}

func (t *counterTask) Stop() error {
	if t.props != nil {
		t.world.tasks.Add(-1)
	}
	return nil
}

const counterClass = "org.example.CounterSourceConnector"

func (w *world) plugins() *plugin.Registry {
	r := plugin.NewRegistry()
	r.AddSource(plugin.Source{
		Class: counterClass, TaskClass: "org.example.CounterSourceTask",
		New: func() connect.SourceConnector { return &counter{world: w} },
	})
	return r
}

func TestMain(m *testing.M) {
	if spec := os.Getenv(childEnv); spec != "" {
		runChild(spec)
		return
	}
	// Locks of other processes with the same group must not matter here.
	dir, err := os.MkdirTemp("", "herder-test-")
	if err != nil {
		panic(err)
	}
	os.Setenv("XDG_RUNTIME_DIR", dir)
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.RemoveAll(dir)
		os.Exit(code)
	}))
}

func cluster(t *testing.T, opts ...kfake.Opt) string {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1), kfake.SeedTopics(1, "out")}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return strings.Join(c.ListenAddrs(), ",")
}

func workerProps(bootstrap string) map[string]string {
	return map[string]string{
		"bootstrap.servers": bootstrap, "group.id": "east-mm2", "client.id": "east->west",
		"config.storage.topic": "mm2-configs.east.internal", "config.storage.replication.factor": "1",
		"offset.storage.topic": "mm2-offsets.east.internal", "offset.storage.replication.factor": "1",
		"status.storage.topic": "mm2-status.east.internal", "status.storage.replication.factor": "1",
		"key.converter":            "org.apache.kafka.connect.converters.ByteArrayConverter",
		"value.converter":          "org.apache.kafka.connect.converters.ByteArrayConverter",
		"offset.flush.interval.ms": "50", "restart.backoff.ms": "10",
	}
}

func connectors(limit, tasks int) map[string]map[string]string {
	return map[string]map[string]string{"numbers": {
		"name": "numbers", "connector.class": "CounterSource", "tasks.max": strconv.Itoa(tasks), "limit": strconv.Itoa(limit),
	}}
}

// runner is a herder that is running.
type runner struct {
	*herder.Distributed
	stop func()
}

func start(t *testing.T, c herder.Config) *runner {
	t.Helper()
	if c.WorkerID == "" {
		c.WorkerID = "w1"
	}
	if os.Getenv("HERDER_LOG") != "" {
		c.Log = slog.New(slog.NewTextHandler(os.Stderr, nil)).With("worker", c.WorkerID)
	}
	h, err := herder.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	r := &runner{Distributed: h, stop: sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})}
	t.Cleanup(r.stop)
	return r
}

func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !cond() {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// reader reads a topic from its start.
type reader struct {
	t      *testing.T
	client *kgo.Client
	got    []string
}

func read(t *testing.T, bootstrap, topic string) *reader {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(bootstrap, ",")...), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchMaxWait(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &reader{t: t, client: client}
}

// until reads until at least n records are there.
func (r *reader) until(n int) []string {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 30*time.Second)
	defer cancel()
	for len(r.got) < n {
		fetches := r.client.PollFetches(ctx)
		if ctx.Err() != nil {
			r.t.Fatalf("got %d records of %d: %v", len(r.got), n, r.got)
		}
		fetches.EachRecord(func(k *kgo.Record) { r.got = append(r.got, string(k.Key)+"="+string(k.Value)) })
	}
	return r.got
}

func TestConnectorRunsFromItsPropertiesToRecordsInKafka(t *testing.T) {
	bootstrap, w := cluster(t), &world{}
	began := time.Now()
	h := start(t, herder.Config{WorkerProps: workerProps(bootstrap), Plugins: w.plugins(), Connectors: connectors(50, 2)})
	out := read(t, bootstrap, "out")
	out.until(1)
	t.Logf("first record after %v", time.Since(began).Round(time.Millisecond))
	got := slices.Clone(out.until(100))
	slices.Sort(got)
	if n := len(slices.Compact(got)); n != 100 {
		t.Errorf("%d different records of 100", n)
	}
	eventually(t, "the herder is ready", h.Ready)
	s := h.Snapshot()
	if len(s.Connectors) != 1 || len(s.Connectors[0].Tasks) != 2 || !s.Owner {
		t.Fatalf("snapshot %+v", s)
	}
	for _, status := range append(s.Connectors[0].Tasks, s.Connectors[0].Status) {
		if status.State != state.StatusRunning || status.WorkerID != "w1" || status.Version != "1" {
			t.Errorf("status %+v", status)
		}
	}
	stopping := time.Now()
	h.stop()
	t.Logf("stopped in %v", time.Since(stopping).Round(time.Millisecond))
	if n := w.tasks.Load(); n != 0 {
		t.Errorf("%d tasks still run", n)
	}
}

func TestRestartedWorkerGoesOnWhereItStopped(t *testing.T) {
	bootstrap, w := cluster(t), &world{}
	config := herder.Config{WorkerProps: workerProps(bootstrap), Plugins: w.plugins(), Connectors: connectors(20, 1)}
	first := start(t, config)
	out := read(t, bootstrap, "out")
	out.until(20)
	first.stop()
	config.Connectors = connectors(30, 1)
	second := start(t, config)
	got := out.until(30)
	eventually(t, "the second herder is ready", second.Ready)
	if len(got) != 30 || got[20] != "0=21" {
		t.Errorf("after the restart: %v", got[20:])
	}
}

func TestOneOfTwoWorkersRunsEverythingAndTheOtherTakesOver(t *testing.T) {
	bootstrap, w := cluster(t), &world{}
	props := workerProps(bootstrap)
	props["worker.share.tasks"] = "false"
	config := herder.Config{WorkerProps: props, Plugins: w.plugins(), Connectors: connectors(1000000, 2)}
	one := start(t, config)
	eventually(t, "the first is ready", one.Ready)
	config.WorkerID = "w2"
	two := start(t, config)
	eventually(t, "the second is ready", two.Ready)
	if !one.Snapshot().Owner || two.Snapshot().Owner {
		t.Fatalf("owners: %v %v", one.Snapshot().Owner, two.Snapshot().Owner)
	}
	one.stop()
	eventually(t, "the second took over", func() bool { return two.Snapshot().Owner && two.Ready() })
	if most := w.most.Load(); most != 2 {
		t.Errorf("%d tasks ran at once, configured are 2", most)
	}
}

func TestFailuresThatMayPassAreTriedAgain(t *testing.T) {
	bootstrap, w := cluster(t), &world{}
	w.failStart.Store(2)
	w.panics.Store(2)
	h := start(t, herder.Config{WorkerProps: workerProps(bootstrap), Plugins: w.plugins(), Connectors: connectors(20, 1)})
	got := slices.Compact(slices.Sorted(slices.Values(read(t, bootstrap, "out").until(20))))
	if len(got) != 20 {
		t.Errorf("%d different records of 20: %v", len(got), got)
	}
	eventually(t, "the herder is ready", h.Ready)
	if n := w.starts.Load(); n != 3 {
		t.Errorf("the task was started %d times, want 3", n)
	}
}

func TestFailedTaskStaysFailedWhenRestartsAreOff(t *testing.T) {
	bootstrap, w := cluster(t), &world{}
	w.panics.Store(1)
	props := workerProps(bootstrap)
	props["restart.on.failure"] = "false"
	h := start(t, herder.Config{WorkerProps: props, Plugins: w.plugins(), Connectors: connectors(20, 1)})
	eventually(t, "the task has failed", func() bool {
		s := h.Snapshot()
		return len(s.Connectors) == 1 && len(s.Connectors[0].Tasks) == 1 && s.Connectors[0].Tasks[0].State == state.StatusFailed
	})
	trace := h.Snapshot().Connectors[0].Tasks[0].Trace
	if !strings.Contains(trace, "half-way") || !strings.Contains(trace, "counterTask") {
		t.Errorf("the trace has no stack: %s", trace)
	}
	eventually(t, "the herder says why it is not ready", func() bool {
		return strings.Contains(h.Snapshot().Reason, "numbers-0 has failed")
	})
}

func TestMoreTasksAreStartedWhenTheConnectorAsks(t *testing.T) {
	bootstrap, w := cluster(t), &world{}
	w.wanted.Store(1)
	h := start(t, herder.Config{WorkerProps: workerProps(bootstrap), Plugins: w.plugins(), Connectors: connectors(1000000, 3)})
	eventually(t, "one task runs", func() bool { return h.Ready() && w.tasks.Load() == 1 })
	w.wanted.Store(3)
	w.connector.Load().ctx.RequestTaskReconfiguration()
	eventually(t, "three tasks run", func() bool { return w.tasks.Load() == 3 })
	w.wanted.Store(2)
	w.connector.Load().ctx.RequestTaskReconfiguration()
	eventually(t, "two tasks run", func() bool { return w.tasks.Load() == 2 && len(h.Snapshot().Connectors[0].Tasks) == 2 })
	// Tasks whose configuration did not change were left alone.
	if n := w.starts.Load(); n != 3 {
		t.Errorf("%d task starts, want 3", n)
	}
}

func TestConnectorIsPausedStoppedAndStartedOnRequest(t *testing.T) {
	bootstrap, w := cluster(t), &world{}
	h := start(t, herder.Config{WorkerProps: workerProps(bootstrap), Plugins: w.plugins(), Connectors: connectors(10, 1)})
	eventually(t, "the herder is ready", h.Ready)
	is := func(connector, task state.State) func() bool {
		return func() bool {
			c := h.Snapshot().Connectors[0]
			return c.Status.State == connector && c.Tasks[0].State == task
		}
	}
	for _, step := range []struct {
		target          state.TargetState
		connector, task state.State
	}{
		{state.Paused, state.StatusPaused, state.StatusPaused},
		{state.Stopped, state.StatusStopped, state.StatusUnassigned},
		{state.Started, state.StatusRunning, state.StatusRunning},
	} {
		if err := h.SetTarget(t.Context(), "numbers", step.target); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the connector is "+string(step.target), is(step.connector, step.task))
		eventually(t, "the herder is ready", h.Ready)
	}
	starts := w.starts.Load()
	if err := h.Restart(t.Context(), "numbers", true, true); err != nil {
		t.Fatal(err)
	}
	if err := h.Restart(t.Context(), "numbers", true, false); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the task was restarted", func() bool { return w.starts.Load() == starts+1 && h.Ready() })
	if err := h.SetTarget(t.Context(), "letters", state.Paused); !errors.Is(err, herder.ErrNotFound) {
		t.Errorf("an unknown connector: %v", err)
	}
}

// told is a membership that does what a test says.
type told struct{ listener chan herder.Listener }

func (m told) Run(ctx context.Context, l herder.Listener) error {
	m.listener <- l
	<-ctx.Done()
	return nil
}

func TestLostMembershipStopsTasksAtOnceAndRegainingItStartsThem(t *testing.T) {
	bootstrap, w := cluster(t), &world{}
	m := told{make(chan herder.Listener, 1)}
	h := start(t, herder.Config{WorkerProps: workerProps(bootstrap), Plugins: w.plugins(), Connectors: connectors(1000000, 2), Membership: m})
	l := <-m.listener
	if h.Ready() {
		t.Error("ready before the group has said anything")
	}
	for generation := range 3 {
		l.Assigned(herder.Assignment{Generation: generation, Writes: true, Everything: true})
		eventually(t, "both tasks run", func() bool { return w.tasks.Load() == 2 && h.Ready() })
		l.Lost(errors.New("no heartbeat was answered"))
		if n := w.tasks.Load(); n != 0 {
			t.Errorf("%d tasks still run when Lost returns", n)
		}
		eventually(t, "the herder is not ready", func() bool { return !h.Ready() })
	}
	l.Assigned(herder.Assignment{Generation: 9, Leader: "w2"})
	eventually(t, "the herder stands by", func() bool { return h.Ready() && !h.Snapshot().Owner })
	if n := w.tasks.Load(); n != 0 {
		t.Errorf("%d tasks run while standing by", n)
	}
}

func TestRevokedWorkHasStoppedWhenRevokedReturns(t *testing.T) {
	bootstrap, w := cluster(t), &world{}
	m := told{make(chan herder.Listener, 1)}
	h := start(t, herder.Config{WorkerProps: workerProps(bootstrap), Plugins: w.plugins(), Connectors: connectors(1000000, 3), Membership: m})
	l := <-m.listener
	l.Assigned(herder.Assignment{Generation: 1, Writes: true, Everything: true})
	eventually(t, "all tasks run", func() bool { return w.tasks.Load() == 3 && h.Ready() })
	one := herder.Assignment{Generation: 2, Writes: true, Connectors: []string{"numbers"},
		Tasks: []connect.TaskID{{Connector: "numbers", Task: 0}, {Connector: "numbers", Task: 2}}}
	l.Assigned(one)
	eventually(t, "two tasks run", func() bool { return w.tasks.Load() == 2 && h.Ready() })
	l.Revoked(t.Context(), herder.Assignment{Tasks: one.Tasks[:1]})
	if n := w.tasks.Load(); n != 1 {
		t.Errorf("%d tasks run after one of two was revoked", n)
	}
	l.Revoked(t.Context(), herder.Assignment{Everything: true})
	if n := w.tasks.Load(); n != 0 {
		t.Errorf("%d tasks run after everything was revoked", n)
	}
}

func TestTopicThatIsNotCompactedEndsTheRun(t *testing.T) {
	bootstrap := cluster(t, kfake.SeedTopics(5, "mm2-status.east.internal"))
	h, err := herder.New(herder.Config{WorkerProps: workerProps(bootstrap), Plugins: new(world).plugins()})
	if err != nil {
		t.Fatal(err)
	}
	err = h.Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "status.storage.topic") || !strings.Contains(err.Error(), "cleanup.policy=delete") {
		t.Errorf("got %v", err)
	}
}

func TestUnreachableClusterIsWaitedFor(t *testing.T) {
	port := freePort(t)
	w := &world{}
	bootstrap := fmt.Sprintf("127.0.0.1:%d", port)
	h := start(t, herder.Config{WorkerProps: workerProps(bootstrap), Plugins: w.plugins(), Connectors: connectors(5, 1)})
	eventually(t, "the herder is opening", func() bool { return strings.Contains(h.Snapshot().Reason, "opening") })
	if h.Ready() {
		t.Error("ready without a cluster")
	}
	cluster(t, kfake.Ports(port))
	eventually(t, "the herder is ready", h.Ready)
	h.stop() // before the cluster
}

func TestHealthSaysWhyTheInternalTopicsDoNotOpen(t *testing.T) {
	bootstrap := cluster(t, kfake.EnableACLs()) // nobody may do anything
	h := start(t, herder.Config{WorkerProps: workerProps(bootstrap), Plugins: new(world).plugins()})
	eventually(t, "the missing permission is named", func() bool {
		reason := h.Snapshot().Reason
		return strings.Contains(reason, "not allowed") && strings.Contains(reason, ".east.internal")
	})
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func TestAllBadWorkerPropertiesAreNamedAtOnce(t *testing.T) {
	_, err := herder.New(herder.Config{WorkerProps: map[string]string{
		"bootstrap.servers": "nonsense", "group.id": "g", "offset.flush.interval.ms": "often",
		"offset.storage.topic": "o", "status.storage.topic": "s", "status.storage.replication.factor": "0",
	}})
	if err == nil {
		t.Fatal("no error")
	}
	for _, key := range []string{"bootstrap.servers", "offset.flush.interval.ms", "config.storage.topic", "status.storage.replication.factor"} {
		if !strings.Contains(err.Error(), key) {
			t.Errorf("%s is not named in:\n%v", key, err)
		}
	}
}
