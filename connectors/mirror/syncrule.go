package mirror

import "math"

// Sync is a pair of offsets of the same record: on the source, on the target.
type Sync struct{ Up, Down int64 }

// SyncRule decides for one source partition which acknowledged records become
// offset syncs. It lives as long as the task: after a restart the first record
// is always a sync. Make it with [NewSyncRule]; it is not safe for concurrent
// use.
type SyncRule struct {
	prevUp, prevDown int64
	lastSyncDown     int64
}

// NewSyncRule is the rule before the first record.
func NewSyncRule() SyncRule { return SyncRule{prevUp: -1, prevDown: -1, lastSyncDown: -1} }

// Ack notes that the source's record at up was written to the target at down,
// and reports whether that is to become a sync: the first record; the copy has
// moved on by more than maxLag records since the last sync; the source's offsets
// do not continue (a gap, a rewind, a repeat); the target's went back.
func (r *SyncRule) Ack(maxLag, up, down int64) bool {
	broken := r.breaks(up, down)
	flagged := broken || down-(r.lastSyncDown+1) >= maxLag
	if flagged {
		r.lastSyncDown = down
	}
	r.prevUp, r.prevDown = up, down
	return flagged
}

// breaks is true where translation by the last sync would go wrong.
func (r *SyncRule) breaks(up, down int64) bool {
	return r.lastSyncDown == -1 || up-r.prevUp != 1 || down < r.prevDown
}

// Syncs is what a run of acknowledgements asks for.
type Syncs struct {
	// Anchor is the run's first record where offsets did not continue there
	// (or began). It should be written as well as Latest: groups between the two
	// translate by it, and by something before the break without it.
	Anchor    Sync
	HasAnchor bool
	// Latest is the last record of the run that Ack would have flagged, where
	// that is not Anchor. It replaces any earlier Latest.
	Latest    Sync
	HasLatest bool
	// Delayed is the run's last record where that is neither of the two. It is
	// to be written at the next offset commit, unless something newer is.
	Delayed    Sync
	HasDelayed bool
}

// AckRun is Ack for n consecutive records, the first at up and down, at the
// cost of one. It leaves the state that n calls would leave. n must be at
// least 1.
func (r *SyncRule) AckRun(maxLag, up, down, n int64) Syncs {
	var s Syncs
	broken := r.breaks(up, down)
	if r.Ack(maxLag, up, down) {
		if broken {
			s.Anchor, s.HasAnchor = Sync{up, down}, true
		} else {
			s.Latest, s.HasLatest = Sync{up, down}, true
		}
	}
	// Within the run only the lag can flag a record: every step-th after the
	// last sync. The last such is found by division.
	step := min(max(maxLag, 0), math.MaxInt64-1) + 1
	end := down + n - 1
	if k := (end - r.lastSyncDown) / step; k > 0 {
		r.lastSyncDown += k * step
		s.Latest, s.HasLatest = Sync{up + (r.lastSyncDown - down), r.lastSyncDown}, true
	}
	r.prevUp, r.prevDown = up+n-1, end
	if r.lastSyncDown != end {
		s.Delayed, s.HasDelayed = Sync{r.prevUp, end}, true
	}
	return s
}
