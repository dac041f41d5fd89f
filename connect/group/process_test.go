package group

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"crosstide/connect/protocol"
)

// The stories in this file need real processes: this test binary starts itself as
// a member. They run on an in-memory cluster, or on the brokers that
// GROUP_TEST_BROKERS names; with GROUP_TEST_JAVA naming a group that a Java worker
// is in, its connectors are shared.

const childEnv = "GROUP_TEST_CHILD"

// child is how a member process is asked to behave, as JSON in childEnv.
type child struct {
	Brokers, Group, Host, Fixed, LockDir string
	SessionMs                            int
	Sole                                 bool
}

// event is a line that a member process prints.
type event struct {
	What     string // assigned, lost, revoked, ended
	Work     []string
	Err      string
	Instance string
	Member   string
}

func TestMain(m *testing.M) {
	if spec := os.Getenv(childEnv); spec != "" {
		var c child
		if err := json.Unmarshal([]byte(spec), &c); err != nil {
			panic(err)
		}
		c.run()
		return
	}
	os.Exit(m.Run())
}

func (c child) run() {
	out := json.NewEncoder(os.Stdout)
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(c.Brokers, ",")...), kgo.ClientID("connect-"+c.Host))
	if err != nil {
		panic(err)
	}
	instance := FixedInstance(c.Fixed)
	if c.Fixed == "" {
		if instance, err = AcquireInstance(c.LockDir, c.Host, c.Group); err != nil {
			panic(err)
		}
	}
	cfg := Config{
		Client: client, GroupID: c.Group, Instance: instance,
		SessionTimeout: time.Duration(c.SessionMs) * time.Millisecond, HeartbeatInterval: 500 * time.Millisecond,
		Protocols: protocol.Sessioned.Names(), Assign: shared("orders", 3),
		State: func() State { return State{URL: "http://" + c.Host + "/"} },
		Assigned: func(cur Current) {
			_ = out.Encode(event{What: "assigned", Work: list(cur.Work), Instance: instance.ID(), Member: cur.MemberID})
		},
		Revoked: func(_ context.Context, w protocol.Work) { _ = out.Encode(event{What: "revoked", Work: list(w)}) },
		Lost:    func(err error) { _ = out.Encode(event{What: "lost", Err: err.Error()}) },
		Log:     slog.New(slog.NewTextHandler(os.Stderr, nil)),
	}
	if c.Sole {
		cfg.Protocols, cfg.Assign = SoleOwnerProtocols(), NewSoleOwner()
	}
	m, err := New(cfg)
	if err != nil {
		panic(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	e := event{What: "ended"}
	if err := m.Run(ctx); err != nil {
		e.Err = err.Error()
	}
	_ = out.Encode(e)
}

func list(w protocol.Work) []string {
	all := append([]string{}, w.Connectors...)
	for _, t := range w.Tasks {
		all = append(all, t.String())
	}
	return all
}

// process is a running member process.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	events chan event
}

func (c child) start(t *testing.T) *process {
	t.Helper()
	spec, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, cmd: exec.Command(os.Args[0]), events: make(chan event, 1000)}
	p.cmd.Env = append(os.Environ(), childEnv+"="+string(spec))
	p.cmd.Stderr = t.Output()
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.events)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var e event
			if json.Unmarshal(lines.Bytes(), &e) == nil {
				p.events <- e
			}
		}
	}()
	t.Cleanup(p.kill)
	return p
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatal(err)
	}
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// until waits for an event.
func (p *process) until(what string, ok func(event) bool) event {
	p.t.Helper()
	deadline := time.After(90 * time.Second)
	for {
		select {
		case e, open := <-p.events:
			if !open {
				p.t.Fatalf("the process ended before: %s", what)
			}
			p.t.Logf("%d: %+v", p.cmd.Process.Pid, e)
			if ok(e) {
				return e
			}
		case <-deadline:
			p.t.Fatalf("never came: %s", what)
		}
	}
}

func working(n int) func(event) bool {
	return func(e event) bool { return e.What == "assigned" && len(e.Work) == n }
}

func brokers(t *testing.T) string {
	if b := os.Getenv("GROUP_TEST_BROKERS"); b != "" {
		return b
	}
	return strings.Join(cluster(t).ListenAddrs(), ",")
}

func fresh(t *testing.T, session time.Duration) child {
	return child{Brokers: brokers(t), Group: "g-" + strings.ToLower(t.Name()) + time.Now().Format("150405.000"), Host: "host", LockDir: t.TempDir(), SessionMs: int(session.Milliseconds())}
}

