package worker

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connect/plugin"
	"crosstide/connect/state"
)

// Config says what a worker works with.
type Config struct {
	// ID names this worker in statuses.
	ID string
	// Props are the worker's properties, of which Settings were parsed.
	Props    map[string]string
	Settings Settings
	Plugins  *plugin.Registry
	// Resolve replaces ${provider:path:key} in configurations; nil leaves them.
	Resolve *config.Transformer
	// Offsets returns the store of a connector's source offsets.
	Offsets func(connector string) connect.OffsetStorage
	// Report hears every status. Generation is the herder's to fill in. It must
	// not block, and is called from many goroutines.
	Report  func(state.Status)
	Metrics prometheus.Registerer // may be nil
	Log     *slog.Logger
}

// Settings are the worker's own properties that concern connectors and tasks.
type Settings struct {
	OffsetFlushInterval time.Duration // offset.flush.interval.ms
	OffsetFlushTimeout  time.Duration // offset.flush.timeout.ms
	TaskStopGrace       time.Duration // task.shutdown.graceful.timeout.ms
	// Restart says whether failures that may pass are tried again, and after
	// how long: the pause doubles from RestartBackoff to RestartBackoffMax.
	Restart           bool
	RestartBackoff    time.Duration
	RestartBackoffMax time.Duration
}

// connectorStopGrace is fixed in Java too.
const connectorStopGrace = 5 * time.Second

// Worker runs connectors and tasks. It is safe for concurrent use.
type Worker struct {
	config Config
	wg     sync.WaitGroup
}

// New makes a worker that runs nothing yet.
func New(c Config) *Worker {
	if c.Metrics == nil {
		c.Metrics = prometheus.NewRegistry()
	}
	return &Worker{config: c}
}

// Wait returns when everything that was started has ended, or with ctx's error.
// What was abandoned counts until it ends.
func (w *Worker) Wait(ctx context.Context) error {
	ended := make(chan struct{})
	go func() { // ends with the last task; an abandoned one holds it
		w.wg.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// resolve replaces placeholders in a configuration.
func (w *Worker) resolve(props map[string]string) (map[string]string, error) {
	if w.config.Resolve == nil {
		return props, nil
	}
	return w.config.Resolve.Transform(props)
}
