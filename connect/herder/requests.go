package herder

import (
	"context"
	"errors"
	"fmt"

	"crosstide/connect/state"
	"crosstide/connect/storage"
)

// Errors that callers branch on.
var (
	ErrNotFound   = errors.New("connector not found")
	ErrNotRunning = errors.New("the herder is not running, or cannot reach its topics yet")
)

// SetTarget starts, pauses or stops a connector, on whichever worker it runs.
func (h *Distributed) SetTarget(ctx context.Context, connector string, target state.TargetState) error {
	return h.request(ctx, storage.TargetState{Connector: connector, State: target}, connector)
}

// Restart asks the workers that run a connector to restart its instance, and its
// tasks too if asked for; onlyFailed leaves alone what has not failed.
func (h *Distributed) Restart(ctx context.Context, connector string, includeTasks, onlyFailed bool) error {
	return h.request(ctx, storage.RestartRequest{
		Connector: connector, IncludeTasks: includeTasks, OnlyFailed: onlyFailed,
	}, connector)
}

// request writes a record to the config topic, from which all workers take it.
func (h *Distributed) request(ctx context.Context, record storage.ConfigRecord, connector string) error {
	h.mu.Lock()
	r := h.running
	h.mu.Unlock()
	if r == nil {
		return ErrNotRunning
	}
	if _, ok := h.db.Snapshot().Connector(connector); !ok {
		return fmt.Errorf("%w: %s", ErrNotFound, connector)
	}
	return r.stores.config.Put(ctx, record)
}

func (h *Distributed) setRunning(r *run) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.running = r
}
