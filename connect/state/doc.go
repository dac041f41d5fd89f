// Package state holds what the Connect cluster looks like now: connectors, task
// configurations, target states, statuses, active topics and the session key,
// as tables of go-memdb.
//
// One writer at a time changes it (the stores that read the internal topics,
// one transaction a record or batch of records); everybody else reads immutable
// snapshots, and waits for changes through the watch channels of a snapshot.
// Rows are values: once inserted, neither they nor the maps in them change, so
// a reader may keep them but must not write to them.
//
// The package starts no goroutines and does no I/O.
package state
