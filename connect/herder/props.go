package herder

import (
	"maps"
	"strings"
	"time"

	"crosstide/connect/config"
	"crosstide/connect/protocol"
	"crosstide/connect/worker"
	"crosstide/internal/kafka"
)

// KeyShare is the key beside Kafka's own that decides whether workers share work.
const KeyShare = "worker.share.tasks"

// Def lists the worker properties that the runtime reads by itself. Those of
// Kafka clients are package internal/kafka's.
func Def() *config.Def {
	const group = "Worker"
	key := func(name string, t config.Type, byDefault any, check config.Validator, doc string) config.Key {
		return config.Key{Name: name, Type: t, Default: byDefault, Validator: check, Doc: doc, Group: group}
	}
	required := func(name, doc string) config.Key {
		return config.Key{Name: name, Type: config.String, Required: true, Validator: config.NonEmpty(),
			Importance: config.High, Doc: doc, Group: group}
	}
	factor := func(of string) config.Key {
		return key(of+".storage.replication.factor", config.Short, 3, replicationFactor, "Replication factor when the topic is created; -1 leaves it to the broker.")
	}
	return config.NewDef(
		required("group.id", "The group that this worker is a member of."),
		required("config.storage.topic", "The compacted topic of connector and task configurations."),
		required("offset.storage.topic", "The compacted topic of source offsets."),
		required("status.storage.topic", "The compacted topic of statuses."),
		factor("config"), factor("offset"), factor("status"),
		key("offset.storage.partitions", config.Int, 25, partitions, "Partitions when the topic is created; -1 leaves it to the broker."),
		key("status.storage.partitions", config.Int, 5, partitions, "Partitions when the topic is created; -1 leaves it to the broker."),
		key("client.id", config.String, "", nil, "Base of the ids of the worker's own clients."),
		key("connect.protocol", config.String, "sessioned", config.OneOfFold("eager", "compatible", "sessioned"), "The newest dialect of the group protocol that is offered."),
		key("session.timeout.ms", config.Int, 10000, config.AtLeast(1), "A worker that was silent for so long has lost its work."),
		key("heartbeat.interval.ms", config.Int, 3000, config.AtLeast(1), "How often a worker shows that it lives."),
		key("rebalance.timeout.ms", config.Int, 60000, config.AtLeast(1), "How long others wait for this worker to rejoin."),
		key("scheduled.rebalance.max.delay.ms", config.Int, 300000, config.AtLeast(0), "How long work whose worker went away waits for it to come back."),
		key("worker.sync.timeout.ms", config.Int, 3000, config.AtLeast(1), "How long catching up with the config topic may take."),
		key("worker.unsync.backoff.ms", config.Int, 300000, config.AtLeast(0), "How long a worker that could not catch up stays out of an eager group."),
		key(KeyShare, config.Boolean, true, nil, "Share connectors and tasks with the other workers of the group. When false one worker runs everything and the others stand by."),
		key("inter.worker.key.ttl.ms", config.Int, 3600000, config.AtLeast(0), "After how long the key that signs requests between workers is replaced; 0 never replaces it."),
		key("inter.worker.key.generation.algorithm", config.String, "HmacSHA256", signingAlgorithm, "What keys are generated for."),
		key("inter.worker.key.size", config.Int, nil, keySize, "Bits of generated keys; by default what fits the algorithm."),
		key("inter.worker.signature.algorithm", config.String, "HmacSHA256", signingAlgorithm, "How this worker signs its requests to others."),
		key("inter.worker.verification.algorithms", config.List, []string{"HmacSHA256"}, signingAlgorithms, "Signatures that this worker accepts; the one it signs with must be among them."),
		key("offset.flush.interval.ms", config.Long, 60000, config.AtLeast(1), "How often source offsets are committed."),
		key("offset.flush.timeout.ms", config.Long, 5000, config.AtLeast(1), "How long one commit may take."),
		key("task.shutdown.graceful.timeout.ms", config.Long, 5000, config.AtLeast(0), "How long tasks may take to stop."),
		key(worker.KeyRestart, config.Boolean, true, nil, "Start connectors and tasks that failed again, unless the cause cannot pass by itself. A connector may set it for itself."),
		key(worker.KeyRestartBackoff, config.Long, 1000, config.AtLeast(1), "The pause before the first restart; it doubles with each further failure."),
		key(worker.KeyRestartBackoffMax, config.Long, 60000, config.AtLeast(1), "The longest pause before a restart."),
	)
}

func replicationFactor(name string, value any) error {
	return positiveOrBroker(name, value, "Replication factor")
}
func partitions(name string, value any) error {
	return positiveOrBroker(name, value, "Number of partitions")
}

