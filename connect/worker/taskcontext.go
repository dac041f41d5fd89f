package worker

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"crosstide/connect"
)

// taskContext is what a task gets from the worker.
type taskContext struct {
	task            *Task
	log             *slog.Logger
	metrics         *scope
	form            form
	connectorConfig map[string]string
}

var (
	_ connect.SourceTaskContext = (*taskContext)(nil)
	_ connect.Transformations   = (*taskContext)(nil)
)

func (c *taskContext) ID() connect.TaskID                        { return c.task.spec.ID }
func (c *taskContext) Offsets() connect.OffsetStorage            { return c.task.offsets }
func (c *taskContext) Log() *slog.Logger                         { return c.log }
func (c *taskContext) Metrics() prometheus.Registerer            { return c.metrics }
func (c *taskContext) PauseState() (bool, <-chan struct{})       { return c.task.pause.state() }
func (c *taskContext) Transformations() []connect.Transformation { return c.form.chain }

func (c *taskContext) OffsetFlushIntervalMs() int64 {
	return c.task.worker.config.Settings.OffsetFlushInterval.Milliseconds()
}

func (c *taskContext) ProducerConfig() map[string]string {
	return ProducerConfig(c.task.worker.config.Props, c.connectorConfig, c.task.spec.ID)
}

// gatedOffsets takes no more offsets once it is shut: another worker may own the
// partitions by then.
type gatedOffsets struct {
	inner connect.OffsetStorage
	shut  atomic.Bool
}

// ErrNotOwned is what a task gets that commits after it lost its place.
var ErrNotOwned = errors.New("the task is no longer this worker's: offsets are not committed")

func (g *gatedOffsets) ReadOffsets(ctx context.Context, partitions []map[string]any) ([]map[string]any, error) {
	return g.inner.ReadOffsets(ctx, partitions)
}

func (g *gatedOffsets) WriteOffsets(ctx context.Context, offsets []connect.SourceOffset) error {
	if len(offsets) == 0 {
		return nil
	}
	if g.shut.Load() {
		return ErrNotOwned
	}
	return g.inner.WriteOffsets(ctx, offsets)
}

// scope is a registerer that takes back what was registered through it.
type scope struct {
	prometheus.Registerer

	mu         sync.Mutex
	registered []prometheus.Collector
	closed     bool
}

func newScope(outer prometheus.Registerer, connector string, task int) *scope {
	labels := prometheus.Labels{"connector": connector}
	if task >= 0 {
		labels["task"] = strconv.Itoa(task)
	}
	return &scope{Registerer: prometheus.WrapRegistererWith(labels, outer)}
}

func (s *scope) Register(c prometheus.Collector) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errors.New("the task has ended")
	}
	if err := s.Registerer.Register(c); err != nil {
		return err
	}
	s.registered = append(s.registered, c)
	return nil
}

func (s *scope) MustRegister(all ...prometheus.Collector) {
	for _, c := range all {
		if err := s.Register(c); err != nil {
			panic(err)
		}
	}
}

func (s *scope) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, c := range s.registered {
		s.Unregister(c)
	}
	s.registered = nil
}
