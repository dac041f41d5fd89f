package herder_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connect/herder"
	"crosstide/connect/plugin"
	"crosstide/rest"
)

// factory is where the workers of one test run their tasks: it knows who runs what
// and notices when two run the same.
type factory struct {
	mu       sync.Mutex
	runs     map[string]map[string]bool // task -> workers
	starts   map[string]int
	overlaps []string
	wanted   map[string]int    // tasks by connector
	extra    map[string]string // what is in each of a connector's task configurations
	tell     func(what, task string)
}

func newFactory() *factory {
	return &factory{
		runs: map[string]map[string]bool{}, starts: map[string]int{},
		wanted: map[string]int{}, extra: map[string]string{},
	}
}

func (f *factory) begin(worker, task string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.runs[task] == nil {
		f.runs[task] = map[string]bool{}
	}
	if len(f.runs[task]) > 0 {
		f.overlaps = append(f.overlaps, fmt.Sprintf("%s begins %s beside %v", worker, task, f.runs[task]))
	}
	f.runs[task][worker] = true
	f.starts[task]++
	if f.tell != nil {
		f.tell("begin", task)
	}
}

// want changes what a connector's task configurations will be.
func (f *factory) want(connector string, tasks int, extra string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wanted[connector], f.extra[connector] = tasks, extra
}

func (f *factory) end(worker, task string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.runs[task], worker)
	if f.tell != nil {
		f.tell("end", task)
	}
}

// loads counts tasks by worker; all of them under "".
func (f *factory) loads() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := map[string]int{}
	for _, workers := range f.runs {
		for w := range workers {
			n[w]++
			n[""]++
		}
	}
	return n
}

func (f *factory) started(task string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.starts[task]
}

func (f *factory) noOverlaps(t *testing.T) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, o := range f.overlaps {
		t.Error(o)
	}
}

// idler is a connector whose tasks do nothing but run.
type idler struct {
	f      *factory
	worker string
	props  map[string]string
	ctx    connect.ConnectorContext
}

const idlerClass = "org.example.IdlerSourceConnector"

func (f *factory) plugins(worker string) *plugin.Registry {
	r := plugin.NewRegistry()
	r.AddSource(plugin.Source{
		Class: idlerClass, TaskClass: "org.example.IdlerTask",
		New: func() connect.SourceConnector { return &idler{f: f, worker: worker} },
	})
	return r
}

func (*idler) Version() string        { return "1" }
func (*idler) ConfigDef() *config.Def { return config.NewDef() }
func (*idler) Stop() error            { return nil }
func (i *idler) NewTask() connect.SourceTask {
	return &idlerTask{f: i.f, worker: i.worker}
}

func (i *idler) Start(ctx connect.ConnectorContext, props map[string]string) error {
	i.ctx, i.props = ctx, props
	return nil
}

func (i *idler) TaskConfigs(most int) ([]map[string]string, error) {
	i.f.mu.Lock()
	defer i.f.mu.Unlock()
	name := i.props["name"]
	var configs []map[string]string
	for n := range min(most, i.f.wanted[name]) {
		configs = append(configs, map[string]string{"name": name, "number": strconv.Itoa(n), "extra": i.f.extra[name]})
	}
	return configs, nil
}

type idlerTask struct {
	f            *factory
	worker, name string
}

func (t *idlerTask) Start(_ context.Context, _ connect.SourceTaskContext, props map[string]string) error {
	t.name = props["name"] + "-" + props["number"]
	t.f.begin(t.worker, t.name)
	return nil
}

func (t *idlerTask) Poll(ctx context.Context) ([]*connect.SourceRecord, error) {
	<-ctx.Done()
	return nil, nil
}

func (t *idlerTask) Stop() error {
	if t.name != "" {
		t.f.end(t.worker, t.name)
	}
	return nil
}

// team is workers of one group on one in-memory cluster.
type team struct {
	t          *testing.T
	bootstrap  string
	f          *factory
	connectors map[string]map[string]string
	props      map[string]string
}

func newTeam(t *testing.T, connectors, tasks int, props map[string]string) *team {
	t.Helper()
	m := &team{t: t, bootstrap: cluster(t), f: newFactory(), connectors: map[string]map[string]string{}, props: props}
	m.fill(connectors, tasks)
	return m
}

func (m *team) fill(connectors, tasks int) {
	for i := range connectors {
		name := fmt.Sprintf("c%02d", i)
		m.connectors[name] = map[string]string{"name": name, "connector.class": idlerClass, "tasks.max": "10"}
		m.f.want(name, tasks, "")
	}
}

