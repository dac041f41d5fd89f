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
