package storage

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Memory is a log in memory, for standalone workers and tests. Several stores
// may open the same one, as several workers share a topic.
type Memory struct {
	mu      sync.Mutex
	records []Record
	readers map[*memoryLog]struct{}
}

// NewMemory makes an empty log.
func NewMemory() *Memory { return &Memory{readers: make(map[*memoryLog]struct{})} }

// Records returns everything ever sent, as a topic before compaction.
func (m *Memory) Records() []Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.records)
}

// Open is an [Opener].
func (m *Memory) Open(_ context.Context, onRecord func(Record)) (Log, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := &memoryLog{memory: m, onRecord: onRecord}
	for _, r := range m.records {
		onRecord(r)
	}
	m.readers[l] = struct{}{}
	return l, nil
}

// memoryLog delivers inside Send: a record is read back before Send returns.
type memoryLog struct {
	memory   *Memory
	onRecord func(Record)
}

var errClosed = errors.New("the log is closed")

func (l *memoryLog) Send(ctx context.Context, records ...Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m := l.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, open := m.readers[l]; !open {
		return errClosed
	}
	for _, r := range records {
		r.Offset = int64(len(m.records))
		r.Timestamp = time.Now().UnixMilli()
		m.records = append(m.records, r)
		for reader := range m.readers {
			reader.onRecord(r)
		}
	}
	return nil
}

func (l *memoryLog) ReadToEnd(ctx context.Context) error {
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	if _, open := l.memory.readers[l]; !open {
		return errClosed
	}
	return ctx.Err()
}

func (l *memoryLog) Close() error {
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	delete(l.memory.readers, l)
	return nil
}
