package storage

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"crosstide/connect/state"
)

// Statuses is the status topic. Statuses are sent in the background, in order a
// key, and tried again until they are through or superseded by a newer one.
type Statuses struct {
	log     Log
	db      *state.DB
	logger  *slog.Logger
	retry   time.Duration
	stop    context.CancelFunc
	stopped chan struct{}

	mu       sync.Mutex
	pending  map[string]pendingStatus
	order    []string // keys of pending, oldest first
	wake     chan struct{}
	idle     chan struct{} // closed while nothing is pending; replaced when something is
	sequence uint64
}

// pendingStatus is the newest unsent word about a key.
type pendingStatus struct {
	record   StatusRecord
	safe     bool
	sequence uint64
}

// StatusOptions say what a [Statuses] works with.
type StatusOptions struct {
	Open Opener
	// DB receives what was read.
	DB  *state.DB
	Log *slog.Logger
	// Retry is the pause after a failed send; 0 means 250 ms.
	Retry time.Duration
}

// OpenStatuses reads the status topic to its end and starts the sender, which
// Close ends.
func OpenStatuses(ctx context.Context, options StatusOptions) (*Statuses, error) {
	idle := make(chan struct{})
	close(idle)
	s := &Statuses{
		db: options.DB, logger: options.Log, retry: options.Retry,
		stopped: make(chan struct{}), pending: make(map[string]pendingStatus),
		wake: make(chan struct{}, 1), idle: idle,
	}
	if s.retry == 0 {
		s.retry = 250 * time.Millisecond
	}
	log, err := options.Open(ctx, s.read)
	if err != nil {
		return nil, err
	}
	s.log = log
	sending, stop := context.WithCancel(context.Background())
	s.stop = stop
	go s.run(sending)
	return s, nil
}

// Put writes a status whatever is known: RUNNING, PAUSED, STOPPED, RESTARTING.
func (s *Statuses) Put(status state.Status) {
	s.enqueue(StatusRecord{Status: &status}, false)
}

// PutSafe writes a status (UNASSIGNED, FAILED) unless another worker of a later
// generation has spoken: a slow loser must not overwrite the new owner's RUNNING.
func (s *Statuses) PutSafe(status state.Status) {
	s.enqueue(StatusRecord{Status: &status}, true)
}

// Delete removes the status of a task, or of a connector with all its tasks.
func (s *Statuses) Delete(connector string, task int) {
	s.enqueue(StatusRecord{Status: &state.Status{Connector: connector, Task: task}, Removed: true}, false)
}

// PutTopic records that a connector uses a topic.
func (s *Statuses) PutTopic(topic state.Topic) { s.enqueue(StatusRecord{Topic: &topic}, false) }

// DeleteTopic forgets that a connector uses a topic.
func (s *Statuses) DeleteTopic(connector, topic string) {
	s.enqueue(StatusRecord{Topic: &state.Topic{Topic: topic, Connector: connector}, Removed: true}, false)
}

func (s *Statuses) enqueue(record StatusRecord, safe bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.pending) == 0 {
		s.idle = make(chan struct{})
	}
	s.sequence++
	key := record.Key()
	if _, waiting := s.pending[key]; !waiting {
		s.order = append(s.order, key)
	}
	s.pending[key] = pendingStatus{record: record, safe: safe, sequence: s.sequence}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Flush returns when everything put so far is in the topic or was superseded.
