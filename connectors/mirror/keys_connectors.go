package mirror

import "crosstide/connect/config"

func key(name string, t config.Type, def any, doc string) config.Key {
	return config.Key{Name: name, Type: t, Default: def, Doc: doc, Importance: config.Low}
}

// high marks a key as one that most configurations set.
func high(k config.Key) config.Key { k.Importance = config.High; return k }

// was lets former names be read too.
func was(k config.Key, names ...string) config.Key { k.Deprecated = names; return k }

func choice(k config.Key, values ...string) config.Key {
	k.Validator = config.OneOf(values...)
	if k.Type == config.List {
		k.Validator = config.ListOf(false, values...)
	}
	return k
}

var commonKeys = []config.Key{
	key(Enabled, config.Boolean, true, "Whether this flow replicates. A source or checkpoint connector that is not enabled has no tasks."),
	high(config.Key{Name: SourceClusterAlias, Type: config.String, Required: true, Doc: "Alias of the cluster to copy from. May be empty."}),
	high(key(TargetClusterAlias, config.String, "target", "Alias of the cluster to copy to. May be empty.")),
	key(AdminTimeoutMs, config.Long, 60000, "How long start-up waits for each administrative step, in milliseconds."),
	key(ReplicationPolicyClass, config.Class, defaultPolicyClass, "How copies are named: DefaultReplicationPolicy prefixes the source's alias, IdentityReplicationPolicy keeps names."),
	key(ReplicationPolicySeparator, config.String, defaultSeparator, "What stands between the alias and the topic in a copy's name."),
	key(ReplicationPolicyInternalSeparator, config.Boolean, true, "Whether internal topics' names use replication.policy.separator too; otherwise a dot. Read only where the separator is set."),
	key(ForwardingAdminClass, config.Class, "org.apache.kafka.clients.admin.ForwardingAdmin", "Accepted for compatibility; the built-in admin client is always used."),
	key("metric.reporters", config.List, "org.apache.kafka.common.metrics.JmxReporter", "Accepted for compatibility; metrics are Prometheus metrics."),
	key("config.providers", config.List, "", "Names of the configuration providers that placeholders may use."),
}

// The filters read their keys from any connector's properties, whether or not
// its own table has them: the checkpoint connector filters topics too.
var (
	topicsKey            = high(key(Topics, config.List, ".*", "Topics to copy: names and Java regular expressions."))
	topicsExcludeKey     = high(was(key(TopicsExclude, config.List, `mm2.*\.internal, .*\.replica, __.*`, "Topics not to copy, even if topics names them."), "topics.blacklist"))
	propertiesExcludeKey = high(was(key(ConfigPropertiesExclude, config.List, excludedProperties, "Topic configuration properties not to copy."), "config.properties.blacklist"))
	groupsKey            = high(key(Groups, config.List, ".*", "Consumer groups to make checkpoints of: names and Java regular expressions."))
	groupsExcludeKey     = high(was(key(GroupsExclude, config.List, "console-consumer-.*, connect-.*, __.*", "Groups to leave out, even if groups names them."), "groups.blacklist"))

	topicFilterClassKey    = key(TopicFilterClass, config.Class, defaultTopicFilterClass, "Only the default filter is built in.")
	groupFilterClassKey    = key(GroupFilterClass, config.Class, defaultGroupFilterClass, "Only the default filter is built in.")
	propertyFilterClassKey = key(ConfigPropertyFilterClass, config.Class, defaultPropertyFilterClass, "Only the default filter is built in.")
)

