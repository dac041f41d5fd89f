// Package heartbeat is MirrorHeartbeatConnector: one task writes a heartbeat of
// its flow into the target's heartbeats topic at every interval. Replicated on
// from there, heartbeats tell which clusters a cluster hears from, and through
// which others.
//
// The connector runs one goroutine, which creates the heartbeats topic and then
// ends; Stop waits for it. The task runs none.
package heartbeat
