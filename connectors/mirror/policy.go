package mirror

import (
	"strings"

	"crosstide/connect/config"
)

// Kind tells the naming schemes apart.
type Kind int

// The naming schemes.
const (
	// Default prefixes the source cluster's alias: A.topic.
	Default Kind = iota
	// Identity keeps names, except those that end in "heartbeats".
	Identity
	// KeepNames keeps all names. It is what a file asks for that sets the
	// separator and both aliases to the empty string.
	KeepNames
)

// String is the kind's name in logs.
func (k Kind) String() string {
	return [...]string{"default", "identity", "keep-names"}[k]
}

// NamesTellCycles reports whether a topic's name shows that the topic came from
// the cluster it would be copied to. Where it is false, two opposite flows
// would copy each other's copies for ever unless something else stops them.
func (k Kind) NamesTellCycles() bool { return k == Default }

// Policy names topics for one flow. It is immutable and safe for concurrent use.
// Names are those of Java's ReplicationPolicy where both have a method.
type Policy interface {
	// Kind is the naming scheme.
	Kind() Kind
	// KnowsTargets reports whether TopicSource recognises the copies that this
	// flow makes. Where it does not (an empty separator with named aliases, an
	// alias that contains the separator), a target topic is a copy if it equals
	// RemoteTopic of a source topic.
	KnowsTargets() bool

	// RemoteTopic is the copy's name on the target of the source's topic.
	RemoteTopic(topic string) string
	// TopicSource is the alias of the cluster that topic was copied from, and
	// false for a topic that is nobody's copy. The alias may be empty.
	TopicSource(topic string) (alias string, ok bool)
	// UpstreamTopic is topic's name on the cluster TopicSource names.
	UpstreamTopic(topic string) (name string, ok bool)
	// OriginalTopic is topic's name on the cluster where it was first produced.
	OriginalTopic(topic string) string

	// HeartbeatsTopic is the name of the topic heartbeats are written to.
	HeartbeatsTopic() string
	// OffsetSyncsTopic is the name of the offset syncs topic; alias is the other
	// cluster's: the target's where the topic lives on the source, else the
	// source's.
	OffsetSyncsTopic(alias string) string
	// OffsetSyncsTopics are all spellings of OffsetSyncsTopic that a Java version
	// would use with this configuration, the present one first. Whichever
	// exists with data is the one to continue.
	OffsetSyncsTopics(alias string) []string
	// CheckpointsTopic is the name of the checkpoints topic on the target.
	CheckpointsTopic(sourceAlias string) string
	// CheckpointsTopics are all spellings of CheckpointsTopic, as
	// OffsetSyncsTopics.
	CheckpointsTopics(sourceAlias string) []string

	// IsHeartbeatsTopic is true for the heartbeats topic and its copies.
	IsHeartbeatsTopic(topic string) bool
	// IsCheckpointsTopic is true for any cluster's checkpoints topic.
	IsCheckpointsTopic(topic string) bool
	// IsMM2InternalTopic is true for topics that a mirror keeps for itself.
	IsMM2InternalTopic(topic string) bool
	// IsInternalTopic is true for those, Kafka's own, and hidden ones: topics
	// that are never replicated.
	IsInternalTopic(topic string) bool
}

const (
	heartbeatsTopic  = "heartbeats"
	offsetSyncsName  = "mm2-offset-syncs"
	checkpointsName  = "checkpoints"
	internalName     = "internal"
	defaultSeparator = "."

	defaultPolicyClass  = "org.apache.kafka.connect.mirror.DefaultReplicationPolicy"
	identityPolicyClass = "org.apache.kafka.connect.mirror.IdentityReplicationPolicy"
)

// policyKinds maps class names as deployed files write them. The last two are
// widespread copies of Identity from before Kafka had it.
var policyKinds = map[string]Kind{
	defaultPolicyClass:          Default,
	"DefaultReplicationPolicy":  Default,
	identityPolicyClass:         Identity,
	"IdentityReplicationPolicy": Identity,
	"io.strimzi.kafka.connect.mirror.IdentityReplicationPolicy": Identity,
	"com.amazonaws.kafka.samples.CustomMM2ReplicationPolicy":    Identity,
}

// NewPolicy makes the policy that a connector's properties ask for. It looks at
// the properties as given, since an absent key and an empty value differ.
func NewPolicy(props map[string]string) (Policy, error) {
	kind := Default
	if class := strings.TrimSpace(props[ReplicationPolicyClass]); class != "" {
		k, known := policyKinds[class]
		if !known {
			return nil, unknownClass(ReplicationPolicyClass, class, defaultPolicyClass, identityPolicyClass)
		}
		kind = k
	}
	n := naming{alias: strings.TrimSpace(props[SourceClusterAlias]), separator: defaultSeparator, internal: defaultSeparator}
	// Java reads the internal flag only where the separator is set too.
	if sep, set := props[ReplicationPolicySeparator]; set {
		n.separator, n.internal = sep, sep
		if flag, set := props[ReplicationPolicyInternalSeparator]; set && !javaTrue(flag) {
			n.internal = defaultSeparator
		}
	}
	if emptyRecipe(props) {
		return keepNames{n}, nil
	}
	if kind == Identity {
		_, set := props[SourceClusterAlias]
		return identityPolicy{defaultPolicy: defaultPolicy{n}, aliasSet: set}, nil
	}
	return defaultPolicy{n}, nil
}

// emptyRecipe is true if separator and both aliases are set, and to nothing.
func emptyRecipe(props map[string]string) bool {
	separator, set := props[ReplicationPolicySeparator]
	if !set || separator != "" {
		return false
	}
	for _, key := range []string{SourceClusterAlias, TargetClusterAlias} {
		if v, set := props[key]; !set || strings.TrimSpace(v) != "" {
			return false
		}
	}
	return true
}

// javaTrue is Java's Boolean.parseBoolean after the trimming that ConfigDef does.
func javaTrue(s string) bool { return strings.EqualFold(strings.TrimSpace(s), "true") }

// unknownClass is the error for a class that nothing here stands in for.
func unknownClass(key, class string, known ...string) error {
	e := config.Invalid(key, class, "this class is not built in")
	e.Remedy = "use " + strings.Join(known, " or ")
	return e
}
