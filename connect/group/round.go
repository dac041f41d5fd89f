package group

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"crosstide/connect/protocol"
)

// errAgain: the round came to nothing for an ordinary reason; join at once.
var errAgain = errors.New("join again")

// round joins and syncs once and hands over what came out. next fires when the
// following round is due by itself, nil for never.
func (m *Member) round(ctx context.Context, claim protocol.Work) (next <-chan time.Time, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m.mu.Lock()
	if m.failure != nil {
		m.mu.Unlock()
		return nil, errAgain
	}
	m.phase, m.cancelRound = joining, cancel
	if m.told {
		claim = m.held
	}
	eager := m.told && m.dialect == protocol.NameEager
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		m.cancelRound = nil
		m.mu.Unlock()
	}()
	if eager {
		m.takeBack(ctx, claim)
		claim = protocol.Work{}
	}
	drain(m.wake) // what was asked for until here is answered by this round
	joined, err := m.join(ctx, claim)
	if err != nil {
		return nil, err
	}
	a, err := m.sync(ctx, joined)
	if err != nil {
		return nil, err
	}
	return m.conclude(ctx, joined, a, claim)
}

func drain(c <-chan struct{}) {
	select {
	case <-c:
	default:
	}
}

// takeBack has work stopped and no longer counts it as held.
func (m *Member) takeBack(ctx context.Context, work protocol.Work) {
	if work.Empty() {
		return
	}
	m.cfg.Revoked(ctx, work)
	m.mu.Lock()
	m.held = m.held.Minus(work)
	left := note{m.id, m.held}
	m.mu.Unlock()
	m.cfg.Instance.jot(left)
}

// join sends JoinGroup until the group has formed.
func (m *Member) join(ctx context.Context, claim protocol.Work) (*kmsg.JoinGroupResponse, error) {
	for {
		req := m.joinRequest(claim)
		sent := time.Now()
		resp, err := req.RequestWith(ctx, m.cfg.Client)
		if err == nil {
			err = kerr.ErrorForCode(resp.ErrorCode)
		}
		switch {
		case errors.Is(err, kerr.MemberIDRequired):
			m.mu.Lock()
			m.id = resp.MemberID
			m.mu.Unlock()
			continue
		case err != nil:
			return nil, m.judge(ctx, "joining", err)
		}
		m.mu.Lock()
		m.id, m.generation = resp.MemberID, resp.Generation
		if ctx.Err() == nil {
			m.lease.prove(sent)
		}
		m.mu.Unlock()
		return resp, nil
	}
}

func (m *Member) joinRequest(claim protocol.Work) *kmsg.JoinGroupRequest {
	req := kmsg.NewPtrJoinGroupRequest()
	req.Group = m.cfg.GroupID
	req.SessionTimeoutMillis = int32(m.cfg.SessionTimeout.Milliseconds())
	req.RebalanceTimeoutMillis = int32(m.cfg.RebalanceTimeout.Milliseconds())
	req.ProtocolType = protocol.Type
	req.InstanceID = m.cfg.Instance.wire()
	m.mu.Lock()
	req.MemberID = m.id
	m.mu.Unlock()
	state := m.cfg.State()
	for _, name := range m.cfg.Protocols {
		md := protocol.Metadata{Version: protocol.VersionOf(name), URL: state.URL, ConfigOffset: state.ConfigOffset}
		if md.Version > 0 && !claim.Empty() {
			md.Allocation = &protocol.Assignment{Version: md.Version, Leader: req.MemberID, ConfigOffset: state.ConfigOffset, Assigned: claim}
		}
		p := kmsg.NewJoinGroupRequestProtocol()
		p.Name, p.Metadata = name, md.Encode()
		req.Protocols = append(req.Protocols, p)
	}
	return req
}

// sync gives out the assignments on the leader and fetches one's own.
func (m *Member) sync(ctx context.Context, joined *kmsg.JoinGroupResponse) (protocol.Assignment, error) {
	req := kmsg.NewPtrSyncGroupRequest()
	req.Group, req.Generation, req.MemberID = m.cfg.GroupID, joined.Generation, joined.MemberID
	req.InstanceID = m.cfg.Instance.wire()
	req.ProtocolType, req.Protocol = kmsg.StringPtr(protocol.Type), joined.Protocol
	if joined.LeaderID == joined.MemberID && !joined.SkipAssignment {
		var err error
		if req.GroupAssignment, err = m.assignments(ctx, joined); err != nil {
			return protocol.Assignment{}, err
		}
	}
	sent := time.Now()
	resp, err := req.RequestWith(ctx, m.cfg.Client)
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	if err != nil {
		return protocol.Assignment{}, m.judge(ctx, "syncing", err)
	}
	m.mu.Lock()
	if ctx.Err() == nil {
		m.lease.prove(sent)
	}
	m.mu.Unlock()
	if len(resp.MemberAssignment) == 0 {
		// The leader did not know this member id: a process that took its place
		// while the leader was computing.
		return protocol.Assignment{Version: protocol.VersionOf(dialect(joined)), Leader: joined.LeaderID, Error: protocol.ConfigMismatch}, nil
	}
	return protocol.DecodeAssignment(resp.MemberAssignment)
}

func dialect(joined *kmsg.JoinGroupResponse) string {
	if joined.Protocol == nil {
		return ""
	}
	return *joined.Protocol
}