func TestAfterKillAndRestartAProcessHasItsWorkLongBeforeTheSessionEnds(t *testing.T) {
	c := fresh(t, 5*time.Minute)
	a := c.start(t)
	a.until("all work", working(4))
	for range 3 {
		a.kill()
		a = c.start(t)
		a.until("all work again", working(4))
	}
}

func TestTheSoleOwnerIsOwnerAgainAfterKillAndRestart(t *testing.T) {
	c := fresh(t, 5*time.Minute)
	c.Sole = true
	a := c.start(t)
	a.until("a owns", working(1))
	b := c.start(t) // the same host: takes another instance id
	b.until("b stands by", working(0))
	a.kill()
	a = c.start(t)
	a.until("a owns again", working(1))
	a.signal(syscall.SIGTERM)
	a.until("a has ended", func(e event) bool { return e.What == "ended" && e.Err == "" })
	b.until("b owns at once", working(1))
}

func TestAStoppedProcessFindsItselfLostWhenItGoesOn(t *testing.T) {
	c := fresh(t, 6*time.Second)
	c.Sole = true
	a := c.start(t)
	a.until("a owns", working(1))
	b := c.start(t)
	b.until("b stands by", working(0))
	a.signal(syscall.SIGSTOP)
	b.until("b owns after a's session", working(1))
	a.signal(syscall.SIGCONT)
	a.until("a has lost", func(e event) bool { return e.What == "lost" })
	a.until("a stands by", working(0))
}

func TestAProcessRestartedInTheMiddleOfARebalanceStillClaimsItsWork(t *testing.T) {
	c := fresh(t, 40*time.Second)
	a := c.start(t)
	a.until("all work", working(4))
	b := c.start(t)
	had := b.until("its share", working(1))
	a.until("the rest", working(3))
	b.kill()
	third := c
	third.Host = "another"
	third.start(t)
	untilRebalancing(t, c)
	b = c.start(t)
	again := b.until("an answer", func(e event) bool { return e.What == "assigned" })
	if strings.Join(again.Work, " ") != strings.Join(had.Work, " ") {
		t.Errorf("had %v, has %v", had.Work, again.Work)
	}
}

// untilRebalancing waits until the group waits for its members.
func untilRebalancing(t *testing.T, c child) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(c.Brokers, ",")...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for {
		req := kmsg.NewPtrDescribeGroupsRequest()
		req.Groups = []string{c.Group}
		resp, err := req.RequestWith(t.Context(), client)
		if err != nil {
			t.Fatal(err)
		}
		if resp.Groups[0].State == "PreparingRebalance" {
			return
		}
		time.Sleep(10 * time.Millisecond) // there is nothing to be told by
	}
}

func TestADuplicateOfAGivenInstanceIDEndsTheEarlierProcess(t *testing.T) {
	c := fresh(t, time.Minute)
	c.Sole, c.Fixed = true, "mine"
	a := c.start(t)
	a.until("a owns", working(1))
	b := c.start(t)
	a.until("a is fenced", func(e event) bool { return e.What == "lost" && e.Err == ErrFenced.Error() })
	a.until("a has ended", func(e event) bool { return e.What == "ended" && e.Err != "" })
	b.until("b owns", working(1))
}

func TestBesideAJavaWorkerARestartedProcessHasItsWorkAgain(t *testing.T) {
	java := os.Getenv("GROUP_TEST_JAVA")
	if java == "" {
		t.Skip("needs a Java worker: GROUP_TEST_JAVA names its group, GROUP_TEST_BROKERS its brokers")
	}
	c := fresh(t, 10*time.Second)
	c.Group = java
	a := c.start(t)
	had := a.until("some work", func(e event) bool { return e.What == "assigned" && len(e.Work) > 1 })
	for range 3 {
		a.kill()
		begun := time.Now()
		a = c.start(t)
		again := a.until("the same work", func(e event) bool { return e.What == "assigned" && len(e.Work) > 0 })
		t.Logf("again after %v", time.Since(begun))
		if strings.Join(again.Work, " ") != strings.Join(had.Work, " ") {
			t.Errorf("had %v, has %v", had.Work, again.Work)
		}
	}
	a.signal(syscall.SIGTERM)
	a.until("it has ended", func(e event) bool { return e.What == "ended" && e.Err == "" })
}
