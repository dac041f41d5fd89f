package herder

import (
	"context"
	"errors"
	"time"

	"crosstide/connect/group"
	"crosstide/connect/state"
	"crosstide/connect/storage"
)

// What the herder does for a membership that shares work.

// mayWrite decides about each record right before it is sent: a leader that was
// suspended and does not know yet that another one leads must not write.
func (r *run) mayWrite(record storage.ConfigRecord) error {
	switch record.(type) {
	case storage.TargetState, storage.LoggerLevel, storage.RestartRequest:
		return nil
	case storage.TaskConfig, storage.TasksCommit:
		// Also the worker that runs the connector may, where the leader cannot be
		// reached. It is the only one that makes them.
		if r.tenure.member() {
			return nil
		}
	default:
		if r.tenure.holds() {
			return nil
		}
	}
	return ErrNotLeader
}

func (r *run) mayLead() bool { return r.tenure.holds() }

// joined tells of the membership that the loop may speak to; nil when it is over.
func (r *run) joined(m *group.Member, out func(time.Duration)) {
	if m == nil {
		r.tenure.watch(func() bool { return false })
		r.queue.put(func() { r.member, r.stepOut = nil, nil })
		return
	}
	r.tenure.watch(m.Alive)
	r.queue.put(func() { r.member, r.stepOut = m, out })
}

// prepare readies this worker for a rebalance: it reads on, and stops what the
// config topic no longer wants as it is. The offset it returns is one with which
// everything that still runs here agrees.
func (r *run) prepare(ctx context.Context) int64 {
	reading, cancel := context.WithTimeout(ctx, r.h.settings.syncTimeout)
	defer cancel()
	if err := r.stores.config.Refresh(reading); err != nil && ctx.Err() == nil {
		r.h.log.Warn("joining with what was read of the config topic so far", "err", err)
	}
	offset := r.h.db.Snapshot().ConfigOffset()
	ending := make(chan (<-chan struct{}), 1)
	r.queue.put(func() {
		r.reconcile()
		ending <- r.whatStops()
	})
	select {
	case stopped := <-ending:
		select {
		case <-stopped:
		case <-r.allStopped:
		case <-ctx.Done():
		}
	case <-r.allStopped:
	case <-ctx.Done():
	}
	return offset
}

// whatStops is closed when all that is stopping now has ended.
func (r *run) whatStops() <-chan struct{} {
	var ending []<-chan struct{}
	for _, c := range r.connectors {
		if c.stopping {
			ending = append(ending, c.connector.Gone())
		}
	}
	for _, t := range r.tasks {
		if r.stopping[t] {
			ending = append(ending, t.Gone())
		}
	}
	stopped := make(chan struct{})
	r.background.wg.Go(func() {
		for _, gone := range ending {
			<-gone
		}
		close(stopped)
	})
	return stopped
}

// rejoinIfDue asks for a rebalance when there is other work than the leader knew.
func (r *run) rejoinIfDue(snapshot state.Snapshot) {
	work := snapshot.WorkOffset()
	if r.member == nil || r.leaving || !r.assigned || !r.outdated(snapshot) || r.rejoinedFor >= work {
		return
	}
	r.rejoinedFor = work
	r.h.log.Debug("joining again: connectors or tasks have changed", "config.offset", work)
	r.member.Rejoin()
}

func (r *run) outdated(snapshot state.Snapshot) bool {
	return r.assignment.Shared && snapshot.WorkOffset() > r.assignment.ConfigOffset
}

// catchUp reads the config topic as far as the leader had when it assigned, after
// which new work may start. While that does not succeed, what runs goes on; after
// some tries this worker leaves, so that others get the work.
func (r *run) catchUp(a Assignment) {
	ctx, stop := r.fence.bind(r.background.ctx)
	defer stop()
	set := r.h.settings
	for tries := 5; ctx.Err() == nil; tries-- {
		err := r.tryCatchUp(ctx, a)
		if err == nil {
			r.queue.put(func() { r.caughtUp(a) })
			return
		}
		if ctx.Err() != nil {
			return
		}
		r.h.log.Warn("the config topic cannot be read as far as the leader has, trying on", "err", err)
		switch {
		case a.Eager:
			r.queue.put(func() { r.leave(set.unsyncBackoff) })
			return
		case tries == 0:
			r.queue.put(func() { r.leave(max(set.maxDelay/10, 250*time.Millisecond)) })
			return
		}
		sleep(ctx, max(set.maxDelay/10/time.Duration(tries), 250*time.Millisecond))
	}
}

