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

// kafkaProducer is a task's own producer.
type kafkaProducer struct {
	client  *kafka.Producer
	reports chan ck.Event
	stop    chan struct{}
	stopped chan struct{}
}

func newKafkaProducer(props map[string]string, log *slog.Logger) (*kafkaProducer, error) {
	settings, err := kafka.ParseSettings(props)
	if err != nil {
		return nil, fmt.Errorf("producer properties: %w", err)
	}
	client, err := kafka.NewProducer(settings, log)
	if err != nil {
		return nil, err
	}
	p := &kafkaProducer{
		client: client, reports: make(chan ck.Event, 1024),
		stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	go p.report()
	return p, nil
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

// Send implements producer.
func (p *kafkaProducer) Send(ctx context.Context, r converted, acked func(connect.RecordMetadata, error)) error {
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
	p.client.Close()
	close(p.stop)
	<-p.stopped
}
