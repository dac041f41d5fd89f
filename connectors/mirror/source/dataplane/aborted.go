package dataplane

import (
	"slices"

	"crosstide/internal/recordbatch"
)

// abortedSet follows which producers' batches belong to aborted transactions,
// from the lists that a read_committed fetch carries and the markers in the log
// (KIP-98). The zero value knows of none.
type abortedSet struct {
	pending []abortedTxn // by first offset, not reached yet
	open    map[int64]struct{}
}

// learn replaces what is pending: each fetch lists all that touch its records.
func (a *abortedSet) learn(txns []abortedTxn) {
	a.pending = append(a.pending[:0], txns...)
	slices.SortFunc(a.pending, func(x, y abortedTxn) int {
		switch {
		case x.first < y.first:
			return -1
		case x.first > y.first:
			return 1
		}
		return 0
	})
}

// skips reports whether a batch belongs to an aborted transaction.
func (a *abortedSet) skips(v recordbatch.View) bool {
	for len(a.pending) > 0 && a.pending[0].first <= v.LastOffset() {
		if a.open == nil {
			a.open = map[int64]struct{}{}
		}
		a.open[a.pending[0].producer] = struct{}{}
		a.pending = a.pending[1:]
	}
	if len(a.open) == 0 {
		return false
	}
	if v.Control() {
		delete(a.open, v.ProducerID()) // the marker that ends it
		return false
	}
	_, aborted := a.open[v.ProducerID()]
	return aborted && v.Transactional()
}
