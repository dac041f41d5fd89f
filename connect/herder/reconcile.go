package herder

import (
	"fmt"
	"maps"

	"crosstide/connect"
	"crosstide/connect/state"
	"crosstide/connect/storage"
	"crosstide/connect/worker"
)

// reconcile brings what runs in step with what is wanted. It starts and stops,
// and waits for neither: whatever ends brings the loop back here.
func (r *run) reconcile() {
	snapshot := r.h.db.Snapshot()
	w := wanted{}
	if r.assigned && !r.leaving {
		w = want(snapshot, r.assignment)
	}
	r.wanted = w
	r.stopUnwanted(w)
	if r.settled { // else the next word on what is wanted is on its way
		r.startWanted(w)
	}
	r.rejoinIfDue(snapshot)
	if r.assigned && r.settled && r.assignment.Writes && !r.leaving {
		r.forgetStale(snapshot)
	}
}

func (r *run) stopUnwanted(w wanted) {
	for name, c := range r.connectors {
		wc, ok := w.connectors[name]
		switch {
		case c.stopping:
		case !ok || !maps.Equal(wc.config, c.connector.Spec().Config):
			r.stopConnector(name, c)
		case wc.target != c.target:
			c.target = wc.target
			c.connector.SetTarget(wc.target)
		}
	}
	for id, t := range r.tasks {
		wt, ok := w.tasks[id]
		switch {
		case r.stopping[t]:
		case !ok || !wt.same(t.Spec().Config, t.Spec().ConnectorConfig):
			r.stopTask(t)
		default:
			t.SetPaused(wt.paused)
		}
	}
}

func (r *run) startWanted(w wanted) {
	for name, wc := range w.connectors {
		if _, running := r.connectors[name]; !running {
			r.startConnector(name, wc)
		}
	}
	handingOver := make(map[string]bool) // by connector
	for id, t := range r.tasks {
		if r.stopping[t] {
			handingOver[id.Connector] = true
		}
	}
	for id, wt := range w.tasks {
		// A task may be given partitions that another one of the connector is
		// still copying: wait until that has stopped.
		if _, running := r.tasks[id]; !running && !wt.early && !handingOver[id.Connector] {
			r.startTask(id, wt)
		}
	}
}

func (r *run) startConnector(name string, wc wantedConnector) {
	c := &connectorRun{target: wc.target}
	started := r.fence.startConnector(func() *worker.Connector {
		return r.worker.StartConnector(worker.ConnectorSpec{
			Name: name, Config: wc.config, Target: wc.target,
			TasksWanted: func() { r.queue.put(func() { r.ask(name, c) }) },
		})
	})
	if started == nil {
		return // lost meanwhile; the word of it is in the queue
	}
	c.connector = started
	r.connectors[name] = c
	r.whenGone(started.Gone(), func() {
		r.fence.removeConnector(started)
		if r.connectors[name] == c {
			delete(r.connectors, name)
		}
	})
}

func (r *run) stopConnector(name string, c *connectorRun) {
	r.h.log.Info("stopping connector", "connector", name)
	c.stopping = true
	c.connector.Stop(errUnwanted)
}

func (r *run) startTask(id connect.TaskID, wt wantedTask) {
	t := r.fence.startTask(func() *worker.Task {
		return r.worker.StartTask(worker.TaskSpec{ID: id, Config: wt.config, ConnectorConfig: wt.connector, Paused: wt.paused})
	})
	if t == nil {
		return
	}
	r.tasks[id] = t
	r.whenGone(t.Gone(), func() {
		r.fence.removeTask(t)
		delete(r.stopping, t)
		if r.tasks[id] == t {
			delete(r.tasks, id)
		}
	})
}

func (r *run) stopTask(t *worker.Task) {
	id := t.Spec().ID
	r.h.log.Info("stopping task", "connector", id.Connector, "task", id.Task)
	r.stopping[t] = true
	t.Stop(errUnwanted)
}

