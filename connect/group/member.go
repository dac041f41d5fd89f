package group

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"crosstide/connect/protocol"
)

// phase is where a membership stands.
type phase int

const (
	out     phase = iota
	joining       // JoinGroup or SyncGroup under way
	settled       // an assignment has been handed over
)

// Member is one worker's membership. Its methods are safe for concurrent use.
type Member struct {
	cfg    Config
	wake   chan struct{} // a rejoin is due; holds one
	health health

	// predecessor is the member id whose place this process took again; only the
	// loop looks at it.
	predecessor string

	// calls serialises Assigned and Lost, so that an assignment that was lost
	// meanwhile is never handed over after its loss.
	calls sync.Mutex

	mu            sync.Mutex
	phase         phase
	id            string // member id, "" before the coordinator has given one
	generation    int32  // -1 for none
	lastCompleted int32
	dialect       string        // of the last completed round
	held          protocol.Work // told by Assigned and not yet taken back
	told          bool          // Assigned was called since the last loss
	lease         lease
	failure       error              // why the membership was lost, until the loop has seen it
	cancelRound   context.CancelFunc // ends the round under way
}

// New checks the configuration; it speaks to nobody.
func New(cfg Config) (*Member, error) {
	if err := cfg.defaults(); err != nil {
		return nil, err
	}
	m := &Member{cfg: cfg, wake: make(chan struct{}, 1), generation: -1, lastCompleted: -1}
	m.lease.limit = cfg.SessionTimeout - cfg.StopMargin
	m.health.log = cfg.Log
	return m, nil
}

// Run takes part until ctx ends; then it takes back all work through Revoked (with
// the rebalance timeout as its limit; heartbeats go on) and leaves the group. It tries on through trouble with the cluster. An error means
// that somebody must change something: a setting that the broker refuses, or
// [ErrFenced] where the instance id was given and so cannot be changed.
func (m *Member) Run(ctx context.Context) error {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var g errgroup.Group
	g.Go(func() error { m.heartbeats(background); return nil })
	g.Go(func() error { m.watch(background); return nil })
	err := m.rounds(ctx)
	m.leave(context.WithoutCancel(ctx), err)
	stop()
	_ = g.Wait()
	return err
}

// Rejoin asks for a rebalance: the config topic has changed what should run, or
// this worker has caught up with it.
func (m *Member) Rejoin() {
	select {
	case m.wake <- struct{}{}:
	default: // one is due already
	}
}

// Holds reports whether this worker may still do what it was assigned. It looks
// at the clock, so it is true of this instant, even right after a pause that
// nothing else has noticed yet. Ask it before a step that must not be taken twice.
func (m *Member) Holds() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.told && !m.lease.expired(time.Now())
}

// Alive reports whether the coordinator has heard of this member recently enough to
// count it in at this instant, whether or not it was assigned anything yet. A leader
// asks it before each step that another leader must not take too.
func (m *Member) Alive() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lease.valid(time.Now())
}

// Problem is what keeps this worker from taking part now, nil for nothing.
func (m *Member) Problem() error { return m.health.problem() }

// rounds joins again and again until ctx ends or there is no sense in it.
func (m *Member) rounds(ctx context.Context) error {
	claim := m.recover(ctx)
	for try := 0; ctx.Err() == nil; {
		next, err := m.round(ctx, claim)
		claim = protocol.Work{}
		if lost := m.takeFailure(); lost != nil {
			err = lost
		}
		switch {
		case ctx.Err() != nil:
		case errors.Is(err, ErrFenced):
			if !m.cfg.Instance.renew() {
				return err
			}
			m.cfg.Log.Warn("going on under another instance id", "instance", m.cfg.Instance.ID())
			m.forget()
		case errors.Is(err, errAgain), errors.Is(err, ErrRemoved), errors.Is(err, ErrSessionLost):
			try = 0
		case isFatal(err):
			return err
		case err != nil:
			m.health.report(err)
			m.pause(ctx, m.backoff(try))
			try++
		default:
			m.health.report(nil)
			try = 0
			m.settle(ctx, next)
		}
	}
	return nil
}

// settle waits until the next round is due: asked for, after the delay, or
// because the membership was lost.
func (m *Member) settle(ctx context.Context, next <-chan time.Time) {
	select {
	case <-m.wake:
	case <-next:
	case <-ctx.Done():
	}
}

func (m *Member) pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

func (m *Member) backoff(try int) time.Duration {
	return min(m.cfg.RetryBackoff<<min(try, 6), 5*time.Second)
}

// lose takes everything from this worker. It may be called by anyone; the loop
// hears of it and joins anew.
func (m *Member) lose(reason error) {
	m.calls.Lock()
	defer m.calls.Unlock()
	m.mu.Lock()
	told := m.told
	m.told, m.held = false, protocol.Work{}
	m.lease.proof = time.Time{}
	m.phase = out
	m.failure = reason
	m.generation = -1
	if m.cancelRound != nil {
		m.cancelRound()
	}
	m.mu.Unlock()
	if told {
		m.cfg.Instance.jot(note{})
		m.cfg.Log.Warn("lost the membership", "group", m.cfg.GroupID, "err", reason)
		m.cfg.Lost(reason)
	}
	m.Rejoin()
}

// forget drops the member id, so that the next join is a newcomer's.
func (m *Member) forget() {
	m.mu.Lock()
	m.id = ""
	m.mu.Unlock()
}

func (m *Member) takeFailure() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	err := m.failure
	m.failure = nil
	return err
}

// leave ends the membership from our side: the work first, then the place in the
// group. A fenced process has no place to give up: the instance id is another's.
func (m *Member) leave(ctx context.Context, err error) {
	m.mu.Lock()
	held, id, told := m.held, m.id, m.told
	m.mu.Unlock()
	if told && !held.Empty() {
		stopping, cancel := context.WithTimeout(ctx, m.cfg.RebalanceTimeout)
		m.cfg.Revoked(stopping, held)
		cancel()
	}
	m.mu.Lock()
	told = told && m.told // Lost may have come meanwhile
	m.told, m.held, m.phase = false, protocol.Work{}, out
	m.mu.Unlock()
	if told {
		m.calls.Lock()
		m.cfg.Lost(ErrLeft)
		m.calls.Unlock()
	}
	if err == nil && m.cfg.Instance != nil && m.cfg.StayWhenStopped != nil && m.cfg.StayWhenStopped() {
		m.cfg.Instance.jot(note{id, held})
		return
	}
	m.cfg.Instance.jot(note{})
	if id == "" || errors.Is(err, ErrFenced) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	if err := m.leaveGroup(ctx, id); err != nil {
		m.cfg.Log.Warn("could not leave the group, its other members will notice after the session timeout",
			"group", m.cfg.GroupID, "err", err)
	}
}
