package maker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"crosstide/connect"
)

// ErrSameCluster says that both aliases of a flow lead to one cluster.
var ErrSameCluster = errors.New("both aliases lead to the same Kafka cluster, and a cluster is not mirrored into itself")

type flowState int

const (
	waiting flowState = iota // for its clusters
	running
	failed
	stopped
)

// runningFlow is the life of one flow's herder:
//
//	waiting ──clusters known──> running ──ctx ends──> stopped
//	   └──same cluster──> failed <──error──┘ └─retriable error─> waiting
type runningFlow struct {
	Flow
	enabled bool
	log     *slog.Logger
	first   Herder // made before the start; used once
	again   func() (Herder, error)

	mu     sync.Mutex
	state  flowState
	herder Herder
	err    error
}

// run returns nil when ctx ended, else why the flow cannot go on.
func (f *runningFlow) run(ctx context.Context, source, target *prober, patience time.Duration) error {
	pause := backoff{}
	for {
		err := f.once(ctx, source, target, patience)
		switch {
		case ctx.Err() != nil:
			f.set(stopped, nil, nil)
			if err != nil && !errors.Is(err, context.Canceled) {
				f.log.Warn("flow did not stop cleanly", "err", err)
			}
			return nil
		case err == nil:
			err = errors.New("the herder ended by itself")
		}
		if !connect.IsRetriable(err) {
			f.set(failed, nil, err)
			f.log.Error("flow stopped; other flows go on", "err", err)
			return fmt.Errorf("flow %s: %w", f, err)
		}
		f.set(waiting, nil, err)
		wait := pause.next()
		f.log.Warn("flow is started again", "err", err, "in", wait.String())
		sleep(ctx, wait)
	}
}

// once starts the herder when the clusters are known to be two, and runs it.
func (f *runningFlow) once(ctx context.Context, source, target *prober, patience time.Duration) error {
	if err := awaitClusters(ctx, source, target, patience); err != nil {
		return err
	}
	h := f.first
	if f.first = nil; h == nil {
		var err error
		if h, err = f.again(); err != nil {
			return err
		}
	}
	f.set(running, h, nil)
	f.log.Info("flow starts", "enabled", f.enabled)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// A source that was away at the start may turn out to be the target.
	checked := make(chan struct{})
	go func() {
		defer close(checked)
		if err := awaitClusters(ctx, source, target, never); errors.Is(err, ErrSameCluster) {
			cancel(err)
		}
	}()
	err := h.Run(ctx)
	same := errors.Is(context.Cause(ctx), ErrSameCluster)
	if cancel(nil); same {
		err = ErrSameCluster
	}
	<-checked
	return err
}

const never = time.Duration(1<<63 - 1)

// awaitClusters waits until the target is known, and for the source as long as
// patience lasts: without its source a flow still emits heartbeats and serves
// checkpoints. It fails when both are the same cluster.
func awaitClusters(ctx context.Context, source, target *prober, patience time.Duration) error {
	select {
	case <-target.known:
	case <-ctx.Done():
		return ctx.Err()
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-source.known:
		// An empty id is that of a broker too old to have one.
		if id := source.clusterID(); id != "" && id == target.clusterID() {
			return fmt.Errorf("%w (%s and %s, cluster id %s); correct %s.bootstrap.servers or %s.bootstrap.servers",
				ErrSameCluster, source.alias, target.alias, id, source.alias, target.alias)
		}
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

func (f *runningFlow) set(s flowState, h Herder, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state, f.herder, f.err = s, h, err
}

// troubles says why the flow is not ready, apart from its clusters.
func (f *runningFlow) troubles() []string {
	f.mu.Lock()
	state, h, err := f.state, f.herder, f.err
	f.mu.Unlock()
	switch state {
	case running:
		if why := h.Troubles(); len(why) > 0 {
			return why
		}
		if !h.Ready() {
			return []string{"starting"}
		}
		return nil
	case failed:
		return []string{err.Error()}
	case stopped:
		return []string{"stopped"}
	}
	if err != nil {
		return []string{"to be started again after: " + err.Error()}
	}
	return []string{"waiting for its clusters"}
}

// backoff doubles from a second to a minute.
type backoff struct{ last time.Duration }

func (b *backoff) next() time.Duration {
	b.last = min(max(time.Second, 2*b.last), time.Minute)
	return b.last
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
