package storage

import (
	"log/slog"
	"maps"

	"crosstide/connect/state"
)

// applier turns config records into tables, by Java's rules. Task configurations
// are held back until their commit.
type applier struct {
	offset   int64 // after the record being applied
	deferred map[string]map[int]map[string]string
}

func (a *applier) apply(txn *state.Txn, record ConfigRecord, log *slog.Logger) {
	switch r := record.(type) {
	case ConnectorConfig:
		a.connector(txn, r)
	case TaskConfig:
		a.task(r)
	case TasksCommit:
		a.commit(txn, r, log)
	case TargetState:
		a.target(txn, r)
	case TasksFencing:
		if r.Connector == "" {
			return
		}
		set := txn.Tasks(r.Connector)
		set.FencedCount, set.PendingFencing = r.Tasks, false
		txn.PutTasks(set)
	case SessionKey:
		txn.SetSessionKey(r.SessionKey)
	case UnknownConfig:
		log.Warn("ignoring a config record of an unknown kind", "key", r.RawKey)
	}
}

func (a *applier) connector(txn *state.Txn, r ConnectorConfig) {
	if r.Connector == "" {
		return
	}
	if _, known := txn.Connector(r.Connector); known != (r.Properties != nil) {
		txn.SetWorkOffset(a.offset)
	}
	if r.Properties != nil {
		txn.PutConnector(state.Connector{Name: r.Connector, Config: r.Properties.Map(), Nulls: r.Properties.Nulls()})
		return
	}
	txn.DeleteConnector(r.Connector)
	delete(a.deferred, r.Connector)
	set := txn.Tasks(r.Connector)
	set.Count, set.Configs, set.Applied = 0, nil, nil
	txn.PutTasks(set)
}

func (a *applier) task(r TaskConfig) {
	if r.Task.Connector == "" {
		return
	}
	if a.deferred == nil {
		a.deferred = make(map[string]map[int]map[string]string)
	}
	tasks := a.deferred[r.Task.Connector]
	if tasks == nil {
		tasks = make(map[int]map[string]string)
		a.deferred[r.Task.Connector] = tasks
	}
	tasks[r.Task.Task] = r.Properties.Map()
}

// commit takes the held-back configurations into force. Without the connector's
// own record the commit is a leftover of a deleted connector. With a gap among
// the indices (a writer died half-way, or compaction took an older set apart)
// the set is inconsistent: nothing of it may run.
func (a *applier) commit(txn *state.Txn, r TasksCommit, log *slog.Logger) {
	deferred := a.deferred[r.Connector]
	delete(a.deferred, r.Connector)
	connector, ok := txn.Connector(r.Connector)
	if !ok {
		return
	}
	set := txn.Tasks(r.Connector)
	if configs, whole := inOrder(deferred, r.Tasks); whole {
		set.Configs, set.Inconsistent = configs, false
		set.Generation++
		set.Applied = maps.Clone(connector.Config)
	} else {
		log.Warn("the task configurations in the config topic are incomplete; waiting for the connector to publish them again",
			"connector", r.Connector, "tasks", r.Tasks)
		set.Configs, set.Inconsistent = nil, true
	}
	set.Count, set.PendingFencing, set.CommitOffset = r.Tasks, true, a.offset
	txn.SetWorkOffset(a.offset)
	txn.PutTasks(set)
}

// inOrder fails unless every index below n is there. More are tolerated.
func inOrder(deferred map[int]map[string]string, n int) ([]map[string]string, bool) {
	if n > len(deferred) {
		return nil, false
	}
	configs := make([]map[string]string, n)
	for i := range configs {
		config, ok := deferred[i]
		if !ok {
			return nil, false
		}
		configs[i] = config
	}
	return configs, true
}

func (a *applier) target(txn *state.Txn, r TargetState) {
	switch {
	case r.Connector == "":
	case r.State == "":
		txn.DeleteTarget(r.Connector)
	default:
		txn.PutTarget(state.Target{Connector: r.Connector, State: r.State})
	}
}
