package group

import (
	"context"
	"fmt"
	"time"

	"crosstide/connect/assignor"
	"crosstide/connect/protocol"
)

// LeaderConfig is what Connect's own way of sharing work needs.
type LeaderConfig struct {
	// MaxDelay is scheduled.rebalance.max.delay.ms.
	MaxDelay time.Duration
	// Configured is all that should run, and how far the config topic was read for
	// it. It should read on when that is less than atLeast, what some member has
	// already read.
	Configured func(ctx context.Context, atLeast int64) (all assignor.Configured, offset int64, err error)
	Now        func() time.Time // nil means time.Now
	// Shared is told who runs what after each round this worker has led, by member
	// id; nil for nobody. REST calls are forwarded by it.
	Shared func(members []MemberMetadata, owned map[string]protocol.Work)
}

// NewLeader makes the Assign of workers that share connectors and tasks as Java's
// do, eager or cooperative as the group has agreed.
func NewLeader(c LeaderConfig) func(context.Context, Round) (map[string]protocol.Assignment, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	memory := assignor.NewCooperative(c.MaxDelay)
	return func(ctx context.Context, r Round) (map[string]protocol.Assignment, error) {
		configured, offset, err := c.Configured(ctx, r.MaxOffset())
		if err != nil {
			return nil, err
		}
		if offset < r.MaxOffset() {
			return nil, fmt.Errorf("config topic read to offset %d here, another member is at %d", offset, r.MaxOffset())
		}
		var res assignor.Result
		if r.Version == 0 {
			res.Assigned = assignor.Eager(r.ids(), configured)
			res.Owned = res.Assigned
		} else {
			res = memory.Assign(assignor.Round{
				Now: c.Now(), LastGeneration: r.LastGeneration, Generation: r.Generation,
				Configured: configured, Members: r.holders(),
			})
		}
		if c.Shared != nil {
			c.Shared(r.Members, res.Owned)
		}
		return r.answer(res, offset), nil
	}
}

// SoleOwnerProtocols are the dialects of a group whose members do not share work:
// one has all, the others stand by. The name is none of Connect's, so that the
// broker refuses to mix such a group with workers that share.
func SoleOwnerProtocols() []string { return []string{"crosstide-sole-owner"} }

// Everything is the one piece of work in a group under NewSoleOwner.
var Everything = protocol.Work{Connectors: []string{"*"}}

// NewSoleOwner makes the Assign of a group in which one member gets [Everything].
// Who has it keeps it until it goes.
func NewSoleOwner() func(context.Context, Round) (map[string]protocol.Assignment, error) {
	var memory assignor.SoleOwner
	return func(_ context.Context, r Round) (map[string]protocol.Assignment, error) {
		return r.answer(memory.Assign(Everything, r.Leader, r.holders()), r.MaxOffset()), nil
	}
}

// OwnsAll reports whether this worker is the owner under NewSoleOwner.
func (c Current) OwnsAll() bool { return c.Work.Has(Everything) }

func (r Round) ids() []string {
	ids := make([]string, len(r.Members))
	for i, m := range r.Members {
		ids[i] = m.ID
	}
	return ids
}

func (r Round) holders() []assignor.Member {
	out := make([]assignor.Member, len(r.Members))
	for i, m := range r.Members {
		out[i] = assignor.Member{ID: m.ID, Holds: m.Holds()}
	}
	return out
}

func (r Round) answer(res assignor.Result, offset int64) map[string]protocol.Assignment {
	out := make(map[string]protocol.Assignment, len(r.Members))
	base := protocol.Assignment{Version: r.Version, Leader: r.Leader, ConfigOffset: offset, Delay: res.Delay}
	for _, m := range r.Members {
		if m.ID == r.Leader {
			base.LeaderURL = m.URL
		}
	}
	for _, m := range r.Members {
		a := base
		a.Assigned, a.Revoked = res.Assigned[m.ID], res.Revoked[m.ID]
		out[m.ID] = a
	}
	return out
}
