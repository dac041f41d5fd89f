package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"crosstide/internal/kafkatest"
)

// A contestant is a mirror program and how it is set up.
type contestant struct {
	name  string
	java  bool
	extra string // properties over the common ones; A and B are the aliases
}

var contestants = []contestant{
	{name: "Java plain", java: true},
	{name: "Java tuned", java: true, extra: `tasks.max = 6
B.producer.batch.size = 1048576
B.producer.linger.ms = 5
B.producer.buffer.memory = 134217728
B.producer.max.in.flight.requests.per.connection = 5
A.consumer.fetch.max.bytes = 104857600
A.consumer.max.partition.fetch.bytes = 8388608
A.consumer.max.poll.records = 10000
A.consumer.receive.buffer.bytes = 4194304
B.producer.send.buffer.bytes = 4194304
`},
	{name: "Crosstide"},
}

// javaHeap is what Kafka's script gives a Connect worker.
var javaHeap = []string{"-Xms256m", "-Xmx2g", "-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35"}

const common = `clusters = A, B
A->B.enabled = true
B->A.enabled = false
A->B.topics = TOPICS
groups = .*
tasks.max = 2
replication.factor = 1
checkpoints.topic.replication.factor = 1
heartbeats.topic.replication.factor = 1
offset-syncs.topic.replication.factor = 1
offset.storage.replication.factor = 1
status.storage.replication.factor = 1
config.storage.replication.factor = 1
refresh.topics.interval.seconds = 30
`

// A mirror is a contestant at work.
type mirror struct {
	*kafkatest.Program
	alias string // of the source: the prefix of what it writes
	began time.Time
}

// start runs a contestant on some topics, with aliases and so internal topics
// that nobody used before.
func (b *bench) start(ctx context.Context, c contestant, topics, target string) (*mirror, error) {
	b.runs++
	from, to := fmt.Sprintf("east%d", b.runs), fmt.Sprintf("west%d", b.runs)
	dir := filepath.Join(b.dir, from)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	text := common
	for line := range strings.Lines(c.extra) { // properties may not be there twice
		key, _, _ := strings.Cut(line, " ")
		text = dropKey(text, key) + line
	}
	text = strings.NewReplacer("A", from, "B", to, "TOPICS", topics).Replace(text) +
		fmt.Sprintf("%s.bootstrap.servers = %s\n%s.bootstrap.servers = %s\n", from, b.source.Bootstrap(), to, target)
	m := &mirror{alias: from, began: time.Now()}
	var err error
	if c.java {
		m.Program, err = kafkatest.StartMirrorMaker(ctx, dir, text, javaHeap)
	} else {
		m.Program, err = kafkatest.StartCrosstide(dir, text, "mirror")
	}
	return m, err
}

func dropKey(text, key string) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, key+" ") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// end stops the mirror and removes what it copied.
func (b *bench) end(ctx context.Context, m *mirror, copies ...string) {
	if err := m.Stop(20 * time.Second); err != nil {
		b.say("%v", err)
	}
	if err := b.target.Delete(ctx, copies...); err != nil {
		b.say("deleting the copies: %v", err)
	}
}
