package worker

import (
	"maps"
	"slices"
	"sync"

	"crosstide/connect"
	"crosstide/connect/storage"
)

// submitted knows which records were handed to the producer and not yet
// acknowledged, in order per source partition. It is safe for concurrent use.
type submitted struct {
	mu     sync.Mutex
	queues map[string]*queue // by the source partition's key
	// committable is the last offset of each acknowledged prefix that was not
	// taken yet.
	committable map[string]connect.SourceOffset
	open        int
	drained     chan struct{} // closed while nothing is open
}

type queue struct {
	partition map[string]any
	waiting   []*submission
}

// submission is one record on its way.
type submission struct {
	record *connect.SourceRecord
	queue  *queue
	key    string
	acked  bool
	meta   connect.RecordMetadata
}

func newSubmitted() *submitted {
	drained := make(chan struct{})
	close(drained)
	return &submitted{queues: make(map[string]*queue), committable: make(map[string]connect.SourceOffset), drained: drained}
}

// add notes a record, before it is handed to the producer.
func (s *submitted) add(r *connect.SourceRecord) (*submission, error) {
	key, err := storage.EncodeOffsetKey("", r.SourcePartition)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues[string(key)]
	if q == nil {
		q = &queue{partition: r.SourcePartition}
		s.queues[string(key)] = q
	}
	sub := &submission{record: r, queue: q, key: string(key)}
	q.waiting = append(q.waiting, sub)
	if s.open == 0 {
		s.drained = make(chan struct{})
	}
	s.open++
	return sub, nil
}

// remove forgets the record added last, which could not be handed over.
func (s *submitted) remove(sub *submission) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := sub.queue
	if n := len(q.waiting); n > 0 && q.waiting[n-1] == sub {
		q.waiting = q.waiting[:n-1]
		s.closed(1)
	}
	s.tidy(sub.key)
}

// ack notes an acknowledgement and returns the records that are now done: those
// whose predecessors are acknowledged too.
//
// An offset is committable only up to the oldest unacknowledged record. A later
// one may already be in Kafka, but committing past the gap loses the gap after a
// crash; sending again is only a duplicate.
func (s *submitted) ack(sub *submission, meta connect.RecordMetadata) []*submission {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub.acked, sub.meta = true, meta
	q := sub.queue
	n := 0
	for n < len(q.waiting) && q.waiting[n].acked {
		n++
	}
	if n == 0 {
		return nil
	}
	done := slices.Clone(q.waiting[:n])
	q.waiting = slices.Delete(q.waiting, 0, n)
	last := done[n-1].record
	s.committable[sub.key] = connect.SourceOffset{Partition: last.SourcePartition, Offset: last.SourceOffset}
	s.closed(n)
	s.tidy(sub.key)
	return done
}

func (s *submitted) closed(n int) {
	if s.open -= n; s.open == 0 {
		close(s.drained)
	}
}

func (s *submitted) tidy(key string) {
	if q := s.queues[key]; q != nil && len(q.waiting) == 0 {
		delete(s.queues, key)
	}
}

// take returns the committable offsets and counts them as committed.
func (s *submitted) take() map[string]connect.SourceOffset {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.committable
	s.committable = make(map[string]connect.SourceOffset)
	return taken
}

// giveBack returns offsets whose commit failed, unless newer ones came meanwhile.
func (s *submitted) giveBack(taken map[string]connect.SourceOffset) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.Copy(taken, s.committable)
	s.committable = taken
}

// allAcked returns a channel that is closed when no record is open.
func (s *submitted) allAcked() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.drained
}

// pending is the number of open records.
func (s *submitted) pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open
}
