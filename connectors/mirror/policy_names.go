package mirror

import "strings"

// naming is what all policies share: the internal topics' names.
type naming struct {
	alias     string // of the source cluster
	separator string // between alias and topic
	internal  string // the same within internal topics' names
}

func (n naming) HeartbeatsTopic() string { return heartbeatsTopic }

func (n naming) OffsetSyncsTopic(alias string) string { return offsetSyncs(alias, n.internal) }

func (n naming) OffsetSyncsTopics(alias string) []string {
	return spellings(n.internal, func(sep string) string { return offsetSyncs(alias, sep) })
}

func (n naming) CheckpointsTopic(alias string) string { return checkpoints(alias, n.internal) }

func (n naming) CheckpointsTopics(alias string) []string {
	return spellings(n.internal, func(sep string) string { return checkpoints(alias, sep) })
}

func offsetSyncs(alias, sep string) string { return offsetSyncsName + sep + alias + sep + internalName }
func checkpoints(alias, sep string) string { return alias + sep + checkpointsName + sep + internalName }

// spellings are the name with sep and, where that differs, with a dot: Java
// before 3.1, and since 3.6 with the internal flag off, always wrote a dot.
func spellings(sep string, name func(sep string) string) []string {
	if sep == defaultSeparator {
		return []string{name(sep)}
	}
	return []string{name(sep), name(defaultSeparator)}
}

func (n naming) IsCheckpointsTopic(topic string) bool {
	return strings.HasSuffix(topic, checkpoints("", n.internal))
}

// IsMM2InternalTopic follows Kafka 4: a user's own "orders.internal" is not
// internal. Our own additional topics are, whatever the separator.
func (n naming) IsMM2InternalTopic(topic string) bool {
	return strings.HasPrefix(topic, "mm2") && strings.HasSuffix(topic, n.internal+internalName) ||
		n.IsCheckpointsTopic(topic) || isOwnTopic(topic)
}

func (n naming) IsInternalTopic(topic string) bool {
	return strings.HasPrefix(topic, "__") || strings.HasPrefix(topic, ".") || n.IsMM2InternalTopic(topic)
}

// isOwnTopic is true for topics that only this implementation keeps.
func isOwnTopic(topic string) bool {
	return topic == "mm2-mirror-producers.internal" ||
		strings.HasPrefix(topic, "mm2-offset-runs.") && strings.HasSuffix(topic, ".internal")
}

// defaultPolicy is org.apache.kafka.connect.mirror.DefaultReplicationPolicy.
type defaultPolicy struct{ naming }

func (p defaultPolicy) Kind() Kind { return Default }

func (p defaultPolicy) KnowsTargets() bool {
	source, ok := p.TopicSource(p.RemoteTopic("topic"))
	return ok && source == p.alias
}

func (p defaultPolicy) RemoteTopic(topic string) string { return p.alias + p.separator + topic }

// TopicSource is the first part of Java's split by the separator, if there is a
// second. Java's split drops empty parts at the end, so "foo." has no source
// while ".foo" has the source "". Split by nothing, every character is a part.
func (p defaultPolicy) TopicSource(topic string) (string, bool) {
	if p.separator == "" {
		if len(topic) < 2 {
			return "", false
		}
		return topic[:1], true
	}
	source, rest, found := strings.Cut(topic, p.separator)
	for strings.HasPrefix(rest, p.separator) {
		rest = rest[len(p.separator):]
	}
	if !found || rest == "" {
		return "", false
	}
	return source, true
}

func (p defaultPolicy) UpstreamTopic(topic string) (string, bool) {
	source, ok := p.TopicSource(topic)
	if !ok {
		return "", false
	}
	return topic[len(source)+len(p.separator):], true
}

func (p defaultPolicy) OriginalTopic(topic string) string {
	for {
		up, ok := p.UpstreamTopic(topic)
		if !ok || up == topic {
			return topic
		}
		topic = up
	}
}

func (p defaultPolicy) IsHeartbeatsTopic(topic string) bool {
	return p.OriginalTopic(topic) == heartbeatsTopic
}

// identityPolicy is org.apache.kafka.connect.mirror.IdentityReplicationPolicy:
// names that end in "heartbeats" follow the default policy, all others stay.
type identityPolicy struct {
	defaultPolicy
	aliasSet bool
}

func likeHeartbeats(topic string) bool { return strings.HasSuffix(topic, heartbeatsTopic) }

func (p identityPolicy) Kind() Kind         { return Identity }
func (p identityPolicy) KnowsTargets() bool { return p.aliasSet }

func (p identityPolicy) RemoteTopic(topic string) string {
	if likeHeartbeats(topic) {
		return p.defaultPolicy.RemoteTopic(topic)
	}
	return topic
}

// TopicSource is the source's alias for every topic: names do not tell copies
// from others, so all of the target's topics count as possible copies.
func (p identityPolicy) TopicSource(topic string) (string, bool) {
	if likeHeartbeats(topic) {
		return p.defaultPolicy.TopicSource(topic)
	}
	return p.alias, p.aliasSet
}

func (p identityPolicy) UpstreamTopic(topic string) (string, bool) {
	if likeHeartbeats(topic) {
		return p.defaultPolicy.UpstreamTopic(topic)
	}
	return topic, true
}

func (p identityPolicy) OriginalTopic(topic string) string {
	if likeHeartbeats(topic) {
		return p.defaultPolicy.OriginalTopic(topic)
	}
	return topic
}

func (p identityPolicy) IsHeartbeatsTopic(topic string) bool {
	return p.OriginalTopic(topic) == heartbeatsTopic
}

// keepNames is what users mean by setting separator and both aliases to
// nothing. Java runs that through its default policy, whose remote names come
// out right while everything that asks "is this my copy?" goes blind: no
// config sync, no partition growth, an attempt to create every topic at every
// refresh. Names, internal topics and offset keys here are Java's; the
// questions are answered as [Identity] would.
//
// As in Java, no topic counts as a heartbeats topic: the two clusters' topics
// share one name, so replicating them regardless of the filter would run in
// circles. A filter that accepts "heartbeats" still replicates it.
type keepNames struct{ naming }

func (p keepNames) Kind() Kind                                { return KeepNames }
func (p keepNames) KnowsTargets() bool                        { return true }
func (p keepNames) RemoteTopic(topic string) string           { return topic }
func (p keepNames) TopicSource(string) (string, bool)         { return "", true }
func (p keepNames) UpstreamTopic(topic string) (string, bool) { return topic, true }
func (p keepNames) OriginalTopic(topic string) string         { return topic }
func (p keepNames) IsHeartbeatsTopic(string) bool             { return false }

// IsCheckpointsTopic knows both spellings, whichever version wrote the topic.
func (p keepNames) IsCheckpointsTopic(topic string) bool {
	return p.naming.IsCheckpointsTopic(topic) || strings.HasSuffix(topic, checkpoints("", defaultSeparator))
}

func (p keepNames) IsMM2InternalTopic(topic string) bool {
	return p.naming.IsMM2InternalTopic(topic) || p.IsCheckpointsTopic(topic)
}

func (p keepNames) IsInternalTopic(topic string) bool {
	return p.naming.IsInternalTopic(topic) || p.IsMM2InternalTopic(topic)
}
