package source

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	"crosstide/connect"
)

// watched is a refresher on two scripted clusters.
type watched struct {
	*refresher
	source, target *scripted
	lines          *logged
	reconfigured   int
	raised         error
}

func watch(t *testing.T, source, target string) *watched {
	w := &watched{source: newScripted(sideSource, source), target: newScripted(sideTarget, target)}
	ts, lines := scriptedTargets(t, w.source, w.target)
	w.lines = lines
	w.refresher = &refresher{
		targets: ts, interval: 10 * time.Minute, attempt: time.Minute,
		log: ts.log, changes: ts.changes, metrics: ts.metrics,
		changed: func() { w.reconfigured++ }, refuse: func(err error) { w.raised = err },
		loaded: make(chan struct{}),
	}
	return w
}

func (w *watched) must(t *testing.T) {
	t.Helper()
	if err := w.refreshOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestQuietRefreshesDoNothing(t *testing.T) {
	w := watch(t, "a:1 b:2", "A.a:1")
	w.must(t)
	if calls := w.target.take(); calls != "create A.b" || w.reconfigured != 1 {
		t.Fatalf("first refresh: %q, %d reconfigurations", calls, w.reconfigured)
	}
	w.lines.take("")
	w.must(t)
	if calls, lines := w.target.take(), w.lines.take(""); calls != "" || w.reconfigured != 1 || len(lines) > 0 {
		t.Errorf("second refresh: %q, %d reconfigurations, log %q", calls, w.reconfigured, lines)
	}
}

func TestPartitionsThatComeOrGoAskForAReconfiguration(t *testing.T) {
	w := watch(t, "a:1", "A.a:1")
	w.must(t)
	for i, step := range []string{"a:3", "a:3 b:1", "b:1"} {
		w.source.known = topicsOf(step)
		w.must(t)
		if w.reconfigured != 2+i {
			t.Errorf("%s: %d reconfigurations", step, w.reconfigured)
		}
	}
	if calls := w.target.take(); calls != "grow A.a; create A.b" {
		t.Errorf("calls: %s", calls)
	}
}

func TestATopicThatMayNotBeSeenAnyMoreStaysAssigned(t *testing.T) {
	w := watch(t, "a:1 b:2", "A.a:1 A.b:2")
	w.must(t)
	w.source.refuse["DESCRIBE b"] = kerr.TopicAuthorizationFailed.Code
	w.must(t)
	w.must(t)
	if got := w.published.Load().Source["b"].Partitions; got != 2 || w.reconfigured != 1 {
		t.Errorf("b has %d partitions after %d reconfigurations", got, w.reconfigured)
	}
	if warnings := w.lines.take("WARN"); len(warnings) != 1 || !strings.Contains(warnings[0], `DESCRIBE on topic \"b\"`) && !strings.Contains(warnings[0], `DESCRIBE on topic "b"`) {
		t.Errorf("one warning that names the permission is wanted, got %q", warnings)
	}
}

func TestRecreatedAndVanishedTopicsAreTold(t *testing.T) {
	w := watch(t, "a:1#x", "A.a:1#p")
	w.must(t)
	w.source.known, w.target.known = topicsOf("a:1#y"), topicsOf("A.a:1#q")
	w.must(t)
	warnings := w.lines.take("WARN")
	if len(warnings) != 2 || !strings.Contains(warnings[0], "source topic was deleted") || !strings.Contains(warnings[1], "target topic was deleted") {
		t.Errorf("got %q", warnings)
	}
	delete(w.target.known, "A.a")
	w.must(t)
	if calls := w.target.take(); calls != "create A.a" {
		t.Errorf("calls: %s", calls)
	}
	if warnings := w.lines.take("WARN"); len(warnings) != 1 || !strings.Contains(warnings[0], "disappeared") {
		t.Errorf("got %q", warnings)
	}
}

func TestAClusterIsNotMirroredIntoItself(t *testing.T) {
	w := watch(t, "a:1", "")
	w.target.side = w.source.side
	w.run(t.Context())
	if !errors.Is(w.raised, errSameCluster) || w.target.take() != "" {
		t.Errorf("raised %v", w.raised)
	}
}

func TestFailedCreationsAreTriedAgainSoonAndToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, "a:1 b:1", "")
		w.target.refuse["CREATE A.a"] = kerr.InvalidReplicationFactor.Code
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go w.run(ctx)

		time.Sleep(500 * time.Millisecond)
		synctest.Wait()
		if calls := w.target.take(); calls != "create A.a; create A.b" {
			t.Fatalf("at first: %s", calls)
		}
		time.Sleep(10 * time.Second) // after 1 s, 3 s, 7 s
		synctest.Wait()
		if calls := w.target.take(); calls != "create A.a; create A.a; create A.a" {
			t.Fatalf("within ten seconds: %s", calls)
		}
		if warnings := w.lines.take("WARN"); len(warnings) != 1 || !strings.Contains(warnings[0], "set replication.factor") {
			t.Errorf("one warning with the remedy is wanted, got %q", warnings)
		}
		w.target.mu.Lock()
		delete(w.target.refuse, "CREATE A.a")
		w.target.mu.Unlock()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if calls := w.target.take(); calls != "create A.a" {
			t.Errorf("once it works: %s", calls)
		}
		if _, known := w.published.Load().Target["A.a"]; !known {
			t.Error("the config sync has to know a topic that a retry made")
		}
		if w.reconfigured != 1 {
			t.Errorf("%d reconfigurations", w.reconfigured)
		}
		cancel()
		synctest.Wait()
	})
}

func TestAnUnreachableClusterIsToldOnceAndTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, "a:1", "A.a:1")
		w.target.down = &callError{sideTarget, "listing the topics", errors.New("dial: refused")}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go w.run(ctx)
		time.Sleep(time.Minute)
		synctest.Wait()
		if warnings := w.lines.take("WARN"); len(warnings) != 1 || !strings.Contains(warnings[0], "target cluster") {
			t.Errorf("got %q", warnings)
		}
		w.target.mu.Lock()
		w.target.down = nil
		w.target.mu.Unlock()
		time.Sleep(unreachableMost)
		synctest.Wait()
		if infos := w.lines.take("INFO"); !slices.ContainsFunc(infos, func(l string) bool { return strings.Contains(l, "again") }) || w.reconfigured != 1 {
			t.Errorf("recovery: %q, %d reconfigurations", infos, w.reconfigured)
		}
		cancel()
		synctest.Wait()
	})
}

func TestTaskConfigsAreRetriableUntilTopicsAreKnown(t *testing.T) {
	w := watch(t, "a:2", "")
	c := New()
	c.cfg, c.refresher = enabledConfig(t), w.refresher
	if _, err := c.TaskConfigs(2); !connect.IsRetriable(err) {
		t.Errorf("got %v", err)
	}
	w.must(t)
	if configs, err := c.TaskConfigs(2); err != nil || len(configs) != 2 {
		t.Errorf("got %v, %v", configs, err)
	}
}
