package mirror

import (
	"slices"
	"sync"
)

// TooOld is what [OffsetSyncStore.Translate] answers for an offset that lies
// before every sync that is still known.
const TooOld int64 = -1

// syncSlots is how many syncs are kept of a partition at most: one for each
// power of two of distance from the newest.
const syncSlots = 64

// OffsetSyncStore translates source offsets to target offsets by offset syncs,
// as Java's does: of each partition it keeps the newest sync and, going back,
// ever sparser older ones, so that a group far behind still gets a position not
// too far before its own. It is safe for concurrent use.
//
// Java keeps 64 references a partition, most of them repeats of their
// neighbour. Here only the different ones are kept, each with the last slot it
// fills: some 300 bytes a partition instead of 64 pointers and as many objects.
type OffsetSyncStore struct {
	mu         sync.RWMutex
	partitions map[topicPartition][]slotRun
	loading    bool
	onlyLast   bool
}

type topicPartition struct {
	topic     string
	partition int32
}

// slotRun is a sync that fills the slots after the previous run's up to end.
type slotRun struct {
	Sync
	end uint8
}

// NewOffsetSyncStore makes an empty store that is loading. While it loads,
// nothing is translated. onlyLast keeps but the last sync of each partition
// while loading: the older ones may lead back behind checkpoints that were
// emitted before the restart, and only one who knows those checkpoints may use
// them.
func NewOffsetSyncStore(onlyLast bool) *OffsetSyncStore {
	return &OffsetSyncStore{partitions: map[topicPartition][]slotRun{}, loading: true, onlyLast: onlyLast}
}

// Loaded ends loading; what was there when the reader began has been applied.
func (s *OffsetSyncStore) Loaded() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loading = false
}

// Apply takes up a sync. Syncs must come in the order of their topic.
func (s *OffsetSyncStore) Apply(o OffsetSync) {
	s.mu.Lock()
	defer s.mu.Unlock()
	tp := topicPartition{o.Topic, o.Partition}
	n := Sync{o.Upstream, o.Downstream}
	runs := s.partitions[tp]
	if len(runs) == 0 || s.loading && s.onlyLast || n.Up < runs[0].Up {
		s.partitions[tp] = append(runs[:0], slotRun{n, syncSlots - 1})
		return
	}
	s.partitions[tp] = insertSync(runs, n)
}

// Translate answers where on the target a group should go on that has committed
// upstream on the source: never past the record it has not read yet, and exactly
// there where a sync says so. ok is false while loading and for a partition
// without syncs; down is [TooOld] for an offset before all known syncs.
func (s *OffsetSyncStore) Translate(topic string, partition int32, upstream int64) (down int64, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	runs := s.partitions[topicPartition{topic, partition}]
	if s.loading || len(runs) == 0 {
		return 0, false
	}
	at := runs[len(runs)-1]
	if i := slices.IndexFunc(runs, func(r slotRun) bool { return r.Up <= upstream }); i >= 0 {
		at = runs[i]
	}
	switch {
	case at.Up > upstream:
		return TooOld, true
	case at.Up == upstream:
		return at.Down, true
	}
	// Records between the sync and upstream may have gaps on either side, so
	// only this much is certain: the sync's own record has been read.
	return at.Down + 1, true
}

// Partitions counts the partitions that have syncs.
func (s *OffsetSyncStore) Partitions() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.partitions)
}

// slots is a partition's syncs unfolded: for each slot the number of a sync.
// Numbers stand for identity: a repeated equal sync is another sync.
type slots struct {
	at    [syncSlots]uint8
	syncs [syncSlots + 1]Sync // the last one is the new sync
}

const newSync = syncSlots

func unfold(runs []slotRun, s *slots) {
	slot := 0
	for i, r := range runs {
		s.syncs[i] = r.Sync
		for ; slot <= int(r.end); slot++ {
			s.at[slot] = uint8(i)
		}
	}
}

// fold puts the slots into runs, whose memory it reuses where it suffices.
func (s *slots) fold(runs []slotRun) []slotRun {
	runs = runs[:0]
	for slot := range syncSlots {
		if slot == syncSlots-1 || s.at[slot] != s.at[slot+1] {
			runs = append(runs, slotRun{s.syncs[s.at[slot]], uint8(slot)})
		}
	}
	return runs
}

// near and apart are the store's invariants between the syncs in slots i < j:
// not further apart than 2^j - 2^i, and no closer than 2^(i-2). Sums wrap as
// Java's do.
func (s *slots) near(a, b uint8, i, j int) bool {
	limit := s.syncs[b].Up + int64(1)<<j - int64(1)<<i
	return a == b || limit < 0 || s.syncs[a].Up <= limit
}

func (s *slots) apart(a, b uint8, i int) bool {
	limit := s.syncs[b].Up + int64(1)<<max(i-2, 0)
	return a == b || limit >= 0 && s.syncs[a].Up >= limit
}

// insertSync puts n into slot 0 and moves the others as far down as the
// invariants ask. Each slot takes the youngest old sync that is neither too far
// from its upper neighbour nor too close to either; what fits nowhere is gone.
func insertSync(runs []slotRun, n Sync) []slotRun {
	var s slots
	unfold(runs, &s)
	old := s.at
	s.syncs[newSync] = n
	s.at[0] = newSync

	candidate, k := uint8(newSync), 0
	for c := 1; c < syncSlots; c++ {
		for {
			o := old[k]
			fromPrevious := s.apart(s.at[c-1], o, c-1)
			take := fromPrevious && s.near(s.at[c-1], o, c-1, c) &&
				(c == syncSlots-1 || s.apart(o, s.at[c+1], c))
			if take {
				candidate = o
			}
			repeated := k < syncSlots-1 && old[k+1] == o
			skip := repeated || !fromPrevious
			if take || skip {
				k++
			}
			if k >= c || !skip {
				break
			}
		}
		// From here on the old slots satisfy the invariants as they are.
		if s.near(s.at[c-1], s.at[c], c-1, c) {
			break
		}
		s.at[c] = candidate
	}
	return s.fold(runs)
}