func positiveOrBroker(name string, value any, what string) error {
	n, ok := asInt(value)
	if ok && n != -1 && n < 1 {
		return config.Invalid(name, config.Text(value), what+" must be positive, or -1 to use the broker's default")
	}
	return nil
}

func asInt(value any) (int64, bool) {
	switch n := value.(type) {
	case int:
		return int64(n), true
	case int16:
		return int64(n), true
	case int32:
		return int64(n), true
	case int64:
		return n, true
	}
	return 0, false
}

// settings are the worker's properties, read.
type settings struct {
	group                         string
	clientID                      string
	mode                          protocol.Mode
	session, heartbeat, rebalance time.Duration
	maxDelay                      time.Duration // scheduled.rebalance.max.delay.ms
	syncTimeout, unsyncBackoff    time.Duration
	share                         bool
	signing                       signing
	worker                        worker.Settings
	kafka                         *kafka.Settings
	resolve                       *config.Transformer
	topics                        map[string]topicSettings // by config, offset, status
}

type topicSettings struct {
	name   string
	create kafka.TopicSpec
}

// parse reads the worker's properties and reports every problem at once.
func parse(props map[string]string) (*settings, error) {
	var problems config.Problems
	values, err := Def().Parse(props)
	problems.Add(err)
	client, err := kafka.ParseSettings(props)
	problems.Add(err)
	resolve, err := config.NewTransformer(props)
	problems.Add(err)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	millis := func(key string) time.Duration { return time.Duration(values.Long(key)) * time.Millisecond }
	millisInt := func(key string) time.Duration { return time.Duration(values.Int(key)) * time.Millisecond }
	if err := signingOf(values).check(); err != nil {
		return nil, err
	}
	mode, err := protocol.ParseMode(strings.ToLower(values.String("connect.protocol")))
	if err != nil {
		return nil, err
	}
	s := &settings{
		group: values.String("group.id"), clientID: values.String("client.id"), mode: mode,
		session: millisInt("session.timeout.ms"), heartbeat: millisInt("heartbeat.interval.ms"), rebalance: millisInt("rebalance.timeout.ms"),
		maxDelay:    millisInt("scheduled.rebalance.max.delay.ms"),
		syncTimeout: millisInt("worker.sync.timeout.ms"), unsyncBackoff: millisInt("worker.unsync.backoff.ms"),
		share: values.Bool(KeyShare), signing: signingOf(values),
		worker: worker.Settings{
			OffsetFlushInterval: millis("offset.flush.interval.ms"),
			OffsetFlushTimeout:  millis("offset.flush.timeout.ms"),
			TaskStopGrace:       millis("task.shutdown.graceful.timeout.ms"),
			Restart:             values.Bool(worker.KeyRestart),
			RestartBackoff:      millis(worker.KeyRestartBackoff),
			RestartBackoffMax:   millis(worker.KeyRestartBackoffMax),
		},
		kafka: client, resolve: resolve,
	}
	s.topics = map[string]topicSettings{
		"config": topic(values, props, "config", 1),
		"offset": topic(values, props, "offset", values.Int("offset.storage.partitions")),
		"status": topic(values, props, "status", values.Int("status.storage.partitions")),
	}
	return s, nil
}

// topic takes everything else under <kind>.storage. as a setting of the topic.
func topic(values *config.Values, props map[string]string, kind string, partitions int) topicSettings {
	prefix := kind + ".storage."
	extra := make(map[string]string)
	for key, value := range props {
		if name, ok := strings.CutPrefix(key, prefix); ok {
			extra[name] = value
		}
	}
	for _, own := range []string{"topic", "partitions", "replication.factor", "cleanup.policy"} {
		delete(extra, own)
	}
	return topicSettings{name: values.String(prefix + "topic"), create: kafka.TopicSpec{
		Partitions:        partitions,
		ReplicationFactor: int(values.Int16(prefix + "replication.factor")),
		Configs:           extra,
	}}
}

// clientSettings are those of one of the worker's own clients, named as Java
// names it.
func (s *settings) clientSettings(role string) (*kafka.Settings, error) {
	id := s.group
	if s.clientID != "" {
		id += "-" + s.clientID
	}
	return s.kafka.With(map[string]string{"client.id": id + "-" + role})
}

func cloneConfigs(configs map[string]map[string]string) map[string]map[string]string {
	if configs == nil {
		return nil
	}
	c := make(map[string]map[string]string, len(configs))
	for name, config := range configs {
		c[name] = maps.Clone(config)
	}
	return c
}
