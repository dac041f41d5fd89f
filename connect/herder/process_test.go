package herder_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/mux"
	"github.com/twmb/franz-go/pkg/kfake"

	"crosstide/connect/herder"
	"crosstide/rest"
)

// The stories in this file need workers that can be killed and suspended: this test
// binary starts itself as a worker.

const childEnv = "HERDER_TEST_CHILD"

// child is what a worker process is to run, as JSON in childEnv.
type child struct {
	ID         string
	Props      map[string]string
	Connectors map[string]map[string]string
	Wanted     map[string]int
}

func runChild(spec string) {
	var c child
	if err := json.Unmarshal([]byte(spec), &c); err != nil {
		panic(err)
	}
	f := newFactory()
	f.wanted = c.Wanted
	f.tell = func(what, task string) { fmt.Println(what, task) }
	var h *herder.Distributed
	router := mux.NewRouter().UseEncodedPath()
	server := httptest.NewUnstartedServer(router)
	server.Start()
	h, err := herder.New(herder.Config{
		WorkerProps: c.Props, Plugins: f.plugins(c.ID), Connectors: c.Connectors, WorkerID: c.ID,
		AdvertisedURL: func() string { return server.URL }, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		panic(err)
	}
	rest.AddInternal(router, h, slog.Default())
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() { // says who leads, for the stories that pick the leader
		leads := false
		for ctx.Err() == nil {
			if now := h.Snapshot().Leads; now != leads {
				leads = now
				fmt.Println(map[bool]string{true: "leads", false: "follows"}[leads], "-")
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	if err := h.Run(ctx); err != nil {
		panic(err)
	}
}

// band is worker processes on one in-memory cluster.
type band struct {
	*team
	workers map[string]*process
}

type process struct {
	cmd   *exec.Cmd
	leads atomic.Bool
	log   *os.File
}

func newBand(t *testing.T, connectors, tasks int, props map[string]string) *band {
	t.Helper()
	m := &team{t: t, bootstrap: cluster(t, kfake.GroupMinSessionTimeout(time.Second)), f: newFactory(), connectors: map[string]map[string]string{}}
	m.props = map[string]string{
		"session.timeout.ms": "4000", "heartbeat.interval.ms": "500", "offset.flush.interval.ms": "60000",
		"scheduled.rebalance.max.delay.ms": "0",
	}
	maps.Copy(m.props, props)
	m.fill(connectors, tasks)
	return &band{team: m, workers: map[string]*process{}}
}

// start starts a worker process; each has a place of its own for its lock, as on a
// host of its own.
func (b *band) start(id string) {
	b.t.Helper()
	props := workerProps(b.bootstrap)
	maps.Copy(props, b.props)
	props["group.instance.id"] = id
	b.f.mu.Lock()
	spec, err := json.Marshal(child{ID: id, Props: props, Connectors: b.connectors, Wanted: b.f.wanted})
	b.f.mu.Unlock()
	if err != nil {
		b.t.Fatal(err)
	}
	log, err := os.CreateTemp(b.t.TempDir(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	p := &process{cmd: exec.Command(os.Args[0]), log: log}
	p.cmd.Env = append(os.Environ(), childEnv+"="+string(spec))
	p.cmd.Stderr = log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		b.t.Fatal(err)
	}
	b.workers[id] = p
	read := make(chan struct{})
	go func() {
		defer close(read)
		b.follow(id, p, out)
	}()
	b.t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-read
		_ = p.cmd.Wait()
		if b.t.Failed() {
			text, _ := os.ReadFile(log.Name())
			b.t.Logf("worker %s:\n%s", id, text)
		}
		_ = log.Close()
	})
}

func (b *band) follow(id string, p *process, out io.Reader) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		what, task, _ := strings.Cut(lines.Text(), " ")
		switch what {
		case "begin":
			b.f.begin(id, task)
		case "end":
			b.f.end(id, task)
		case "leads":
			p.leads.Store(true)
		case "follows":
			p.leads.Store(false)
		}
	}
}

// gone forgets what a worker was running that can run nothing any more.
func (b *band) gone(id string) {
	b.f.mu.Lock()
	defer b.f.mu.Unlock()
	for _, workers := range b.f.runs {
		delete(workers, id)
	}
}

func (b *band) kill(id string) {
	b.t.Helper()
	if err := b.workers[id].cmd.Process.Kill(); err != nil {
		b.t.Fatal(err)
	}
	b.gone(id)
}

func (b *band) leader() string {
	b.t.Helper()
	var leader string
	eventually(b.t, "one worker leads", func() bool {
		n := 0
		for id, p := range b.workers {
			if p.leads.Load() {
				leader = id
				n++
			}
		}
		return n == 1
	})
	return leader
}

// counts is how often each task was started so far, by tasks that run on the worker.
func (f *factory) startsOf(worker string) map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := map[string]int{}
	for task, workers := range f.runs {
		if workers[worker] {
			n[task] = f.starts[task]
		}
	}
	return n
}

