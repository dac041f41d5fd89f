package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"crosstide/internal/kafka"
)

// seen gathers what a log hands over, as key=value.
type seen struct {
	mu      sync.Mutex
	records []kafka.LogRecord
}

func (s *seen) add(r kafka.LogRecord) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records = append(s.records, r)
}

func (s *seen) texts() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	texts := make([]string, len(s.records))
	for i, r := range s.records {
		texts[i] = string(r.Key) + "=" + string(r.Value)
	}
	slices.Sort(texts)
	return texts
}

func startCluster(t *testing.T, opts ...kfake.Opt) map[string]string {
	t.Helper()
	cluster, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return map[string]string{"bootstrap.servers": strings.Join(cluster.ListenAddrs(), ",")}
}

func logConfig(t *testing.T, props map[string]string, topic string, partitions int) (kafka.LogConfig, *seen) {
	t.Helper()
	settings, err := kafka.ParseSettings(props)
	if err != nil {
		t.Fatal(err)
	}
	s := &seen{}
	return kafka.LogConfig{
		Topic: topic, Property: "offset.storage.topic", Purpose: "source connector offsets",
		Create:   &kafka.TopicSpec{Partitions: partitions, ReplicationFactor: 1},
		Producer: settings, Consumer: settings, Admin: settings,
		OnRecord: s.add, Logger: slog.New(slog.DiscardHandler),
	}, s
}

