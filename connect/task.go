package connect

import (
	"context"
	"log/slog"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// TaskID names one task of a connector. Tasks count from 0.
type TaskID struct {
	Connector string
	Task      int
}

// String is the form used in logs, client ids and transactional ids.
func (id TaskID) String() string { return id.Connector + "-" + strconv.Itoa(id.Task) }

// SourceTask produces records. The runtime calls Start, then Poll in a loop
// (unless the task is [SelfDriven]), then Stop, all from one goroutine.
type SourceTask interface {
	// Start prepares the task. props is the task configuration with every
	// ${provider:path:key} resolved.
	Start(ctx context.Context, tc SourceTaskContext, props map[string]string) error
	// Poll returns the next records, or none after at most a second or so. It
	// returns early when ctx ends. A retriable error is logged and polled again.
	Poll(ctx context.Context) ([]*SourceRecord, error)
	// Stop releases what the task holds. It is called after the last Poll or Run.
	Stop() error
}

// RecordCommitter is implemented by source tasks that want to know of each
// record's acknowledgement, in order per source partition. metadata is nil for
// a record that was filtered or skipped.
type RecordCommitter interface {
	CommitRecord(ctx context.Context, record *SourceRecord, metadata *RecordMetadata)
}

// Committer is implemented by source tasks that want to know of each successful
// offset commit, empty ones included.
type Committer interface {
	Commit(ctx context.Context) error
}

// SelfDriven is implemented by source tasks that fetch, produce and commit by
// themselves. The runtime calls Run instead of polling. Run returns nil after
// ctx ended and everything acknowledged was committed; any other return makes
// the task FAILED. While the context's Paused channel says so, Run moves nothing
// but keeps its connections.
type SelfDriven interface {
	SourceTask
	Run(ctx context.Context) error
}

// RecordMetadata tells where a record went.
type RecordMetadata struct {
	Topic     string
	Partition int32
	Offset    int64 // -1 when the broker did not say
	Timestamp int64 // milliseconds since the epoch
}

// SourceTaskContext is what a source task gets from the worker. It is safe for
// concurrent use.
type SourceTaskContext interface {
	ID() TaskID
	// Offsets is the store that this connector's offsets live in.
	Offsets() OffsetStorage
	// ProducerConfig is the worker's composed producer configuration for this
	// task: Connect's defaults, then producer.*, then producer.override.*, in
	// Java's names. The caller may change the returned map.
	ProducerConfig() map[string]string
	// OffsetFlushInterval is the worker's offset.flush.interval.ms, in
	// milliseconds.
	OffsetFlushIntervalMs() int64
	// PauseState returns whether the task is paused now, and a channel that is
	// closed when that changes.
	PauseState() (paused bool, changed <-chan struct{})
	Log() *slog.Logger
	// Metrics registers collectors that are removed when the task stops.
	Metrics() prometheus.Registerer
}
