package mirror

// Selection decides which topics a flow replicates.
type Selection struct {
	Policy      Policy
	Filter      TopicFilter
	SourceAlias string
	TargetAlias string
	// Heartbeats replicates heartbeats topics even where Filter says no
	// (heartbeats.replication.enabled).
	Heartbeats bool
}

// Replicates reports whether the source's topic is to be copied.
func (s Selection) Replicates(topic string) bool {
	wanted := s.Filter.Replicates(topic) || s.Heartbeats && s.Policy.IsHeartbeatsTopic(topic)
	return wanted && !s.Policy.IsInternalTopic(topic) && !s.IsCycle(topic)
}

// IsCycle reports whether the topic's name says that it has been on the target
// already. See [Kind.NamesTellCycles] for where names can say so.
//
// With both aliases empty and a policy that keeps names, every topic's source
// equals the target. Java's Identity then replicates nothing at all, which
// nobody wants who writes such a file; names simply tell nothing there.
func (s Selection) IsCycle(topic string) bool {
	if !s.Policy.Kind().NamesTellCycles() && s.SourceAlias == s.TargetAlias {
		return false
	}
	for {
		source, ok := s.Policy.TopicSource(topic)
		if !ok {
			return false
		}
		if source == s.TargetAlias {
			return true
		}
		up, ok := s.Policy.UpstreamTopic(topic)
		if !ok || up == topic {
			return false
		}
		topic = up
	}
}