// whenGone waits beside the loop. Everything ends before the background does,
// or was abandoned by its grace.
func (r *run) whenGone(gone <-chan struct{}, do func()) {
	r.background.wg.Go(func() {
		<-gone
		r.queue.put(do)
	})
}

// tidied is as of when stale statuses were looked for: looking costs as much as
// there are statuses.
type tidied struct {
	generation int
	work       int64
	running    int
}

// forgetStale removes the statuses of what is configured no more, once it has
// said its last word here.
func (r *run) forgetStale(snapshot state.Snapshot) {
	now := tidied{generation: r.assignment.Generation, work: snapshot.WorkOffset(), running: len(r.connectors) + len(r.tasks)}
	if r.tidied == now {
		return
	}
	r.tidied = now
	for _, s := range staleStatuses(snapshot) {
		if r.runsHere(s) {
			continue
		}
		r.h.mu.Lock()
		delete(r.h.local, statusKey{s.Connector, s.Task})
		r.h.mu.Unlock()
		r.stores.statuses.Delete(s.Connector, s.Task)
	}
}

func (r *run) runsHere(s state.Status) bool {
	if s.Task == state.ConnectorItself {
		_, ok := r.connectors[s.Connector]
		return ok
	}
	_, ok := r.tasks[connect.TaskID{Connector: s.Connector, Task: s.Task}]
	return ok
}

// restart stops what a request names and runs here; reconcile starts it again.
func (r *run) restart(request storage.RestartRequest) {
	failed := func(connector string, task int) bool {
		r.h.mu.Lock()
		defer r.h.mu.Unlock()
		return r.h.local[statusKey{connector, task}].State == state.StatusFailed
	}
	name := request.Connector
	if c, ok := r.connectors[name]; ok && !c.stopping && (!request.OnlyFailed || failed(name, state.ConnectorItself)) {
		r.stopConnector(name, c)
	}
	for id, t := range r.tasks {
		if id.Connector == name && request.IncludeTasks && !r.stopping[t] && (!request.OnlyFailed || failed(name, id.Task)) {
			r.stopTask(t)
		}
	}
}

// publishView tells outsiders what the loop knows, and logs when readiness
// changes.
func (r *run) publishView() {
	reason := r.notReady()
	h := r.h
	h.mu.Lock()
	before := h.view.reason
	h.view.assigned, h.view.assignment, h.view.reason = r.assigned, r.assignment, reason
	h.mu.Unlock()
	if reason == "" && before != "" {
		h.log.Info("ready")
	}
}

func (r *run) notReady() string {
	switch {
	case r.leaving:
		return "stopping"
	case !r.assigned:
		return "joining group " + r.h.settings.group
	case !r.settled:
		return "reading configurations"
	case r.outdated(r.h.db.Snapshot()):
		return "waiting for a rebalance: connectors or tasks have changed"
	case r.assignment.Idle():
		return "" // standing by is what this worker should do
	}
	w := r.wanted
	for name, wc := range w.connectors {
		c, ok := r.connectors[name]
		if s := r.reported(name, state.ConnectorItself); s == state.StatusFailed {
			return fmt.Sprintf("connector %s has failed", name)
		}
		if !ok || c.stopping || wc.target == state.Started && !c.answered {
			return fmt.Sprintf("connector %s is starting", name)
		}
	}
	for id := range w.tasks {
		switch s := r.reported(id.Connector, id.Task); {
		case s == state.StatusFailed:
			return fmt.Sprintf("task %s has failed", id)
		case s != state.StatusRunning && s != state.StatusPaused:
			return fmt.Sprintf("task %s is starting", id)
		}
	}
	return ""
}

func (r *run) reported(connector string, task int) state.State {
	r.h.mu.Lock()
	defer r.h.mu.Unlock()
	return r.h.local[statusKey{connector, task}].State
}