func (s *Statuses) Flush(ctx context.Context) error {
	s.mu.Lock()
	idle := s.idle
	s.mu.Unlock()
	select {
	case <-idle:
		return s.log.ReadToEnd(ctx)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Refresh reads the topic to its end.
func (s *Statuses) Refresh(ctx context.Context) error { return s.log.ReadToEnd(ctx) }

// Close gives up what is still unsent and stops reading. Call Flush first.
func (s *Statuses) Close() error {
	s.stop()
	<-s.stopped
	return s.log.Close()
}

// run sends what is pending until ctx ends. A failure is logged when it begins
// and when it is over, not each time.
func (s *Statuses) run(ctx context.Context) {
	defer close(s.stopped)
	failing := false
	for {
		err := s.sendPending(ctx)
		wait := (<-chan time.Time)(nil)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			if !failing {
				s.logger.Warn("status cannot be written, trying again", "err", err)
			}
			wait = time.After(s.retry)
		case failing:
			s.logger.Info("statuses are being written again")
		}
		failing = err != nil
		wake := s.wake
		if failing {
			wake = nil // only the timer: a burst of statuses must not become a burst of attempts
		}
		select {
		case <-wake:
		case <-wait:
		case <-ctx.Done():
			return
		}
	}
}

// sendPending sends the newest word on every key. A key for which a newer word
// arrived meanwhile stays pending.
func (s *Statuses) sendPending(ctx context.Context) error {
	batch := s.take()
	records := make([]Record, 0, len(batch))
	for _, p := range batch {
		if p.safe && !s.maySpeak(*p.record.Status) {
			continue
		}
		value, err := EncodeStatus(p.record)
		if err != nil {
			s.logger.Error("status cannot be encoded", "key", p.record.Key(), "err", err)
			continue
		}
		records = append(records, Record{Key: []byte(p.record.Key()), Value: value})
	}
	if len(records) > 0 {
		if err := s.log.Send(ctx, records...); err != nil {
			return err
		}
	}
	s.done(batch)
	return nil
}

func (s *Statuses) take() []pendingStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	batch := make([]pendingStatus, len(s.order))
	for i, key := range s.order {
		batch[i] = s.pending[key]
	}
	return batch
}

func (s *Statuses) done(batch []pendingStatus) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range batch {
		if key := p.record.Key(); s.pending[key].sequence == p.sequence {
			delete(s.pending, key)
		}
	}
	kept := s.order[:0]
	for _, key := range s.order {
		if _, ok := s.pending[key]; ok {
			kept = append(kept, key)
		}
	}
	if s.order = kept; len(kept) > 0 {
		select {
		case s.wake <- struct{}{}:
		default:
		}
		return
	}
	select {
	case <-s.idle:
	default:
		close(s.idle)
	}
}

// maySpeak is Java's rule for safe writes.
func (s *Statuses) maySpeak(status state.Status) bool {
	known, ok := lookup(s.db.Snapshot(), status)
	return !ok || known.WorkerID == status.WorkerID || known.Generation <= status.Generation
}

// read is called by the log's one reader.
func (s *Statuses) read(r Record) {
	record, err := DecodeStatus(string(r.Key), r.Value)
	if err != nil {
		s.logger.Warn("ignoring a record of the status topic", "partition", r.Partition, "offset", r.Offset, "err", err)
		return
	}
	s.db.Update(func(txn *state.Txn) { applyStatus(txn, record) })
}

func applyStatus(txn *state.Txn, r StatusRecord) {
	switch {
	case r.Topic != nil && r.Removed:
		txn.DeleteTopic(r.Topic.Connector, r.Topic.Topic)
	case r.Topic != nil:
		txn.PutTopic(*r.Topic)
	case r.Removed:
		txn.DeleteStatus(r.Status.Connector, r.Status.Task)
	case !lateGoodbye(txn.Snapshot, *r.Status):
		txn.PutStatus(*r.Status)
	}
}

// lateGoodbye recognises the UNASSIGNED of a task's old owner that arrives after
// the RUNNING of its new one.
func lateGoodbye(snapshot state.Snapshot, status state.Status) bool {
	if status.Task == state.ConnectorItself || status.State != state.StatusUnassigned {
		return false
	}
	known, ok := lookup(snapshot, status)
	return ok && known.State == state.StatusRunning && known.Generation >= status.Generation &&
		known.WorkerID != status.WorkerID
}

func lookup(snapshot state.Snapshot, s state.Status) (state.Status, bool) {
	if s.Task == state.ConnectorItself {
		return snapshot.ConnectorStatus(s.Connector)
	}
	return snapshot.TaskStatus(taskID(s))
}
