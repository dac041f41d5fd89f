package kafka

import (
	"math"
	"strings"
)

// kind is how Kafka's Java clients read a property.
type kind int

const (
	kindString kind = iota
	kindInt
	kindLong
	kindDouble
	kindBool
	kindList
	kindPassword
)

// roles is a set of Roles.
type roles uint8

const (
	producers roles = 1 << RoleProducer
	consumers roles = 1 << RoleConsumer
	admins    roles = 1 << RoleAdmin
	everyone        = producers | consumers | admins
)

// clientKey is one property of Kafka's Java clients.
type clientKey struct {
	name     string
	kind     kind
	min, max float64  // bounds of a number
	choices  []string // what may be written, in any case; empty: anything

	// librdkafka's counterpart: for which clients, under which name, and the
	// value in its terms. No name: librdkafka has none, or it is set elsewhere.
	rdRoles roles
	rdName  string
	rdValue func(string) (string, error)

	// ignored tells that this value would change what a Java client does and
	// that nothing here does the same. nil: honoured, or harmless to leave out.
	ignored func(value string) bool
}

func (k clientKey) librdkafka(who roles, name string) clientKey {
	k.rdRoles, k.rdName = who, name
	return k
}

func (k clientKey) as(value func(string) (string, error)) clientKey {
	k.rdValue = value
	return k
}

func (k clientKey) oneOf(choices ...string) clientKey {
	k.choices = choices
	return k
}

func (k clientKey) notHonoured() clientKey {
	k.ignored = func(v string) bool { return strings.TrimSpace(v) != "" }
	return k
}

func (k clientKey) notHonouredIf(f func(string) bool) clientKey {
	k.ignored = f
	return k
}

func text(name string) clientKey     { return clientKey{name: name, kind: kindString} }
func list(name string) clientKey     { return clientKey{name: name, kind: kindList} }
func password(name string) clientKey { return clientKey{name: name, kind: kindPassword} }
func truth(name string) clientKey    { return clientKey{name: name, kind: kindBool} }

func integer(name string, least float64) clientKey {
	return clientKey{name: name, kind: kindInt, min: least, max: math.MaxInt32}
}

func long(name string, least float64) clientKey {
	return clientKey{name: name, kind: kindLong, min: least, max: math.MaxInt64}
}

func double(name string, least, most float64) clientKey {
	return clientKey{name: name, kind: kindDouble, min: least, max: most}
}

