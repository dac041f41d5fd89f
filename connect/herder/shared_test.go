package herder

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"crosstide/connect"
	"crosstide/connect/state"
	"crosstide/connect/storage"
)

// unreadable is a log of which nothing new can be read.
type unreadable struct{ storage.Log }

func (unreadable) ReadToEnd(context.Context) error { return errors.New("no broker answers") }

func newUnread(t *testing.T) *run {
	t.Helper()
	h, err := New(Config{WorkerProps: map[string]string{
		"bootstrap.servers": "127.0.0.1:1", "group.id": "g", "scheduled.rebalance.max.delay.ms": "10", "worker.unsync.backoff.ms": "70",
		"config.storage.topic": "c", "offset.storage.topic": "o", "status.storage.topic": "s",
	}})
	if err != nil {
		t.Fatal(err)
	}
	r := newRun(h)
	r.background = newBackground()
	t.Cleanup(r.background.stop)
	c, err := storage.OpenConfig(t.Context(), storage.ConfigOptions{
		Open: func(ctx context.Context, on func(storage.Record)) (storage.Log, error) {
			l, err := storage.NewMemory().Open(ctx, on)
			return unreadable{l}, err
		},
		DB: h.db, MayWrite: r.mayWrite, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.stores = &stores{config: c}
	r.fence.open()
	return r
}

func TestWorkerThatCannotCatchUpStepsOutAndStartsNothing(t *testing.T) {
	for _, eager := range []bool{true, false} {
		r := newUnread(t)
		var out time.Duration
		r.stepOut = func(d time.Duration) { out = d }
		a := Assignment{Generation: 1, Shared: true, ConfigOffset: 7, Eager: eager, Connectors: []string{"c"}}
		r.assigned, r.assignment = true, a
		r.catchUp(a)
		for _, do := range r.queue.take() {
			do()
		}
		if want := map[bool]time.Duration{true: 70 * time.Millisecond, false: 250 * time.Millisecond}[eager]; out != want || r.settled {
			t.Errorf("eager %v: stays away for %v, want %v; settled %v", eager, out, want, r.settled)
		}
	}
}

func TestOnlyALivingLeaderWritesWhatIsALeaders(t *testing.T) {
	r := newUnread(t)
	alive := true
	r.tenure.watch(func() bool { return alive })
	leaders := storage.ConnectorConfig{Connector: "c"}
	tasks := storage.TasksCommit{Connector: "c"}
	anyones := storage.TargetState{Connector: "c"}
	check := func(when string, leader, task bool) {
		t.Helper()
		for _, c := range []struct {
			record storage.ConfigRecord
			ok     bool
		}{{leaders, leader}, {storage.SessionKey{SessionKey: state.SessionKey{}}, leader}, {tasks, task}, {anyones, true}} {
			if err := r.mayWrite(c.record); (err == nil) != c.ok {
				t.Errorf("%s: %T: %v", when, c.record, err)
			}
		}
	}
	check("a follower", false, true)
	r.tenure.set(true)
	binding, stop := r.tenure.bind(t.Context())
	defer stop()
	check("the leader", true, true)
	alive = false // suspended for longer than the session, and nobody has noticed yet
	check("a leader that the group may have given up", false, false)
	alive = true
	r.tenure.set(false)
	check("no leader any more", false, true)
	<-binding.Done()
	if !errors.Is(context.Cause(binding), ErrNotLeader) {
		t.Errorf("writes under way are ended by %v", context.Cause(binding))
	}
}

func TestTasksOfASetThatTheLeaderDidNotKnowWait(t *testing.T) {
	s := configured(t, nil)
	a := Assignment{Shared: true, ConfigOffset: s.ConfigOffset(), Tasks: []connect.TaskID{{Connector: "c", Task: 1}}}
	if w := want(s, a); len(w.tasks) != 1 || w.tasks[a.Tasks[0]].early {
		t.Errorf("known to the leader: %+v", w.tasks)
	}
	a.ConfigOffset--
	if w := want(s, a); len(w.tasks) != 1 || !w.tasks[a.Tasks[0]].early {
		t.Errorf("published after the leader assigned: %+v", w.tasks)
	}
	if s.WorkOffset() != s.ConfigOffset() {
		t.Errorf("work offset %d, config offset %d", s.WorkOffset(), s.ConfigOffset())
	}
	later := configured(t, func(c *storage.Config) { _ = c.PutTarget(t.Context(), "c", state.Paused) })
	if later.WorkOffset() != s.WorkOffset() {
		t.Error("a target state changes nothing of what is shared out")
	}
}

func TestSignaturesAreThoseOfJava(t *testing.T) {
	key := state.SessionKey{Key: "+HdxpgCotB8/eHhvfhGHt1XQpualqa3ICCPNdle0vxM=", Algorithm: "HmacSHA256", CreationTimestamp: 1795348824614}
	s := signing{ttl: time.Hour, generator: "HmacSHA256", algorithm: "HmacSHA256", accepted: []string{"HmacSHA256"}}
	at := time.UnixMilli(key.CreationTimestamp)
	if !s.fits(key, at.Add(59*time.Minute)) || s.fits(key, at.Add(time.Hour)) {
		t.Error("a key of Java's fits until its hour is over")
	}
	if fresh := s.generate(at); !s.fits(fresh, at) || fresh.Key == key.Key {
		t.Errorf("generated %v", fresh)
	}
	s.generator = "HmacSHA512"
	if s.fits(key, at) {
		t.Error("a key for another algorithm fits")
	}
	body := []byte(`[{"a":"1"}]`)
	sig, err := s.sign(key, body)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.verify(sig, key, true, body); err != nil {
		t.Error(err)
	}
	if err := s.verify(sig, key, true, append(body, ' ')); err == nil {
		t.Error("another body passes")
	}
}