var sourceKeys = []config.Key{
	topicsKey,
	topicsExcludeKey,
	propertiesExcludeKey,
	topicFilterClassKey,
	propertyFilterClassKey,
	key(ConsumerPollTimeoutMs, config.Long, 1000, "How long one poll of the source waits for records, in milliseconds."),
	key(RefreshTopicsEnabled, config.Boolean, true, "Whether to look for new topics and partitions."),
	key(RefreshTopicsIntervalSecs, config.Long, 600, "Seconds between two such looks."),
	key(SyncTopicConfigsEnabled, config.Boolean, true, "Whether to copy topic configurations to existing copies."),
	key(SyncTopicConfigsIntervalSecs, config.Long, 600, "Seconds between two such copies."),
	key(SyncTopicAclsEnabled, config.Boolean, true, "Whether to copy topics' ACLs."),
	key(SyncTopicAclsIntervalSecs, config.Long, 600, "Seconds between two such copies."),
	key(ReplicationFactor, config.Int, 2, "Replication factor of topics created on the target; -1 for the broker's default."),
	key(OffsetSyncsReplicationFactor, config.Short, 3, "Replication factor of the offset syncs topic."),
	key(OffsetLagMax, config.Long, 100, "How many records a partition's copy may move on before another offset sync; 0 for one a record."),
	choice(key(OffsetSyncsLocation, config.String, "source", "The cluster on which the offset syncs topic lives: source or target."), "source", "target"),
	key(EmitOffsetSyncsEnabled, config.Boolean, true, "Whether offset syncs are written. Checkpoints need them."),
	key(HeartbeatsReplicationEnabled, config.Boolean, true, "Whether heartbeats topics are copied even where topics does not name them."),
	choice(key(MetricNamesFormats, config.List, "legacy", "Accepted for compatibility; metrics are Prometheus metrics."), "legacy", "new"),
}

// excludedProperties is 4.3's list as it stands: its two log.message.timestamp
// names are broker names, so the topic properties they were meant for are copied.
const excludedProperties = "follower.replication.throttled.replicas, leader.replication.throttled.replicas, " +
	"message.timestamp.difference.max.ms, log.message.timestamp.before.max.ms, log.message.timestamp.after.max.ms, " +
	"message.timestamp.type, unclean.leader.election.enable, min.insync.replicas"

// ownKeys are the source connector's keys that Java does not have.
var ownKeys = []config.Key{
	choice(key(OnDataLoss, config.String, Warn, "What to do when records vanished before they were copied (expired, truncated, topic re-created): "+
		"warn resumes at the next record there is and counts what is missing, fail stops the partition."), Warn, Fail),
	choice(key(OnTooLarge, config.String, Fail, "What to do with a record that the target's topic can never take for its size: "+
		"fail stops its partition, dlq writes it to "+DLQTopicName+" on the target and goes on."), Fail, DeadLetter),
	key(DLQTopicName, config.String, "", "Topic on the target for records that "+OnTooLarge+"=dlq sets aside."),
}

var checkpointKeys = []config.Key{
	key(ConsumerPollTimeoutMs, config.Long, 1000, "How long one poll of an internal topic waits for records, in milliseconds."),
	groupsKey,
	groupsExcludeKey,
	groupFilterClassKey,
	key(RefreshGroupsEnabled, config.Boolean, true, "Whether to look for new consumer groups."),
	key(RefreshGroupsIntervalSecs, config.Long, 600, "Seconds between two such looks."),
	key(EmitCheckpointsEnabled, config.Boolean, true, "Whether checkpoints are written."),
	key(EmitCheckpointsIntervalSecs, config.Long, 60, "Seconds between two checkpoints of a group."),
	key(SyncGroupOffsetsEnabled, config.Boolean, false, "Whether to write the translated offsets of groups that nobody uses on the target to the target's groups."),
	key(SyncGroupOffsetsIntervalSecs, config.Long, 60, "Seconds between two such writes."),
	key(CheckpointsReplicationFactor, config.Short, 3, "Replication factor of the checkpoints topic."),
	choice(key(OffsetSyncsLocation, config.String, "source", "The cluster on which the offset syncs topic lives; as the source connector's."), "source", "target"),
	topicFilterClassKey,
	choice(key(MetricNamesFormats, config.List, "legacy", "Accepted for compatibility; metrics are Prometheus metrics."), "legacy", "new"),
}

var heartbeatKeys = []config.Key{
	key(EmitHeartbeatsEnabled, config.Boolean, true, "Whether heartbeats are written."),
	key(EmitHeartbeatsIntervalSecs, config.Long, 1, "Seconds between two heartbeats."),
	key(HeartbeatsReplicationFactor, config.Short, 3, "Replication factor of the heartbeats topic."),
}
