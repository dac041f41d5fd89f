package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connect/plugin"
	"crosstide/connect/state"
	"crosstide/connect/storage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// script is a connector whose methods a test writes.
type script struct {
	start       func(ctx connect.ConnectorContext) error
	taskConfigs func(int) ([]map[string]string, error)
	stop        func() error
	task        connect.SourceTask
}

func (script) Version() string        { return "7" }
func (script) ConfigDef() *config.Def { return config.NewDef() }
func (s script) Start(ctx connect.ConnectorContext, _ map[string]string) error {
	if s.start == nil {
		return nil
	}
	return s.start(ctx)
}
func (s script) TaskConfigs(n int) ([]map[string]string, error) { return s.taskConfigs(n) }
func (s script) Stop() error {
	if s.stop == nil {
		return nil
	}
	return s.stop()
}
func (s script) NewTask() connect.SourceTask { return s.task }

// driven is a self-driven task whose Run a test writes.
type driven struct {
	tc    connect.SourceTaskContext
	start func() error
	run   func(ctx context.Context, tc connect.SourceTaskContext) error
	stop  func() error
}

func (d *driven) Start(_ context.Context, tc connect.SourceTaskContext, _ map[string]string) error {
	d.tc = tc
	if d.start == nil {
		return nil
	}
	return d.start()
}
func (d *driven) Poll(context.Context) ([]*connect.SourceRecord, error) {
	return nil, errors.New("polled a self-driven task")
}
func (d *driven) Run(ctx context.Context) error { return d.run(ctx, d.tc) }
func (d *driven) Stop() error {
	if d.stop == nil {
		return nil
	}
	return d.stop()
}

// bench is a worker with what it reported.
type bench struct {
	*Worker
	offsets *storage.Offsets
	metrics *prometheus.Registry

	mu       sync.Mutex
	statuses []state.Status
}

func newBench(t *testing.T, s script, change ...func(*Config)) *bench {
	t.Helper()
	offsets, err := storage.OpenOffsets(t.Context(), storage.NewMemory().Open)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{offsets: offsets, metrics: prometheus.NewRegistry()}
	plugins := plugin.NewRegistry()
	plugins.AddSource(plugin.Source{Class: "Script", TaskClass: "ScriptTask", New: func() connect.SourceConnector { return s }})
	c := Config{
		ID: "w1", Plugins: plugins, Metrics: b.metrics, Log: slog.New(slog.DiscardHandler),
		Settings: Settings{
			OffsetFlushInterval: time.Minute, OffsetFlushTimeout: 5 * time.Second, TaskStopGrace: 5 * time.Second,
			Restart: true, RestartBackoff: time.Second, RestartBackoffMax: time.Minute,
		},
		Offsets: func(connector string) connect.OffsetStorage { return offsets.For(connector) },
		Report: func(s state.Status) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.statuses = append(b.statuses, s)
		},
	}
	for _, f := range change {
		f(&c)
	}
	b.Worker = New(c)
	return b
}

func (b *bench) states() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var states []string
	for _, s := range b.statuses {
		states = append(states, string(s.State))
	}
	return strings.Join(states, " ")
}

func (b *bench) last() state.Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.statuses[len(b.statuses)-1]
}

func (b *bench) task(paused bool) *Task {
	return b.StartTask(TaskSpec{
		ID: connect.TaskID{Connector: "c"}, Config: map[string]string{},
		ConnectorConfig: map[string]string{"connector.class": "Script"}, Paused: paused,
	})
}

func wantStates(t *testing.T, b *bench, want string) {
	t.Helper()
	synctest.Wait()
	if got := b.states(); got != want {
		t.Errorf("statuses: %s\nwant:     %s", got, want)
	}
}

func untilStopped(ctx context.Context, _ connect.SourceTaskContext) error {
	<-ctx.Done()
	return nil
}

func TestSelfDrivenTaskIsPausedResumedAndStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, script{task: &driven{run: untilStopped}})
		task := b.task(false)
		wantStates(t, b, "RUNNING")
		task.SetPaused(true)
		task.SetPaused(true)
		wantStates(t, b, "RUNNING PAUSED")
		task.SetPaused(false)
		wantStates(t, b, "RUNNING PAUSED RUNNING")
		task.Stop(nil)
		<-task.Gone()
		wantStates(t, b, "RUNNING PAUSED RUNNING UNASSIGNED")
	})
}

func TestTaskThatBeginsPausedIsNotStartedBeforeItIsResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started := false
		b := newBench(t, script{task: &driven{start: func() error { started = true; return nil }, run: untilStopped}})
		task := b.task(true)
		wantStates(t, b, "PAUSED")
		if started {
			t.Error("started while paused")
		}
		task.SetPaused(false)
		wantStates(t, b, "PAUSED RUNNING")
		task.Stop(nil)
		<-task.Gone()
	})
}