// clientKeys is every property of Kafka's Java producer, consumer and admin
// client (4.3), with AWS's and the removed spellings that files still carry.
// "harmless" groups change only how a Java process does its work.
var clientKeys = index([]clientKey{
	// Which cluster, and how connections to it are kept.
	list(keyBootstrap), // set by itself: librdkafka takes no protocol:// prefix
	text(keyClientID),  // likewise: it has a default here
	text(keyRack).librdkafka(everyone, "client.rack"),
	text("client.dns.lookup").oneOf("use_all_dns_ips", "resolve_canonical_bootstrap_servers_only").librdkafka(everyone, "client.dns.lookup").as(lower),
	long(keyMetadataMaxAge, 0).librdkafka(everyone, "topic.metadata.refresh.interval.ms").as(metadataAge),
	long("metadata.max.idle.ms", 0),
	text("metadata.recovery.strategy").oneOf("none", "rebootstrap").librdkafka(everyone, "metadata.recovery.strategy").as(lower),
	long("metadata.recovery.rebootstrap.trigger.ms", 0).librdkafka(everyone, "metadata.recovery.rebootstrap.trigger.ms").as(within(0, math.MaxInt32)),
	long(keyReconnectBackoff, 0).librdkafka(everyone, "reconnect.backoff.ms").as(within(0, 3600000)),
	long(keyReconnectBackoffMax, 0).librdkafka(everyone, "reconnect.backoff.max.ms").as(within(0, 3600000)),
	long(keyRetryBackoff, 0).librdkafka(everyone, "retry.backoff.ms").as(within(1, 300000)),
	long(keyRetryBackoffMax, 0).librdkafka(everyone, "retry.backoff.max.ms").as(within(1, 300000)),
	integer(keyRequestTimeout, 0).librdkafka(everyone, "socket.timeout.ms").as(within(1000, 300000)),
	integer(keyAPITimeout, 0),
	long(keySetupTimeout, 0).librdkafka(everyone, "socket.connection.setup.timeout.ms").as(within(1000, math.MaxInt32)),
	long("socket.connection.setup.timeout.max.ms", 0),
	long(keyMaxIdle, -1).librdkafka(everyone, "connections.max.idle.ms").as(within(0, math.MaxInt32)),
	integer(keySendBuffer, -1).librdkafka(everyone, "socket.send.buffer.bytes").as(within(0, 100000000)),
	integer(keyReceiveBuffer, -1).librdkafka(everyone, "socket.receive.buffer.bytes").as(within(0, 100000000)),
	truth(keyMetricsPush).librdkafka(everyone, "enable.metrics.push").as(lower),
	list("bootstrap.controllers").notHonoured(),

	// Producer.
	text(keyAcks).oneOf("all", "-1", "0", "1").librdkafka(producers, "acks").as(lower),
	truth(keyIdempotence).librdkafka(producers, "enable.idempotence").as(lower),
	text(keyCompression).oneOf("none", "gzip", "snappy", "lz4", "zstd").librdkafka(producers, "compression.type").as(lower),
	integer("compression.gzip.level", -1),
	integer("compression.lz4.level", 1),
	integer("compression.zstd.level", -131072),
	integer("batch.size", 0).librdkafka(producers, "batch.size").as(within(1, math.MaxInt32)),
	long(keyLinger, 0).librdkafka(producers, "linger.ms").as(within(0, 900000)),
	long("buffer.memory", 0).librdkafka(producers, "queue.buffering.max.kbytes").as(kilobytes(1, math.MaxInt32)),
	integer(keyMaxRequest, 0).librdkafka(producers, "message.max.bytes").as(within(1000, 1000000000)),
	integer(keyInFlight, 1).librdkafka(producers, "max.in.flight.requests.per.connection").as(within(1, 1000000)),
	integer(keyRetries, 0).librdkafka(producers, "retries"),
	integer(keyDeliveryTimeout, 0).librdkafka(producers, "delivery.timeout.ms"),
	long("max.block.ms", 0), // librdkafka never blocks; whoever sends decides how long to wait
	text(keyTransactionalID).librdkafka(producers, "transactional.id"),
	integer(keyTransactionTimeout, 0).librdkafka(producers, "transaction.timeout.ms").as(within(1000, math.MaxInt32)),
	truth("transaction.two.phase.commit.enable").notHonouredIf(isTrue),
	text("partitioner.class").librdkafka(producers, "partitioner").as(partitioner),
	truth("partitioner.ignore.keys").notHonouredIf(isTrue),
	truth("partitioner.adaptive.partitioning.enable"),
	long("partitioner.availability.timeout.ms", 0),
	truth("partitioner.rack.aware"),

	// Consumer.
	text(keyGroupID).librdkafka(consumers, "group.id"),
	text("group.instance.id").librdkafka(consumers, "group.instance.id"),
	text("group.protocol").oneOf("classic", "consumer").librdkafka(consumers, "group.protocol").as(lower),
	text("group.remote.assignor").librdkafka(consumers, "group.remote.assignor"),
	integer("session.timeout.ms", 0).librdkafka(consumers, "session.timeout.ms").as(within(1, 3600000)),
	integer("heartbeat.interval.ms", 0).librdkafka(consumers, "heartbeat.interval.ms").as(within(1, 3600000)),
	integer("max.poll.interval.ms", 1).librdkafka(consumers, "max.poll.interval.ms").as(within(1, 86400000)),
	integer("max.poll.records", 1), // the caller's matter: librdkafka hands out one record at a time
	list("partition.assignment.strategy").librdkafka(consumers, "partition.assignment.strategy").as(assignors),
	truth(keyAutoCommit).librdkafka(consumers, "enable.auto.commit").as(lower),
	integer("auto.commit.interval.ms", 0).librdkafka(consumers, "auto.commit.interval.ms").as(within(0, 86400000)),
	text(keyOffsetReset).oneOf("earliest", "latest", "none").librdkafka(consumers, "auto.offset.reset").as(offsetReset),
	integer(keyFetchMinBytes, 0).librdkafka(consumers, "fetch.min.bytes").as(within(1, 100000000)),
	integer(keyFetchMaxBytes, 0).librdkafka(consumers, "fetch.max.bytes").as(within(1000, 2147483135)),
	integer(keyFetchMaxWait, 0).librdkafka(consumers, "fetch.wait.max.ms").as(within(0, 300000)),
	integer(keyPartitionFetchBytes, 0).librdkafka(consumers, "max.partition.fetch.bytes").as(within(1, 1000000000)),
	text(keyIsolation).oneOf("read_uncommitted", "read_committed").librdkafka(consumers, "isolation.level").as(lower),
	truth("check.crcs").librdkafka(consumers, "check.crcs").as(lower),
	truth("allow.auto.create.topics").librdkafka(consumers, "allow.auto.create.topics").as(lower),
	truth("exclude.internal.topics"),
	text("share.acknowledgement.mode").notHonoured(),
	text("share.acquire.mode").notHonoured(),

	// Classes of a Java process. Bytes in, bytes out is all there is here.
	text("key.serializer").notHonouredIf(notBytes),
	text("value.serializer").notHonouredIf(notBytes),
	text("key.deserializer").notHonouredIf(notBytes),
	text("value.deserializer").notHonouredIf(notBytes),
	list("interceptor.classes").notHonoured(),
	list("metric.reporters").notHonouredIf(notJMX),
	truth("auto.include.jmx.reporter"),
	integer("metrics.num.samples", 1),
	long("metrics.sample.window.ms", 0),
	text("metrics.recording.level"),
	text("security.providers").notHonoured(),
	list("config.providers"), // resolved before properties come here

	// TLS: read in tls.go.
	text(keyProtocol),
	text(keyTruststoreType), text(keyTruststoreLocation), password(keyTruststorePassword), password(keyTruststoreCerts),
	text(keyKeystoreType), text(keyKeystoreLocation), password(keyKeystorePassword),
	password(keyKeystoreKey), password(keyKeystoreChain), password(keyKeyPassword),
	text(keyEndpointID), list(keyEnabledProtocols), text(keyTLSProtocol), list(keyCipherSuites),
	text("ssl.provider"), text("ssl.keymanager.algorithm"), text("ssl.trustmanager.algorithm"),
	text("ssl.secure.random.implementation"),
	text("ssl.engine.factory.class").notHonoured(),

	// SASL: read in sasl.go.
	text(keyMechanism), password(keyJAAS),
	text(keyClientHandler), text(keyLoginHandler),
	text("sasl.login.class").notHonoured(),
	double("sasl.login.refresh.window.factor", 0.5, 1), double("sasl.login.refresh.window.jitter", 0, 0.25),
	integer("sasl.login.refresh.min.period.seconds", 0), integer("sasl.login.refresh.buffer.seconds", 0),
	integer(keyLoginConnectTimeout, 0), integer(keyLoginReadTimeout, 0),
	long("sasl.login.retry.backoff.ms", 0), long("sasl.login.retry.backoff.max.ms", 0),
	text(keyTokenURL), text(keySubClaim), text("sasl.oauthbearer.scope.claim.name"),
	text(keyOAuthScope), text(keyOAuthClientID), password(keyOAuthClientSecret), truth(keyHeaderEncode),
	text("sasl.oauthbearer.jwks.endpoint.url"), long("sasl.oauthbearer.jwks.endpoint.refresh.ms", 0),
	long("sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", 0), long("sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms", 0),
	list("sasl.oauthbearer.expected.audience"), text("sasl.oauthbearer.expected.issuer"),
	integer("sasl.oauthbearer.clock.skew.seconds", 0),
	text(keyJWTRetriever), text("sasl.oauthbearer.jwt.validator.class"),
	text("sasl.kerberos.service.name"), text("sasl.kerberos.kinit.cmd"),
	long("sasl.kerberos.min.time.before.relogin", 0),
	double("sasl.kerberos.ticket.renew.window.factor", 0, 1), double("sasl.kerberos.ticket.renew.jitter", 0, 1),
})

