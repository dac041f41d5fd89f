// Package storage keeps what Kafka Connect keeps in its three internal topics:
// configurations, source offsets and statuses, byte for byte as Java writes
// them, so that Go and Java workers share the topics.
//
// A store is a compacted log plus what its records mean. The log is a topic
// (OpenTopic) or memory (Memory); the stores do not know which. Records that a
// store has read are applied to the tables of package state by the log's one
// reader; Java's rule is kept that a writer's own records take effect when they
// are read back, never when they are sent.
//
// All stores are safe for concurrent use. Config serialises its writers: a
// write sequence (task configs, then their commit) is never mixed with another.
// Statuses runs one goroutine that sends in the background; Close ends it.
package storage
