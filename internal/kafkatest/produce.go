package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Create creates a topic with the cluster's default replication.
func (c *Cluster) Create(ctx context.Context, topic string, partitions int32, configs map[string]string) error {
	return c.CreateAll(ctx, partitions, configs, topic)
}

// CreateAll creates topics in one request.
func (c *Cluster) CreateAll(ctx context.Context, partitions int32, configs map[string]string, topics ...string) error {
	given := map[string]*string{}
	for k, v := range configs {
		given[k] = &v
	}
	return c.Admin(func(adm *kadm.Client) error {
		answers, err := adm.CreateTopics(ctx, partitions, -1, given, topics...)
		if err != nil {
			return err
		}
		return answers.Error()
	})
}

// Admin lends a client for admin work.
func (c *Cluster) Admin(do func(*kadm.Client) error) error {
	cl, err := c.Client()
	if err != nil {
		return err
	}
	defer cl.Close()
	return do(kadm.NewClient(cl))
}

// Produce writes records, each to the partition it names, in their order.
func (c *Cluster) Produce(ctx context.Context, records []*kgo.Record, opts ...kgo.Opt) error {
	cl, err := c.producer(opts...)
	if err != nil {
		return err
	}
	defer cl.Close()
	return cl.ProduceSync(ctx, records...).FirstErr()
}

// ProduceOneByOne writes each record in a batch of its own.
func (c *Cluster) ProduceOneByOne(ctx context.Context, records []*kgo.Record, opts ...kgo.Opt) error {
	cl, err := c.producer(append(opts, kgo.ProducerLinger(0))...)
	if err != nil {
		return err
	}
	defer cl.Close()
	for _, r := range records {
		if err := cl.ProduceSync(ctx, r).FirstErr(); err != nil {
			return err
		}
	}
	return nil
}

// A Transaction is records that are committed or aborted together.
type Transaction struct {
	Records []*kgo.Record
	Abort   bool
}

// ProduceTransactions writes transactions one after the other under one
// transactional id.
func (c *Cluster) ProduceTransactions(ctx context.Context, id string, all ...Transaction) error {
	cl, err := c.producer(kgo.TransactionalID(id))
	if err != nil {
		return err
	}
	defer cl.Close()
	for _, tx := range all {
		if err := cl.BeginTransaction(); err != nil {
			return err
		}
		if err := cl.ProduceSync(ctx, tx.Records...).FirstErr(); err != nil {
			return err
		}
		if err := cl.EndTransaction(ctx, kgo.TransactionEndTry(!tx.Abort)); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cluster) producer(opts ...kgo.Opt) (*kgo.Client, error) {
	return c.Client(append([]kgo.Opt{
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchMaxBytes(8 << 20),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.MaxBufferedRecords(200_000),
	}, opts...)...)
}

// Numbered makes n records with different values, spread over the partitions,
// each a second after the one before it and with everything a record can have.
func Numbered(topic string, partitions int32, n int) []*kgo.Record {
	all := make([]*kgo.Record, n)
	for i := range all {
		all[i] = &kgo.Record{
			Topic:     topic,
			Partition: int32(i) % partitions,
			Key:       fmt.Appendf(nil, "key-%d", i%97),
			Value:     fmt.Appendf(nil, "%s value %d", topic, i),
			Timestamp: time.UnixMilli(1_700_000_000_000 + int64(i)*1000),
			Headers:   []kgo.RecordHeader{{Key: "n", Value: fmt.Append(nil, i)}},
		}
	}
	return all
}

// Delete deletes topics; names that are not there are fine.
func (c *Cluster) Delete(ctx context.Context, topics ...string) error {
	return c.Admin(func(adm *kadm.Client) error {
		answers, err := adm.DeleteTopics(ctx, topics...)
		if err != nil {
			return err
		}
		for _, a := range answers {
			if a.Err != nil && !errors.Is(a.Err, kerr.UnknownTopicOrPartition) {
				return fmt.Errorf("deleting %s: %w", a.Topic, a.Err)
			}
		}
		return nil
	})
}