// quietPrefixes begin properties that no Java client acts on either: they are
// passed through to plug-ins that do not exist here, or added by the runtime.
var quietPrefixes = []string{"metrics.context.", "config.providers."}

func index(keys []clientKey) map[string]clientKey {
	m := make(map[string]clientKey, len(keys))
	for _, k := range keys {
		m[k.name] = k
	}
	return m
}

// Names that the code speaks of.
const (
	keyBootstrap           = "bootstrap.servers"
	keyClientID            = "client.id"
	keyRack                = "client.rack"
	keyMetadataMaxAge      = "metadata.max.age.ms"
	keyReconnectBackoff    = "reconnect.backoff.ms"
	keyReconnectBackoffMax = "reconnect.backoff.max.ms"
	keyRetryBackoff        = "retry.backoff.ms"
	keyRetryBackoffMax     = "retry.backoff.max.ms"
	keyRequestTimeout      = "request.timeout.ms"
	keyAPITimeout          = "default.api.timeout.ms"
	keySetupTimeout        = "socket.connection.setup.timeout.ms"
	keyMaxIdle             = "connections.max.idle.ms"
	keySendBuffer          = "send.buffer.bytes"
	keyReceiveBuffer       = "receive.buffer.bytes"
	keyMetricsPush         = "enable.metrics.push"

	keyAcks               = "acks"
	keyIdempotence        = "enable.idempotence"
	keyCompression        = "compression.type"
	keyLinger             = "linger.ms"
	keyMaxRequest         = "max.request.size"
	keyInFlight           = "max.in.flight.requests.per.connection"
	keyRetries            = "retries"
	keyDeliveryTimeout    = "delivery.timeout.ms"
	keyTransactionalID    = "transactional.id"
	keyTransactionTimeout = "transaction.timeout.ms"

	keyGroupID             = "group.id"
	keyAutoCommit          = "enable.auto.commit"
	keyOffsetReset         = "auto.offset.reset"
	keyFetchMinBytes       = "fetch.min.bytes"
	keyFetchMaxBytes       = "fetch.max.bytes"
	keyFetchMaxWait        = "fetch.max.wait.ms"
	keyPartitionFetchBytes = "max.partition.fetch.bytes"
	keyIsolation           = "isolation.level"

	keyProtocol           = "security.protocol"
	keyTruststoreType     = "ssl.truststore.type"
	keyTruststoreLocation = "ssl.truststore.location"
	keyTruststorePassword = "ssl.truststore.password"
	keyTruststoreCerts    = "ssl.truststore.certificates"
	keyKeystoreType       = "ssl.keystore.type"
	keyKeystoreLocation   = "ssl.keystore.location"
	keyKeystorePassword   = "ssl.keystore.password"
	keyKeystoreKey        = "ssl.keystore.key"
	keyKeystoreChain      = "ssl.keystore.certificate.chain"
	keyKeyPassword        = "ssl.key.password"
	keyEndpointID         = "ssl.endpoint.identification.algorithm"
	keyEnabledProtocols   = "ssl.enabled.protocols"
	keyTLSProtocol        = "ssl.protocol"
	keyCipherSuites       = "ssl.cipher.suites"

	keyMechanism           = "sasl.mechanism"
	keyJAAS                = "sasl.jaas.config"
	keyClientHandler       = "sasl.client.callback.handler.class"
	keyLoginHandler        = "sasl.login.callback.handler.class"
	keyLoginConnectTimeout = "sasl.login.connect.timeout.ms"
	keyLoginReadTimeout    = "sasl.login.read.timeout.ms"
	keyTokenURL            = "sasl.oauthbearer.token.endpoint.url"
	keySubClaim            = "sasl.oauthbearer.sub.claim.name"
	keyOAuthScope          = "sasl.oauthbearer.scope"
	keyOAuthClientID       = "sasl.oauthbearer.client.credentials.client.id"
	keyOAuthClientSecret   = "sasl.oauthbearer.client.credentials.client.secret"
	keyHeaderEncode        = "sasl.oauthbearer.header.urlencode"
	keyJWTRetriever        = "sasl.oauthbearer.jwt.retriever.class"
)
