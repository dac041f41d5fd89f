package storage_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"crosstide/connect/state"
	"crosstide/connect/storage"
)

// slowLog holds the first batch back until it is let go.
type slowLog struct {
	storage.Log
	mu    sync.Mutex
	sends int
	held  chan struct{} // closed when the first is there
	wait  chan struct{}
}

func (l *slowLog) Send(ctx context.Context, records ...storage.Record) error {
	l.mu.Lock()
	l.sends++
	first := l.sends == 1
	l.mu.Unlock()
	if first {
		close(l.held)
		select {
		case <-l.wait:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return l.Log.Send(ctx, records...)
}

func TestTaskSetsThatWaitAreWrittenTogether(t *testing.T) {
	memory, slow := storage.NewMemory(), &slowLog{held: make(chan struct{}), wait: make(chan struct{})}
	db := state.New()
	c, err := storage.OpenConfig(t.Context(), storage.ConfigOptions{
		Open: func(ctx context.Context, onRecord func(storage.Record)) (_ storage.Log, err error) {
			slow.Log, err = memory.Open(ctx, onRecord)
			return slow, err
		},
		DB: db, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	const n = 20
	begun := make(chan error, 1)
	go func() { begun <- c.PutConnector(t.Context(), "c00", map[string]string{"a": "1"}, "") }()
	<-slow.held
	// One that gives up while it waits leaves nothing behind.
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.PutTasks(cancelled, "c00", []map[string]string{{"n": "cancelled"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			// Each connector twice.
			if err := c.PutTasks(t.Context(), fmt.Sprintf("c%02d", i/2), []map[string]string{{"n": fmt.Sprint(i)}, {"n": "x"}}); err != nil {
				t.Error(err)
			}
		})
	}
	close(slow.wait)
	if err := <-begun; err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if slow.started() > 2*n {
		t.Errorf("%d batches", slow.started())
	}
	for i := range n / 2 {
		name := fmt.Sprintf("c%02d", i)
		set := db.Snapshot().Tasks(name)
		if i == 0 && (set.Inconsistent || len(set.Configs) != 2 || set.Configs[0]["n"] != "0" && set.Configs[0]["n"] != "1") {
			t.Errorf("%s: %+v", name, set)
		}
	}
}

func (l *slowLog) started() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sends
}