func (r *run) tryCatchUp(ctx context.Context, a Assignment) error {
	if a.Failed || r.h.db.Snapshot().ConfigOffset() < a.ConfigOffset {
		reading, cancel := context.WithTimeout(ctx, r.h.settings.syncTimeout)
		defer cancel()
		if err := r.stores.config.Refresh(reading); err != nil {
			return err
		}
	}
	if a.Writes && !a.Failed {
		r.background.run(func(ctx context.Context) { r.lead(ctx, a) })
	}
	return nil
}

func (r *run) caughtUp(a Assignment) {
	if !r.assigned || r.assignment.Generation != a.Generation {
		return
	}
	if a.Failed {
		if r.member != nil {
			r.member.Rejoin()
		}
		return
	}
	r.settled = true
}

// leave gives everything up and stays out of the group for a while.
func (r *run) leave(pause time.Duration) {
	if r.stepOut == nil {
		return
	}
	r.h.log.Warn("leaving the group for a while: the config topic cannot be read here", "pause", pause)
	r.stepOut(pause)
}

// lead does the leader's duties where they could not be done before it assigned.
func (r *run) lead(ctx context.Context, a Assignment) {
	ctx, stop := r.tenure.bind(ctx)
	defer stop()
	version := int16(0)
	if a.Signed {
		version = sessioned
	}
	for pause := 250 * time.Millisecond; ctx.Err() == nil; pause = min(2*pause, time.Minute) {
		err := r.duties(ctx, version)
		if err == nil || ctx.Err() != nil {
			return
		}
		r.h.log.Warn("the leader's configurations cannot be written, trying on", "err", err)
		sleep(ctx, pause)
	}
}

// duties is what the leader has to write: a session key, and in dedicated mode the
// connectors.
func (r *run) duties(ctx context.Context, version int16) error {
	ctx, stop := r.tenure.bind(ctx)
	defer stop()
	var errs []error
	if version >= sessioned {
		errs = append(errs, r.ensureKey(ctx))
	}
	return errors.Join(append(errs, r.putConnectors(ctx))...)
}

func (r *run) ensureKey(ctx context.Context) error {
	now := time.Now()
	if key, ok := r.h.db.Snapshot().SessionKey(); ok && r.h.settings.signing.fits(key, now) {
		return nil
	}
	r.h.log.Info("writing a new session key")
	return r.stores.config.Put(ctx, storage.SessionKey{SessionKey: r.h.settings.signing.generate(now)})
}

func (r *run) putConnectors(ctx context.Context) error {
	for _, name := range differing(r.h.db.Snapshot(), r.h.config.Connectors) {
		r.h.log.Info("writing connector configuration", "connector", name)
		if err := r.stores.config.PutConnector(ctx, name, r.h.config.Connectors[name], state.TargetState("")); err != nil {
			return err
		}
	}
	return nil
}

// rotateKeys replaces the session key when it has outlived its time, while this
// worker leads.
func (r *run) rotateKeys(ctx context.Context) {
	ttl := r.h.settings.signing.ttl
	if ttl == 0 {
		return
	}
	look := time.NewTicker(min(max(ttl/20, 50*time.Millisecond), time.Minute))
	defer look.Stop()
	for {
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
		if !r.signed.Load() || !r.mayLead() {
			continue
		}
		binding, stop := r.tenure.bind(ctx)
		if err := r.ensureKey(binding); err != nil && binding.Err() == nil {
			r.h.log.Warn("the session key cannot be replaced, trying on", "err", err)
		}
		stop()
	}
}
