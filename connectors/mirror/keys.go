package mirror

import (
	"crosstide/connect/config"
)

// Names of configuration keys that code refers to.
const (
	Name                               = "name"
	ConnectorClass                     = "connector.class"
	Enabled                            = "enabled"
	SourceClusterAlias                 = "source.cluster.alias"
	TargetClusterAlias                 = "target.cluster.alias"
	AdminTimeoutMs                     = "admin.timeout.ms"
	ReplicationPolicyClass             = "replication.policy.class"
	ReplicationPolicySeparator         = "replication.policy.separator"
	ReplicationPolicyInternalSeparator = "replication.policy.internal.topic.separator.enabled"
	ForwardingAdminClass               = "forwarding.admin.class"
	MetricNamesFormats                 = "metric.names.formats"
	ConsumerPollTimeoutMs              = "consumer.poll.timeout.ms"

	Topics                       = "topics"
	TopicsExclude                = "topics.exclude"
	TopicFilterClass             = "topic.filter.class"
	ConfigPropertiesExclude      = "config.properties.exclude"
	ConfigPropertyFilterClass    = "config.property.filter.class"
	UseDefaultsFrom              = "use.defaults.from"
	RefreshTopicsEnabled         = "refresh.topics.enabled"
	RefreshTopicsIntervalSecs    = "refresh.topics.interval.seconds"
	SyncTopicConfigsEnabled      = "sync.topic.configs.enabled"
	SyncTopicConfigsIntervalSecs = "sync.topic.configs.interval.seconds"
	SyncTopicAclsEnabled         = "sync.topic.acls.enabled"
	SyncTopicAclsIntervalSecs    = "sync.topic.acls.interval.seconds"
	ReplicationFactor            = "replication.factor"
	OffsetSyncsReplicationFactor = "offset-syncs.topic.replication.factor"
	OffsetSyncsLocation          = "offset-syncs.topic.location"
	OffsetLagMax                 = "offset.lag.max"
	EmitOffsetSyncsEnabled       = "emit.offset-syncs.enabled"
	HeartbeatsReplicationEnabled = "heartbeats.replication.enabled"

	Groups                       = "groups"
	GroupsExclude                = "groups.exclude"
	GroupFilterClass             = "group.filter.class"
	RefreshGroupsEnabled         = "refresh.groups.enabled"
	RefreshGroupsIntervalSecs    = "refresh.groups.interval.seconds"
	EmitCheckpointsEnabled       = "emit.checkpoints.enabled"
	EmitCheckpointsIntervalSecs  = "emit.checkpoints.interval.seconds"
	SyncGroupOffsetsEnabled      = "sync.group.offsets.enabled"
	SyncGroupOffsetsIntervalSecs = "sync.group.offsets.interval.seconds"
	CheckpointsReplicationFactor = "checkpoints.topic.replication.factor"

	EmitHeartbeatsEnabled       = "emit.heartbeats.enabled"
	EmitHeartbeatsIntervalSecs  = "emit.heartbeats.interval.seconds"
	HeartbeatsReplicationFactor = "heartbeats.topic.replication.factor"

	// Keys of task configurations.
	TaskIndex              = "task.index"
	TaskAssignedPartitions = "task.assigned.partitions"
	TaskAssignedGroups     = "task.assigned.groups"

	// Keys that Java does not have.
	OnDataLoss   = "mirror.on.data.loss"
	OnTooLarge   = "mirror.on.too.large"
	DLQTopicName = "mirror.dlq.topic.name"
)

// Values of mirror.on.data.loss and mirror.on.too.large.
const (
	Warn       = "warn"
	Fail       = "fail"
	DeadLetter = "dlq"
)

// Class names of the connectors.
const (
	SourceConnectorClass     = "org.apache.kafka.connect.mirror.MirrorSourceConnector"
	CheckpointConnectorClass = "org.apache.kafka.connect.mirror.MirrorCheckpointConnector"
	HeartbeatConnectorClass  = "org.apache.kafka.connect.mirror.MirrorHeartbeatConnector"
)

// SourceDef is MirrorSourceConnector's table of keys.
var SourceDef = config.NewDef(join(commonKeys, securityKeys, sourceKeys, ownKeys)...)

// CheckpointDef is MirrorCheckpointConnector's table of keys.
var CheckpointDef = config.NewDef(join(commonKeys, securityKeys, checkpointKeys)...)

// HeartbeatDef is MirrorHeartbeatConnector's table of keys.
var HeartbeatDef = config.NewDef(join(commonKeys, securityKeys, heartbeatKeys)...)

func join(tables ...[]config.Key) []config.Key {
	var all []config.Key
	for _, t := range tables {
		all = append(all, t...)
	}
	return all
}

// FrameworkKeys are the names of the keys that every connector has from Connect
// itself. Dedicated mode passes them, and every key of the three tables, from
// the top level of its file to the connectors.
var FrameworkKeys = []string{
	Name, ConnectorClass, "connector.plugin.version", "tasks.max", "tasks.max.enforce",
	"key.converter", "key.converter.plugin.version", "value.converter", "value.converter.plugin.version",
	"header.converter", "header.converter.plugin.version", "transforms", "predicates", "config.action.reload",
	"errors.retry.timeout", "errors.retry.delay.max.ms", "errors.tolerance", "errors.log.enable",
	"errors.log.include.messages",
}
