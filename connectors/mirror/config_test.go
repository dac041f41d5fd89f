package mirror

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"crosstide/connect/config"
)

// problems lists key and value of every problem in err.
func problems(t *testing.T, err error) map[string]string {
	t.Helper()
	all := map[string]string{}
	var walk func(error)
	walk = func(err error) {
		if many, ok := err.(interface{ Unwrap() []error }); ok {
			for _, e := range many.Unwrap() {
				walk(e)
			}
			return
		}
		var e *config.Error
		if !errors.As(err, &e) {
			t.Errorf("an error without a key: %v", err)
			return
		}
		if e.Remedy == "" {
			t.Errorf("no remedy: %v", err)
		}
		all[e.Key] = e.Value
	}
	if err != nil {
		walk(err)
	}
	return all
}

func TestDefaultsAreKafkas(t *testing.T) {
	c, err := ParseSource(named(aToB...))
	if err != nil {
		t.Fatal(err)
	}
	if c.RefreshTopics != 10*time.Minute || c.ReplicationFactor != 2 || c.OffsetSyncsRF != 3 || c.OffsetLagMax != 100 ||
		c.OffsetSyncsOnTarget || !c.EmitOffsetSyncs || !c.Enabled || c.FailOnDataLoss || c.DeadLetterTooLarge ||
		c.OffsetSyncsTopicName != "mm2-offset-syncs.B.internal" {
		t.Errorf("%+v", c)
	}
	for topic, want := range map[string]bool{"orders": true, "orders.replica": false, "__x": false, "mm2-offsets.A.internal": false, "heartbeats": true} {
		if got := c.Topics.Replicates(topic); got != want {
			t.Errorf("topic %s: %v", topic, got)
		}
	}
	for name, want := range map[string]bool{
		"retention.ms": true, "min.insync.replicas": false, "message.timestamp.type": false,
		"message.timestamp.before.max.ms": true, // 4.3 lists the broker's name only
	} {
		if got := c.Properties.ReplicatesProperty(name); got != want {
			t.Errorf("property %s: %v", name, got)
		}
	}
	cp, err := ParseCheckpoint(named(aToB...))
	if err != nil || cp.EmitCheckpoints != time.Minute || cp.SyncGroupOffsets != 0 || cp.RefreshGroups != 10*time.Minute || cp.CheckpointsRF != 3 {
		t.Errorf("%+v, %v", cp, err)
	}
	for group, want := range map[string]bool{"orders": true, "connect-x": false, "console-consumer-1": false} {
		if got := cp.Groups.ReplicatesGroup(group); got != want {
			t.Errorf("group %s: %v", group, got)
		}
	}
	hb, err := ParseHeartbeat(named(aToB...))
	if err != nil || !hb.EmitHeartbeats || hb.Interval != time.Second || hb.HeartbeatsRF != 3 {
		t.Errorf("%+v, %v", hb, err)
	}
}

