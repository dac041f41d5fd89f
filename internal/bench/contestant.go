package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"crosstide/internal/kafkatest"
)

// A contestant is a mirror program and how it is set up.
type contestant struct {
	name, title string
	java        bool
	tuning      []setting // replace or join the common ones
}

// A setting is a line of the properties file. In keys, S and T stand for the
// aliases of source and target.
type setting struct{ key, value string }

const (
	javaPlain = "java-plain"
	javaTuned = "java-tuned"
	crosstide = "crosstide"
)

var contestants = []contestant{
	{name: javaPlain, title: "Java plain", java: true},
	{name: javaTuned, title: "Java tuned", java: true, tuning: tuning},
	{name: crosstide, title: "Crosstide"},
}

// tuning is what an operator does to make Java copy faster. A Connect worker
// sends one request at a time unless told otherwise; −1 leaves the sockets'
// buffers to the kernel, which makes them larger than a fixed size could be.
var tuning = []setting{
	{"tasks.max", "6"},
	{"T.producer.batch.size", "1048576"},
	{"T.producer.linger.ms", "20"},
	{"T.producer.buffer.memory", "134217728"},
	{"T.producer.max.in.flight.requests.per.connection", "5"},
	{"T.producer.send.buffer.bytes", "-1"},
	{"S.consumer.fetch.max.bytes", "104857600"},
	{"S.consumer.max.partition.fetch.bytes", "8388608"},
	{"S.consumer.max.poll.records", "10000"},
	{"S.consumer.receive.buffer.bytes", "-1"},
}

var common = []setting{
	{"clusters", "S, T"},
	{"S->T.enabled", "true"},
	{"T->S.enabled", "false"},
	{"groups", ".*"},
	{"tasks.max", "2"},
	{"replication.factor", "1"},
	{"checkpoints.topic.replication.factor", "1"},
	{"heartbeats.topic.replication.factor", "1"},
	{"offset-syncs.topic.replication.factor", "1"},
	{"offset.storage.replication.factor", "1"},
	{"status.storage.replication.factor", "1"},
	{"config.storage.replication.factor", "1"},
	{"refresh.topics.interval.seconds", "30"},
}

// javaHeap is what Kafka's script gives a Connect worker.
var javaHeap = []string{"-Xms256m", "-Xmx2g", "-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35"}

// properties is the file a contestant gets to mirror some topics.
func (c contestant) properties(source, target, topics, sourceAt, targetAt string) string {
	all := slices.Clone(common)
	all = append(all, setting{"S->T.topics", topics}, setting{"S.bootstrap.servers", sourceAt}, setting{"T.bootstrap.servers", targetAt})
	for _, s := range c.tuning {
		if i := slices.IndexFunc(all, func(have setting) bool { return have.key == s.key }); i >= 0 {
			all[i] = s
		} else {
			all = append(all, s)
		}
	}
	var text strings.Builder
	for _, s := range all {
		if s.key == "clusters" {
			s.value = source + ", " + target
		}
		fmt.Fprintf(&text, "%s = %s\n", withAliases(s.key, source, target), strings.ReplaceAll(s.value, `\`, `\\`))
	}
	return text.String()
}

func withAliases(key, source, target string) string {
	for _, form := range []struct{ from, to string }{
		{"S->T.", source + "->" + target + "."}, {"T->S.", target + "->" + source + "."}, {"S.", source + "."}, {"T.", target + "."},
	} {
		if rest, ok := strings.CutPrefix(key, form.from); ok {
			return form.to + rest
		}
	}
	return key
}

// A mirror is a contestant at work.
type mirror struct {
	*kafkatest.Program
	alias string // of the source: the prefix of what it writes
	began time.Time
}

// copyOf is the name of a topic's copy.
func (m *mirror) copyOf(topic string) string { return m.alias + "." + topic }

func (m *mirror) ended() error { return fmt.Errorf("it has ended:\n%s", m.lastWords(10)) }

// lastWords are the last lines of the log, long ones shortened.
func (m *mirror) lastWords(lines int) string {
	const enough = 300
	var words strings.Builder
	for line := range strings.Lines(m.Tail(lines)) {
		if len(line) > enough {
			line = strings.ToValidUTF8(line[:enough], "") + " …\n"
		}
		words.WriteString("    " + line)
	}
	return strings.TrimRight(words.String(), "\n")
}

// start runs a contestant on the topics that a regex says, with aliases and so
// internal topics that nobody used before.
func (b *bench) start(ctx context.Context, c contestant, topics, target string) (*mirror, error) {
	from, to := b.nextAlias(), fmt.Sprintf("west%d", b.runs+1)
	b.runs++
	dir := filepath.Join(b.dir, from)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	text := c.properties(from, to, topics, b.source.Bootstrap(), target)
	m := &mirror{alias: from, began: time.Now()}
	var err error
	if c.java {
		m.Program, err = kafkatest.StartMirrorMaker(ctx, dir, text, javaHeap)
	} else {
		m.Program, err = kafkatest.StartCrosstide(dir, text, "mirror")
	}
	return m, err
}

// nextAlias is the source's alias in the next run.
func (b *bench) nextAlias() string { return fmt.Sprintf("east%d", b.runs+1) }

// end stops the mirror; a Java that is stuck is killed.
func (b *bench) end(m *mirror) {
	if err := m.Stop(15 * time.Second); err != nil {
		b.say("  %v", err)
	}
}

func mirrorNames() []string {
	names := make([]string, len(contestants))
	for i, c := range contestants {
		names[i] = c.name
	}
	return names
}