func TestFailedTaskIsStartedAgainAfterGrowingPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var at []time.Duration
		b := newBench(t, script{task: &driven{run: func(context.Context, connect.SourceTaskContext) error {
			at = append(at, time.Since(began))
			return errors.New("away")
		}}})
		task := b.task(false)
		time.Sleep(10 * time.Minute)
		task.Stop(nil)
		<-task.Gone()
		for i := 1; i < len(at); i++ {
			pause, most := at[i]-at[i-1], min(time.Minute, time.Second<<(i-1))
			if pause > most || pause < most*4/5-time.Millisecond {
				t.Errorf("pause %d was %v, want %v or a little less", i, pause, most)
			}
		}
		if len(at) < 10 || len(at) > 20 {
			t.Errorf("%d attempts in ten minutes", len(at))
		}
		if b.last().State != state.StatusUnassigned || b.last().Version != "" {
			t.Errorf("last status %+v", b.last())
		}
	})
}

func TestPermanentFailureWaitsForSomebody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		runs := 0
		b := newBench(t, script{task: &driven{run: func(context.Context, connect.SourceTaskContext) error {
			runs++
			return fmt.Errorf("gone: %w", connect.Permanent(errors.New("data loss")))
		}}})
		task := b.task(false)
		time.Sleep(time.Hour)
		wantStates(t, b, "RUNNING FAILED")
		if runs != 1 || b.last().Trace != "gone: data loss" {
			t.Errorf("%d runs, trace %q", runs, b.last().Trace)
		}
		task.Stop(nil)
		<-task.Gone()
	})
}

func TestPanicIsAFailureWithItsStack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stopped := 0
		b := newBench(t, script{task: &driven{
			run:  func(context.Context, connect.SourceTaskContext) error { panic("poisoned") },
			stop: func() error { stopped++; return nil },
		}}, func(c *Config) { c.Settings.Restart = false })
		task := b.task(false)
		wantStates(t, b, "RUNNING FAILED")
		if trace := b.last().Trace; !strings.Contains(trace, "panic: poisoned") || !strings.Contains(trace, "worker_test.go") {
			t.Errorf("trace %q", trace)
		}
		if stopped != 1 {
			t.Errorf("stopped %d times", stopped)
		}
		task.Stop(nil)
		<-task.Gone()
	})
}

func TestTaskThatDoesNotStopIsAbandonedAndSilenced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release, commit := make(chan struct{}), make(chan error, 1)
		b := newBench(t, script{task: &driven{run: func(ctx context.Context, tc connect.SourceTaskContext) error {
			<-release
			commit <- tc.Offsets().WriteOffsets(t.Context(), []connect.SourceOffset{{Partition: map[string]any{}, Offset: map[string]any{}}})
			return errors.New("late")
		}}})
		task := b.task(false)
		synctest.Wait()
		began := time.Now()
		task.Stop(nil)
		<-task.Gone()
		if grace := time.Since(began); grace != 5*time.Second {
			t.Errorf("abandoned after %v", grace)
		}
		wantStates(t, b, "RUNNING UNASSIGNED")
		close(release)
		if err := <-commit; !errors.Is(err, ErrNotOwned) {
			t.Errorf("an abandoned task committed: %v", err)
		}
		wantStates(t, b, "RUNNING UNASSIGNED")
		if err := b.Wait(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestFencedTaskCommitsNothingMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lost := errors.New("session lost")
		var cause, commit error
		b := newBench(t, script{task: &driven{run: func(ctx context.Context, tc connect.SourceTaskContext) error {
			<-ctx.Done()
			cause = context.Cause(ctx)
			commit = tc.Offsets().WriteOffsets(context.WithoutCancel(ctx), []connect.SourceOffset{{Partition: map[string]any{}, Offset: map[string]any{}}})
			return commit
		}}})
		task := b.task(false)
		synctest.Wait()
		task.Fence(lost)
		<-task.Gone()
		if !errors.Is(cause, lost) || !errors.Is(commit, ErrNotOwned) {
			t.Errorf("cause %v, commit %v", cause, commit)
		}
		wantStates(t, b, "RUNNING UNASSIGNED")
	})
}

func TestMetricsOfATaskEndWithIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, script{task: &driven{run: func(ctx context.Context, tc connect.SourceTaskContext) error {
			tc.Metrics().MustRegister(prometheus.NewGauge(prometheus.GaugeOpts{Name: "lag"}))
			<-ctx.Done()
			return nil
		}}})
		task := b.task(false)
		synctest.Wait()
		families, err := b.metrics.Gather()
		if err != nil || len(families) != 1 {
			t.Fatalf("while it runs: %v, %v", families, err)
		}
		labels := families[0].Metric[0].Label
		if len(labels) != 2 || labels[0].GetValue() != "c" || labels[1].GetName() != "task" || labels[1].GetValue() != "0" {
			t.Errorf("labels %v", labels)
		}
		task.Stop(nil)
		<-task.Gone()
		if families, _ := b.metrics.Gather(); len(families) != 0 {
			t.Errorf("afterwards: %v", families)
		}
	})
}

func TestUnknownTransformationsAndConvertersAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, script{task: &driven{run: untilStopped}})
		for wantText, extra := range map[string]map[string]string{
			"transforms.route.type=org.example.Router":     {"transforms": "route", "transforms.route.type": "org.example.Router"},
			"transforms.route.type: required":              {"transforms": "route"},
			"value.converter = org.example.AvroConverter:": {"value.converter": "org.example.AvroConverter"},
		} {
			extra["connector.class"] = "Script"
			task := b.StartTask(TaskSpec{ID: connect.TaskID{Connector: "c"}, ConnectorConfig: extra})
			synctest.Wait()
			if s := b.last(); s.State != state.StatusFailed || !strings.Contains(s.Trace, wantText) {
				t.Errorf("status %+v, want %q in its trace", s, wantText)
			}
			task.Stop(nil)
			<-task.Gone()
		}
	})
}

func TestConnectorFollowsItsTarget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		running, asked := 0, 0
		b := newBench(t, script{
			start: func(connect.ConnectorContext) error { running++; return nil },
			stop:  func() error { running--; return nil },
		})
		c := b.StartConnector(ConnectorSpec{
			Name: "c", Config: map[string]string{"connector.class": "Script"}, Target: state.Paused,
			TasksWanted: func() { asked++ },
		})
		wantStates(t, b, "PAUSED")
		for _, target := range []state.TargetState{state.Started, state.Stopped, state.Started, state.Paused, state.Started} {
			c.SetTarget(target)
			synctest.Wait()
			if want := map[state.TargetState]int{state.Started: 1}[target]; running != want {
				t.Errorf("%s: %d instances run", target, running)
			}
		}
		c.Stop(nil)
		<-c.Gone()
		wantStates(t, b, "PAUSED RUNNING STOPPED RUNNING PAUSED RUNNING UNASSIGNED")
		if asked != 3 || running != 0 {
			t.Errorf("tasks asked for %d times, %d instances left", asked, running)
		}
	})
}

func TestRaisedErrorFailsTheConnectorAndStartsItAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		starts := 0
		b := newBench(t, script{start: func(ctx connect.ConnectorContext) error {
			if starts++; starts == 1 {
				ctx.RaiseError(errors.New("monitor died"))
				ctx.RaiseError(errors.New("an echo"))
			}
			return nil
		}})
		c := b.StartConnector(ConnectorSpec{
			Name: "c", Config: map[string]string{"connector.class": "Script"}, Target: state.Started, TasksWanted: func() {},
		})
		wantStates(t, b, "RUNNING FAILED")
		if b.last().Trace != "monitor died" {
			t.Errorf("trace %q", b.last().Trace)
		}
		time.Sleep(2 * time.Second)
		wantStates(t, b, "RUNNING FAILED RUNNING")
		c.Stop(nil)
		<-c.Gone()
	})
}

func TestSecretsOfTaskConfigurationsGoBackToPlaceholders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		t.Setenv("SECRET", "s3cret")
		resolve, err := config.NewTransformer(map[string]string{
			"config.providers":           "env",
			"config.providers.env.class": "org.apache.kafka.common.config.provider.EnvVarConfigProvider",
		})
		if err != nil {
			t.Fatal(err)
		}
		b := newBench(t, script{taskConfigs: func(int) ([]map[string]string, error) {
			return []map[string]string{{"password": "s3cret", "n": "0"}}, nil
		}}, func(c *Config) { c.Resolve = resolve })
		c := b.StartConnector(ConnectorSpec{
			Name: "c", Config: map[string]string{"connector.class": "Script", "password": "${env:SECRET}"},
			Target: state.Started, TasksWanted: func() {},
		})
		got := make(chan []map[string]string, 1)
		c.TaskConfigs(1, func(configs []map[string]string, err error) { got <- configs })
		want := map[string]string{"password": "${env:SECRET}", "n": "0", "task.class": "ScriptTask"}
		if configs := <-got; len(configs) != 1 || fmt.Sprint(configs[0]) != fmt.Sprint(want) {
			t.Errorf("got %v", configs)
		}
		c.Stop(nil)
		<-c.Gone()
	})
}

