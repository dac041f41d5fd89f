package state

import (
	"fmt"

	"github.com/hashicorp/go-memdb"
)

// Table names one of the tables, for watching.
type Table string

// The tables.
const (
	Connectors Table = "connectors"
	TaskSets   Table = "tasks"
	Targets    Table = "targets"
	Statuses   Table = "statuses"
	Topics     Table = "topics"
	Cluster    Table = "cluster"
)

// DB is the set of tables. It is safe for concurrent use.
type DB struct{ db *memdb.MemDB }

// New makes empty tables.
func New() *DB {
	db, err := memdb.NewMemDB(schema())
	if err != nil {
		panic(fmt.Sprintf("state: schema: %v", err)) // our own mistake, never input
	}
	return &DB{db: db}
}

func schema() *memdb.DBSchema {
	byConnector := func(unique bool) *memdb.IndexSchema {
		return &memdb.IndexSchema{Name: "connector", Unique: unique, Indexer: &memdb.StringFieldIndex{Field: "Connector"}}
	}
	id := func(ix memdb.Indexer) *memdb.IndexSchema {
		return &memdb.IndexSchema{Name: "id", Unique: true, Indexer: ix}
	}
	field := func(name string) memdb.Indexer { return &memdb.StringFieldIndex{Field: name} }
	both := func(a, b memdb.Indexer) memdb.Indexer {
		return &memdb.CompoundIndex{Indexes: []memdb.Indexer{a, b}}
	}
	tables := map[string]*memdb.TableSchema{}
	add := func(name Table, indexes ...*memdb.IndexSchema) {
		byName := make(map[string]*memdb.IndexSchema, len(indexes))
		for _, ix := range indexes {
			byName[ix.Name] = ix
		}
		tables[string(name)] = &memdb.TableSchema{Name: string(name), Indexes: byName}
	}
	add(Connectors, id(field("Name")))
	add(TaskSets, id(field("Connector")))
	add(Targets, id(field("Connector")))
	add(Statuses, id(both(field("Connector"), &memdb.IntFieldIndex{Field: "Task"})), byConnector(false))
	add(Topics, id(both(field("Connector"), field("Topic"))), byConnector(false))
	add(Cluster, id(field("ID")))
	return &memdb.DBSchema{Tables: tables}
}

// Update runs change in one transaction, which readers see whole or not at all.
// Updates run one after another.
func (d *DB) Update(change func(*Txn)) {
	txn := d.db.Txn(true)
	defer txn.Abort() // no effect after Commit; undoes the change if it panics
	change(&Txn{Snapshot: Snapshot{txn: txn}, txn: txn})
	txn.Commit()
}

// Snapshot returns the tables as they are now. It never changes.
func (d *DB) Snapshot() Snapshot { return Snapshot{txn: d.db.Txn(false)} }

// Txn is one transaction being written. It also reads, its own writes included.
type Txn struct {
	Snapshot
	txn *memdb.Txn
}

// PutConnector inserts or replaces a connector's configuration.
func (t *Txn) PutConnector(c Connector) { t.insert(Connectors, &c) }

// DeleteConnector removes a connector's configuration.
func (t *Txn) DeleteConnector(name string) { t.remove(Connectors, "id", name) }

// PutTasks inserts or replaces a connector's task set.
func (t *Txn) PutTasks(s Tasks) { t.insert(TaskSets, &s) }

// PutTarget inserts or replaces a connector's target state.
func (t *Txn) PutTarget(target Target) { t.insert(Targets, &target) }

// DeleteTarget takes a connector's target state back to Started.
func (t *Txn) DeleteTarget(connector string) { t.remove(Targets, "id", connector) }

// PutStatus inserts or replaces one status.
func (t *Txn) PutStatus(s Status) { t.insert(Statuses, &s) }

// DeleteStatus removes one status; removing a connector's also removes those of
// its tasks.
func (t *Txn) DeleteStatus(connector string, task int) {
	if task == ConnectorItself {
		t.remove(Statuses, "connector", connector)
		return
	}
	t.remove(Statuses, "id", connector, task)
}

// PutTopic inserts or replaces one active topic.
func (t *Txn) PutTopic(topic Topic) { t.insert(Topics, &topic) }

// DeleteTopic removes one active topic.
func (t *Txn) DeleteTopic(connector, topic string) { t.remove(Topics, "id", connector, topic) }

// SetConfigOffset records the offset after the last config record read.
func (t *Txn) SetConfigOffset(offset int64) {
	c := t.cluster()
	c.ConfigOffset = offset
	t.insert(Cluster, &c)
}

// SetWorkOffset records the offset after the last config record that changed what
// there is to be shared out: which connectors there are, and their tasks.
func (t *Txn) SetWorkOffset(offset int64) {
	c := t.cluster()
	c.WorkOffset = offset
	t.insert(Cluster, &c)
}

// SetSessionKey replaces the session key.
func (t *Txn) SetSessionKey(key SessionKey) {
	c := t.cluster()
	c.SessionKey = &key
	t.insert(Cluster, &c)
}

// insert and remove fail only for a schema that does not fit the rows, or for a
// row without a name, which the stores refuse before they come here.
func (t *Txn) insert(table Table, row any) {
	if err := t.txn.Insert(string(table), row); err != nil {
		panic(fmt.Sprintf("state: insert into %s: %v", table, err))
	}
}

func (t *Txn) remove(table Table, index string, args ...any) {
	if _, err := t.txn.DeleteAll(string(table), index, args...); err != nil {
		panic(fmt.Sprintf("state: delete from %s: %v", table, err))
	}
}
