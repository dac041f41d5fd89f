package assignor

import (
	"slices"
	"time"

	"crosstide/connect/protocol"
)

// Cooperative is the leader's memory between rounds of incremental cooperative
// rebalancing. A new leader starts with an empty one.
//
// It follows Java's IncrementalCooperativeAssignor (KIP-415) in every answer, the
// debatable ones included, because a group's leader may be of either kind and the
// next may be of the other.
type Cooperative struct {
	maxDelay time.Duration

	previous           protocol.Work // given out, or lost and waited for
	previousRevocation protocol.Work
	previousGeneration int32
	previousMembers    []string

	candidates         []string // were empty while something was waited for: first in line for it
	scheduled          time.Time
	delay              time.Duration
	revokedLast        bool // the last round took work for balance
	successiveRevoking int
}

// NewCooperative makes a leader's memory. maxDelay is
// scheduled.rebalance.max.delay.ms: how long lost work waits for its worker.
func NewCooperative(maxDelay time.Duration) *Cooperative {
	return &Cooperative{maxDelay: maxDelay, previousGeneration: -1}
}

// Assign answers one round and remembers it.
func (c *Cooperative) Assign(r Round) Result {
	members := javaOrder(r.Members, func(m Member) string { return m.ID })
	if c.previousGeneration != r.LastGeneration {
		// An answer of ours never reached the group, or another led in between.
		c.previous = protocol.Work{}
	}
	var configured, active protocol.Work
	configured.Connectors, configured.Tasks = sorted(r.Configured)
	for _, m := range members {
		active = active.Plus(m.Holds)
	}
	c.forgetFailedRevocation(active)

	deleted := c.previous.Minus(configured)
	lost := inOrder(c.previous.Minus(active).Minus(deleted))
	created := configured.Minus(c.previous).Minus(active)
	duplicated := duplicates(members)

	loads := make(loads, len(members))
	revoked := make(map[string]protocol.Work, len(members))
	for i, m := range members {
		gone := intersection(m.Holds, deleted).Plus(intersection(m.Holds, duplicated))
		if !gone.Empty() {
			revoked[m.ID] = gone
		}
		loads[i] = &load{id: m.ID, work: m.Holds.Minus(gone)}
	}

	reassign := c.handleLost(r.Now, lost, loads)
	if c.delay == 0 {
		c.balance(r.Now, configured, loads, revoked)
	} else {
		c.revokedLast = false
	}
	loads.deal(created.Plus(reassign))
	return c.conclude(r, members, loads, revoked, deleted, lost)
}

// forgetFailedRevocation looks whether what was taken last time still runs: then
// the members never heard of it, and what they run is the only truth.
func (c *Cooperative) forgetFailedRevocation(active protocol.Work) {
	if !intersection(c.previousRevocation, active).Empty() {
		c.previous = active
	}
	c.previousRevocation = protocol.Work{}
}

// handleLost decides about work that nobody reports any more. It is either
// returned, to be dealt out like new work; or given to waiting candidates; or
// left to wait for its worker, for as long as c.delay then says.
func (c *Cooperative) handleLost(now time.Time, lost protocol.Work, loads loads) (reassign protocol.Work) {
	if lost.Empty() && !c.revokedLast {
		c.resetDelay()
		return protocol.Work{}
	}
	switch {
	case c.scheduled.IsZero() && loads.include(c.previousMembers):
		// Nobody left, so some missed their last answer.
		return lost
	case c.maxDelay == 0:
		return lost
	case !c.scheduled.IsZero() && !now.Before(c.scheduled):
		reassign = lost
		if waiting := loads.named(c.candidates); len(waiting) > 0 {
			waiting.dealRoundRobin(lost)
			reassign = protocol.Work{}
		}
		c.resetDelay()
		c.revokedLast = false
		return reassign
	}
	c.noteCandidates(loads)
	if c.scheduled.IsZero() {
		c.delay = c.maxDelay
	} else {
		c.delay = min(c.scheduled.Sub(now), c.maxDelay)
	}
	c.scheduled = now.Add(c.delay)
	return protocol.Work{}
}

func (c *Cooperative) resetDelay() {
	c.candidates, c.scheduled, c.delay = nil, time.Time{}, 0
}

func (c *Cooperative) noteCandidates(loads loads) {
	var idle []string
	for _, l := range loads {
		if l.work.Empty() {
			idle = append(idle, l.id)
		}
	}
	for _, id := range javaOrder(idle, func(id string) string { return id }) {
		if !slices.Contains(c.candidates, id) {
			c.candidates = append(c.candidates, id)
		}
	}
}

// balance takes surplus work from its workers, so that the next round can give
// it to others. Rounds that do so in succession are kept apart by a growing
// pause: a group that never settles shall not stop and start its work all day.
func (c *Cooperative) balance(now time.Time, configured protocol.Work, loads loads, revoked map[string]protocol.Work) {
	surplus := loads.surplus(configured)
	switch {
	case len(surplus) == 0:
		if c.revokedLast {
			c.revokedLast, c.successiveRevoking = false, 0
		}
		return
	case c.revokedLast:
		c.successiveRevoking++
		if c.delay = backoff(c.maxDelay, c.successiveRevoking); c.delay != 0 {
			// revokedLast stays: or the next round would see nothing lost and
			// cancel the schedule.
			c.scheduled = now.Add(c.delay)
			return
		}
	default:
		c.revokedLast = true
	}
	for _, l := range loads {
		l.work = l.work.Minus(surplus[l.id])
		if s := surplus[l.id]; !s.Empty() {
			revoked[l.id] = revoked[l.id].Plus(s)
		}
	}
}

// conclude forms the answer and remembers what was answered.
func (c *Cooperative) conclude(r Round, members []Member, loads loads, revoked map[string]protocol.Work, deleted, lost protocol.Work) Result {
	res := Result{
		Assigned: make(map[string]protocol.Work, len(members)),
		Revoked:  make(map[string]protocol.Work, len(members)),
		Owned:    make(map[string]protocol.Work, len(members)),
		Delay:    c.delay,
	}
	var next, taken protocol.Work
	ids := make([]string, len(members))
	for i, m := range members {
		work := loads.byID(m.ID).work
		next = next.Plus(work)
		taken = taken.Plus(revoked[m.ID])
		res.Assigned[m.ID] = work.Minus(m.Holds.Minus(deleted))
		res.Revoked[m.ID] = inOrder(revoked[m.ID])
		res.Owned[m.ID] = work.Minus(revoked[m.ID])
		ids[i] = m.ID
	}
	c.previous = next.Minus(taken).Plus(lost)
	c.previousRevocation = taken
	c.previousGeneration = r.Generation
	c.previousMembers = ids
	return res
}
