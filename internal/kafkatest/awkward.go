package kafkatest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// An Awkward is a topic that a careless copy gets wrong.
type Awkward struct {
	Name       string // the topic's, after a prefix
	Partitions int32
	Configs    map[string]string
	Fill       func(ctx context.Context, c *Cluster, topic string) error
}

// AwkwardTopics are the topics of a faithful copy's proof.
func AwkwardTopics() []Awkward {
	all := []Awkward{
		{Name: "odd-records", Partitions: 2, Fill: oddRecords},
		{Name: "one-by-one", Partitions: 2, Fill: func(ctx context.Context, c *Cluster, topic string) error {
			return c.ProduceOneByOne(ctx, Numbered(topic, 2, 300))
		}},
		{Name: "transactions", Partitions: 2, Fill: transactions},
		{Name: "appended-times", Partitions: 2, Configs: map[string]string{"message.timestamp.type": "LogAppendTime"},
			Fill: func(ctx context.Context, c *Cluster, topic string) error {
				return c.Produce(ctx, Numbered(topic, 2, 500), kgo.ProducerBatchCompression(kgo.ZstdCompression()))
			}},
		{Name: "megabytes", Partitions: 2, Fill: megabytes},
		{Name: "compacted", Partitions: 2, Configs: map[string]string{
			"cleanup.policy": "compact", "segment.ms": "1000", "min.cleanable.dirty.ratio": "0.01",
			"delete.retention.ms": "100", "max.compaction.lag.ms": "1000"}, Fill: compacted},
	}
	for name, codec := range map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	} {
		all = append(all, Awkward{Name: "codec-" + name, Partitions: 3, Fill: func(ctx context.Context, c *Cluster, topic string) error {
			return c.Produce(ctx, Numbered(topic, 3, 3000), kgo.ProducerBatchCompression(codec))
		}})
	}
	return all
}

// oddRecords have nulls, empties, repeated and odd headers, times that go
// backwards, and one before 1970's end.
func oddRecords(ctx context.Context, c *Cluster, topic string) error {
	at := time.UnixMilli
	return c.Produce(ctx, []*kgo.Record{
		{Topic: topic, Key: nil, Value: []byte("no key"), Timestamp: at(1_700_000_000_000)},
		{Topic: topic, Key: []byte{}, Value: []byte("empty key"), Timestamp: at(1_600_000_000_000)},
		{Topic: topic, Key: []byte("tombstone"), Value: nil, Timestamp: at(1_700_000_000_001)},
		{Topic: topic, Key: []byte("empty value"), Value: []byte{}, Timestamp: at(0)},
		{Topic: topic, Key: nil, Value: nil, Timestamp: at(1)},
		{Topic: topic, Key: []byte("headers"), Value: []byte("v"), Timestamp: at(1_700_000_000_002), Headers: []kgo.RecordHeader{
			{Key: "twice", Value: []byte("1")}, {Key: "twice", Value: []byte("2")}, {Key: "empty", Value: []byte{}},
			{Key: "null", Value: nil}, {Key: "", Value: []byte("no name")}, {Key: "snow ☃", Value: []byte{0, 255}}}},
		{Topic: topic, Partition: 1, Key: []byte{0xff, 0xfe, 0}, Value: []byte{0x80, 0}, Timestamp: at(1_700_000_000_003)},
	})
}

func transactions(ctx context.Context, c *Cluster, topic string) error {
	part := func(from, to int) []*kgo.Record { return Numbered(topic, 2, to)[from:] }
	if err := c.Produce(ctx, part(0, 20)); err != nil {
		return err
	}
	return c.ProduceTransactions(ctx, topic+"-id",
		Transaction{Records: part(20, 60)},
		Transaction{Records: part(60, 100), Abort: true},
		Transaction{Records: part(100, 101)},
		Transaction{Records: part(101, 161), Abort: true},
		Transaction{Records: part(161, 201)},
		Transaction{Records: part(201, 211), Abort: true})
}

// megabytes are records just under the brokers' limit of a batch, which is
// 1 MiB and 12 bytes, some easy to compress and some not.
func megabytes(ctx context.Context, c *Cluster, topic string) error {
	random := rand.NewChaCha8([32]byte{7})
	for i := range 8 {
		value := bytes.Repeat([]byte{byte('a' + i)}, 1_000_000)
		if i%2 == 1 {
			random.Read(value)
		}
		r := &kgo.Record{Topic: topic, Partition: int32(i % 2), Key: fmt.Append(nil, i), Value: value, Timestamp: time.UnixMilli(int64(i))}
		codec := []kgo.CompressionCodec{kgo.NoCompression(), kgo.NoCompression(), kgo.Lz4Compression(), kgo.GzipCompression()}[i%4]
		if err := c.Produce(ctx, []*kgo.Record{r}, kgo.ProducerBatchCompression(codec)); err != nil {
			return fmt.Errorf("record %d: %w", i, err)
		}
	}
	return nil
}

// compacted writes keys over and over until the cleaner has left holes.
func compacted(ctx context.Context, c *Cluster, topic string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	all := Numbered(topic, 2, 2000)
	for i, r := range all {
		r.Timestamp = time.Now() // segments roll by the records' times
		if i%20 < 2 {
			r.Key = fmt.Appendf(nil, "once-%d", i) // stays, with a hole behind it
		}
	}
	if err := c.Produce(ctx, all); err != nil {
		return err
	}
	for round := 0; ; round++ {
		// A segment rolls when something is appended after its time.
		select {
		case <-ctx.Done():
			return fmt.Errorf("no holes in %s yet: %w", topic, ctx.Err())
		case <-time.After(1200 * time.Millisecond):
		}
		roll := []*kgo.Record{
			{Topic: topic, Partition: 0, Key: fmt.Append(nil, "roll-", round), Value: fmt.Append(nil, topic, " roll ", round)},
			{Topic: topic, Partition: 1, Key: fmt.Append(nil, "roll-", round), Value: fmt.Append(nil, topic, " roll ", round)},
		}
		if err := c.Produce(ctx, roll); err != nil {
			return err
		}
		got, err := c.Read(ctx, topic)
		if err != nil {
			return err
		}
		if holes(got[0]) && holes(got[1]) {
			return nil
		}
	}
}

func holes(records []*kgo.Record) bool {
	return len(records) > 0 && records[len(records)-1].Offset-records[0].Offset+1 > int64(len(records))
}
