package herder

import (
	"cmp"
	"slices"

	"crosstide/connect/state"
)

// Snapshot is what the herder and its connectors are doing at one moment.
type Snapshot struct {
	WorkerID string
	// Ready is what Ready returns; Reason says why not.
	Ready  bool
	Reason string
	// Owner says that some of the work is this worker's; otherwise it stands by.
	Owner bool
	// Leads says that this worker is the one that writes configurations.
	Leads        bool
	Leader       string
	Generation   int
	ConfigOffset int64
	Connectors   []ConnectorSnapshot // by name
}

// ConnectorSnapshot is one connector, on whichever worker it runs. A status
// without a State is one that nobody has reported yet.
type ConnectorSnapshot struct {
	Name   string
	Class  string
	Target state.TargetState
	Status state.Status
	Tasks  []state.Status
}

// Snapshot may be called at any time, from any goroutine.
func (h *Distributed) Snapshot() Snapshot {
	db := h.db.Snapshot()
	h.mu.Lock()
	defer h.mu.Unlock()
	s := Snapshot{
		WorkerID: h.config.WorkerID, Reason: cmp.Or(h.view.trouble, h.view.reason),
		Owner: h.view.assigned && !h.view.assignment.Idle(), Leader: h.view.assignment.Leader,
		Leads:      h.view.assigned && h.view.assignment.Writes,
		Generation: h.view.assignment.Generation, ConfigOffset: db.ConfigOffset(),
	}
	s.Ready = s.Reason == ""
	for _, name := range db.ConnectorNames() {
		s.Connectors = append(s.Connectors, h.connectorSnapshot(db, name))
	}
	return s
}

func (h *Distributed) connectorSnapshot(db state.Snapshot, name string) ConnectorSnapshot {
	config, _ := db.Connector(name)
	c := ConnectorSnapshot{
		Name: name, Class: config.Config["connector.class"], Target: db.Target(name),
		Status: h.status(db, name, state.ConnectorItself),
	}
	for i := range db.Tasks(name).Count {
		c.Tasks = append(c.Tasks, h.status(db, name, i))
	}
	return c
}

// status prefers what this worker said itself, unless the topic has word of a
// later generation.
func (h *Distributed) status(db state.Snapshot, connector string, task int) state.Status {
	stored := state.Status{Connector: connector, Task: task}
	all := db.Statuses(connector)
	if i := slices.IndexFunc(all, func(s state.Status) bool { return s.Task == task }); i >= 0 {
		stored = all[i]
	}
	if own, ok := h.local[statusKey{connector, task}]; ok && own.Generation >= stored.Generation {
		return own
	}
	return stored
}
