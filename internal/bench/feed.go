package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
)

// topicPartitions is how many partitions a topic of the bench has.
const topicPartitions = 6

// awaitTopic has a producer wait for a topic that was created a moment ago.
var awaitTopic = kgo.UnknownTopicRetries(-1)

// feedBatches writes r.records records in well filled batches.
func feedBatches(b *bench, ctx context.Context, topic string, r row) error {
	cl, err := b.source.Client(
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchMaxBytes(64<<10),
		kgo.ProducerBatchCompression(r.codec),
		kgo.MaxBufferedRecords(100_000),
		awaitTopic)
	if err != nil {
		return err
	}
	defer cl.Close()
	values := samples(r.size)
	var once sync.Once
	var failed error
	for i := range b.scaled(r.records) {
		cl.Produce(ctx, &kgo.Record{Topic: topic, Partition: int32(i) % topicPartitions, Value: values[i%len(values)]}, func(_ *kgo.Record, err error) {
			if err != nil {
				once.Do(func() { failed = err })
			}
		})
	}
	if err := cl.Flush(ctx); err != nil {
		return err
	}
	return failed
}

// feedSingles writes each record in a batch of its own: many writers that wait
// for each answer.
func feedSingles(b *bench, ctx context.Context, topic string, r row) error {
	const writers = 4 * topicPartitions
	errs := make([]error, writers)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() { errs[w] = writeSingles(b, ctx, topic, r, w, b.scaled(r.records)/writers) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func writeSingles(b *bench, ctx context.Context, topic string, r row, writer, n int) error {
	cl, err := b.source.Client(
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(r.codec),
		kgo.ProducerLinger(0),
		awaitTopic)
	if err != nil {
		return err
	}
	defer cl.Close()
	values := samples(r.size)
	for i := range n {
		rec := &kgo.Record{Topic: topic, Partition: int32(writer % topicPartitions), Value: values[i%len(values)]}
		if err := cl.ProduceSync(ctx, rec).FirstErr(); err != nil {
			return err
		}
	}
	return nil
}

// samples are values that compress about as well as JSON events do.
func samples(size int) [][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	words := []string{"customer", "order", "amount", "currency", "EUR", "created", "status", "paid", "region", "eu-central"}
	all := make([][]byte, 4096)
	for i := range all {
		var v bytes.Buffer
		for v.Len() < size {
			fmt.Fprintf(&v, "%q:%d,", words[r.IntN(len(words))], r.IntN(1_000_000))
		}
		all[i] = v.Bytes()[:size]
	}
	return all
}
