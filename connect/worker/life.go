package worker

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// life is the running of one connector or task: told to stop once, given some
// grace, then gone, either because it ended or because it was abandoned.
type life struct {
	cancel context.CancelCauseFunc
	grace  time.Duration

	stopping  sync.Once
	leaving   sync.Once
	abandoned atomic.Bool
	gone      chan struct{}
	hard      context.CancelFunc // ends what must not outlast the grace
	timer     atomic.Pointer[time.Timer]
	onAbandon func()
}

// errStopped is why a task's context ends when it is told to stop.
var errStopped = errors.New("told to stop")

func newLife(grace time.Duration) (*life, context.Context, context.Context) {
	hard, kill := context.WithCancel(context.Background())
	soft, cancel := context.WithCancelCause(hard)
	return &life{cancel: cancel, grace: grace, gone: make(chan struct{}), hard: kill}, soft, hard
}

// stop tells it to stop, and returns at once.
func (l *life) stop(cause error) {
	l.stopping.Do(func() {
		if cause == nil {
			cause = errStopped
		}
		l.timer.Store(time.AfterFunc(l.grace, l.abandon))
		l.cancel(cause)
	})
}

func (l *life) abandon() {
	l.leaving.Do(func() {
		l.abandoned.Store(true)
		if l.onAbandon != nil {
			l.onAbandon()
		}
		l.hard()
		close(l.gone)
	})
}

// ended is called by the goroutine itself, last.
func (l *life) ended() {
	l.leaving.Do(func() {
		l.hard()
		close(l.gone)
	})
	if t := l.timer.Load(); t != nil {
		t.Stop()
	}
}

// PanicError is a panic of a connector or task, with its stack.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// guard calls do and turns a panic into an error.
func guard(do func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return do()
}

// trace is an error as the status topic keeps it: with the stack of a panic.
func trace(err error) string {
	var p *PanicError
	if errors.As(err, &p) {
		return err.Error() + "\n\n" + string(p.Stack)
	}
	return err.Error()
}

// pauseSwitch is a flag whose changes can be waited for.
type pauseSwitch struct {
	mu      sync.Mutex
	paused  bool
	changed chan struct{}
}

func newPauseSwitch(paused bool) *pauseSwitch {
	return &pauseSwitch{paused: paused, changed: make(chan struct{})}
}

func (p *pauseSwitch) state() (bool, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.paused, p.changed
}

func (p *pauseSwitch) set(paused bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.paused == paused {
		return
	}
	p.paused = paused
	close(p.changed)
	p.changed = make(chan struct{})
}
