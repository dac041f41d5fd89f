package maker

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"crosstide/connect"
)

// fakeCluster answers with id, or with err while one is set.
type fakeCluster struct {
	mu  sync.Mutex
	id  string
	err error
}

func (c *fakeCluster) ClusterID(context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.id, c.err
}

func (c *fakeCluster) Close() {}

func (c *fakeCluster) become(id string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.id, c.err = id, err
}

// fakeHerder runs until it is told to stop, or fails as its flow is scripted.
type fakeHerder struct {
	fail    func() error
	started chan struct{}
	once    sync.Once
}

func (h *fakeHerder) Run(ctx context.Context) error {
	if err := h.fail(); err != nil {
		return err
	}
	h.once.Do(func() { close(h.started) })
	<-ctx.Done()
	return nil
}

func (h *fakeHerder) Ready() bool {
	select {
	case <-h.started:
		return true
	default:
		return false
	}
}

func (h *fakeHerder) Troubles() []string { return nil }

// stage is a driver over fake clusters and herders.
type stage struct {
	clusters map[string]*fakeCluster
	failures map[string][]error // by flow, one a start
	log      bytes.Buffer
	driver   *Driver
}

var errAway = errors.New("connection refused")

func newStage(t *testing.T, lines string) *stage {
	t.Helper()
	s := &stage{clusters: map[string]*fakeCluster{}, failures: map[string][]error{}}
	c := parse(t, text(t, lines))
	for _, alias := range c.Aliases() {
		s.clusters[alias+":1"] = &fakeCluster{id: "id-of-" + alias}
	}
	var mu sync.Mutex
	var err error
	s.driver, err = NewDriver(c, Options{
		Log: slog.New(slog.NewTextHandler(&s.log, nil)),
		Connect: func(props map[string]string, _ *slog.Logger) (Cluster, error) {
			return s.clusters[props["bootstrap.servers"]], nil
		},
		NewHerder: func(spec Spec) (Herder, error) {
			flow := spec.Flow.String()
			return &fakeHerder{started: make(chan struct{}), fail: func() error {
				mu.Lock()
				defer mu.Unlock()
				if left := s.failures[flow]; len(left) > 0 {
					s.failures[flow] = left[1:]
					return left[0]
				}
				return nil
			}}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ready lists the flows that are, and reasons for those that are not.
func (s *stage) ready() (ready, reasons string) {
	var r, w []string
	for _, f := range s.driver.Health() {
		if f.Ready {
			r = append(r, f.Flow)
		}
		w = append(w, f.Reasons...)
	}
	return strings.Join(r, " "), strings.Join(w, "; ")
}

const abc = "clusters=a,b,c\na.bootstrap.servers=a:1\nb.bootstrap.servers=b:1\nc.bootstrap.servers=c:1\n" +
	"emit.heartbeats.enabled=false\na->b.enabled=true\na->c.enabled=true\n"

// during runs the stage's driver while do looks at it, and returns what Run did.
func (s *stage) during(t *testing.T, do func()) error {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- s.driver.Run(ctx) }()
	synctest.Wait()
	do()
	cancel()
	return <-done
}

func TestAClusterThatCannotBeReachedHoldsUpOnlyItsOwnFlows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, abc)
		s.clusters["c:1"].become("", errAway)
		err := s.during(t, func() {
			ready, reasons := s.ready()
			if ready != "a->b" || !strings.Contains(reasons, "cluster c cannot be reached: connection refused") {
				t.Errorf("ready %q, reasons %q", ready, reasons)
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			if n := strings.Count(s.log.String(), "cannot be reached"); n != 1 {
				t.Errorf("told %d times of one change:\n%s", n, s.log.String())
			}
			s.clusters["c:1"].become("id-of-c", nil)
			time.Sleep(retryMost)
			synctest.Wait()
			if ready, reasons := s.ready(); ready != "a->b a->c" {
				t.Errorf("ready %q, reasons %q", ready, reasons)
			}
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestAClusterIsNotMirroredIntoItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, abc)
		s.clusters["c:1"].become("id-of-a", nil)
		err := s.during(t, func() {
			ready, reasons := s.ready()
			if ready != "a->b" || !strings.Contains(reasons, "same Kafka cluster") || !strings.Contains(reasons, "c.bootstrap.servers") {
				t.Errorf("ready %q, reasons %q", ready, reasons)
			}
		})
		if err != nil {
			t.Errorf("being told to stop is no failure: %v", err)
		}
	})
}

func TestASourceThatComesLateAndIsTheTargetStopsTheFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, "clusters=a,b\na.bootstrap.servers=a:1\nb.bootstrap.servers=b:1\nemit.heartbeats.enabled=false\na->b.enabled=true\n")
		s.clusters["a:1"].become("", errAway)
		done := make(chan error, 1)
		go func() { done <- s.driver.Run(t.Context()) }()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if !strings.Contains(s.log.String(), "flow starts") {
			t.Error("without its source the flow should emit heartbeats")
		}
		s.clusters["a:1"].become("id-of-b", nil)
		if err := <-done; !errors.Is(err, ErrSameCluster) {
			t.Error(err)
		}
	})
}

func TestAFlowWhoseTroubleMayPassIsStartedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, abc)
		s.failures["a->b"] = []error{connect.Retriable(errAway), connect.Retriable(errAway)}
		err := s.during(t, func() {
			if ready, reasons := s.ready(); ready != "a->c" || !strings.Contains(reasons, "started again after: connection refused") {
				t.Errorf("ready %q, reasons %q", ready, reasons)
			}
			time.Sleep(4 * time.Second)
			synctest.Wait()
			if ready, reasons := s.ready(); ready != "a->b a->c" {
				t.Errorf("ready %q, reasons %q", ready, reasons)
			}
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestRunEndsWhenEveryFlowHasFailedAndNotBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, abc)
		s.failures["a->b"] = []error{errors.New("not authorized")}
		err := s.during(t, func() {
			if ready, reasons := s.ready(); ready != "a->c" || !strings.Contains(reasons, "not authorized") {
				t.Errorf("ready %q, reasons %q", ready, reasons)
			}
		})
		if err != nil {
			t.Error(err)
		}

		s = newStage(t, abc)
		s.failures["a->b"] = []error{errors.New("not authorized")}
		s.failures["a->c"] = []error{errors.New("not authorized")}
		if err := s.driver.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "flow a->b: not authorized") {
			t.Error(err)
		}
	})
}
