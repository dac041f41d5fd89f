// Package mirror is what the three MirrorMaker 2 connectors share: replication
// policies (how topics are named on the target and which are internal),
// filters, the bytes of offset syncs, checkpoints and heartbeats, the keys of
// each connector's configuration, the client configurations derived from them,
// the rule by which offset syncs are emitted and the store that translates
// offsets with them.
//
// Everything here but topics.go is values in, values out: no clock, no I/O.
// Nothing starts a goroutine. What is written is, to the byte, what Java's
// MirrorMaker 2 writes, so either can continue the other's work.
//
// Where names and formats come from:
//
//	policy*.go      topic names (Default, Identity, KeepNames), internal topics
//	selection.go    which topics a flow replicates, cycles
//	filter.go       topics, groups and configuration properties by list
//	encoding.go     OffsetSync, Checkpoint, Heartbeat as bytes
//	offsets.go      Connect source offsets: keys, values, checks
//	keys*.go        every configuration key, ours included, in one table
//	clients.go      properties of each Kafka client of a connector
//	syncrule.go     when an acknowledged record becomes an offset sync
//	syncstore.go    the 64-slot store behind offset translation
//	topics.go       finding and creating the connectors' own topics
//	metrics.go      names of the checkpoints', heartbeats' and syncs' metrics
package mirror