// assignments asks Assign and writes its answers.
func (m *Member) assignments(ctx context.Context, joined *kmsg.JoinGroupResponse) ([]kmsg.SyncGroupRequestGroupAssignment, error) {
	r := Round{
		Protocol: dialect(joined), Version: protocol.VersionOf(dialect(joined)),
		Leader: joined.MemberID, LastGeneration: m.lastCompleted, Generation: joined.Generation,
	}
	for _, jm := range joined.Members {
		md, err := protocol.DecodeMetadata(jm.ProtocolMetadata)
		if err != nil {
			return nil, fmt.Errorf("member %s: %w", jm.MemberID, err)
		}
		mm := MemberMetadata{ID: jm.MemberID, Metadata: md}
		if jm.InstanceID != nil {
			mm.InstanceID = *jm.InstanceID
		}
		r.Members = append(r.Members, mm)
	}
	answers, err := m.cfg.Assign(ctx, r)
	if err != nil {
		m.cfg.Log.Warn("could not assign, all members will join again", "group", m.cfg.GroupID, "err", err)
		answers = r.failed()
	}
	var out []kmsg.SyncGroupRequestGroupAssignment
	for _, mm := range r.Members {
		ga := kmsg.NewSyncGroupRequestGroupAssignment()
		ga.MemberID, ga.MemberAssignment = mm.ID, answers[mm.ID].Encode()
		out = append(out, ga)
	}
	return out, nil
}

// conclude hands the round's outcome over: first what must stop, then what is
// this worker's now.
func (m *Member) conclude(ctx context.Context, joined *kmsg.JoinGroupResponse, a protocol.Assignment, claim protocol.Work) (<-chan time.Time, error) {
	name := dialect(joined)
	revoked := a.Revoked
	if name == protocol.NameEager {
		revoked = claim.Minus(a.Assigned) // only after a change of dialect; else claim is empty
		claim = protocol.Work{}
	}
	m.mu.Lock()
	running := m.held
	m.mu.Unlock()
	if stop := intersect(running, revoked); !stop.Empty() {
		m.takeBack(ctx, stop)
	}
	if !m.cfg.Instance.exclusive() && !claim.Empty() && running.Empty() {
		// The place was taken from a process that may still live and run this. It
		// will hear of it by its next heartbeat.
		m.pause(ctx, m.cfg.HeartbeatInterval+m.cfg.HeartbeatInterval/2)
	}
	// Java's order: what is new, then what stays.
	work := a.Assigned.Plus(claim.Minus(revoked))
	cur := Current{
		Generation: joined.Generation, MemberID: joined.MemberID, Protocol: name, Version: protocol.VersionOf(name),
		IsLeader: joined.LeaderID == joined.MemberID, Leader: joined.LeaderID, LeaderURL: a.LeaderURL,
		ConfigOffset: a.ConfigOffset, Failed: a.Failed(), Work: work, New: work.Minus(running), Delay: a.Delay,
	}
	if err := m.handOver(ctx, cur); err != nil {
		return nil, err
	}
	if !revoked.Empty() || m.staleLeader(cur, a.Leader) {
		m.Rejoin() // second round, so that what was given up can be placed
	}
	switch {
	case cur.Failed:
		return time.After(max(m.cfg.RetryBackoff, time.Second)), nil
	case cur.Delay > 0:
		return time.After(cur.Delay), nil
	}
	return nil, nil
}

// staleLeader reports whether this process leads the group by having taken the
// leader's place again: the others know it by an id that is gone, and brokers
// before 3.2 do not even tell it that it leads. Its next join makes a new
// generation with everybody's current ids.
func (m *Member) staleLeader(cur Current, named string) bool {
	if named == m.predecessor && named != "" {
		m.predecessor = ""
		return true
	}
	return cur.IsLeader && named != cur.MemberID
}

// handOver tells Assigned, unless the membership was lost meanwhile.
func (m *Member) handOver(ctx context.Context, cur Current) error {
	m.calls.Lock()
	defer m.calls.Unlock()
	m.mu.Lock()
	if m.failure != nil || ctx.Err() != nil || m.lease.expired(time.Now()) {
		m.mu.Unlock()
		return errAgain
	}
	m.phase, m.told, m.held, m.dialect = settled, true, cur.Work, cur.Protocol
	m.lastCompleted = cur.Generation
	m.mu.Unlock()
	m.cfg.Instance.jot(note{cur.MemberID, cur.Work})
	m.cfg.Log.Info("assigned", "group", m.cfg.GroupID, "generation", cur.Generation, "member", cur.MemberID,
		"leader", cur.Leader, "connectors", len(cur.Work.Connectors), "tasks", len(cur.Work.Tasks), "delay", cur.Delay)
	m.cfg.Assigned(cur)
	return nil
}

func intersect(a, b protocol.Work) protocol.Work { return a.Minus(a.Minus(b)) }

// failed is the answer of a leader that cannot assign.
func (r Round) failed() map[string]protocol.Assignment {
	out := make(map[string]protocol.Assignment, len(r.Members))
	base := protocol.Assignment{Version: r.Version, Error: protocol.ConfigMismatch, Leader: r.Leader, ConfigOffset: r.MaxOffset()}
	for _, mm := range r.Members {
		if mm.ID == r.Leader {
			base.LeaderURL = mm.URL
		}
	}
	for _, mm := range r.Members {
		out[mm.ID] = base
	}
	return out
}

// MaxOffset is how far the best-read member has read the config topic.
func (r Round) MaxOffset() int64 {
	most := int64(-1)
	for _, mm := range r.Members {
		most = max(most, mm.ConfigOffset)
	}
	return most
}
