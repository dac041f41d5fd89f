package assignor

import (
	"slices"

	"crosstide/connect/protocol"
)

// SoleOwner gives everything to one member and nothing to the others, who stand
// by. The owner stays owner while it is a member. The zero value is ready.
type SoleOwner struct {
	owner string
}

// Assign answers one round. The owner is, in this order: who holds the work and
// was owner before; who holds it; the leader.
func (s *SoleOwner) Assign(all protocol.Work, leader string, members []Member) Result {
	res := Result{Assigned: map[string]protocol.Work{}, Revoked: map[string]protocol.Work{}, Owned: map[string]protocol.Work{}}
	s.owner = s.elect(leader, members)
	for _, m := range members {
		if m.ID == s.owner {
			res.Revoked[m.ID] = m.Holds.Minus(all)
			res.Owned[m.ID] = all
		} else {
			res.Revoked[m.ID] = m.Holds
			res.Owned[m.ID] = protocol.Work{}
		}
	}
	// What somebody else still holds is assigned next round, after it was given up.
	var taken protocol.Work
	for _, m := range members {
		if m.ID != s.owner {
			taken = taken.Plus(m.Holds)
		}
	}
	for _, m := range members {
		if m.ID == s.owner {
			res.Assigned[m.ID] = all.Minus(m.Holds).Minus(taken)
		} else {
			res.Assigned[m.ID] = protocol.Work{}
		}
	}
	return res
}

func (s *SoleOwner) elect(leader string, members []Member) string {
	var holders []string
	for _, m := range members {
		if !m.Holds.Empty() {
			holders = append(holders, m.ID)
		}
	}
	switch {
	case slices.Contains(holders, s.owner):
		return s.owner
	case len(holders) > 0:
		return slices.Min(holders)
	}
	return leader
}