// start starts a worker with an address at which the others reach it.
func (m *team) start(id string) *runner {
	m.t.Helper()
	props := workerProps(m.bootstrap)
	maps.Copy(props, map[string]string{
		"session.timeout.ms": "6000", "heartbeat.interval.ms": "200", "scheduled.rebalance.max.delay.ms": "0",
		"offset.flush.interval.ms": "60000",
	})
	maps.Copy(props, m.props)
	var h atomic.Pointer[herder.Distributed]
	router := mux.NewRouter().UseEncodedPath()
	rest.AddInternalFlows(router, func(source, target string) rest.TaskReceiver {
		if source != "east" || target != "we st" || h.Load() == nil {
			return nil
		}
		return h.Load()
	}, slog.New(slog.DiscardHandler))
	server := httptest.NewServer(router)
	m.t.Cleanup(server.Close)
	r := start(m.t, herder.Config{
		WorkerProps: props, Plugins: m.f.plugins(id), Connectors: m.connectors, WorkerID: id,
		AdvertisedURL: func() string { return server.URL + "/" }, Namespace: []string{"east", "we st"},
	})
	h.Store(r.Distributed)
	return r
}

// balanced waits until n tasks run, on the given workers and evenly.
func (m *team) balanced(n int, workers ...string) {
	m.t.Helper()
	defer func() {
		if m.t.Failed() {
			m.t.Log(m.f.loads())
		}
	}()
	eventually(m.t, fmt.Sprintf("%d tasks run evenly on %v", n, workers), func() bool {
		loads := m.f.loads()
		least, most := n, 0
		for _, w := range workers {
			least, most = min(least, loads[w]), max(most, loads[w])
		}
		return loads[""] == n && most-least <= 1
	})
}

func TestWorkersShareTasksEvenlyAndMoveNoMoreThanNeeded(t *testing.T) {
	m := newTeam(t, 20, 5, nil)
	one := m.start("w1")
	m.balanced(100, "w1")
	eventually(t, "the first is ready", one.Ready)
	m.start("w2")
	m.start("w3")
	m.balanced(100, "w1", "w2", "w3")
	moved := 0
	for c := range m.connectors {
		for i := range 5 {
			moved += m.f.started(fmt.Sprintf("%s-%d", c, i)) - 1
		}
	}
	// Two thirds must move; one in ten may do so twice, when one joins after the other.
	if moved > 80 {
		t.Errorf("%d tasks were moved", moved)
	}
	m.f.noOverlaps(t)
}

func TestFiveHundredConnectorsAreSharedAndStartedAgain(t *testing.T) {
	m := newTeam(t, 500, 2, nil)
	one := m.start("w1")
	m.balanced(1000, "w1")
	one.stop()
	began := time.Now()
	m.start("w1")
	m.balanced(1000, "w1")
	t.Logf("started again in %v", time.Since(began).Round(10*time.Millisecond))
	began = time.Now()
	m.start("w2")
	m.balanced(1000, "w1", "w2")
	t.Logf("shared out in %v", time.Since(began).Round(10*time.Millisecond))
	m.f.noOverlaps(t)
}

func TestWorkOfAWorkerThatStopsIsTakenOver(t *testing.T) {
	m := newTeam(t, 4, 5, nil)
	workers := map[string]*runner{"w1": m.start("w1"), "w2": m.start("w2"), "w3": m.start("w3")}
	m.balanced(20, "w1", "w2", "w3")
	for _, id := range []string{"w1", "w2", "w3"} { // one of them leads
		workers[id].stop()
		var rest []string
		for other := range workers {
			if other != id {
				rest = append(rest, other)
			}
		}
		m.balanced(20, rest...)
		workers[id] = m.start(id)
		m.balanced(20, "w1", "w2", "w3")
	}
	m.f.noOverlaps(t)
}

func TestWorkerThatRestartsInTimeHasItsWorkBackAndNobodyElseIsDisturbed(t *testing.T) {
	m := newTeam(t, 2, 6, map[string]string{"scheduled.rebalance.max.delay.ms": "60000"})
	w1 := m.start("w1")
	m.balanced(12, "w1")
	// Joining a group under this delay is balanced at once: nothing is lost.
	w2 := m.start("w2")
	m.balanced(12, "w1", "w2")
	for _, w := range []*runner{w1, w2} {
		eventually(t, "ready", w.Ready)
	}
	begun := m.f.loads()
	before := map[string]int{}
	for c := range m.connectors {
		for i := range 6 {
			name := fmt.Sprintf("%s-%d", c, i)
			before[name] = m.f.started(name)
		}
	}
	w2.stop()
	w2 = m.start("w2")
	m.balanced(12, "w1", "w2")
	eventually(t, "ready", w2.Ready)
	restarted := 0
	for name, n := range before {
		restarted += m.f.started(name) - n
	}
	if restarted != begun["w2"] {
		t.Errorf("%d tasks were started, the worker had %d", restarted, begun["w2"])
	}
	m.f.noOverlaps(t)
}

// follower returns a worker that does not lead, and a connector it runs.
func (m *team) follower(workers ...*runner) (*runner, string) {
	m.t.Helper()
	var found *runner
	var name string
	eventually(m.t, "a worker that does not lead runs a connector", func() bool {
		for _, w := range workers {
			s := w.Snapshot()
			if s.Leads {
				continue
			}
			for _, c := range s.Connectors {
				if c.Status.WorkerID == s.WorkerID && c.Status.State == "RUNNING" {
					found, name = w, c.Name
					return true
				}
			}
		}
		return false
	})
	return found, name
}

