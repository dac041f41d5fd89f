package group

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"crosstide/connect/protocol"
)

// recover finds what the process that had this instance id before was running.
//
// A static member that returns gets the assignment of the last round again, but
// under the cooperative dialects that is only the difference to what it had then,
// and a leader (Java's above all) takes whatever a returning member does not claim
// for lost, and keeps it idle for scheduled.rebalance.max.delay.ms. The coordinator
// knows both halves: what the member joined with and what it was answered. It does
// not tell them while the group rebalances; then the note in the lock file serves,
// if the member that wrote it is in the group still.
//
// A claim cannot steal. If the group moves on between this look and our join, the
// leader sees the claim beside everybody else's and has it revoked where two claim
// the same; and until the answer arrives nothing is run.
func (m *Member) recover(ctx context.Context) protocol.Work {
	id := m.cfg.Instance.wire()
	if id == nil {
		return protocol.Work{}
	}
	ctx, cancel := context.WithTimeout(ctx, max(m.cfg.SessionTimeout/2, time.Second))
	defer cancel()
	req := kmsg.NewPtrDescribeGroupsRequest()
	req.Groups = []string{m.cfg.GroupID}
	resp, err := req.RequestWith(ctx, m.cfg.Client)
	if err == nil && len(resp.Groups) == 1 {
		err = kerr.ErrorForCode(resp.Groups[0].ErrorCode)
	}
	if err != nil {
		if ctx.Err() == nil {
			m.cfg.Log.Debug("could not look for an earlier membership", "group", m.cfg.GroupID, "err", err)
		}
		return protocol.Work{}
	}
	for _, g := range resp.Groups {
		for _, dm := range g.Members {
			if dm.InstanceID != nil && *dm.InstanceID == *id {
				return m.inherit(g, dm)
			}
		}
	}
	return protocol.Work{}
}

func (m *Member) inherit(g kmsg.DescribeGroupsResponseGroup, dm kmsg.DescribeGroupsResponseGroupMember) (work protocol.Work) {
	m.predecessor = dm.MemberID
	left := m.cfg.Instance.jotted()
	switch {
	case g.Protocol == protocol.NameEager: // is given everything anew
		return protocol.Work{}
	case g.State == "Stable":
		md, err := protocol.DecodeMetadata(dm.ProtocolMetadata)
		if err != nil {
			return protocol.Work{}
		}
		a, err := protocol.DecodeAssignment(dm.MemberAssignment)
		if err != nil {
			return protocol.Work{}
		}
		work = a.Assigned.Plus(md.Holds().Minus(a.Revoked))
	case left.Member == dm.MemberID:
		work = left.Work
	}
	m.cfg.Log.Info("taking an earlier process's place in the group", "group", m.cfg.GroupID, "instance", *dm.InstanceID,
		"state", g.State, "connectors", len(work.Connectors), "tasks", len(work.Tasks))
	return work
}

func (m *Member) leaveGroup(ctx context.Context, id string) error {
	req := kmsg.NewPtrLeaveGroupRequest()
	req.Group, req.MemberID = m.cfg.GroupID, id
	lm := kmsg.NewLeaveGroupRequestMember()
	lm.MemberID, lm.InstanceID, lm.Reason = id, m.cfg.Instance.wire(), kmsg.StringPtr("the worker stops")
	req.Members = append(req.Members, lm)
	resp, err := req.RequestWith(ctx, m.cfg.Client)
	if err != nil {
		return err
	}
	return kerr.ErrorForCode(resp.ErrorCode)
}
