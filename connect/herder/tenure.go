package herder

import (
	"context"
	"errors"
	"sync"
)

// ErrNotLeader is why a write of a worker that does not lead its group is refused.
var ErrNotLeader = errors.New("this worker does not lead the group")

// tenure is the time for which this worker leads its group. It may be asked and
// ended from any goroutine.
type tenure struct {
	mu     sync.Mutex
	leads  bool
	during context.Context //nolint:containedctx // ends with the tenure
	end    context.CancelCauseFunc
	alive  func() bool // what the membership says of this instant; nil: yes
}

func newTenure() *tenure {
	t := &tenure{}
	t.during, t.end = context.WithCancelCause(context.Background())
	t.end(ErrNotLeader)
	return t
}

func (t *tenure) set(leads bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case leads == t.leads:
	case leads:
		t.during, t.end = context.WithCancelCause(context.Background())
	default:
		t.end(ErrNotLeader)
	}
	t.leads = leads
}

func (t *tenure) watch(alive func() bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.alive = alive
}

// member reports whether the group counts this worker in at this instant.
func (t *tenure) member() bool {
	t.mu.Lock()
	alive := t.alive
	t.mu.Unlock()
	return alive == nil || alive()
}

// holds reports whether this worker leads at this instant.
func (t *tenure) holds() bool {
	t.mu.Lock()
	leads := t.leads
	t.mu.Unlock()
	return leads && t.member()
}

// bind returns a context that also ends with the tenure.
func (t *tenure) bind(ctx context.Context) (context.Context, context.CancelFunc) {
	t.mu.Lock()
	during := t.during
	t.mu.Unlock()
	return bound(ctx, during)
}

func bound(ctx, other context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(other, func() { cancel(context.Cause(other)) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}
