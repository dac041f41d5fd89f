package mirror

import "strings"

// Role is what one of a connector's Kafka clients is for. Its text is the last
// part of the client.id.
type Role string

// The roles, as Java names them.
const (
	ReplicationSourceAdmin    Role = "replication-source-admin"
	ReplicationTargetAdmin    Role = "replication-target-admin"
	ReplicationConsumer       Role = "replication-consumer"
	OffsetSyncsSourceProducer Role = "offset-syncs-source-producer"
	OffsetSyncsTargetProducer Role = "offset-syncs-target-producer"
	OffsetSyncsSourceAdmin    Role = "offset-syncs-source-admin"
	OffsetSyncsTargetAdmin    Role = "offset-syncs-target-admin"
	CheckpointSourceAdmin     Role = "checkpoint-source-admin"
	CheckpointTargetAdmin     Role = "checkpoint-target-admin"
	OffsetSyncsSourceConsumer Role = "offset-syncs-source-consumer"
	OffsetSyncsTargetConsumer Role = "offset-syncs-target-consumer"
	CheckpointsTargetConsumer Role = "checkpoints-target-consumer"
	HeartbeatsTargetAdmin     Role = "heartbeats-target-admin"
)

// roles tells where each client connects to and of which type it is.
var roles = map[Role]struct{ side, client string }{
	ReplicationSourceAdmin:    {"source", "admin"},
	ReplicationTargetAdmin:    {"target", "admin"},
	ReplicationConsumer:       {"source", "consumer"},
	OffsetSyncsSourceProducer: {"source", "producer"},
	OffsetSyncsTargetProducer: {"target", "producer"},
	OffsetSyncsSourceAdmin:    {"source", "admin"},
	OffsetSyncsTargetAdmin:    {"target", "admin"},
	CheckpointSourceAdmin:     {"source", "admin"},
	CheckpointTargetAdmin:     {"target", "admin"},
	OffsetSyncsSourceConsumer: {"source", "consumer"},
	OffsetSyncsTargetConsumer: {"target", "consumer"},
	CheckpointsTargetConsumer: {"target", "consumer"},
	HeartbeatsTargetAdmin:     {"target", "admin"},
}

// IsClusterKey reports whether a client key says how to reach a cluster. Only
// such keys are taken from source.cluster. and target.cluster.
func IsClusterKey(name string) bool {
	return name == "bootstrap.servers" || name == "security.protocol" ||
		strings.HasPrefix(name, "ssl.") || strings.HasPrefix(name, "sasl.")
}

// ClientConfig derives the Kafka client properties of one role, in Java's names,
// from a connector's or task's properties. task is the task's index, or "" for
// a client of the connector itself. It panics for an unknown role.
//
// Later wins: <side>.cluster.*, <client>.*, <side>.<client>.*, what is forced,
// the client.id.
func ClientConfig(props map[string]string, role Role, task string) map[string]string {
	r, known := roles[role]
	if !known {
		panic("mirror: unknown client role " + string(role))
	}
	out := map[string]string{}
	take := func(prefix string, wanted func(string) bool) {
		for k, v := range props {
			if rest, ok := strings.CutPrefix(k, prefix); ok && wanted(rest) {
				out[rest] = v
			}
		}
	}
	take(r.side+".cluster.", IsClusterKey)
	take(r.client+".", isClientKey)
	take(r.side+"."+r.client+".", func(string) bool { return true })
	if r.client == "consumer" {
		out["enable.auto.commit"] = "false"
		if _, set := out["auto.offset.reset"]; !set {
			out["auto.offset.reset"] = "earliest"
		}
	}
	out["client.id"] = clientID(out["client.id"], props, role, task)
	return out
}

// isClientKey leaves out connector keys that only happen to begin like client
// keys: consumer.poll.timeout.ms, admin.timeout.ms, producer.override.*. Java
// hands them to the client, where they mean nothing.
func isClientKey(rest string) bool {
	return rest != "poll.timeout.ms" && rest != "timeout.ms" && !strings.HasPrefix(rest, "override.")
}

func clientID(user string, props map[string]string, role Role, task string) string {
	target, set := props[TargetClusterAlias]
	if !set {
		target = "target"
	}
	entity := props[Name]
	if task != "" {
		entity += "-" + task
	}
	id := strings.TrimSpace(props[SourceClusterAlias]) + "->" + strings.TrimSpace(target) + "|" + entity + "|" + string(role)
	if user != "" {
		id = user + "|" + id
	}
	return id
}
