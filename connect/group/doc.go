// Package group is a worker's membership in a Connect group: joining, being
// given work, proving to be alive, leaving. Kafka's group coordinator is the only
// meeting place; the bytes are connect/protocol's, so Go and Java workers are
// members of one group.
//
//	          ┌────────── rejoin: asked for, rebalance, delay over ─────────┐
//	          ▼                                                             │
//	out ─► joining ─► (leader: Assign) ─► syncing ─► Revoked, Assigned ─► member ─► Leave
//	 ▲                                                                      │
//	 └── Lost: removed, fenced, or no proof of life for too long ◄──────────┘
//
// Promises:
//
//   - Work is this worker's from Assigned until Revoked or Lost returns, and in
//     that time no other worker has been given it. To keep this without hearing
//     from anyone, a member gives itself up before the broker can: when no
//     heartbeat was answered for the session timeout less a margin to stop in,
//     counted from when the last answered one was sent, on both the monotonic and
//     the wall clock (a stopped process or a suspended machine finds itself lost
//     as soon as it runs again). [Member.Holds] tells at any instant.
//   - Under the cooperative dialects work goes on through a rebalance.
//   - With an [Instance] membership is static (KIP-345): a process that died and
//     was restarted before its session ended takes its place and its work again
//     without a rebalance, also under a Java leader. What it held it learns from
//     the coordinator (what it joined with and what it was answered); only in the
//     middle of a rebalance, when the coordinator does not tell, from a note in its
//     lock file. A clean stop leaves at once.
//   - Two processes with one instance id: the later wins, the earlier is told by
//     its next heartbeat and loses its work. On one host a lock file keeps them
//     apart from the start.
//
// Goroutines: Run owns the rounds and calls Assign, Revoked and Assigned; one
// more sends heartbeats and one watches the clock, either may call Lost. All end
// before Run returns. Lock order: Member.calls before Member.mu.
package group