func TestLeaderPublishesTaskConfigurationsForOthers(t *testing.T) {
	for _, mode := range []string{"eager", "compatible", "sessioned"} {
		t.Run(mode, func(t *testing.T) {
			m := newTeam(t, 4, 2, map[string]string{"connect.protocol": mode})
			w1, w2 := m.start("w1"), m.start("w2")
			m.balanced(8, "w1", "w2")
			_, connector := m.follower(w1, w2)
			m.f.want(connector, 3, "")
			if err := w2.Restart(t.Context(), connector, false, false); err != nil {
				t.Fatal(err)
			}
			m.balanced(9, "w1", "w2")
			begun := m.f.started(connector + "-2")
			m.f.want(connector, 3, "changed")
			if err := w1.Restart(t.Context(), connector, false, false); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the tasks were restarted", func() bool { return m.f.started(connector+"-2") > begun })
			m.balanced(9, "w1", "w2")
			m.f.noOverlaps(t)
		})
	}
}

func TestRequestsBetweenWorkersMustBeSigned(t *testing.T) {
	m := newTeam(t, 1, 1, nil)
	var h atomic.Pointer[herder.Distributed]
	router := mux.NewRouter()
	rest.AddInternal(router, receiver{&h}, slog.New(slog.DiscardHandler))
	server := httptest.NewServer(router)
	t.Cleanup(server.Close)
	w := m.start("w1")
	h.Store(w.Distributed)
	m.balanced(1, "w1")
	for _, c := range []struct {
		auth, algorithm string
		status          int
		says            string
	}{
		{"", "", 400, "missing required signature"},
		{"AAAA", "", 400, "missing required signature"},
		{"AAAA", "HmacNothing", 400, "HmacNothing"},
		{"?", "HmacSHA256", 400, "base64"},
		{"AAAA", "HmacSHA512", 400, "does not support the 'HmacSHA512'"},
		{"AAAA", "HmacSHA256", 403, "invalid signature"},
	} {
		req, _ := http.NewRequest(http.MethodPost, server.URL+"/connectors/c00/tasks", strings.NewReader("[]"))
		req.Header.Set("X-Connect-Authorization", c.auth)
		req.Header.Set("X-Connect-Request-Signature-Algorithm", c.algorithm)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != c.status || !strings.Contains(string(body), c.says) || !strings.Contains(string(body), `"error_code":`+strconv.Itoa(c.status)) {
			t.Errorf("%+v: %s %s", c, resp.Status, body)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	if m.f.loads()[""] != 1 {
		t.Error("an unsigned request changed something")
	}
}

type receiver struct {
	h *atomic.Pointer[herder.Distributed]
}

func (r receiver) PutTaskConfigs(ctx context.Context, connector string, body []byte, sig herder.Signature) error {
	return r.h.Load().PutTaskConfigs(ctx, connector, body, sig)
}

func TestSessionKeysAreReplacedAndRequestsGoOn(t *testing.T) {
	m := newTeam(t, 4, 2, map[string]string{"inter.worker.key.ttl.ms": "1000"})
	w1, w2 := m.start("w1"), m.start("w2")
	m.balanced(8, "w1", "w2")
	topic := read(t, m.bootstrap, "mm2-configs.east.internal")
	keys := func() (n int) {
		for _, r := range topic.until(len(topic.got) + 1) {
			if strings.HasPrefix(r, "session-key=") {
				n++
			}
		}
		return n
	}
	for keys() < 3 {
	}
	_, connector := m.follower(w1, w2)
	m.f.want(connector, 4, "")
	if err := w1.Restart(t.Context(), connector, false, false); err != nil {
		t.Fatal(err)
	}
	m.balanced(10, "w1", "w2")
	m.f.noOverlaps(t)
}

func TestTasksArePublishedWhereTheLeaderAnswersNobody(t *testing.T) {
	m := newTeam(t, 2, 2, nil)
	props := workerProps(m.bootstrap)
	maps.Copy(props, map[string]string{"session.timeout.ms": "6000", "heartbeat.interval.ms": "200", "scheduled.rebalance.max.delay.ms": "0"})
	var workers []*runner
	for _, id := range []string{"w1", "w2"} {
		workers = append(workers, start(t, herder.Config{WorkerProps: props, Plugins: m.f.plugins(id), Connectors: m.connectors, WorkerID: id}))
	}
	m.balanced(4, "w1", "w2")
	_, connector := m.follower(workers...)
	m.f.want(connector, 3, "")
	if err := workers[0].Restart(t.Context(), connector, false, false); err != nil {
		t.Fatal(err)
	}
	m.balanced(5, "w1", "w2")
	m.f.noOverlaps(t)
}
