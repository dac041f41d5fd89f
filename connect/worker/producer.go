package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	ck "github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"crosstide/connect"
	"crosstide/internal/kafka"
)

// kafkaProducer is a task's own producer. Its client, which costs threads and
// memory, is made for the first record: of a thousand tasks most may be idle.
type kafkaProducer struct {
	settings *kafka.Settings
	log      *slog.Logger

	client  *kafka.Producer // nil before the first record
	reports chan ck.Event
	stop    chan struct{}
	stopped chan struct{}
}

func newKafkaProducer(props map[string]string, log *slog.Logger) (*kafkaProducer, error) {
	settings, err := kafka.ParseSettings(props)
	if err != nil {
		return nil, fmt.Errorf("producer properties: %w", err)
	}
	return &kafkaProducer{settings: settings, log: log}, nil
}

func (p *kafkaProducer) open() (err error) {
	if p.client, err = kafka.NewProducer(p.settings, p.log); err != nil {
		return err
	}
	p.reports = make(chan ck.Event, 1024)
	p.stop, p.stopped = make(chan struct{}), make(chan struct{})
	go p.report()
	return nil
}

// report passes acknowledgements on until Close.
func (p *kafkaProducer) report() {
	defer close(p.stopped)
	for {
		select {
		case e := <-p.reports:
			if m, ok := e.(*ck.Message); ok {
				m.Opaque.(func(*ck.Message))(m)
			}
		case <-p.stop:
			return
		}
	}
}

// Send implements producer; one goroutine calls it.
func (p *kafkaProducer) Send(ctx context.Context, r converted, acked func(connect.RecordMetadata, error)) error {
	if p.client == nil {
		if err := p.open(); err != nil {
			return connect.Permanent(err)
		}
	}
	m := &ck.Message{
		TopicPartition: ck.TopicPartition{Topic: &r.topic, Partition: ck.PartitionAny},
		Key:            r.key, Value: r.value,
		Opaque: func(m *ck.Message) { acked(metadata(m), m.TopicPartition.Error) },
	}
	if r.partition != nil {
		m.TopicPartition.Partition = *r.partition
	}
	if r.timestamp != nil {
		m.Timestamp = time.UnixMilli(*r.timestamp)
	}
	for _, h := range r.headers {
		m.Headers = append(m.Headers, ck.Header{Key: h.key, Value: h.value})
	}
	for {
		err := p.client.Raw().Produce(m, p.reports)
		var full ck.Error
		if !errors.As(err, &full) || full.Code() != ck.ErrQueueFull {
			return err
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func metadata(m *ck.Message) connect.RecordMetadata {
	return connect.RecordMetadata{
		Topic: *m.TopicPartition.Topic, Partition: m.TopicPartition.Partition,
		Offset: int64(m.TopicPartition.Offset), Timestamp: m.Timestamp.UnixMilli(),
	}
}

// Close implements producer. Reports are taken until librdkafka gives no more:
// it would wait for their reader for ever.
func (p *kafkaProducer) Close() {
	if p.client == nil {
		return
	}
	p.client.Close()
	close(p.stop)
	<-p.stopped
}
