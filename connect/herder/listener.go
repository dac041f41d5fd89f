package herder

import (
	"context"
	"sync"
	"time"

	"crosstide/connect/worker"
)

var _ Listener = (*run)(nil)

// Assigned implements [Listener].
func (r *run) Assigned(a Assignment) {
	r.generation.Store(int64(a.Generation))
	r.signed.Store(a.Signed)
	r.tenure.set(a.Writes)
	if a.Idle() && !a.Shared {
		r.fence.shut(nil)
	} else {
		r.fence.open()
	}
	r.queue.put(func() { r.assign(a) })
}

func (r *run) assign(a Assignment) {
	before, was := r.assignment, r.assigned
	if a.Failed && was {
		// What was begun under the last assignment may go on, no more than that.
		a.ConfigOffset = before.ConfigOffset
	}
	r.assigned, r.assignment = true, a
	if before.Generation != a.Generation {
		r.rejoinedFor = -1
	}
	switch {
	case a.Shared:
	case a.Idle():
		r.settled = true
		if !was || !before.Idle() || before.Leader != a.Leader {
			r.h.log.Info("standing by: another worker runs everything here", "leader", a.Leader, "generation", a.Generation)
		}
		return
	case !was || before.Idle():
		r.h.log.Info("this worker runs the work now", "generation", a.Generation)
	}
	r.settled = false
	r.background.run(func(context.Context) { r.settle(a) })
}

// Revoked implements [Listener].
func (r *run) Revoked(ctx context.Context, a Assignment) {
	stopped := make(chan struct{})
	r.queue.put(func() { r.revoke(a, stopped) })
	select {
	case <-stopped:
	case <-r.allStopped:
	case <-ctx.Done():
	}
	if a.Everything {
		r.fence.shut(nil)
	}
}

// revoke takes work out of the assignment and closes stopped when it has ended.
func (r *run) revoke(a Assignment, stopped chan struct{}) {
	rest := r.assignment
	if a.Everything {
		rest.Everything, rest.Connectors, rest.Tasks, rest.Writes = false, nil, nil, false
	}
	rest.Connectors = without(rest.Connectors, a.Connectors)
	rest.Tasks = without(rest.Tasks, a.Tasks)
	r.assignment = rest
	r.reconcile()
	ending := r.whatStops()
	r.background.wg.Go(func() {
		<-ending
		close(stopped)
	})
}

func without[T comparable](all, less []T) []T {
	var rest []T
	for _, item := range all {
		keep := true
		for _, gone := range less {
			keep = keep && item != gone
		}
		if keep {
			rest = append(rest, item)
		}
	}
	return rest
}

// lostPatience is how long Lost waits for tasks to end.
const lostPatience = 1500 * time.Millisecond

// Lost implements [Listener]. It does not go through the queue: by the time the
// loop gets to it, another worker may have begun.
func (r *run) Lost(reason error) {
	select {
	case <-r.allStopped: // it has just left the group by itself
		return
	default:
	}
	r.h.log.Warn("this worker has lost its work", "err", reason)
	r.tenure.set(false)
	ending := r.fence.shut(reason)
	r.queue.put(r.lost)
	deadline := time.NewTimer(lostPatience)
	defer deadline.Stop()
	for _, gone := range ending {
		select {
		case <-gone:
		case <-deadline.C:
			r.h.log.Warn("tasks still stop, they can commit nothing more")
			return
		}
	}
}

func (r *run) lost() {
	r.assigned, r.settled, r.assignment = false, false, Assignment{}
	for _, c := range r.connectors {
		c.stopping = true
	}
	for _, t := range r.tasks {
		r.stopping[t] = true
	}
}

// fence is what makes losing the membership take effect at once: while it is
// shut nothing starts, and shutting it stops everything, from any goroutine.
type fence struct {
	mu         sync.Mutex
	isOpen     bool
	opened     context.Context //nolint:containedctx // ends when the fence is shut
	shutting   context.CancelCauseFunc
	connectors map[*worker.Connector]struct{}
	tasks      map[*worker.Task]struct{}
}

func newFence() *fence {
	f := &fence{connectors: make(map[*worker.Connector]struct{}), tasks: make(map[*worker.Task]struct{})}
	f.opened, f.shutting = context.WithCancelCause(context.Background())
	f.shutting(worker.ErrNotOwned)
	return f
}

func (f *fence) open() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.isOpen {
		return
	}
	f.isOpen = true
	f.opened, f.shutting = context.WithCancelCause(context.Background())
}

// shut fences everything that runs when there is a reason, and returns what
// closes when it has ended. Without a reason what runs may end in peace.
func (f *fence) shut(reason error) (ending []<-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.isOpen = false
	f.shutting(worker.ErrNotOwned)
	if reason == nil {
		return nil
	}
	for t := range f.tasks {
		t.Fence(reason)
		ending = append(ending, t.Gone())
	}
	for c := range f.connectors {
		c.Stop(reason)
		ending = append(ending, c.Gone())
	}
	return ending
}

// bind returns a context that also ends when the fence is shut.
func (f *fence) bind(ctx context.Context) (context.Context, context.CancelFunc) {
	f.mu.Lock()
	opened := f.opened
	f.mu.Unlock()
	return bound(ctx, opened)
}

func (f *fence) startTask(start func() *worker.Task) *worker.Task {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.isOpen {
		return nil
	}
	t := start()
	f.tasks[t] = struct{}{}
	return t
}

func (f *fence) startConnector(start func() *worker.Connector) *worker.Connector {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.isOpen {
		return nil
	}
	c := start()
	f.connectors[c] = struct{}{}
	return c
}

func (f *fence) removeTask(t *worker.Task) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.tasks, t)
}

func (f *fence) removeConnector(c *worker.Connector) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.connectors, c)
}
