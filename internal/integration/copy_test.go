//go:build integration

package integration

import (
	"testing"

	"crosstide/internal/kafkatest"
)

func TestATopicIsCopied(t *testing.T) {
	w := newWorld(t)
	w.must(source.Create(w.ctx, w.topic("orders"), 3, nil))
	w.must(source.Produce(w.ctx, kafkatest.Numbered(w.topic("orders"), 3, 1000)))
	w.start(w.properties())
	w.same("orders")
	w.must(source.Produce(w.ctx, kafkatest.Numbered(w.topic("orders"), 3, 1000)))
	w.same("orders")
	w.stop()
}

// Five codecs, transactions with aborts, compacted topics with holes,
// LogAppendTime, records of 1 MB, batches of one record, tombstones, nulls.
func TestAwkwardTopicsAreCopiedRecordByRecord(t *testing.T) {
	w := newWorld(t)
	topics := kafkatest.AwkwardTopics()
	for _, topic := range topics {
		w.must(source.Create(w.ctx, w.topic(topic.Name), topic.Partitions, topic.Configs))
	}
	// Half of them while the mirror runs.
	for _, topic := range topics[:len(topics)/2] {
		w.must(topic.Fill(w.ctx, source, w.topic(topic.Name)))
	}
	w.start(w.properties(w.a + ".consumer.isolation.level = read_committed"))
	for _, topic := range topics[len(topics)/2:] {
		w.must(topic.Fill(w.ctx, source, w.topic(topic.Name)))
	}
	for _, topic := range topics {
		t.Run(topic.Name, func(t *testing.T) {
			in := *w
			in.t = t
			in.same(topic.Name)
		})
	}
	w.stop()
}

// Brokers no longer write the formats from before Kafka 0.11, but they serve
// what they stored then.
func TestMessagesInTheOldFormatsAreCopied(t *testing.T) {
	w := newWorld(t)
	w.must(source.Create(w.ctx, w.topic("ancient"), 1, nil))
	all := kafkatest.Numbered(w.topic("ancient"), 1, 40)
	var segment []byte
	for i, part := range []struct {
		magic  int8
		zipped bool
	}{{0, false}, {0, true}, {1, false}, {1, true}} {
		messages, err := kafkatest.OldMessages(part.magic, part.zipped, int64(10*i), all[10*i:10*i+10])
		w.must(err)
		segment = append(segment, messages...)
	}
	broker := source.Broker(0)
	w.must(broker.Stop())
	w.must(broker.Plant(w.topic("ancient"), 0, segment))
	w.must(broker.Start(w.ctx))
	original := w.read(source, w.topic("ancient"))
	if n := original.Count(); n != len(all) {
		t.Fatalf("the source serves %d records of %d", n, len(all))
	}
	w.must(source.Produce(w.ctx, kafkatest.Numbered(w.topic("ancient"), 1, 5)))
	w.start(w.properties())
	w.arrives("ancient", int64(len(all)+5))
	copied := w.read(target, w.copied("ancient"))
	for i, r := range all {
		c := copied[0][i]
		if string(c.Key) != string(r.Key) || string(c.Value) != string(r.Value) {
			t.Fatalf("record %d became %s %s", i, c.Key, c.Value)
		}
		// Magic 0 has no times; as with Java the copy's are those of the copying.
		if i >= 20 && !c.Timestamp.Equal(r.Timestamp) {
			t.Errorf("record %d: time %v, want %v", i, c.Timestamp, r.Timestamp)
		}
	}
	w.stop()
}
