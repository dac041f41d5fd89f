// Package source is MirrorSourceConnector: it finds the topics that a flow
// copies, keeps their target topics in shape, and deals the partitions to tasks
// that copy record batches as bytes.
//
// It has two halves. The control half lives in the connector and touches no
// record:
//
//	source topics ─┐                    ┌─ create, extend (create.go, targets.go)
//	               ├─ planTopics ─ plan ─┤
//	target topics ─┘   (topics.go)      └─ partitions came or went:
//	                                       reconfigure (taskconfigs.go)
//	source configs ─┐
//	target configs ─┴─ configRules.diff ── IncrementalAlterConfigs (configsync.go)
//	source ACLs ─┐
//	target ACLs ─┴─ planACLs ── CreateAcls (aclsync.go)
//
// What decides is pure (topics.go, configs.go, acls.go, taskconfigs.go); what
// reads is admin_read.go on franz-go, which sees topic ids and describes many
// topics at once; what changes the target is admin_write.go on librdkafka,
// whose client lives only while there is something to change.
//
// The control half promises:
//
//   - Only what is missing is created, altered or added. A refresh of clusters
//     that agree changes nothing, also where topics keep their names.
//   - Nothing is ever deleted or shrunk on the target.
//   - A topic that cannot be made, a config that the target refuses, an ACL
//     that fails holds up no other. It is told once a reason, with the operation
//     and the resource, and tried again: topics after 1 s, doubling to a minute.
//   - A target topic is never created without knowing the source's configs.
//   - Where a cluster does not answer the connector keeps trying, and says so
//     when that begins and ends.
//   - The same topics yield the same task configurations, on any worker.
//
// Its goroutines, all ended and waited for by Stop: one that refreshes topics and
// owns what is known of them, one for each of config sync and ACL sync (they
// read the view that the first publishes), and at start one that creates the
// offset syncs topic. [Targets] is the part that a task uses, too: calls to it
// take turns by a token, which is held while topics are created.
//
// The data half lives in the tasks, each with the partitions dealt to it:
//
//	source brokers                                          target brokers
//	     │ fetch                                                  ▲ produce
//	     ▼                                                        │
//	  fetcher ──▶ partition queue ──▶ fast or slow path ──▶ producer
//	 (a leader)   (a partition, in    (fix up or re-encode)  (a leader, in order,
//	              the worker's budget)                        5 batches a partition)
//	                                                              │ acknowledged
//	                                                              ▼
//	                                                          progress ──▶ Connect offsets
//	                                                              └──────▶ offset syncs
//
// An offset counts as copied when its batch and all before it are acknowledged.
package source
