package herder

import (
	"crosstide/connect/state"
)

// Snapshot is what the herder and its connectors are doing at one moment.
type Snapshot struct {
	WorkerID string
	// Ready is what Ready returns; Reason says why not.
	Ready  bool
	Reason string
	// Owner says that this worker runs the work; otherwise it stands by.
	Owner        bool
	Leader       string
	Generation   int
	ConfigOffset int64
	Connectors   []ConnectorSnapshot
}

// ConnectorSnapshot is one connector, on whichever worker it runs.
type ConnectorSnapshot struct {
	Name   string
	Class  string
	Target state.TargetState
	Status state.Status
	Tasks  []state.Status
}
