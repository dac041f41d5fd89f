package herder

import (
	"context"
	"errors"
)

// Distributed is a herder whose state lives in Kafka.
type Distributed struct{ config Config }

// New checks the worker's properties. It opens no connection.
func New(config Config) (*Distributed, error) { return &Distributed{config: config}, nil }

// Run runs connectors and tasks until ctx ends, then stops them, commits what was
// acknowledged, and returns nil. It keeps trying while Kafka cannot be reached;
// an error means that it cannot work until somebody changes something.
func (h *Distributed) Run(ctx context.Context) error { return errors.ErrUnsupported }

// Ready reports whether everything that should run here has been started, or
// this worker stands by for another.
func (h *Distributed) Ready() bool { return false }

// Snapshot may be called at any time, from any goroutine.
func (h *Distributed) Snapshot() Snapshot { return Snapshot{} }
