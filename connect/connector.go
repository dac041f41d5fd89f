package connect

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"crosstide/connect/config"
)

// Connector is one configured unit of work. Start and Stop are called once
// each; TaskConfigs may be called many times between them. The runtime calls
// the methods of one instance from one goroutine at a time.
type Connector interface {
	// Version is reported in statuses and by the plugins resource.
	Version() string
	// ConfigDef lists the keys that this connector reads, for validation and
	// defaults. It must not depend on a started connector.
	ConfigDef() *config.Def
	// Start begins monitoring whatever decides the task configurations. It must
	// return promptly; slow work belongs to goroutines that end in Stop.
	Start(ctx ConnectorContext, props map[string]string) error
	// TaskConfigs splits the work into at most maxTasks task configurations.
	// An error for which [IsRetriable] holds makes the herder ask again later.
	TaskConfigs(maxTasks int) ([]map[string]string, error)
	// Stop ends everything that Start began, and waits for it.
	Stop() error
}

// SourceConnector brings records into Kafka.
type SourceConnector interface {
	Connector
	// NewTask makes a task that has not been started.
	NewTask() SourceTask
}

// ConnectorContext is how a connector speaks to the runtime. Its methods may be
// called from any goroutine, until Stop has returned.
type ConnectorContext interface {
	// RequestTaskReconfiguration asks the runtime to call TaskConfigs again and
	// to restart tasks whose configuration has changed.
	RequestTaskReconfiguration()
	// RaiseError marks the connector FAILED with err as its trace.
	RaiseError(err error)
	// Log already carries the connector's name.
	Log() *slog.Logger
	// Metrics registers collectors that are removed when the connector stops.
	Metrics() prometheus.Registerer
}

// OffsetStorage reads and writes source offsets under Kafka Connect's keys. It
// is safe for concurrent use.
type OffsetStorage interface {
	// ReadOffsets returns, in the order of partitions, the last committed offset
	// of each, or nil where there is none. It reads the store to its end first.
	ReadOffsets(ctx context.Context, partitions []map[string]any) ([]map[string]any, error)
	// WriteOffsets stores all given offsets and returns when they are durable.
	// A nil Offset deletes (a tombstone).
	WriteOffsets(ctx context.Context, offsets []SourceOffset) error
}

// SourceOffset is the position reached in one source partition. Both maps hold
// only strings, booleans, integers, floats and nil, as Connect's own do.
type SourceOffset struct {
	Partition map[string]any
	Offset    map[string]any
}
