package herder

import (
	"context"
	"time"

	"crosstide/connect"
	"crosstide/connect/state"
	"crosstide/connect/storage"
)

func loggerLevel(namespace, level string) storage.ConfigRecord {
	return storage.LoggerLevel{Namespace: namespace, Level: level}
}

// RestartConnector restarts a connector's instance, not its tasks, and returns
// when that has been started again.
func (h *Distributed) RestartConnector(ctx context.Context, name string) error {
	r, err := h.runs()
	if err != nil {
		return err
	}
	if _, ok := h.db.Snapshot().Connector(name); !ok {
		return refuse(NotFound, "Unknown connector: %s", name)
	}
	var before *connectorRun
	if !r.do(ctx.Done(), func() {
		if before = r.connectors[name]; before != nil && !before.stopping {
			r.stopConnector(name, before)
		}
	}) {
		return interrupted(ctx)
	}
	if before == nil {
		return h.elsewhere(name, state.ConnectorItself)
	}
	var reported state.State
	if err := r.await(ctx, func() bool {
		now := r.connectors[name]
		if now == nil || now == before {
			return false
		}
		reported = r.reported(name, state.ConnectorItself)
		return reported != "" && reported != state.StatusUnassigned
	}); err != nil {
		return err
	}
	if reported == state.StatusFailed {
		return refuse(Failed, "Failed to start connector: %s", name)
	}
	return nil
}

// RestartTask restarts one task, and returns when its new life has begun.
func (h *Distributed) RestartTask(ctx context.Context, id connect.TaskID) error {
	r, err := h.runs()
	if err != nil {
		return err
	}
	if err := taskKnown(h.db.Snapshot(), id); err != nil {
		return err
	}
	found := false
	var gone <-chan struct{}
	if !r.do(ctx.Done(), func() {
		t, ok := r.tasks[id]
		if found = ok; found {
			gone = t.Gone()
			if !r.stopping[t] {
				r.stopTask(t)
			}
		}
	}) {
		return interrupted(ctx)
	}
	if !found {
		return h.elsewhere(id.Connector, id.Task)
	}
	select {
	case <-gone:
		return nil // what ends is started again at once
	case <-ctx.Done():
		return interrupted(ctx)
	}
}

// elsewhere says who could do what this worker cannot.
func (h *Distributed) elsewhere(connector string, task int) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.dedicated() {
		return refuse(Conflict, "It runs on another worker (%s): ask that one, or restart with includeTasks=true, which reaches all workers",
			h.status(h.db.Snapshot(), connector, task).WorkerID)
	}
	if !h.view.assigned || !h.view.assignment.Writes {
		return &NotLeaderError{LeaderURL: h.view.assignment.Leader}
	}
	return &NotOwnerError{WorkerID: h.status(h.db.Snapshot(), connector, task).WorkerID}
}

// RestartPlanned asks the workers that run a connector to restart its instance,
// and its tasks if asked for; onlyFailed leaves alone what has not failed. It
// returns the statuses with what will restart marked.
func (h *Distributed) RestartPlanned(ctx context.Context, name string, includeTasks, onlyFailed bool) (ConnectorStatus, error) {
	r, err := h.writes()
	if err != nil {
		return ConnectorStatus{}, err
	}
	if _, ok := h.db.Snapshot().Connector(name); !ok {
		return ConnectorStatus{}, refuse(NotFound, "Unknown connector: %s", name)
	}
	status, err := h.ConnectorStatus(name)
	if err != nil {
		return status, refuse(NotFound, "Status for connector %s not found", name)
	}
	err = r.stores.config.Put(ctx, storage.RestartRequest{Connector: name, IncludeTasks: includeTasks, OnlyFailed: onlyFailed})
	return planned(status, includeTasks, onlyFailed), failed(err)
}

// planned marks what a restart request means.
func planned(s ConnectorStatus, includeTasks, onlyFailed bool) ConnectorStatus {
	mark := func(one *state.Status) {
		if !onlyFailed || one.State == state.StatusFailed {
			one.State, one.Trace = state.StatusRestarting, ""
		}
	}
	mark(&s.Connector)
	tasks := make([]state.Status, len(s.Tasks))
	copy(tasks, s.Tasks)
	for i := range tasks {
		if includeTasks {
			mark(&tasks[i])
		}
	}
	s.Tasks = tasks
	return s
}

// awaitInterval is how often a caller that waits for the loop looks again.
const awaitInterval = 10 * time.Millisecond

// await returns when cond, asked in the herder's goroutine, holds.
func (r *run) await(ctx context.Context, cond func() bool) error {
	ticker := time.NewTicker(awaitInterval)
	defer ticker.Stop()
	for {
		holds := false
		if !r.do(ctx.Done(), func() { holds = cond() }) {
			return interrupted(ctx)
		}
		if holds {
			return nil
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return interrupted(ctx)
		}
	}
}

func interrupted(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return refuse(Unavailable, "This worker is stopping")
}