func TestKilledWorkersTasksRunElsewhereAndTheOthersGoOn(t *testing.T) {
	b := newBand(t, 3, 4, nil)
	for _, id := range []string{"w1", "w2", "w3"} {
		b.start(id)
	}
	b.balanced(12, "w1", "w2", "w3")
	victim := b.leader()
	var rest []string
	before := map[string]int{}
	for id := range b.workers {
		if id != victim {
			rest = append(rest, id)
			maps.Copy(before, b.f.startsOf(id))
		}
	}
	b.kill(victim)
	began := time.Now()
	b.balanced(12, rest...)
	t.Logf("taken over after %v", time.Since(began).Round(10*time.Millisecond))
	for task, n := range before {
		if b.f.started(task) != n {
			t.Errorf("%s ran on a worker that lived and was started again", task)
		}
	}
	b.f.noOverlaps(t)
}

func TestKilledWorkersTasksWaitForItAsLongAsTheyShould(t *testing.T) {
	const delay = 3 * time.Second
	b := newBand(t, 2, 4, map[string]string{"scheduled.rebalance.max.delay.ms": "3000"})
	b.start("w1")
	b.start("w2")
	b.balanced(8, "w1", "w2")
	victim, other := b.leader(), "w1"
	if victim == "w1" {
		other = "w2"
	}
	// The follower dies: a new leader remembers nobody and waits for nobody.
	victim, other = other, victim
	b.kill(victim)
	began := time.Now()
	b.balanced(8, other)
	if took := time.Since(began); took < delay {
		t.Errorf("taken over after %v, before the delay was over", took)
	} else {
		t.Logf("taken over after %v", took.Round(10*time.Millisecond))
	}
	// Killed and started again at once, a worker has its tasks back.
	b.start(victim)
	b.balanced(8, "w1", "w2")
	mine, others := b.f.startsOf(victim), b.f.startsOf(other)
	b.kill(victim)
	began = time.Now()
	b.start(victim)
	b.balanced(8, "w1", "w2")
	t.Logf("back after %v", time.Since(began).Round(10*time.Millisecond))
	for task, n := range others {
		if b.f.started(task) != n {
			t.Errorf("%s was disturbed", task)
		}
	}
	if now := b.f.startsOf(victim); len(now) != len(mine) {
		t.Errorf("it had %d tasks and has %d", len(mine), len(now))
	}
	b.f.noOverlaps(t)
}

func TestSuspendedLeaderIsReplacedAndComesBackAsAFollower(t *testing.T) {
	b := newBand(t, 3, 4, map[string]string{"inter.worker.key.ttl.ms": "1000"})
	for _, id := range []string{"w1", "w2", "w3"} {
		b.start(id)
	}
	b.balanced(12, "w1", "w2", "w3")
	for range 2 {
		paused := b.leader()
		if err := b.workers[paused].cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		b.gone(paused)
		var rest []string
		for id := range b.workers {
			if id != paused {
				rest = append(rest, id)
			}
		}
		b.balanced(12, rest...)
		if err := b.workers[paused].cmd.Process.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		b.balanced(12, "w1", "w2", "w3")
		eventually(t, "another one leads", func() bool { return b.leader() != paused })
		b.f.noOverlaps(t)
	}
}
