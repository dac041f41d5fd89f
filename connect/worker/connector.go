package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"crosstide/connect"
	"crosstide/connect/state"
)

// ConnectorSpec says what connector to run.
type ConnectorSpec struct {
	Name string
	// Config is the connector's configuration as stored.
	Config map[string]string
	Target state.TargetState
	// TasksWanted is called when the connector's task configurations should be
	// asked for: after each start, and whenever it asks for it itself. It must
	// not block.
	TasksWanted func()
}

// Connector is a running connector. Its methods may be called from any goroutine.
type Connector struct {
	worker *Worker
	spec   ConnectorSpec
	log    *slog.Logger
	life   *life

	mu     sync.Mutex
	queue  []func(context.Context, *instance)
	wake   chan struct{}
	target state.TargetState
}

// StartConnector starts a connector and returns at once; how it goes is reported.
func (w *Worker) StartConnector(spec ConnectorSpec) *Connector {
	life, ctx, _ := newLife(connectorStopGrace)
	c := &Connector{
		worker: w, spec: spec, life: life, target: spec.Target,
		log: w.config.Log.With("connector", spec.Name), wake: make(chan struct{}, 1),
	}
	life.onAbandon = func() {
		c.log.Warn("connector did not stop in time and was abandoned", "grace", connectorStopGrace)
		c.send(state.StatusUnassigned, "", "")
	}
	w.wg.Go(func() {
		defer life.ended()
		c.run(ctx)
	})
	return c
}

// Spec returns what the connector was started with.
func (c *Connector) Spec() ConnectorSpec { return c.spec }

// Stop tells the connector to stop, and returns at once.
func (c *Connector) Stop(cause error) { c.life.stop(cause) }

// Gone is closed when the connector has ended or was abandoned.
func (c *Connector) Gone() <-chan struct{} { return c.life.gone }

// SetTarget starts, pauses or stops the connector, and returns at once.
func (c *Connector) SetTarget(target state.TargetState) {
	c.mu.Lock()
	c.target = target
	c.mu.Unlock()
	c.enqueue(nil) // the loop looks at the target each time it wakes
}

// ErrNotRunning is what TaskConfigs answers for a connector that is not started.
var ErrNotRunning = errors.New("the connector is not running")

// TaskConfigs asks for at most maxTasks task configurations, completed as they
// are stored, and passes them to answer, from the connector's goroutine.
func (c *Connector) TaskConfigs(maxTasks int, answer func([]map[string]string, error)) {
	c.enqueue(func(_ context.Context, i *instance) {
		if i == nil {
			answer(nil, ErrNotRunning)
			return
		}
		var configs []map[string]string
		err := guard(func() (err error) {
			configs, err = i.connector.TaskConfigs(maxTasks)
			return err
		})
		if err == nil {
			configs = i.complete(configs, c.spec.Config)
		}
		answer(configs, err)
	})
}

// Fail marks the connector FAILED; it is not started again by itself.
func (c *Connector) Fail(err error) {
	c.enqueue(func(_ context.Context, i *instance) {
		if i != nil {
			i.fail(connect.Permanent(err))
		}
	})
}

func (c *Connector) enqueue(do func(context.Context, *instance)) {
	c.mu.Lock()
	if do != nil {
		c.queue = append(c.queue, do)
	}
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *Connector) next() (do func(context.Context, *instance), target state.TargetState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) > 0 {
		do, c.queue = c.queue[0], c.queue[1:]
	}
	return do, c.target
}

// instance is one life of the plugin's connector: from New to Stop.
type instance struct {
	connector connect.SourceConnector
	taskClass string
	props     map[string]string // resolved
	metrics   *scope
	began     time.Time
	failed    chan error // the first failure, its own or raised
}

func (i *instance) fail(err error) {
	select {
	case i.failed <- err:
	default: // the first one is kept
	}
}

// run keeps the connector as its target says until ctx ends.
func (c *Connector) run(ctx context.Context) {
	s := &supervisor{c: c, restarts: c.worker.config.Settings.restartsFor(c.spec.Config)}
	defer func() {
		if err := s.stop(); err != nil {
			c.log.Warn("connector ended with an error while it was being stopped", "err", err)
		}
		c.answerRest()
		c.report(state.StatusUnassigned, "", "")
	}()
	for ctx.Err() == nil {
		do, target := c.next()
		s.follow(ctx, target)
		if do != nil {
			do(ctx, s.current)
			continue
		}
		select {
		case <-c.wake:
		case err := <-s.failures():
			s.failed(err)
		case <-s.retry:
			s.retry, s.waiting = nil, false
		case <-ctx.Done():
		}
	}
}

