package kafka

import (
	"errors"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"crosstide/connect/config"
)

func parsed(t *testing.T, kv ...string) *Settings {
	t.Helper()
	props := map[string]string{"bootstrap.servers": "b1:9092"}
	for i := 0; i < len(kv); i += 2 {
		props[kv[i]] = kv[i+1]
	}
	s, err := ParseSettings(props)
	must(t, err)
	return s
}

func TestBootstrapServersAreWrittenAsForJava(t *testing.T) {
	for in, want := range map[string]string{
		"a:1":                          "a:1",
		" a:1 , b:2,":                  "a:1 b:2",
		"PLAINTEXT://a:1":              "a:1",
		"[::1]:9092,10.0.0.1:9092":     "[::1]:9092 10.0.0.1:9092",
		"kafka_1.my-net.example:65535": "kafka_1.my-net.example:65535",
	} {
		s, err := ParseSettings(map[string]string{"bootstrap.servers": in})
		if err != nil || strings.Join(s.Bootstrap(), " ") != want {
			t.Errorf("%q: %v %v", in, s, err)
		}
	}
	for _, in := range []string{"", " , ", "a", "a:", ":1", "a:0", "a:65536", "a:b", "a:1:2", "::1:9092", "a b:1", "http://a:1/x"} {
		_, err := ParseSettings(map[string]string{"bootstrap.servers": in})
		if err == nil || !strings.Contains(err.Error(), "bootstrap.servers") {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestEveryMistakeIsToldAtOnce(t *testing.T) {
	_, err := ParseSettings(map[string]string{
		"bootstrap.servers": "b1", "security.protocol": "TLS", "fetch.max.bytes": "lots", "fetch.min.bytes": "-1",
		"enable.auto.commit": "yes", "acks": "2", "metadata.max.age.ms": "99999999999999999999", "linger.ms": "5.5",
		"request.timeout.ms": "3000000000", "auto.offset.reset": "first", "sasl.login.refresh.window.factor": "2",
	})
	var all *config.Problems
	if !errors.As(err, &all) || all.Len() != 11 {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{
		"bootstrap.servers=b1", "security.protocol=TLS", "SASL_SSL", "fetch.max.bytes=lots", "fetch.min.bytes=-1", "enable.auto.commit=yes",
		"acks=2", "metadata.max.age.ms=99999999999999999999", "linger.ms=5.5", "request.timeout.ms=3000000000", "auto.offset.reset=first",
		"sasl.login.refresh.window.factor=2",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not in %v", want, err)
		}
	}
}

func TestWhatNobodyHonoursIsNamedOnceAndTheHarmlessIsNot(t *testing.T) {
	s := parsed(t,
		// Java acts on these, and we cannot.
		"interceptor.classes", "com.example.Audit", "metric.reporters", "com.example.Reporter", "key.serializer", "com.example.Avro",
		"partitioner.ignore.keys", "true", "security.providers", "com.example.P",
		// Nobody knows these.
		"poll.timeout.ms", "1000", "bootstrap.server", "b:1",
		// These change nothing, or nothing here.
		"value.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer", "interceptor.classes ", "",
		"auto.include.jmx.reporter", "true", "metrics.num.samples", "2", "metrics.context.connect.group.id", "g", "max.block.ms", "9223372036854775807",
		"partitioner.adaptive.partitioning.enable", "true", "sasl.kerberos.service.name", "kafka", "exclude.internal.topics", "false")
	want := []string{"bootstrap.server", "interceptor.classes", "interceptor.classes ", "key.serializer", "metric.reporters", "partitioner.ignore.keys", "poll.timeout.ms", "security.providers"}
	if !slices.Equal(s.Unhonoured(), want) {
		t.Errorf("got %q", s.Unhonoured())
	}
	if got := parsed(t, "interceptor.classes", "", "metric.reporters", "org.apache.kafka.common.metrics.JmxReporter", "partitioner.ignore.keys", "false").Unhonoured(); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}

func TestSettingsAreReplacedWithoutTouchingTheFirst(t *testing.T) {
	s := parsed(t, "client.id", "one", "acks", "1")
	two, err := s.With(map[string]string{"client.id": "two"})
	must(t, err)
	if s.ClientID() != "one" || two.ClientID() != "two" {
		t.Errorf("%s and %s", s.ClientID(), two.ClientID())
	}
	if v, ok := two.Get("acks"); v != "1" || !ok {
		t.Errorf("acks %q %v", v, ok)
	}
	if _, err := s.With(map[string]string{"acks": "5"}); err == nil {
		t.Error("a bad override was accepted")
	}
}

// conf is what librdkafka is told, as text.
func conf(t *testing.T, s *Settings, role Role) map[string]string {
	t.Helper()
	m, err := s.Librdkafka(role)
	must(t, err)
	out := map[string]string{}
	for k, v := range *m {
		out[k] = v.(string)
	}
	return out
}

func TestLibrdkafkaIsToldWhatJavaWouldDo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		role  Role
		props []string
		want  map[string]string // "" for not set
	}{
		{"a producer by default", RoleProducer, nil, map[string]string{"bootstrap.servers": "b1:9092", "partitioner": "murmur2_random",
			"enable.idempotence": "true", "delivery.timeout.ms": "120000", "reconnect.backoff.max.ms": "1000", "message.max.bytes": "1048576"}},
		{"the Connect worker's producer", RoleProducer, []string{"acks", "all", "enable.idempotence", "false", "max.in.flight.requests.per.connection", "1",
			"max.block.ms", "9223372036854775807", "delivery.timeout.ms", "2147483647"}, map[string]string{"enable.idempotence": "false", "acks": "all",
			"max.in.flight.requests.per.connection": "1", "delivery.timeout.ms": "2147483647", "max.block.ms": ""}},
		{"acks that rule idempotence out", RoleProducer, []string{"acks", "1"}, map[string]string{"enable.idempotence": "false", "acks": "1"}},
		{"sizes", RoleProducer, []string{"buffer.memory", "33554432", "max.request.size", "5000000", "batch.size", "0"},
			map[string]string{"queue.buffering.max.kbytes": "32768", "message.max.bytes": "5000000", "batch.size": "1"}},
		{"compression", RoleProducer, []string{"compression.type", "ZSTD", "compression.zstd.level", "10", "compression.gzip.level", "9"},
			map[string]string{"compression.type": "zstd", "compression.level": "10"}},
		{"a transaction's timeouts", RoleProducer, []string{"transactional.id", "t", "transaction.timeout.ms", "10000"},
			map[string]string{"transaction.timeout.ms": "10000", "delivery.timeout.ms": "10000", "socket.timeout.ms": "10000", "enable.idempotence": "true"}},
		{"timeouts of requests", RoleProducer, []string{"request.timeout.ms", "900000"}, map[string]string{"socket.timeout.ms": "300000", "request.timeout.ms": "900000"}},
		{"consumer keys in a producer", RoleProducer, []string{"fetch.max.bytes", "1", "group.id", "g"}, map[string]string{"fetch.max.bytes": "", "group.id": ""}},
		{"a consumer by default", RoleConsumer, nil, map[string]string{"isolation.level": "read_uncommitted", "check.crcs": "true",
			"group.id": NoGroup, "enable.auto.commit": "false", "allow.auto.create.topics": "true"}},
		{"a consumer in a group", RoleConsumer, []string{"group.id", "g", "auto.offset.reset", "none", "isolation.level", "read_committed", "fetch.max.wait.ms", "20"},
			map[string]string{"group.id": "g", "auto.offset.reset": "error", "isolation.level": "read_committed", "fetch.wait.max.ms": "20", "enable.auto.commit": ""}},
		{"Java's default assignors", RoleConsumer, []string{"partition.assignment.strategy",
			"class org.apache.kafka.clients.consumer.RangeAssignor, org.apache.kafka.clients.consumer.CooperativeStickyAssignor"}, map[string]string{"partition.assignment.strategy": "range"}},
		{"the newer group protocol", RoleConsumer, []string{"group.protocol", "CONSUMER", "session.timeout.ms", "45000"},
			map[string]string{"group.protocol": "consumer", "session.timeout.ms": ""}},
		{"a small fetch", RoleConsumer, []string{"fetch.max.bytes", "1"}, map[string]string{"fetch.max.bytes": "1000", "message.max.bytes": "1000"}},
		{"an admin client", RoleAdmin, []string{"metadata.max.age.ms", "60000", "connections.max.idle.ms", "-1", "reconnect.backoff.max.ms", "20", "send.buffer.bytes", "-1"},
			map[string]string{"topic.metadata.refresh.interval.ms": "60000", "connections.max.idle.ms": "0", "reconnect.backoff.ms": "20",
				"socket.send.buffer.bytes": "0", "partitioner": "", "group.id": "", "enable.metrics.push": "false"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := conf(t, parsed(t, c.props...), c.role)
			for k, want := range c.want {
				if got[k] != want {
					t.Errorf("%s=%s, want %s", k, got[k], want)
				}
			}
			accepted(t, parsed(t, c.props...), c.role)
		})
	}
}

// accepted has librdkafka itself judge the properties.
func accepted(t *testing.T, s *Settings, role Role) {
	t.Helper()
	var err error
	switch role {
	case RoleProducer:
		var c *Producer
		if c, err = NewProducer(s, nil); err == nil {
			c.Close()
		}
	case RoleConsumer:
		var c *Consumer
		if c, err = NewConsumer(s, nil); err == nil {
			err = c.Close()
		}
	default:
		var c *Admin
		if c, err = NewAdmin(s, nil); err == nil {
			c.Close()
		}
	}
	if err != nil {
		t.Errorf("role %d with %v: %v", role, s.given, err)
	}
}

// Whatever Java's bounds allow, librdkafka must not choke on.
func TestLibrdkafkaTakesEveryNumberThatJavaTakes(t *testing.T) {
	t.Parallel()
	for _, name := range slices.Sorted(maps.Keys(clientKeys)) {
		k := clientKeys[name]
		if k.rdName == "" || k.kind != kindInt && k.kind != kindLong {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			most := int64(math.MaxInt32)
			if k.kind == kindLong {
				most = math.MaxInt64
			}
			for _, n := range []int64{int64(k.min), most} {
				props := []string{name, strconv.FormatInt(n, 10)}
				if name == "transaction.timeout.ms" {
					props = append(props, "transactional.id", "t")
				}
				s := parsed(t, append(props, "bootstrap.servers", "127.0.0.1:1")...)
				for role, set := range map[Role]roles{RoleProducer: producers, RoleConsumer: consumers, RoleAdmin: admins} {
					if k.rdRoles&set != 0 && !(name == keyRetries && n == 0) {
						accepted(t, s, role)
					}
				}
			}
		})
	}
}

