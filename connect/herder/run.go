package herder

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"crosstide/connect"
	"crosstide/connect/group"
	"crosstide/connect/state"
	"crosstide/connect/storage"
	"crosstide/connect/worker"
)

// run is one running of the herder. All fields below queue belong to the one
// goroutine in loop, except where said.
type run struct {
	h     *Distributed
	queue *queue
	fence *fence // shared with the membership's goroutine

	generation atomic.Int64 // for statuses, which many goroutines report
	signed     atomic.Bool  // requests between workers are
	tenure     *tenure
	forwarder  *forwarder

	stores     *stores
	worker     *worker.Worker
	background *background

	wanted     wanted // as of the last reconciliation
	tidied     tidied
	assigned   bool
	assignment Assignment
	settled    bool // configurations are read and, in dedicated mode, written
	leaving    bool
	connectors map[string]*connectorRun
	tasks      map[connect.TaskID]*worker.Task
	stopping   map[*worker.Task]bool
	member     *group.Member // that shares work, nil before it joins and without one
	stepOut    func(time.Duration)
	// rejoinedFor is the work offset for which a rebalance was asked for.
	rejoinedFor int64
	failed      error         // ends the run
	allStopped  chan struct{} // closed when the loop has stopped everything and ended
}

// connectorRun is a connector that runs here, and what its task configurations
// are waiting for.
type connectorRun struct {
	connector *worker.Connector
	target    state.TargetState
	stopping  bool
	asking    bool // an answer or a publication is on its way
	askAgain  bool
	answered  bool // task configurations were right at least once
	failures  int
	complaint string
}

func newRun(h *Distributed) *run {
	return &run{
		h: h, queue: newQueue(), fence: newFence(), tenure: newTenure(),
		forwarder: newForwarder(h.config.Namespace), rejoinedFor: -1,
		connectors: make(map[string]*connectorRun),
		tasks:      make(map[connect.TaskID]*worker.Task),
		stopping:   make(map[*worker.Task]bool),
		allStopped: make(chan struct{}),
	}
}

// stopPatience is added to the tasks' grace for what else may hold up a stop, and
// limits how long the last statuses may take: a cluster that is away must not
// keep the process.
const stopPatience = 2 * time.Second

// run takes part in the group and runs what is assigned, until ctx ends.
func (r *run) run(ctx context.Context, s *stores) error {
	r.stores = s
	r.worker = worker.New(worker.Config{
		ID: r.h.config.WorkerID, Props: r.h.config.WorkerProps, Settings: r.h.settings.worker,
		Plugins: r.h.config.Plugins, Resolve: r.h.settings.resolve,
		Offsets: func(connector string) connect.OffsetStorage { return s.offsets.For(connector) },
		Report:  r.report, Metrics: r.h.config.Metrics, Log: r.h.log,
	})
	// What runs beside the loop is told to end only when the tasks have stopped:
	// leaving the group hands their work to others.
	r.background = newBackground()
	r.h.setRunning(r)
	r.background.run(r.watchState)
	r.background.run(func(ctx context.Context) { r.h.watchCluster(ctx, probeInterval, probeInterval, r.h.setTrouble) })
	r.background.run(r.rotateKeys)
	r.background.run(r.takePart)

	r.loop(ctx)
	r.stopAll()
	close(r.allStopped)
	r.h.setRunning(nil)
	r.flushStatuses()
	r.background.stop()
	r.forwarder.close()
	r.queue.close()
	return r.failed
}

func (r *run) takePart(ctx context.Context) {
	if err := r.membership().Run(ctx, r); err != nil && ctx.Err() == nil {
		r.queue.put(func() { r.failed = fmt.Errorf("taking part in group %s: %w", r.h.settings.group, err) })
	}
}

func (r *run) membership() Membership {
	if m := r.h.config.Membership; m != nil {
		return m
	}
	if r.h.settings.share {
		return &sharing{r: r}
	}
	return &soleOwner{
		settings: r.h.settings, workerID: r.h.config.WorkerID, log: r.h.log,
		offset: func() int64 { return r.h.db.Snapshot().ConfigOffset() },
	}
}

// watchState brings the loop's attention to changes of what is configured.
func (r *run) watchState(ctx context.Context) {
	for {
		changed := r.h.db.Snapshot().Changed(state.Connectors, state.TaskSets, state.Targets)
		r.queue.put(func() {}) // every turn of the loop reconciles
		if changed.WatchCtx(ctx) != nil {
			return
		}
	}
}

// loop is the herder's goroutine.
func (r *run) loop(ctx context.Context) {
	for ctx.Err() == nil && r.failed == nil {
		select {
		case <-r.queue.wake:
			r.turn()
		case <-ctx.Done():
		}
	}
}

func (r *run) turn() {
	news := false
	for _, do := range r.queue.take() {
		if do != nil { // nil: only a status, which changes nothing of what should run
			do()
			news = true
		}
	}
	if news {
		r.reconcile()
	}
	r.publishView()
}

// report passes on what a connector or task says of itself.
func (r *run) report(s state.Status) {
	s.Generation = int(r.generation.Load())
	r.h.mu.Lock()
	r.h.local[statusKey{s.Connector, s.Task}] = s
	r.h.mu.Unlock()
	switch s.State {
	case state.StatusUnassigned, state.StatusFailed:
		r.stores.statuses.PutSafe(s)
	default:
		r.stores.statuses.Put(s)
	}
	r.queue.put(nil)
}

// onRequest is called by the config topic's reader.
func (r *run) onRequest(record storage.ConfigRecord) {
	switch record := record.(type) {
	case storage.RestartRequest:
		r.queue.put(func() { r.restart(record) })
	case storage.LoggerLevel:
		if hear := r.h.config.LoggerLevel; hear != nil {
			hear(record.Namespace, record.Level)
		}
	}
}

// stopAll stops everything and keeps the loop turning until it has.
func (r *run) stopAll() {
	r.leaving = true
	r.reconcile()
	deadline := time.NewTimer(r.h.settings.worker.TaskStopGrace + stopPatience)
	defer deadline.Stop()
	for len(r.connectors)+len(r.tasks) > 0 {
		select {
		case <-r.queue.wake:
			r.turn()
		case <-deadline.C:
			r.h.log.Warn("not everything stopped in time", "connectors", len(r.connectors), "tasks", len(r.tasks))
			return
		}
	}
	waiting, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := r.worker.Wait(waiting); err != nil {
		r.h.log.Warn("abandoned connectors or tasks still run")
	}
}

func (r *run) flushStatuses() {
	ctx, cancel := context.WithTimeout(context.Background(), stopPatience)
	defer cancel()
	if err := r.stores.statuses.Flush(ctx); err != nil {
		r.h.log.Warn("the last statuses were not written", "err", err)
	}
}

// background is what runs beside the loop, and ends together.
type background struct {
	ctx    context.Context //nolint:containedctx // it is the lifetime of the group, not of a call
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

func newBackground() *background {
	b := &background{}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	return b
}

func (b *background) run(do func(context.Context)) { b.wg.Go(func() { do(b.ctx) }) }

func (b *background) stop() {
	b.cancel()
	b.wg.Wait()
}

var errUnwanted = errors.New("it should not run here any more")
