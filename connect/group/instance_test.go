package group

import (
	"strings"
	"testing"
	"time"
)

func TestAnInstanceIDIsTheSameAfterEveryRestartAndLegalForKafka(t *testing.T) {
	if got := InstanceID("mm2-0", "A-mm2"); got != "mm2-0-A-mm2" {
		t.Errorf("got %q", got)
	}
	if a, b := InstanceID("höst", "g"), InstanceID("hæst", "g"); a == b || strings.ContainsFunc(a, func(r rune) bool { return r > 'z' }) {
		t.Errorf("%q and %q", a, b)
	}
	if long := InstanceID(strings.Repeat("h", 300), "g"); len(long) > 249 || long == InstanceID(strings.Repeat("h", 300), "f") {
		t.Errorf("%q", long)
	}
	if InstanceID("h", "g", "1") == InstanceID("h", "g", "2") {
		t.Error("members of one host share an id")
	}
}

func TestTwoLiveProcessesOnOneHostNeverHaveTheSameID(t *testing.T) {
	dir := t.TempDir()
	acquire := func() *Instance {
		i, err := AcquireInstance(dir, "host", "g")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(i.Release)
		return i
	}
	a, b, c := acquire(), acquire(), acquire()
	if a.ID() != "host-g" || b.ID() != "host-g-2" || c.ID() != "host-g-3" {
		t.Errorf("%q %q %q", a.ID(), b.ID(), c.ID())
	}
	b.Release()
	if again := acquire(); again.ID() != "host-g-2" {
		t.Errorf("what was released is given as %q", again.ID())
	}
}

func TestAFencedInstanceTakesAnIDOfItsOwnUnlessItWasGiven(t *testing.T) {
	i, err := AcquireInstance(t.TempDir(), "host", "g")
	if err != nil {
		t.Fatal(err)
	}
	defer i.Release()
	if !i.renew() || i.ID() == "host-g" || !strings.HasPrefix(i.ID(), "host-g-") || !i.exclusive() {
		t.Errorf("renewed to %q", i.ID())
	}
	if f := FixedInstance("mine"); f.renew() || f.ID() != "mine" || f.exclusive() {
		t.Errorf("a given id became %q", f.ID())
	}
}

func TestALeaseEndsByWhicheverClockSaysSo(t *testing.T) {
	now := time.Now()
	l := lease{limit: 8 * time.Second}
	if l.expired(now.Add(time.Hour)) {
		t.Error("a lease that never began has expired")
	}
	l.prove(now)
	l.prove(now.Add(-time.Minute)) // an answer that was long under way
	if l.expired(now.Add(7 * time.Second)) {
		t.Error("expired early")
	}
	if !l.expired(now.Add(8 * time.Second)) {
		t.Error("not expired in time")
	}
	// Suspended: the monotonic clock stood still, so only the wall clock tells.
	if !l.expired(now.Round(0).Add(8 * time.Second)) {
		t.Error("not expired after a suspended machine's wall clock jumped")
	}
}

func TestSettingsThatCannotWorkAreRefusedByName(t *testing.T) {
	c := Config{SessionTimeout: 3 * time.Second, HeartbeatInterval: 3 * time.Second}
	err := c.defaults()
	if err == nil || !strings.Contains(err.Error(), "heartbeat.interval.ms") || !strings.Contains(err.Error(), "Client") {
		t.Errorf("got %v", err)
	}
}
