package dataplane

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// timers runs functions later, all from one goroutine.
type timers struct {
	mu   sync.Mutex
	heap timerHeap
	wake chan struct{}
}

type timer struct {
	at time.Time
	f  func()
}

type timerHeap []timer

func (h timerHeap) Len() int           { return len(h) }
func (h timerHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h timerHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *timerHeap) Push(x any)        { *h = append(*h, x.(timer)) }
func (h *timerHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

func (t *timers) add(d time.Duration, f func()) {
	t.mu.Lock()
	heap.Push(&t.heap, timer{time.Now().Add(d), f})
	t.mu.Unlock()
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

func (t *timers) run(ctx context.Context) {
	clock := time.NewTimer(time.Hour)
	defer clock.Stop()
	for {
		var due []func()
		wait := time.Hour
		t.mu.Lock()
		for len(t.heap) > 0 {
			if wait = time.Until(t.heap[0].at); wait > 0 {
				break
			}
			due = append(due, heap.Pop(&t.heap).(timer).f)
			wait = time.Hour
		}
		t.mu.Unlock()
		for _, f := range due {
			f()
		}
		clock.Reset(wait)
		select {
		case <-ctx.Done():
			return
		case <-t.wake:
		case <-clock.C:
		}
	}
}