func openLog(t *testing.T, c kafka.LogConfig) *kafka.Log {
	t.Helper()
	began := time.Now()
	l, err := kafka.OpenLog(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("opened %s in %v", c.Topic, time.Since(began).Round(time.Millisecond))
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func TestLogHandsOverWhatWasThereBeforeAndWhatComesLater(t *testing.T) {
	props := startCluster(t)
	config, first := logConfig(t, props, "offsets", 25)
	l := openLog(t, config)
	var want []string
	for i := range 100 {
		key := fmt.Sprintf("k%02d", i)
		if err := l.Send(t.Context(), kafka.LogRecord{Key: []byte(key), Value: []byte("1")}); err != nil {
			t.Fatal(err)
		}
		want = append(want, key+"=1")
	}
	if err := l.ReadToEnd(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := first.texts(); !slices.Equal(got, want) {
		t.Errorf("the writer read %d records back: %v", len(got), got)
	}

	config, second := logConfig(t, props, "offsets", 25)
	later := openLog(t, config)
	if got := second.texts(); !slices.Equal(got, want) {
		t.Errorf("a later reader got %d records: %v", len(got), got)
	}
	if err := l.Send(t.Context(), kafka.LogRecord{Key: []byte("k00")}, kafka.LogRecord{Key: []byte("zz"), Value: []byte("2")}); err != nil {
		t.Fatal(err)
	}
	if err := later.ReadToEnd(t.Context()); err != nil {
		t.Fatal(err)
	}
	want = append([]string{"k00="}, append(want, "zz=2")...)
	if got := second.texts(); !slices.Equal(got, want) {
		t.Errorf("the later reader then got %v", got)
	}
	for _, r := range second.records {
		if string(r.Key) == "k00" && r.Offset > 0 && len(r.Value) == 0 && r.Value != nil {
			t.Error("a tombstone arrived as an empty value")
		}
	}
}

// The partitions are Java's: murmur2 of the key. Captured from MirrorMaker 2
// 4.3.0 with a topic of 25 partitions.
func TestLogPutsKeysWhereJavaPutsThem(t *testing.T) {
	props := startCluster(t)
	config, records := logConfig(t, props, "offsets", 25)
	l := openLog(t, config)
	want := map[string]int32{
		`["MirrorHeartbeatConnector",{"sourceClusterAlias":"east","targetClusterAlias":"west"}]`: 0,
		`["MirrorSourceConnector",{"cluster":"east","partition":4,"topic":"lat"}]`:               0,
		`["MirrorSourceConnector",{"cluster":"east","partition":1,"topic":"benchsmall"}]`:        3,
		`["MirrorSourceConnector",{"cluster":"east","partition":0,"topic":"heartbeats"}]`:        13,
		`["MirrorSourceConnector",{"cluster":"east","partition":0,"topic":"lat"}]`:               18,
	}
	for key := range want {
		if err := l.Send(t.Context(), kafka.LogRecord{Key: []byte(key), Value: []byte("{}")}); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.ReadToEnd(t.Context()); err != nil {
		t.Fatal(err)
	}
	records.mu.Lock()
	defer records.mu.Unlock()
	for _, r := range records.records {
		if r.Partition != want[string(r.Key)] {
			t.Errorf("%s went to partition %d, Java's is %d", r.Key, r.Partition, want[string(r.Key)])
		}
	}
	if len(records.records) != len(want) {
		t.Errorf("read %d records of %d", len(records.records), len(want))
	}
}

// The end of the topic is then an offset at which no record is ever handed over.
func TestLogReadsToAnEndThatIsATransactionMarker(t *testing.T) {
	for _, isolation := range []string{"read_uncommitted", "read_committed"} {
		props := startCluster(t)
		config, _ := logConfig(t, props, "configs", 1)
		l := openLog(t, config)
		client, err := kgo.NewClient(kgo.SeedBrokers(props["bootstrap.servers"]), kgo.TransactionalID("leader"), kgo.DefaultProduceTopic("configs"))
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		for _, end := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort} {
			if err := client.BeginTransaction(); err != nil {
				t.Fatal(err)
			}
			record := &kgo.Record{Key: []byte("k"), Value: []byte(map[kgo.TransactionEndTry]string{kgo.TryCommit: "yes", kgo.TryAbort: "no"}[end])}
			if err := client.ProduceSync(t.Context(), record).FirstErr(); err != nil {
				t.Fatal(err)
			}
			if err := client.EndTransaction(t.Context(), end); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		if err := l.ReadToEnd(ctx); err != nil {
			t.Fatal(err)
		}
		props["isolation.level"] = isolation
		config, late := logConfig(t, props, "configs", 1)
		openLog(t, config)
		want := map[string][]string{"read_committed": {"k=yes"}, "read_uncommitted": {"k=no", "k=yes"}}[isolation]
		if got := late.texts(); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", isolation, got, want)
		}
	}
}

func TestLogRefusesATopicThatIsNotCompacted(t *testing.T) {
	props := startCluster(t, kfake.SeedTopics(3, "deleted"))
	config, _ := logConfig(t, props, "deleted", 3)
	_, err := kafka.OpenLog(t.Context(), config)
	var topic *kafka.TopicError
	if !errors.As(err, &topic) {
		t.Fatalf("got %v, want a TopicError", err)
	}
	const want = "Topic 'deleted' supplied via the 'offset.storage.topic' property is required to have 'cleanup.policy=compact' to guarantee consistency and durability of source connector offsets, but found the topic currently has 'cleanup.policy=delete'."
	if !strings.HasPrefix(topic.Error(), want) {
		t.Errorf("got %q", topic)
	}
}

func TestConfigTopicMustHaveOnePartition(t *testing.T) {
	props := startCluster(t)
	config, _ := logConfig(t, props, "configs", 2)
	openLog(t, config)
	config.OnePartition, config.Property = true, "config.storage.topic"
	_, err := kafka.OpenLog(t.Context(), config)
	const want = "Topic 'configs' supplied via the 'config.storage.topic' property is required to have a single partition in order to guarantee consistency of connector configurations, but found 2 partitions."
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v", err)
	}
}

func TestOpeningEndsWithItsContextWhenNoBrokerAnswers(t *testing.T) {
	config, _ := logConfig(t, map[string]string{"bootstrap.servers": "127.0.0.1:1"}, "offsets", 1)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := kafka.OpenLog(ctx, config); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestClosedLogRefusesWork(t *testing.T) {
	config, _ := logConfig(t, startCluster(t), "offsets", 1)
	l, err := kafka.OpenLog(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Send(t.Context(), kafka.LogRecord{Key: []byte("k")}); err == nil {
		t.Error("a closed log took a record")
	}
	if err := l.ReadToEnd(t.Context()); err == nil {
		t.Error("a closed log read on")
	}
}
