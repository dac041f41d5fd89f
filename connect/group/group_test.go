package group

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"crosstide/connect/assignor"
	"crosstide/connect/protocol"
)

// worker is a member under test and what it has heard.
type worker struct {
	t      *testing.T
	m      *Member
	client *kgo.Client
	stop   context.CancelFunc
	ended  chan error

	mu      sync.Mutex
	changed chan struct{} // closed at each change
	cur     Current
	work    protocol.Work
	lost    []error
	rounds  int
	revokes int
}

func (w *worker) change(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
	close(w.changed)
	w.changed = make(chan struct{})
}

func (w *worker) current() Current {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cur
}

// until waits for a state of the worker.
func (w *worker) until(what string, ok func(*worker) bool) {
	w.t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		w.mu.Lock()
		done, changed := ok(w), w.changed
		w.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			w.mu.Lock()
			defer w.mu.Unlock()
			w.t.Fatalf("never came: %s; last %+v, work %v, lost %v", what, w.cur, w.work, w.lost)
		}
	}
}

func cluster(t *testing.T) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.GroupMinSessionTimeout(100*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func start(t *testing.T, seeds []string, change func(*Config)) *worker {
	t.Helper()
	client, err := kgo.NewClient(append(ClientOptions(3*time.Second), kgo.SeedBrokers(seeds...), kgo.ClientID("connect-test"))...)
	if err != nil {
		t.Fatal(err)
	}
	w := &worker{t: t, client: client, ended: make(chan error, 1), changed: make(chan struct{})}
	cfg := Config{
		Client: client, GroupID: "g", Protocols: SoleOwnerProtocols(), Assign: NewSoleOwner(),
		SessionTimeout: 3 * time.Second, HeartbeatInterval: 100 * time.Millisecond, RebalanceTimeout: 10 * time.Second,
		Revoked: func(_ context.Context, work protocol.Work) {
			w.change(func() { w.work = w.work.Minus(work); w.revokes++ })
		},
		Assigned: func(c Current) { w.change(func() { w.cur, w.work = c, c.Work; w.rounds++ }) },
		Lost: func(err error) {
			w.change(func() { w.work = protocol.Work{}; w.lost = append(w.lost, err) })
		},
		Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if change != nil {
		change(&cfg)
	}
	if w.m, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	w.stop = stop
	go func() { w.ended <- w.m.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		w.end()
		client.Close()
	})
	return w
}

// end waits for Run to return.
func (w *worker) end() error {
	w.t.Helper()
	select {
	case err := <-w.ended:
		w.ended <- err
		return err
	case <-time.After(30 * time.Second):
		w.t.Fatal("Run does not return")
		return nil
	}
}

func owner(w *worker) bool  { return w.work.Has(Everything) }
func member(w *worker) bool { return w.rounds > 0 }

func TestTheFirstMemberOwnsAllAndKeepsItWhenOthersJoin(t *testing.T) {
	c := cluster(t)
	a := start(t, c.ListenAddrs(), nil)
	a.until("a owns", owner)
	b := start(t, c.ListenAddrs(), nil)
	b.until("b is a member", member)
	a.until("a has seen b", func(w *worker) bool { return w.rounds >= 2 })
	a.mu.Lock()
	defer a.mu.Unlock()
	if !owner(a) || a.revokes > 0 || len(a.lost) > 0 {
		t.Errorf("a: work %v, %d revocations, lost %v", a.work, a.revokes, a.lost)
	}
	if !a.m.Holds() {
		t.Error("a does not hold what it was given")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if owner(b) {
		t.Error("both own all")
	}
}

func TestAnotherTakesOverAtOnceWhenTheOwnerLeaves(t *testing.T) {
	for name, instances := range map[string][2]*Instance{
		"dynamic": {},
		"static":  {FixedInstance("a"), FixedInstance("b")},
	} {
		t.Run(name, func(t *testing.T) {
			c := cluster(t)
			a := start(t, c.ListenAddrs(), func(c *Config) { c.Instance, c.SessionTimeout = instances[0], 5*time.Minute })
			a.until("a owns", owner)
			b := start(t, c.ListenAddrs(), func(c *Config) { c.Instance, c.SessionTimeout = instances[1], 5*time.Minute })
			b.until("b is a member", member)
			a.stop()
			if err := a.end(); err != nil {
				t.Error(err)
			}
			if owner(a) || a.m.Holds() {
				t.Error("a still holds work after it has left")
			}
			b.until("b owns", owner)
		})
	}
}

// kill ends the member as kill -9 would: nothing is said to anyone.
func (w *worker) kill() {
	w.client.Close()
}

func TestAKilledStaticMemberRestartedAtOnceHasItsWorkAgain(t *testing.T) {
	for _, killed := range []string{"leader", "follower"} {
		t.Run("the "+killed, func(t *testing.T) {
			c := cluster(t)
			dir := t.TempDir()
			with := func(host string) (func(*Config), *Instance) {
				i, err := AcquireInstance(dir, host, "g")
				if err != nil {
					t.Fatal(err)
				}
				return func(c *Config) {
					c.Instance, c.SessionTimeout = i, 5*time.Minute
					c.Protocols, c.Assign = protocol.Sessioned.Names(), shared("orders", 2)
				}, i
			}
			setA, lockA := with("a")
			a := start(t, c.ListenAddrs(), setA)
			a.until("a has all", func(w *worker) bool { return w.work.Size() == 3 })
			setB, lockB := with("b")
			b := start(t, c.ListenAddrs(), setB)
			b.until("b has a share", func(w *worker) bool { return w.work.Size() == 1 })
			a.until("a has the rest", func(w *worker) bool { return w.work.Size() == 2 && w.m.Holds() })
			victim, other, set, lock := a, b, setA, lockA
			if killed == "follower" {
				victim, other, set, lock = b, a, setB, lockB
			}
			victim.mu.Lock()
			had := victim.work
			victim.mu.Unlock()
			victim.kill()
			lock.Release()
			set, _ = with(map[string]string{"leader": "a", "follower": "b"}[killed])
			again := start(t, c.ListenAddrs(), set)
			again.until("its work again", func(w *worker) bool { return w.work.Equal(had) })
			other.mu.Lock()
			defer other.mu.Unlock()
			if other.revokes > 1 || len(other.lost) > 0 {
				t.Errorf("the other one was disturbed: %d revocations, lost %v", other.revokes, other.lost)
			}
		})
	}
}

// shared shares one connector's work as Java's workers do.
func shared(connector string, tasks int) func(context.Context, Round) (map[string]protocol.Assignment, error) {
	return NewLeader(LeaderConfig{
		MaxDelay: 5 * time.Minute,
		Configured: func(_ context.Context, atLeast int64) (assignor.Configured, int64, error) {
			return assignor.Configured{Connectors: []string{connector}, Tasks: tasksOf(connector, tasks)}, max(atLeast, 0), nil
		},
	})
}

func TestASecondProcessUnderOneInstanceIDEndsTheFirst(t *testing.T) {
	c := cluster(t)
	a := start(t, c.ListenAddrs(), func(c *Config) { c.Instance = FixedInstance("same") })
	a.until("a owns", owner)
	b := start(t, c.ListenAddrs(), func(c *Config) { c.Instance = FixedInstance("same") })
	if err := a.end(); !errors.Is(err, ErrFenced) {
		t.Errorf("the first one ended with %v", err)
	}
	a.mu.Lock()
	if owner(a) || len(a.lost) != 1 || !errors.Is(a.lost[0], ErrFenced) {
		t.Errorf("the first one: work %v, lost %v", a.work, a.lost)
	}
	a.mu.Unlock()
	b.until("b owns", owner)
}

func TestTwoHostsOfOneNameBothBecomeMembers(t *testing.T) {
	c := cluster(t)
	with := func() func(*Config) {
		i, err := AcquireInstance(t.TempDir(), "host", "g")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(i.Release)
		return func(c *Config) { c.Instance = i }
	}
	a := start(t, c.ListenAddrs(), with())
	a.until("a owns", owner)
	b := start(t, c.ListenAddrs(), with())
	a.until("a is fenced", func(w *worker) bool { return len(w.lost) == 1 })
	b.until("b owns", owner)
	a.until("a is a member again", func(w *worker) bool { return w.rounds > 1 && w.cur.MemberID != "" && !owner(w) })
}

func TestAMemberThatHearsNothingGivesItselfUpFirst(t *testing.T) {
	c := cluster(t)
	a := start(t, c.ListenAddrs(), func(c *Config) { c.SessionTimeout, c.StopMargin = time.Second, 400*time.Millisecond })
	a.until("a owns", owner)
	c.ControlKey(12, func(kreq kmsgRequest) (kmsgResponse, error, bool) {
		c.KeepControl()
		return nil, errors.New("cut"), true
	})
	a.until("a has given itself up", func(w *worker) bool {
		return len(w.lost) > 0 && errors.Is(w.lost[0], ErrSessionLost)
	})
}

func TestARemovedMemberStopsAndJoinsAgain(t *testing.T) {
	c := cluster(t)
	a := start(t, c.ListenAddrs(), nil)
	a.until("a owns", owner)
	if err := a.m.leaveGroup(t.Context(), a.current().MemberID); err != nil {
		t.Fatal(err)
	}
	a.until("a has lost its work", func(w *worker) bool { return len(w.lost) == 1 && errors.Is(w.lost[0], ErrRemoved) })
	a.until("a owns again", owner)
}

func TestWorkMovesInTwoRoundsAndNeverHasTwoOwners(t *testing.T) {
	c := cluster(t)
	set := func(c *Config) { c.Protocols, c.Assign = protocol.Compatible.Names(), shared("orders", 5) }
	a := start(t, c.ListenAddrs(), set)
	a.until("a has all", func(w *worker) bool { return w.work.Size() == 6 })
	b := start(t, c.ListenAddrs(), set)
	b.until("b has its share", func(w *worker) bool { return w.work.Size() >= 2 })
	a.until("a has the rest", func(w *worker) bool { return w.work.Size() <= 4 })
	a.mu.Lock()
	b.mu.Lock()
	defer a.mu.Unlock()
	defer b.mu.Unlock()
	if !intersect(a.work, b.work).Empty() || a.work.Size()+b.work.Size() != 6 {
		t.Errorf("a: %v, b: %v", a.work, b.work)
	}
}

func TestUnderTheEagerDialectAllStopsBeforeARebalance(t *testing.T) {
	c := cluster(t)
	set := func(c *Config) { c.Protocols, c.Assign = protocol.Eager.Names(), shared("orders", 3) }
	a := start(t, c.ListenAddrs(), set)
	a.until("a has all", func(w *worker) bool { return w.work.Size() == 4 })
	b := start(t, c.ListenAddrs(), set)
	b.until("b has half", func(w *worker) bool { return w.work.Size() == 2 })
	a.until("a has half", func(w *worker) bool { return w.work.Size() == 2 && w.revokes == 1 })
}

func TestRejoinAsksForARebalance(t *testing.T) {
	c := cluster(t)
	a := start(t, c.ListenAddrs(), nil)
	a.until("a owns", owner)
	before := a.current().Generation
	a.m.Rejoin()
	a.until("a new generation", func(w *worker) bool { return w.cur.Generation > before })
}

func TestALeaderThatCannotAssignKeepsWhatRunsAndTriesAgain(t *testing.T) {
	c := cluster(t)
	var mu sync.Mutex
	behind := false
	sole := NewSoleOwner()
	a := start(t, c.ListenAddrs(), func(c *Config) {
		c.Assign = func(ctx context.Context, r Round) (map[string]protocol.Assignment, error) {
			mu.Lock()
			defer mu.Unlock()
			if behind {
				behind = false
				return nil, errors.New("config topic not read far enough")
			}
			return sole(ctx, r)
		}
	})
	a.until("a owns", owner)
	mu.Lock()
	behind = true
	mu.Unlock()
	a.m.Rejoin()
	a.until("a failed round with work kept", func(w *worker) bool { return w.cur.Failed && owner(w) })
	a.until("a good round", func(w *worker) bool { return !w.cur.Failed && owner(w) })
}

func TestMembersSurviveAMoveOfTheirCoordinator(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.GroupMinSessionTimeout(100*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	a := start(t, c.ListenAddrs(), nil)
	a.until("a owns", owner)
	c.ShufflePartitionLeaders()
	before := a.current().Generation
	a.m.Rejoin()
	a.until("a new generation", func(w *worker) bool { return w.cur.Generation > before && owner(w) })
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.lost) > 0 {
		t.Errorf("lost %v", a.lost)
	}
}

func TestAGroupOfAnotherKindIsReportedAndJoinedWhenItIsGone(t *testing.T) {
	c := cluster(t)
	other := start(t, c.ListenAddrs(), func(c *Config) { c.Protocols, c.Assign = protocol.Sessioned.Names(), shared("orders", 1) })
	other.until("the others' group", member)
	a := start(t, c.ListenAddrs(), nil)
	for a.m.Problem() == nil {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatal("no problem reported")
		}
	}
	other.stop()
	a.until("a owns when they are gone", owner)
	for a.m.Problem() != nil {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatal("the problem stays")
		}
	}
}
