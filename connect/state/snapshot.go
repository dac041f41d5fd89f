package state

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/hashicorp/go-memdb"

	"crosstide/connect"
)

// Snapshot is the tables at one moment. It is safe for concurrent use.
type Snapshot struct{ txn *memdb.Txn }

// ConnectorNames lists the configured connectors, sorted.
func (s Snapshot) ConnectorNames() []string {
	var names []string
	for _, c := range rows[Connector](s, Connectors, "id") {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return names
}

// Connector returns a connector's stored configuration.
func (s Snapshot) Connector(name string) (Connector, bool) {
	return first[Connector](s, Connectors, "id", name)
}

// Tasks returns what is known of a connector's tasks. Without any record it is
// an empty set whose Generation is -1.
func (s Snapshot) Tasks(connector string) Tasks {
	if t, ok := first[Tasks](s, TaskSets, "id", connector); ok {
		return t
	}
	return Tasks{Connector: connector, Generation: -1, FencedCount: -1}
}

// Task returns the committed configuration of one task.
func (s Snapshot) Task(id connect.TaskID) (map[string]string, bool) {
	set := s.Tasks(id.Connector)
	if id.Task < 0 || id.Task >= len(set.Configs) {
		return nil, false
	}
	return set.Configs[id.Task], true
}

// Target returns a connector's target state.
func (s Snapshot) Target(connector string) TargetState {
	if t, ok := first[Target](s, Targets, "id", connector); ok {
		return t.State
	}
	return Started
}

// ConnectorStatus returns a connector's own status.
func (s Snapshot) ConnectorStatus(name string) (Status, bool) {
	return first[Status](s, Statuses, "id", name, ConnectorItself)
}

// TaskStatus returns one task's status.
func (s Snapshot) TaskStatus(id connect.TaskID) (Status, bool) {
	return first[Status](s, Statuses, "id", id.Connector, id.Task)
}

// Statuses lists the statuses of a connector (first, if known) and its tasks.
func (s Snapshot) Statuses(connector string) []Status {
	all := rows[Status](s, Statuses, "connector", connector)
	slices.SortFunc(all, func(a, b Status) int { return cmp.Compare(a.Task, b.Task) })
	return all
}

// AllStatuses lists every known status, also of connectors that are gone.
func (s Snapshot) AllStatuses() []Status { return rows[Status](s, Statuses, "id") }

// Topics lists the topics that a connector has used, sorted.
func (s Snapshot) Topics(connector string) []Topic {
	all := rows[Topic](s, Topics, "connector", connector)
	slices.SortFunc(all, func(a, b Topic) int { return cmp.Compare(a.Topic, b.Topic) })
	return all
}

// ConfigOffset is the offset after the last config record read, -1 before any.
func (s Snapshot) ConfigOffset() int64 { return s.cluster().ConfigOffset }

// WorkOffset is the offset after the last config record that changed what there is
// to be shared out among workers, -1 before any. An assignment made by a leader that
// had read less is out of date.
func (s Snapshot) WorkOffset() int64 { return s.cluster().WorkOffset }

// SessionKey returns the last session key.
func (s Snapshot) SessionKey() (SessionKey, bool) {
	if k := s.cluster().SessionKey; k != nil {
		return *k, true
	}
	return SessionKey{}, false
}

// Changed returns one channel a table, each closed when its table changes after
// this snapshot was taken. Take the channels first, then read and decide, then
// wait: nothing is missed.
func (s Snapshot) Changed(tables ...Table) memdb.WatchSet {
	set := memdb.NewWatchSet()
	for _, table := range tables {
		set.Add(s.get(table, "id").WatchCh())
	}
	return set
}

func (s Snapshot) cluster() cluster {
	if c, ok := first[cluster](s, Cluster, "id", clusterID); ok {
		return c
	}
	return cluster{ID: clusterID, ConfigOffset: -1, WorkOffset: -1}
}

const clusterID = "cluster"

func (s Snapshot) get(table Table, index string, args ...any) memdb.ResultIterator {
	it, err := s.txn.Get(string(table), index, args...)
	if err != nil {
		panic(fmt.Sprintf("state: read %s by %s: %v", table, index, err))
	}
	return it
}

func rows[Row any](s Snapshot, table Table, index string, args ...any) []Row {
	var all []Row
	it := s.get(table, index, args...)
	for raw := it.Next(); raw != nil; raw = it.Next() {
		all = append(all, *raw.(*Row))
	}
	return all
}

func first[Row any](s Snapshot, table Table, index string, args ...any) (Row, bool) {
	if raw := s.get(table, index, args...).Next(); raw != nil {
		return *raw.(*Row), true
	}
	var none Row
	return none, false
}