// answerRest leaves no caller of TaskConfigs without an answer.
func (c *Connector) answerRest() {
	for do, _ := c.next(); do != nil; do, _ = c.next() {
		do(context.Background(), nil)
	}
}

// supervisor starts and stops instances. It lives in the connector's goroutine.
type supervisor struct {
	c        *Connector
	restarts *restarts
	current  *instance
	waiting  bool // failed; nothing is tried until retry, a change of target, or for ever
	retry    <-chan time.Time
	at       state.TargetState // the target that was last followed
}

func (s *supervisor) failures() <-chan error {
	if s.current == nil {
		return nil
	}
	return s.current.failed
}

// follow brings the instance in step with the target.
func (s *supervisor) follow(ctx context.Context, target state.TargetState) {
	changed := target != s.at
	s.at = target
	if target == state.Started {
		if changed {
			s.waiting, s.retry = false, nil
		}
		if s.current == nil && !s.waiting {
			s.start(ctx)
		}
		return
	}
	if !changed {
		return
	}
	if s.waiting && target == state.Paused {
		return // a failed connector can be stopped, not paused
	}
	err := s.stop()
	s.waiting, s.retry = false, nil
	switch {
	case target == state.Stopped:
		s.c.report(state.StatusStopped, "", "")
	case err != nil:
		s.failed(connect.Permanent(fmt.Errorf("pausing: %w", err)))
	default:
		s.c.report(state.StatusPaused, "", "")
	}
}

func (s *supervisor) start(ctx context.Context) {
	i, err := s.c.newInstance()
	if err == nil {
		s.current = i
		cc := &connectorContext{c: s.c, i: i}
		err = guard(func() error { return i.connector.Start(cc, maps.Clone(i.props)) })
	}
	if err != nil {
		if ctx.Err() == nil {
			s.failed(fmt.Errorf("starting: %w", err))
		}
		return
	}
	s.c.log.Info("connector started")
	s.c.report(state.StatusRunning, "", i.connector.Version())
	s.c.spec.TasksWanted()
}

// failed reports the failure, ends the instance, and plans the next one.
func (s *supervisor) failed(err error) {
	s.c.report(state.StatusFailed, trace(err), "")
	ran := time.Duration(0)
	if s.current != nil {
		ran = time.Since(s.current.began)
	}
	if stopErr := s.stop(); stopErr != nil {
		s.c.log.Warn("stopping the failed connector failed too", "err", stopErr)
	}
	s.waiting = true
	pause, again := s.restarts.after(err, ran)
	if !again {
		s.c.log.Error("connector failed and waits for a restart", "err", err)
		return
	}
	s.c.log.Error("connector failed, it will be started again", "in", pause.Round(time.Millisecond), "err", err)
	s.retry = time.After(pause)
}

// stop ends the instance, if there is one.
func (s *supervisor) stop() error {
	i := s.current
	if i == nil {
		return nil
	}
	s.current = nil
	err := guard(i.connector.Stop)
	i.metrics.close()
	return err
}

func (c *Connector) newInstance() (*instance, error) {
	props, err := c.worker.resolve(c.spec.Config)
	if err != nil {
		return nil, err
	}
	source, err := c.worker.config.Plugins.Source(props["connector.class"])
	if err != nil {
		return nil, connect.Permanent(err)
	}
	return &instance{
		connector: source.New(), taskClass: source.TaskClass, props: props,
		metrics: newScope(c.worker.config.Metrics, c.spec.Name, -1),
		began:   time.Now(), failed: make(chan error, 1),
	}, nil
}

func (c *Connector) report(s state.State, trace, version string) {
	if !c.life.abandoned.Load() {
		c.send(s, trace, version)
	}
}

func (c *Connector) send(s state.State, trace, version string) {
	c.worker.config.Report(state.Status{
		Connector: c.spec.Name, Task: state.ConnectorItself,
		State: s, Trace: trace, WorkerID: c.worker.config.ID, Version: version,
	})
}

// connectorContext is how one instance speaks to the runtime.
type connectorContext struct {
	c *Connector
	i *instance
}

func (cc *connectorContext) RequestTaskReconfiguration()    { cc.c.spec.TasksWanted() }
func (cc *connectorContext) RaiseError(err error)           { cc.i.fail(err) }
func (cc *connectorContext) Log() *slog.Logger              { return cc.c.log }
func (cc *connectorContext) Metrics() prometheus.Registerer { return cc.i.metrics }