func TestTheOffsetSyncsTopicOnTheTargetCarriesTheSourcesAlias(t *testing.T) {
	c, err := ParseCheckpoint(named(append([]string{OffsetSyncsLocation, "target"}, aToB...)...))
	if err != nil || c.OffsetSyncsTopics[0] != "mm2-offset-syncs.A.internal" {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestFormerNamesStillExcludeWithAWarning(t *testing.T) {
	c, err := ParseSource(named(append([]string{"topics.blacklist", "secret.*", "config.properties.blacklist", "retention.ms"}, aToB...)...))
	if err != nil {
		t.Fatal(err)
	}
	if c.Topics.Replicates("secret-1") || !c.Topics.Replicates("x.replica") {
		t.Error("topics.blacklist did not replace the default")
	}
	if c.Properties.ReplicatesProperty("retention.ms") {
		t.Error("config.properties.blacklist was not read")
	}
	if got := strings.Join(c.Warnings, "\n"); !strings.Contains(got, "topics.blacklist") || !strings.Contains(got, "config.properties.blacklist") {
		t.Errorf("warnings %q", got)
	}
	cp, err := ParseCheckpoint(named(append([]string{"groups.blacklist", "g1", "topics.blacklist", "t1"}, aToB...)...))
	if err != nil || cp.Groups.ReplicatesGroup("g1") || cp.Topics.Replicates("t1") {
		t.Errorf("%+v, %v", cp, err)
	}
	both, err := NewTopicFilter(named("topics.blacklist", "old", TopicsExclude, "new"))
	if err != nil || !both.Replicates("old") || both.Replicates("new") {
		t.Error("the new name must win", err)
	}
}

func TestEmptyListsIncludeAndExcludeNothing(t *testing.T) {
	none, err := NewTopicFilter(named(Topics, ""))
	if err != nil || none.Replicates("x") || none.Replicates("") {
		t.Error("an empty include list matched", err)
	}
	all, err := NewTopicFilter(named(TopicsExclude, ""))
	if err != nil || !all.Replicates("__x") {
		t.Error("an empty exclude list excluded", err)
	}
}

func TestAllProblemsOfAConnectorAreToldAtOnce(t *testing.T) {
	_, err := ParseSource(named(
		TargetClusterAlias, "B", OffsetLagMax, "many", OffsetSyncsLocation, "middle", OnDataLoss, "ignore",
		EmitOffsetSyncsEnabled, "false", OffsetSyncsReplicationFactor, "1", OnTooLarge, "dlq",
	))
	want := map[string]string{
		SourceClusterAlias: "", OffsetLagMax: "many", OnDataLoss: "ignore", OffsetSyncsReplicationFactor: "1",
		OffsetSyncsLocation: "middle", DLQTopicName: "",
	}
	if got := problems(t, err); !maps.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	_, err = ParseSource(named(append([]string{
		ReplicationPolicyClass, "com.example.P", TopicFilterClass, "com.example.F", Topics, "ok,(", ConfigPropertyFilterClass, "x",
	}, aToB...)...))
	got := problems(t, err)
	for _, key := range []string{ReplicationPolicyClass, TopicFilterClass, Topics, ConfigPropertyFilterClass} {
		if _, told := got[key]; !told {
			t.Errorf("%s is not told: %v", key, got)
		}
	}
}

func TestExactlyOnceNeedsAReadCommittedConsumer(t *testing.T) {
	props := named(append([]string{"exactly.once.support", "required"}, aToB...)...)
	if got := problems(t, ValidateSource(props)); got["exactly.once.support"] != "required" {
		t.Errorf("%v", got)
	}
	props["source.consumer.isolation.level"] = "read_committed"
	if err := ValidateSource(props); err != nil {
		t.Error(err)
	}
}

func TestACheckpointConnectorWithoutCheckpointsOrSyncsIsRefusedUnlessDisabled(t *testing.T) {
	props := named(append([]string{EmitCheckpointsEnabled, "false", EmitOffsetSyncsEnabled, "false"}, aToB...)...)
	if got := problems(t, ValidateCheckpoint(props)); len(got) != 2 {
		t.Errorf("%v", got)
	}
	props[Enabled] = "false"
	if err := ValidateCheckpoint(props); err != nil {
		t.Error(err)
	}
}

func TestClientPropertiesAreDerivedAsJavaDoes(t *testing.T) {
	props := named(append([]string{
		Name, "MirrorSourceConnector",
		"source.cluster.bootstrap.servers", "a:9092", "source.cluster.ssl.truststore.location", "/a", "source.cluster.alias.x", "dropped",
		"source.cluster.max.poll.records", "dropped: not about reaching the cluster",
		"target.cluster.bootstrap.servers", "b:9092", "target.cluster.security.protocol", "SSL",
		"consumer.max.poll.records", "10", "consumer.fetch.min.bytes", "1", "source.consumer.fetch.min.bytes", "2",
		"consumer.poll.timeout.ms", "5", "admin.timeout.ms", "6", "admin.retries", "7",
		"producer.override.acks", "1", "producer.acks", "all", "target.producer.linger.ms", "8",
		"source.consumer.enable.auto.commit", "true",
	}, aToB...)...)
	for _, tc := range []struct {
		role Role
		task string
		want map[string]string
	}{
		{ReplicationConsumer, "0", named(
			"bootstrap.servers", "a:9092", "ssl.truststore.location", "/a", "max.poll.records", "10", "fetch.min.bytes", "2",
			"enable.auto.commit", "false", "auto.offset.reset", "earliest",
			"client.id", "A->B|MirrorSourceConnector-0|replication-consumer")},
		{OffsetSyncsTargetProducer, "1", named(
			"bootstrap.servers", "b:9092", "security.protocol", "SSL", "acks", "all", "linger.ms", "8",
			"client.id", "A->B|MirrorSourceConnector-1|offset-syncs-target-producer")},
		{ReplicationTargetAdmin, "", named(
			"bootstrap.servers", "b:9092", "security.protocol", "SSL", "retries", "7",
			"client.id", "A->B|MirrorSourceConnector|replication-target-admin")},
	} {
		if got := ClientConfig(props, tc.role, tc.task); !maps.Equal(got, tc.want) {
			t.Errorf("%s\n got %v\nwant %v", tc.role, got, tc.want)
		}
	}
	props["source.consumer.client.id"], props["source.consumer.auto.offset.reset"] = "mine", "latest"
	got := ClientConfig(props, ReplicationConsumer, "3")
	if got["client.id"] != "mine|A->B|MirrorSourceConnector-3|replication-consumer" || got["auto.offset.reset"] != "latest" {
		t.Errorf("%v", got)
	}
}

func TestOperatorsOffsetsAreCheckedAsKafkaChecksThem(t *testing.T) {
	type m = map[string]any
	source := m{"cluster": "A", "topic": "t", "partition": 3}
	checkpoint := m{"group": "g", "topic": "t", "partition": 0}
	heartbeat := m{"sourceClusterAlias": "A", "targetClusterAlias": "B"}
	for _, tc := range []struct {
		name              string
		check             func(p, o map[string]any) error
		partition, offset m
		ok                bool
	}{
		{"source", CheckSourceOffset, source, m{"offset": 7}, true},
		{"source as JSON reads it", CheckSourceOffset, m{"cluster": "A", "topic": "t", "partition": 3.0, "more": "x"}, m{"offset": 7.0}, true},
		{"deleting anything", CheckSourceOffset, nil, nil, true},
		{"negative", CheckSourceOffset, source, m{"offset": -1}, false},
		{"text", CheckSourceOffset, source, m{"offset": "10"}, false},
		{"fraction", CheckSourceOffset, source, m{"offset": 1.5}, false},
		{"null value", CheckSourceOffset, source, m{"offset": nil}, false},
		{"no topic", CheckSourceOffset, m{"cluster": "A", "partition": 3}, m{"offset": 7}, false},
		{"partition too large", CheckSourceOffset, m{"cluster": "A", "topic": "t", "partition": 1 << 31}, m{"offset": 7}, false},
		{"checkpoint", CheckCheckpointOffset, checkpoint, m{"offset": 0}, true},
		{"checkpoint other than 0", CheckCheckpointOffset, checkpoint, m{"offset": 1}, false},
		{"heartbeat", CheckHeartbeatOffset, heartbeat, m{"offset": 0}, true},
		{"heartbeat without target", CheckHeartbeatOffset, m{"sourceClusterAlias": "A"}, m{"offset": 0}, false},
	} {
		if err := tc.check(tc.partition, tc.offset); (err == nil) != tc.ok {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}
