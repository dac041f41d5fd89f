package kafka

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	ck "github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

func TestEveryClientSpeaksToAPlaintextCluster(t *testing.T) {
	t.Parallel()
	everyClientSpeaks(t, fakeCluster(t), nil)
}

// everyClientSpeaks has each client made from the same properties do a round
// trip: a record is produced by both producers and read by both consumers.
func everyClientSpeaks(t *testing.T, c *kfake.Cluster, props map[string]string) {
	t.Helper()
	everyClientOf(t, settingsFor(t, c, props))
}

func everyClientOf(t *testing.T, s *Settings) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()

	p, err := NewProducer(s, slog.Default())
	must(t, err)
	defer p.Close()
	report := make(chan ck.Event, 1)
	topic := "orders"
	must(t, p.Raw().Produce(&ck.Message{TopicPartition: ck.TopicPartition{Topic: &topic, Partition: 0}, Value: []byte("from librdkafka")}, report))
	select {
	case e := <-report:
		must(t, e.(*ck.Message).TopicPartition.Error)
	case <-ctx.Done():
		t.Fatal("the record was not acknowledged")
	}

	f, err := NewFranz(s, slog.Default(), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().AtStart()}}))
	must(t, err)
	defer f.Close()
	must(t, f.ProduceSync(ctx, &kgo.Record{Topic: topic, Partition: 0, Value: []byte("from franz-go")}).FirstErr())
	var got []string
	for len(got) < 2 {
		fetches := f.PollFetches(ctx)
		must(t, fetches.Err())
		fetches.EachRecord(func(r *kgo.Record) { got = append(got, string(r.Value)) })
	}
	want := "from librdkafka, from franz-go"
	if strings.Join(got, ", ") != want {
		t.Errorf("franz-go read %q, want %q", got, want)
	}

	r, err := NewConsumer(s, slog.Default())
	must(t, err)
	must(t, r.Raw().Assign([]ck.TopicPartition{{Topic: &topic, Partition: 0, Offset: 0}}))
	for got = nil; len(got) < 2 && ctx.Err() == nil; {
		if m, ok := r.Raw().Poll(100).(*ck.Message); ok {
			got = append(got, string(m.Value))
		}
	}
	if strings.Join(got, ", ") != want {
		t.Errorf("librdkafka read %q, want %q", got, want)
	}
	must(t, r.Close())

	a, err := NewAdmin(s, slog.Default())
	must(t, err)
	defer a.Close()
	md, err := a.Raw().GetMetadata(&topic, false, 20000)
	must(t, err)
	if n := len(md.Topics[topic].Partitions); n != 1 {
		t.Errorf("the admin client sees %d partitions, want 1", n)
	}
}

func fakeCluster(t *testing.T, opts ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	opts = append([]kfake.Opt{kfake.NumBrokers(1), kfake.SeedTopics(1, "orders")}, opts...)
	c, err := kfake.NewCluster(opts...)
	must(t, err)
	t.Cleanup(c.Close)
	return c
}

func settingsFor(t *testing.T, c *kfake.Cluster, props map[string]string) *Settings {
	t.Helper()
	all := map[string]string{"bootstrap.servers": strings.Join(c.ListenAddrs(), ",")}
	for k, v := range props {
		all[k] = v
	}
	s, err := ParseSettings(all)
	must(t, err)
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
