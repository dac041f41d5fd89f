package storage

import (
	"context"

	"crosstide/internal/kafka"
)

// Record is one record of a compacted log.
type Record = kafka.LogRecord

// Log is a compacted log as a store uses it. It is safe for concurrent use.
type Log interface {
	// Send appends records in order and returns when all are durable. After an
	// error any of them may be in the log.
	Send(ctx context.Context, records ...Record) error
	// ReadToEnd returns when every record that was in the log at the time of the
	// call has been handed to the reader.
	ReadToEnd(ctx context.Context) error
	// Close stops the reader. No record is handed over after it returned.
	Close() error
}

// Opener opens a log, hands every record in it to onRecord, and returns. Later
// records follow as they come, one at a time.
type Opener func(ctx context.Context, onRecord func(Record)) (Log, error)
