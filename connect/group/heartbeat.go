package group

import (
	"context"
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// heartbeats proves this member to be alive, also while it joins again: the
// coordinator answers then too, and a JoinGroup under way proves nothing.
func (m *Member) heartbeats(ctx context.Context) {
	tick := time.NewTicker(m.cfg.HeartbeatInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			m.heartbeat(ctx)
		}
	}
}

func (m *Member) heartbeat(ctx context.Context) {
	req := kmsg.NewPtrHeartbeatRequest()
	req.Group = m.cfg.GroupID
	req.InstanceID = m.cfg.Instance.wire()
	m.mu.Lock()
	req.MemberID, req.Generation = m.id, m.generation
	m.mu.Unlock()
	if req.Generation < 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, max(m.cfg.HeartbeatInterval, m.cfg.SessionTimeout/3))
	defer cancel()
	sent := time.Now()
	resp, err := req.RequestWith(ctx, m.cfg.Client)
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	m.heard(req, sent, err)
}

// heard judges the answer to a heartbeat.
func (m *Member) heard(req *kmsg.HeartbeatRequest, sent time.Time, err error) {
	alive := err == nil || errors.Is(err, kerr.RebalanceInProgress)
	m.mu.Lock()
	current := m.id == req.MemberID && m.generation == req.Generation
	at := m.phase
	if current && alive {
		m.lease.prove(sent)
	}
	m.mu.Unlock()
	switch {
	case !current:
	case err == nil:
	case errors.Is(err, kerr.RebalanceInProgress):
		if at == settled {
			m.Rejoin()
		}
	case errors.Is(err, kerr.IllegalGeneration):
		// While joining this only means that the answer to the join is on its way.
		if at == settled {
			m.lose(ErrRemoved)
		}
	case errors.Is(err, kerr.UnknownMemberID):
		m.forget()
		m.lose(ErrRemoved)
	case errors.Is(err, kerr.FencedInstanceID):
		m.lose(ErrFenced)
	default:
		m.cfg.Log.Debug("heartbeat failed", "group", m.cfg.GroupID, "err", err)
	}
}

// watch gives the membership up when it was not proven for too long.
func (m *Member) watch(ctx context.Context) {
	tick := time.NewTicker(min(max(m.cfg.SessionTimeout/40, 10*time.Millisecond), 250*time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		m.mu.Lock()
		expired := m.lease.expired(time.Now())
		m.mu.Unlock()
		if expired {
			m.lose(ErrSessionLost)
		}
	}
}
