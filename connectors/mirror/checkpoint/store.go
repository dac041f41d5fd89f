package checkpoint

import (
	"maps"
	"slices"
	"sync"

	"crosstide/connectors/mirror"
)

// store holds the last checkpoint of every group and partition. It is safe for
// concurrent use.
type store struct {
	mu   sync.Mutex
	last map[string]map[partition]mirror.Checkpoint
}

// partition is one of the target's.
type partition struct {
	topic  string
	number int32
}

func newStore(groups []string) *store {
	s := &store{last: make(map[string]map[partition]mirror.Checkpoint, len(groups))}
	for _, g := range groups {
		s.last[g] = map[partition]mirror.Checkpoint{}
	}
	return s
}

// load takes up a checkpoint that was emitted before this task began. Those of
// groups that other tasks have are ignored.
func (s *store) load(c mirror.Checkpoint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if group, ours := s.last[c.Group]; ours {
		group[partition{c.Topic, c.Partition}] = c
	}
}

// advance takes up a new checkpoint and reports whether it is to be emitted: it
// is the first; the group has moved back on the source; or it leads further on
// the target than the last. Everything else is a repeat, or would take a group
// back though it has read on.
func (s *store) advance(c mirror.Checkpoint) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	group := s.last[c.Group]
	if group == nil {
		group = map[partition]mirror.Checkpoint{}
		s.last[c.Group] = group
	}
	at := partition{c.Topic, c.Partition}
	if last, known := group[at]; known && c.Upstream >= last.Upstream && c.Downstream <= last.Downstream {
		return false
	}
	group[at] = c
	return true
}

// groups lists the groups that have checkpoints, sorted.
func (s *store) groups() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for name, checkpoints := range s.last {
		if len(checkpoints) > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// of returns a group's checkpoints.
func (s *store) of(group string) map[partition]mirror.Checkpoint {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.last[group])
}
