// Package checkpoint is MirrorCheckpointConnector: it translates the offsets
// that consumer groups have committed on the source into offsets on the target,
// writes them as checkpoints, and, where asked, into the target's own groups, so
// that a consumer that moves over goes on where it was.
//
//	source groups ──▶ committed offsets ─┐
//	                                     ├─ translate ──▶ filter ──▶ checkpoints topic (through the worker)
//	offset syncs topic ──▶ store ────────┘                  │
//	checkpoints topic, once at start ───────────────────────┤
//	                                                        ▼
//	                                  last checkpoints ──▶ target groups that nobody uses
//
// The connector finds the groups (groups.go) and deals them to tasks. A task
// reads the checkpoints topic first: only one who knows what was promised before
// a restart may use syncs from before it (store.go). Then it follows the offset
// syncs topic and, at every interval, makes checkpoints (task.go). Writing to the
// target's groups (groupsync.go) happens only where a group was positively seen
// empty or absent in the same round, never after an error, and never backwards.
//
// Goroutines: the connector runs one that creates the checkpoints topic and
// refreshes groups; a task runs one that loads and one for group sync. Stop ends
// and waits for them. A task's state is shared between these and Poll through
// store and [mirror.OffsetSyncStore], which have their own locks.
package checkpoint