func TestProducerConfigIsComposedAsJavaDoes(t *testing.T) {
	got := ProducerConfig(
		map[string]string{"bootstrap.servers": "k:9092", "security.protocol": "SSL", "producer.security.protocol": "SASL_SSL", "producer.linger.ms": "5"},
		map[string]string{"producer.override.linger.ms": "9", "producer.override.acks": "1"},
		connect.TaskID{Connector: "c", Task: 3})
	for key, want := range map[string]string{
		"bootstrap.servers": "k:9092", "security.protocol": "SASL_SSL", "linger.ms": "9", "acks": "1",
		"enable.idempotence": "false", "max.in.flight.requests.per.connection": "1",
		"delivery.timeout.ms": "2147483647", "client.id": "connector-producer-c-3",
	} {
		if got[key] != want {
			t.Errorf("%s = %q, want %q", key, got[key], want)
		}
	}
}

// fakeKafka is a producer whose acknowledgements a test gives.
type fakeKafka struct {
	mu   sync.Mutex
	acks []func(connect.RecordMetadata, error)
	sent []converted
}

func (f *fakeKafka) Send(_ context.Context, r converted, acked func(connect.RecordMetadata, error)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.acks, f.sent = append(f.acks, acked), append(f.sent, r)
	return nil
}

func (f *fakeKafka) Close() {}

func (f *fakeKafka) ack(i int, err error) { f.acks[i](connect.RecordMetadata{Topic: "t"}, err) }

// polled returns its records once and then nothing.
type polled struct {
	driven
	records   []*connect.SourceRecord
	committed []int // offsets, in the order of CommitRecord
}

func (p *polled) Poll(ctx context.Context) ([]*connect.SourceRecord, error) {
	if records := p.records; records != nil {
		p.records = nil
		return records, nil
	}
	select {
	case <-ctx.Done():
	case <-time.After(time.Second):
	}
	return nil, nil
}

func (p *polled) CommitRecord(_ context.Context, r *connect.SourceRecord, _ *connect.RecordMetadata) {
	p.committed = append(p.committed, r.SourceOffset["o"].(int))
}

// newPoller puts together what Task.poll would, with a producer of the test's own.
func newPoller(b *bench, source connect.SourceTask, kafka *fakeKafka) *poller {
	life, _, _ := newLife(time.Second)
	bytes, err := newConverters(b.config.Plugins, map[string]string{"header.converter": "ByteArray"}, nil)
	if err != nil {
		panic(err)
	}
	return &poller{
		form: form{converters: bytes},
		task: &Task{
			worker: b.Worker, spec: TaskSpec{ID: connect.TaskID{Connector: "c"}}, log: b.config.Log, life: life,
			pause: newPauseSwitch(false), offsets: &gatedOffsets{inner: b.config.Offsets("c")},
		},
		source: source, producer: kafka, submitted: newSubmitted(),
	}
}

func storedOffset(t *testing.T, b *bench) any {
	t.Helper()
	got, err := b.offsets.For("c").ReadOffsets(t.Context(), []map[string]any{{"p": 0}})
	if err != nil {
		t.Fatal(err)
	}
	return got[0]["o"]
}

func TestPollingTaskCommitsWhatIsAcknowledgedInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, script{})
		source := &polled{records: []*connect.SourceRecord{sourceRecord(0, 1), sourceRecord(0, 2), sourceRecord(0, 3)}}
		kafka := &fakeKafka{}
		p := newPoller(b, source, kafka)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- p.run(ctx, t.Context()) }()
		synctest.Wait()
		kafka.ack(1, nil)
		time.Sleep(time.Minute + time.Second)
		if got := storedOffset(t, b); got != nil {
			t.Errorf("committed %v past an open record", got)
		}
		kafka.ack(0, nil)
		time.Sleep(time.Minute)
		if got := storedOffset(t, b); got != int64(2) {
			t.Errorf("committed %v, want 2", got)
		}
		cancel()
		synctest.Wait()
		kafka.ack(2, nil)
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if got := storedOffset(t, b); got != int64(3) {
			t.Errorf("committed %v at the end, want 3", got)
		}
		if !slices.Equal(source.committed, []int{1, 2, 3}) {
			t.Errorf("told the task of %v", source.committed)
		}
	})
}

func TestFailedDeliveryFailsTheTaskAndCommitsOnlyWhatWentBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, script{})
		source := &polled{records: []*connect.SourceRecord{sourceRecord(0, 1), sourceRecord(0, 2), sourceRecord(0, 3)}}
		kafka := &fakeKafka{}
		p := newPoller(b, source, kafka)
		ended := make(chan error, 1)
		go func() { ended <- p.run(t.Context(), t.Context()) }()
		synctest.Wait()
		kafka.ack(0, nil)
		kafka.ack(1, errors.New("too large"))
		kafka.ack(2, nil)
		if err := <-ended; err == nil || !strings.Contains(err.Error(), "too large") {
			t.Errorf("ended with %v", err)
		}
		if got := storedOffset(t, b); got != int64(1) {
			t.Errorf("committed %v, want 1", got)
		}
	})
}
