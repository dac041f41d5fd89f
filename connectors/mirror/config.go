package mirror

import (
	"strings"
	"time"

	"crosstide/connect/config"
)

// Common is what all three connectors read.
type Common struct {
	Name         string // of the connector
	Enabled      bool
	SourceAlias  string
	TargetAlias  string
	AdminTimeout time.Duration
	Policy       Policy
	// Props are the connector's (or task's) properties as given.
	Props map[string]string
	// Warnings are worth one word each to the operator.
	Warnings []string
}

// SourceConfig is MirrorSourceConnector's configuration. An interval of 0 means
// that the activity is switched off.
type SourceConfig struct {
	Common
	Topics               Selection
	Properties           ConfigPropertyFilter
	RefreshTopics        time.Duration
	SyncTopicConfigs     time.Duration
	SyncTopicACLs        time.Duration
	ReplicationFactor    int16
	OffsetSyncsRF        int16
	OffsetSyncsOnTarget  bool
	EmitOffsetSyncs      bool
	OffsetLagMax         int64
	PollTimeout          time.Duration
	FailOnDataLoss       bool
	DeadLetterTooLarge   bool
	DeadLetterTopic      string
	OffsetSyncsTopicName string // first of OffsetSyncsTopics
	// OffsetSyncsTopics are the spellings to look for, the preferred one first.
	OffsetSyncsTopics []string
}

// CheckpointConfig is MirrorCheckpointConnector's configuration.
type CheckpointConfig struct {
	Common
	Topics              TopicFilter
	Groups              GroupFilter
	RefreshGroups       time.Duration // 0: off
	EmitCheckpoints     time.Duration // 0: off
	SyncGroupOffsets    time.Duration // 0: off
	CheckpointsRF       int16
	OffsetSyncsOnTarget bool
	// OffsetSyncsTopics and CheckpointsTopics are the spellings to look for, the
	// preferred one first.
	OffsetSyncsTopics []string
	CheckpointsTopics []string
}

// HeartbeatConfig is MirrorHeartbeatConnector's configuration.
type HeartbeatConfig struct {
	Common
	EmitHeartbeats bool
	Interval       time.Duration
	HeartbeatsRF   int16
}

// ParseSource reads MirrorSourceConnector's properties. The error holds every
// problem found.
func ParseSource(props map[string]string) (*SourceConfig, error) {
	v, err := SourceDef.Parse(props)
	if err != nil {
		return nil, joined(err, ValidateSource(props))
	}
	common, errCommon := newCommon(v, props)
	topics, errTopics := NewTopicFilter(props)
	properties, errProps := NewConfigPropertyFilter(props)
	if err := joined(errCommon, errTopics, errProps, ValidateSource(props)); err != nil {
		return nil, err
	}
	c := &SourceConfig{
		Common: common,
		Topics: Selection{
			Policy: common.Policy, Filter: topics,
			SourceAlias: common.SourceAlias, TargetAlias: common.TargetAlias,
			Heartbeats: v.Bool(HeartbeatsReplicationEnabled),
		},
		Properties:          properties,
		RefreshTopics:       interval(v, RefreshTopicsEnabled, RefreshTopicsIntervalSecs),
		SyncTopicConfigs:    interval(v, SyncTopicConfigsEnabled, SyncTopicConfigsIntervalSecs),
		SyncTopicACLs:       interval(v, SyncTopicAclsEnabled, SyncTopicAclsIntervalSecs),
		ReplicationFactor:   int16(v.Int(ReplicationFactor)),
		OffsetSyncsRF:       v.Int16(OffsetSyncsReplicationFactor),
		OffsetSyncsOnTarget: v.String(OffsetSyncsLocation) == "target",
		EmitOffsetSyncs:     v.Bool(EmitOffsetSyncsEnabled),
		OffsetLagMax:        v.Long(OffsetLagMax),
		PollTimeout:         time.Duration(v.Long(ConsumerPollTimeoutMs)) * time.Millisecond,
		FailOnDataLoss:      v.String(OnDataLoss) == Fail,
		DeadLetterTooLarge:  v.String(OnTooLarge) == DeadLetter,
		DeadLetterTopic:     v.String(DLQTopicName),
	}
	c.OffsetSyncsTopics = c.offsetSyncsTopics(c.OffsetSyncsOnTarget)
	c.OffsetSyncsTopicName = c.OffsetSyncsTopics[0]
	return c, nil
}

