package kafka

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	ck "github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"crosstide/connect/config"
)

// Role is what a librdkafka client is for.
type Role int

// The roles of librdkafka clients.
const (
	RoleProducer Role = iota
	RoleConsumer
	RoleAdmin
)

// rdConf gathers librdkafka's properties by name.
type rdConf map[string]string

// NoGroup is the group.id of a consumer that was given none. librdkafka wants
// one even to read assigned partitions; it is never joined or committed to.
const NoGroup = "crosstide-no-group"

// Librdkafka tells librdkafka what the properties say. What Java and librdkafka
// do differently when a property is left out is set as Java has it, but for
// buffers: those are small, because a process holds a dozen such clients.
//
// The map holds secrets; never print it. The error names properties that this
// role cannot honour and must not run without.
func (s *Settings) Librdkafka(role Role) (*ck.ConfigMap, error) {
	c := rdConf{
		"bootstrap.servers":       strings.Join(s.bootstrap, ","),
		"client.software.name":    softwareName,
		"security.protocol":       strings.ToLower(string(s.protocol)),
		"enable.metrics.push":     "false",
		"log.connection.close":    "false", // idle connections come and go
		"socket.keepalive.enable": "true",
		"socket.timeout.ms":       "30000",
		"reconnect.backoff.ms":    "50",
		// Java's one second; librdkafka's ten keep a partition waiting long
		// after its broker is back.
		"reconnect.backoff.max.ms":           "1000",
		"connections.max.idle.ms":            "540000",
		"socket.connection.setup.timeout.ms": "10000",
	}
	if id := s.ClientID(); id != "" {
		c["client.id"] = id
	}
	maps.Copy(c, roleDefaults[role])
	var bad problems
	for _, name := range slices.Sorted(maps.Keys(s.clean)) {
		s.translate(clientKeys[name], role, c, &bad)
	}
	s.reconcile(role, c, &bad)
	if s.tls != nil {
		s.tls.librdkafka(c)
	}
	if s.auth != nil {
		s.auth.librdkafka(c)
	}
	if err := bad.err(); err != nil {
		return nil, err
	}
	return c.configMap(), nil
}

var roleDefaults = map[Role]rdConf{
	RoleProducer: {
		"partitioner":                "murmur2_random", // Java's
		"message.max.bytes":          "1048576",
		"delivery.timeout.ms":        "120000",
		"queue.buffering.max.kbytes": "8192",
	},
	RoleConsumer: {
		"group.id":                   NoGroup,
		"isolation.level":            "read_uncommitted",
		"check.crcs":                 "true",
		"allow.auto.create.topics":   "true",
		"queued.max.messages.kbytes": "4096",
		"queued.min.messages":        "10000",
		// With a short queue a partition is often told to wait; the default
		// second would show as latency.
		"fetch.queue.backoff.ms": "50",
	},
}

func (s *Settings) translate(k clientKey, role Role, c rdConf, bad *problems) {
	v := s.clean[k.name]
	if k.rdName == "" || k.rdRoles&(1<<role) == 0 || v == "" {
		return
	}
	if k.rdValue != nil {
		translated, err := k.rdValue(v)
		if err != nil {
			bad.list.Add(&config.Error{Key: k.name, Value: v, Reason: "not possible here: " + err.Error()})
			return
		}
		v = translated
	}
	c[k.rdName] = v
}

// reconcile settles what depends on several properties at once.
func (s *Settings) reconcile(role Role, c rdConf, bad *problems) {
	// Java doubles the wait up to a maximum that may be given smaller.
	c.atMost("reconnect.backoff.ms", c.number("reconnect.backoff.max.ms"))
	switch role {
	case RoleProducer:
		s.reconcileProducer(c, bad)
	case RoleConsumer:
		s.reconcileConsumer(c)
	}
}