func TestWhatARoleCannotHonourIsRefused(t *testing.T) {
	for _, c := range []struct {
		role  Role
		props []string
		want  string
	}{
		{RoleProducer, []string{"partitioner.class", "com.example.P"}, "partitioner.class"},
		{RoleProducer, []string{"enable.idempotence", "true", "acks", "1"}, "acks"},
		{RoleProducer, []string{"transactional.id", "t", "max.in.flight.requests.per.connection", "6"}, "max.in.flight.requests.per.connection"},
		{RoleProducer, []string{"delivery.timeout.ms", "100", "linger.ms", "100"}, "delivery.timeout.ms"},
		{RoleConsumer, []string{"partition.assignment.strategy", "com.example.A"}, "partition.assignment.strategy"},
		{RoleConsumer, []string{"auto.offset.reset", "by_duration:PT1H"}, "auto.offset.reset"},
	} {
		_, err := parsed(t, c.props...).Librdkafka(c.role)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v", c.props, err)
		}
	}
}

func TestFranzTakesEveryNumberThatJavaTakes(t *testing.T) {
	for name, k := range clientKeys {
		if k.kind != kindInt && k.kind != kindLong {
			continue
		}
		most := int64(math.MaxInt32)
		if k.kind == kindLong {
			most = math.MaxInt64
		}
		for _, n := range []int64{int64(k.min), most} {
			cl, err := NewFranz(parsed(t, name, strconv.FormatInt(n, 10)), nil)
			if err != nil {
				t.Errorf("%s=%d: %v", name, n, err)
				continue
			}
			cl.Close()
		}
	}
}

func TestFranzTakesTheOtherProperties(t *testing.T) {
	for _, props := range [][]string{
		{"acks", "0"}, {"acks", "1", "compression.type", "lz4"}, {"enable.idempotence", "false", "linger.ms", "50"},
		{"isolation.level", "read_committed", "client.rack", "r1"}, {"enable.metrics.push", "true", "client.id", "me"},
	} {
		cl, err := NewFranz(parsed(t, props...), nil)
		if err != nil {
			t.Errorf("%v: %v", props, err)
			continue
		}
		cl.Close()
	}
}

func TestRepeatedComplaintsOfAClientAreToldOnce(t *testing.T) {
	var said complaints
	now := time.Now()
	if !said.again("connect failed after 3ms", now) || said.again("connect failed after 15ms", now) {
		t.Error("the same complaint with another number was told again")
	}
	if !said.again("handshake failed", now) || !said.again("connect failed after 1ms", now.Add(2*repeatAfter)) {
		t.Error("another complaint, or an old one, was withheld")
	}
}