// ParseCheckpoint reads MirrorCheckpointConnector's properties.
func ParseCheckpoint(props map[string]string) (*CheckpointConfig, error) {
	v, err := CheckpointDef.Parse(props)
	if err != nil {
		return nil, joined(err, ValidateCheckpoint(props))
	}
	common, errCommon := newCommon(v, props)
	topics, errTopics := NewTopicFilter(props)
	groups, errGroups := NewGroupFilter(props)
	if err := joined(errCommon, errTopics, errGroups, ValidateCheckpoint(props)); err != nil {
		return nil, err
	}
	c := &CheckpointConfig{
		Common: common, Topics: topics, Groups: groups,
		RefreshGroups:       interval(v, RefreshGroupsEnabled, RefreshGroupsIntervalSecs),
		EmitCheckpoints:     interval(v, EmitCheckpointsEnabled, EmitCheckpointsIntervalSecs),
		SyncGroupOffsets:    interval(v, SyncGroupOffsetsEnabled, SyncGroupOffsetsIntervalSecs),
		CheckpointsRF:       v.Int16(CheckpointsReplicationFactor),
		OffsetSyncsOnTarget: v.String(OffsetSyncsLocation) == "target",
		CheckpointsTopics:   common.Policy.CheckpointsTopics(common.SourceAlias),
	}
	c.OffsetSyncsTopics = c.offsetSyncsTopics(c.OffsetSyncsOnTarget)
	return c, nil
}

// ParseHeartbeat reads MirrorHeartbeatConnector's properties.
func ParseHeartbeat(props map[string]string) (*HeartbeatConfig, error) {
	v, err := HeartbeatDef.Parse(props)
	if err != nil {
		return nil, err
	}
	common, err := newCommon(v, props)
	if err != nil {
		return nil, err
	}
	return &HeartbeatConfig{
		Common:         common,
		EmitHeartbeats: v.Bool(EmitHeartbeatsEnabled),
		Interval:       max(1, time.Duration(v.Long(EmitHeartbeatsIntervalSecs))) * time.Second,
		HeartbeatsRF:   v.Int16(HeartbeatsReplicationFactor),
	}, nil
}

func newCommon(v *config.Values, props map[string]string) (Common, error) {
	policy, err := NewPolicy(props)
	return Common{
		Name:         props[Name],
		Enabled:      v.Bool(Enabled),
		SourceAlias:  v.String(SourceClusterAlias),
		TargetAlias:  v.String(TargetClusterAlias),
		AdminTimeout: time.Duration(v.Long(AdminTimeoutMs)) * time.Millisecond,
		Policy:       policy,
		Props:        props,
		Warnings:     v.Warnings(),
	}, err
}

// offsetSyncsTopics: the topic carries the alias of the other cluster.
func (c Common) offsetSyncsTopics(onTarget bool) []string {
	if onTarget {
		return c.Policy.OffsetSyncsTopics(c.SourceAlias)
	}
	return c.Policy.OffsetSyncsTopics(c.TargetAlias)
}

// interval is 0 for what is switched off; Java too runs nothing at intervals
// below zero.
func interval(v *config.Values, enabled, seconds string) time.Duration {
	if !v.Bool(enabled) {
		return 0
	}
	return max(0, time.Duration(v.Long(seconds))*time.Second)
}

// ValidateSource checks what no single key tells about a source connector:
// exactly-once support, switched-off offset syncs, the dead-letter topic.
func ValidateSource(props map[string]string) error {
	var problems config.Problems
	if strings.EqualFold(strings.TrimSpace(props["exactly.once.support"]), "required") && !ReadsCommitted(props) {
		e := config.Invalid("exactly.once.support", props["exactly.once.support"], "the source is not read with isolation.level=read_committed")
		e.Remedy = "set source.consumer.isolation.level=read_committed"
		problems.Add(e)
	}
	if strings.TrimSpace(props[OnTooLarge]) == DeadLetter && strings.TrimSpace(props[DLQTopicName]) == "" {
		problems.Add(&config.Error{Key: DLQTopicName, Missing: true, Remedy: "name the topic that " + OnTooLarge + "=" + DeadLetter + " writes to"})
	}
	// The string exactly, as Java compares it.
	if props[EmitOffsetSyncsEnabled] == "false" {
		for name, value := range props {
			if strings.HasPrefix(name, "offset-syncs-") || strings.HasPrefix(name, "offset-syncs.topic.") {
				e := config.Invalid(name, value, "it has no meaning while "+EmitOffsetSyncsEnabled+" is false")
				e.Remedy = "remove " + name + " or " + EmitOffsetSyncsEnabled
				problems.Add(e)
			}
		}
	}
	return problems.Err()
}

// ReadsCommitted reports whether the source's records are read with
// isolation.level=read_committed, which exactly-once needs.
func ReadsCommitted(props map[string]string) bool {
	return ClientConfig(props, ReplicationConsumer, "")["isolation.level"] == "read_committed"
}

// ValidateCheckpoint checks what no single key tells about a checkpoint
// connector. A connector that is not enabled passes.
func ValidateCheckpoint(props map[string]string) error {
	var problems config.Problems
	if props[Enabled] == "false" {
		return nil
	}
	for _, name := range []string{EmitCheckpointsEnabled, EmitOffsetSyncsEnabled} {
		if props[name] == "false" {
			e := config.Invalid(name, "false", "a checkpoint connector has nothing to do without it")
			e.Remedy = "set " + name + "=true, or " + Enabled + "=false for this connector"
			problems.Add(e)
		}
	}
	return problems.Err()
}

// joined collects errors, and those within them, into one list.
func joined(errs ...error) error {
	var problems config.Problems
	for _, err := range errs {
		problems.Add(err)
	}
	return problems.Err()
}
