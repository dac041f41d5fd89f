// Package dataplane copies partitions from one cluster to another as record
// batches: it fetches bytes, verifies them, completes their headers (or makes
// them anew where it must) and produces the same bytes.
//
//	        source broker                               target broker
//	             │                                            ▲
//	fetch.go     │ one fetch session           send.go        │ ordered requests,
//	fetchcodec.go▼ a broker                    producecodec.go│ a batch a partition each
//	        ┌─────────┐   scan    ┌───────┐  build  ┌────────┐│
//	        │ fetcher ├──────────▶│ queue ├────────▶│ window ├┘
//	        └─────────┘ aborted.go└───────┘ build.go└───┬────┘ at most 5
//	             ▲        partition.go                  │ acknowledged, in order
//	             │ position                             ▼
//	        doctor.go: what went wrong             commit.go: offsets, then syncs
//
// # Promises
//
// Order: a partition's batches are written in source order, under consecutive
// sequence numbers of one idempotent producer (KIP-98). A batch goes again only
// with everything behind it.
//
// No gap: a source offset counts as copied when its batch and all before it are
// acknowledged, and only such offsets are committed. What the source deleted
// first is an event with its offset range (loss.go), never a silent jump.
//
// No repeat while the process lives: an answer that was lost is asked for again
// under the same sequence numbers. When the target no longer knows our producer,
// the batches in its log tell which of ours it has (doctor.go, trueEnd); the rest
// goes on under a new producer id. After a crash at most the batches since the
// last commit, half a second's worth, are written twice.
//
// One partition that stands still holds up no other: it fails alone (faults.go)
// and takes no more than its share of the memory (budget.go).
//
// # Goroutines
//
// Run owns all: a fetcher a source broker, a sender a target broker, the reading
// goroutine of each of their connections (package wire), one that follows each
// cluster's metadata, one for timers, one that has missing topics created, and
// short ones for chores. Run returns when all have ended.
//
// # Locks
//
// partition.scanMu, then partition.mu; under it the leaf locks of sender, fetcher,
// topology, Plane, Budget and timers, of which no two are held together. No lock
// is held during I/O.
package dataplane
