package herder

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"sync"

	"crosstide/connect/state"
)

// Distributed is a herder whose state lives in Kafka.
type Distributed struct {
	config   Config
	settings *settings
	log      *slog.Logger

	mu      sync.Mutex
	view    view
	db      *state.DB
	local   map[statusKey]state.Status // what was reported here, newer than the topic
	running *run                       // while Run runs with its topics open

	clusterID string

	changes sync.Mutex // held for one change of configurations or offsets at a time; taken before mu
}

type statusKey struct {
	connector string
	task      int
}

// view is what outsiders may know of the herder's state.
type view struct {
	assigned   bool
	assignment Assignment
	reason     string // why not ready
	trouble    string // the cluster does not answer
}

// New checks the worker's properties. It opens no connection. The error names
// every problem.
func New(c Config) (*Distributed, error) {
	s, err := parse(c.WorkerProps)
	if err != nil {
		return nil, fmt.Errorf("worker properties: %w", err)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.WorkerProps, c.Connectors = maps.Clone(c.WorkerProps), cloneConfigs(c.Connectors)
	return &Distributed{
		config: c, settings: s, log: c.Log, db: state.New(),
		local: make(map[statusKey]state.Status), view: view{reason: "not started"},
	}, nil
}

// Run runs connectors and tasks until ctx ends, then stops them, commits what was
// acknowledged, and returns nil. It keeps trying while Kafka cannot be reached;
// an error means that it cannot work until somebody changes something. Call it
// once.
func (h *Distributed) Run(ctx context.Context) error {
	r := newRun(h)
	h.setReason("opening the internal topics")
	stores, err := h.openStores(ctx, h.db, r)
	if ctx.Err() != nil {
		if stores != nil {
			_ = stores.close()
		}
		return nil
	}
	if err != nil {
		return err
	}
	h.setTrouble("")
	h.log.Info("the internal topics are open", "config.offset", h.db.Snapshot().ConfigOffset())
	err = r.run(ctx, stores)
	h.setReason("stopped")
	if closeErr := stores.close(); closeErr != nil {
		h.log.Warn("closing the internal topics", "err", closeErr)
	}
	return err
}

// Ready reports whether everything that should run here runs, or this worker
// stands by for another.
func (h *Distributed) Ready() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.view.reason == "" && h.view.trouble == ""
}

func (h *Distributed) setTrouble(trouble string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.view.trouble = trouble
}

func (h *Distributed) setReason(reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.view.reason = reason
}
