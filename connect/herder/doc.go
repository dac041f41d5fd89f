// Package herder decides what this worker runs.
//
// Distributed reads what is wanted from the config topic and what is this
// worker's from its [Membership], and keeps the worker package's connectors and
// tasks in step with both. One goroutine owns all of its state; statuses of
// connectors and tasks, changes of the config topic, membership and callers'
// requests reach it as functions in a queue. It never waits for Kafka or for a
// connector: slow work runs elsewhere and comes back through the queue.
//
//	config topic ─┐                        ┌─ worker: connectors
//	membership ───┼─► queue ─► reconcile ──┤
//	worker events ┘   (one goroutine)      └─ worker: tasks
//
// What differs between wanted and running is found by pure functions (plan.go).
//
// Three memberships: sharing, as Java's workers share (docs/life-of-a-rebalance.md);
// one owner for everything (worker.share.tasks=false); and [Alone]. While workers
// share, the group's leader writes configurations. It takes those of other workers
// through [Distributed.PutTaskConfigs], which package rest serves.
//
// Only losing membership takes a shorter way: tasks are told to stop, and writes to
// end, from the goroutine that noticed, before anything else. Locks are leaves.
package herder