func (s *Settings) reconcileProducer(c rdConf, bad *problems) {
	c["enable.idempotence"] = strconv.FormatBool(s.idempotent() || c["transactional.id"] != "")
	if c["enable.idempotence"] == "true" {
		s.checkIdempotence(bad)
		if c["acks"] == "-1" {
			c["acks"] = "all"
		}
	}
	if v, ok := s.number(keyRequestTimeout); ok { // the broker's share of it
		c["request.timeout.ms"] = strconv.FormatInt(min(max(v, 1), 900000), 10)
	}
	if c["transactional.id"] != "" {
		limit := int64(60000)
		if v, ok := s.number(keyTransactionTimeout); ok {
			limit = max(v, 1000)
		}
		c.atMost("transaction.timeout.ms", math.MaxInt32-1000) // librdkafka adds to it
		c.atMost("socket.timeout.ms", limit)
		c.atMost("delivery.timeout.ms", limit)
	}
	s.reconcileDelivery(c, bad)
	for _, codec := range []string{"gzip", "lz4", "zstd"} {
		if v, ok := s.number("compression." + codec + ".level"); ok && c["compression.type"] == codec {
			c["compression.level"] = strconv.FormatInt(min(max(v, -1), 12), 10)
		}
	}
}

// reconcileDelivery: a record must have time to linger before it is given up.
// Java stretches its default for that, and refuses a value that was given.
func (s *Settings) reconcileDelivery(c rdConf, bad *problems) {
	linger, limit := c.number("linger.ms"), c.number("delivery.timeout.ms")
	if linger < limit || limit == 0 {
		return
	}
	if v, ok := s.clean[keyDeliveryTimeout]; ok {
		bad.add(keyDeliveryTimeout, v, "no longer than "+keyLinger, "make it longer than "+keyLinger+" and "+keyRequestTimeout+" together")
		return
	}
	c["delivery.timeout.ms"] = strconv.FormatInt(linger+c.number("socket.timeout.ms"), 10)
}

func (s *Settings) checkIdempotence(bad *problems) {
	because := "not possible together with enable.idempotence=true"
	if s.clean[keyTransactionalID] != "" {
		because = "not possible together with transactional.id"
	}
	if v, ok := s.clean[keyIdempotence]; ok && v == "false" {
		bad.add(keyIdempotence, v, because, "remove it")
	}
	if v, ok := s.clean[keyAcks]; ok && v != "all" && v != "-1" {
		bad.add(keyAcks, v, because, "write acks=all")
	}
	if n, ok := s.number(keyInFlight); ok && n > 5 {
		bad.add(keyInFlight, strconv.FormatInt(n, 10), because, "write at most 5")
	}
	if n, ok := s.number(keyRetries); ok && n == 0 {
		bad.add(keyRetries, "0", because, "write at least 1")
	}
}

func (s *Settings) reconcileConsumer(c rdConf) {
	if c["group.id"] == NoGroup {
		c["enable.auto.commit"] = "false"
	}
	if _, ok := c["fetch.max.bytes"]; ok {
		// librdkafka refuses a fetch smaller than the largest message it would
		// take; Java lets the first record through whatever its size.
		c["message.max.bytes"] = strconv.FormatInt(min(c.number("fetch.max.bytes"), 1000000), 10)
	}
	if c["group.protocol"] == "consumer" { // these are then the broker's
		for _, k := range []string{"session.timeout.ms", "heartbeat.interval.ms", "partition.assignment.strategy"} {
			delete(c, k)
		}
		return
	}
	// librdkafka refuses a poll interval below the session timeout; Java does not.
	session, poll := max(c.number("session.timeout.ms"), 1), int64(300000)
	if c["session.timeout.ms"] == "" {
		session = 45000
	}
	if c["max.poll.interval.ms"] != "" {
		poll = c.number("max.poll.interval.ms")
	}
	c["max.poll.interval.ms"] = strconv.FormatInt(max(poll, session), 10)
}

func (c rdConf) number(name string) int64 {
	n, _ := strconv.ParseInt(c[name], 10, 64) // absent is 0, the rest was checked
	return n
}

func (c rdConf) atMost(name string, limit int64) {
	if _, ok := c[name]; ok && c.number(name) > limit {
		c[name] = strconv.FormatInt(min(limit, math.MaxInt32), 10)
	}
}

func (c rdConf) configMap() *ck.ConfigMap {
	m := make(ck.ConfigMap, len(c))
	for k, v := range c {
		m[k] = v
	}
	return &m
}

// String names the properties and no value: some are secret.
func (c rdConf) String() string {
	return fmt.Sprint(slices.Sorted(maps.Keys(c)))
}
