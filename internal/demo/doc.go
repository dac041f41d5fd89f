// Package demo shows the main job with nothing installed: two in-memory Kafka
// clusters on loopback ports, producers on the first, the mirror run from a
// properties file, a live picture of it, a consumer group that fails over at
// the end, and a comparison of every record on both sides.
//
//	traffic ──> primary ──── the mirror ────> secondary
//	               │                             │
//	              tail ──> compared at the end <─ tail ──> picture
//	               │                             │
//	            group "billing" ── fails over ──> group "billing"
//
// The mirror itself is handed in, so that this package knows Kafka's protocol
// and nothing of the mirror but its properties.
//
// All goroutines and the clusters end before Run returns.
package demo
