package source

import (
	"cmp"
	"slices"
)

// TopicID is the id that a cluster gave to one incarnation of a topic. It is
// all zero where the broker is too old (before 2.8) to have ids.
type TopicID [16]byte

// TopicInfo is what one metadata answer says of a topic.
type TopicInfo struct {
	Name       string
	ID         TopicID
	Partitions int32
	Unseen     bool // this process made it, and no metadata answer has named it yet
}

// topicMap holds topics by name.
type topicMap map[string]TopicInfo

// naming is what planning asks of a replication policy and topic filter.
type naming struct {
	Replicates func(topic string) bool
	Remote     func(topic string) string
}

// want is a target topic as it should be.
type want struct {
	Source TopicInfo
	Remote string
	Have   int32 // partitions that the target has now; 0: the topic is missing
}

// recreation is a topic that kept its name and changed its id.
type recreation struct {
	Topic    string
	Old, New TopicID
}

// clash is several source topics that the policy gives one target name.
type clash struct {
	Remote  string
	Sources []string
}

// plan is what one refresh found and what follows from it. All lists are in
// the order of source topic names.
type plan struct {
	Source topicMap // the replicated source topics
	Target topicMap // their existing target topics, by target name

	Create []want
	Grow   []want

	Appeared []string // source topics that the previous view did not have
	Gone     []string // source topics that only the previous view had
	Resized  []string // source topics whose partition count changed

	SourceRecreated []recreation
	TargetRecreated []recreation
	TargetGone      []string // target topics seen before and missing now
	Clashes         []clash
}

// partitionsChanged tells whether the tasks' assignment is out of date.
// Topics missing on the target do not count: the assignment stays the same,
// and the recipe with empty names, where Java believes every topic to be
// missing, would ask for a reconfiguration at every refresh.
func (p plan) partitionsChanged() bool {
	return len(p.Appeared)+len(p.Gone)+len(p.Resized) > 0
}

// planTopics compares both clusters' topics with each other and with the
// previous refresh (nil maps before the first). A target topic is known by
// being the remote name of a replicated source topic, not by asking the policy
// for a target topic's source: that is the same set where the policy can tell,
// and the right one where it cannot (empty separator and aliases).
func planTopics(source, target, prevSource, prevTarget topicMap, n naming) plan {
	p := plan{Source: topicMap{}, Target: topicMap{}}
	wants := p.collect(source, target, n)
	for _, w := range wants {
		have, known := p.Target[w.Remote]
		switch {
		case !known:
			p.Create = append(p.Create, w)
			if before, was := prevTarget[w.Remote]; was && !before.Unseen {
				p.TargetGone = append(p.TargetGone, w.Remote)
			}
		case have.Partitions < w.Source.Partitions:
			p.Grow = append(p.Grow, w)
		}
	}
	p.compareSource(prevSource)
	p.TargetRecreated = recreated(p.Target, prevTarget)
	return p
}

// collect fills the maps and returns one want for each target name.
func (p *plan) collect(source, target topicMap, n naming) []want {
	var wants []want
	at := map[string]int{}
	clashes := map[string][]string{}
	for _, name := range sortedNames(source) {
		if !n.Replicates(name) {
			continue
		}
		t := source[name]
		p.Source[name] = t
		remote := n.Remote(name)
		have, known := target[remote]
		if known {
			p.Target[remote] = have
		}
		if i, taken := at[remote]; taken {
			if len(clashes[remote]) == 0 {
				clashes[remote] = []string{wants[i].Source.Name}
			}
			clashes[remote] = append(clashes[remote], name)
			// One topic must hold the partitions of both.
			wants[i].Source.Partitions = max(wants[i].Source.Partitions, t.Partitions)
			continue
		}
		at[remote] = len(wants)
		wants = append(wants, want{Source: t, Remote: remote, Have: have.Partitions})
	}
	for _, remote := range sortedNames(clashes) {
		p.Clashes = append(p.Clashes, clash{Remote: remote, Sources: clashes[remote]})
	}
	return wants
}

func (p *plan) compareSource(prev topicMap) {
	for _, name := range sortedNames(p.Source) {
		before, known := prev[name]
		switch {
		case !known:
			p.Appeared = append(p.Appeared, name)
		case before.Partitions != p.Source[name].Partitions:
			p.Resized = append(p.Resized, name)
		}
	}
	for _, name := range sortedNames(prev) {
		if _, still := p.Source[name]; !still {
			p.Gone = append(p.Gone, name)
		}
	}
	p.SourceRecreated = recreated(p.Source, prev)
}

// recreated lists topics whose id is another one than before. A missing id on
// either side proves nothing.
func recreated(now, prev topicMap) []recreation {
	var out []recreation
	for _, name := range sortedNames(now) {
		before, known := prev[name]
		id := now[name].ID
		if known && id != before.ID && id != (TopicID{}) && before.ID != (TopicID{}) {
			out = append(out, recreation{Topic: name, Old: before.ID, New: id})
		}
	}
	return out
}

func sortedNames[K cmp.Ordered, V any](m map[K]V) []K {
	names := make([]K, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
