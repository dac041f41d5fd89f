package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	ck "github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// LogRecord is one record of a compacted topic.
type LogRecord struct {
	Partition int32
	Offset    int64
	Timestamp int64 // milliseconds since the epoch
	Key       []byte
	Value     []byte // nil: a tombstone
}

// LogConfig describes a compacted topic that is read whole.
type LogConfig struct {
	Topic string
	// Property is the setting that named the topic and Purpose what is kept in
	// it; both are for error messages.
	Property, Purpose string
	// Create says how to create the topic; nil means that it must exist.
	Create *TopicSpec
	// OnePartition refuses a topic of several partitions.
	OnePartition bool
	// AnyPolicy accepts a topic that others keep and that may not be compacted.
	AnyPolicy bool
	// Producer may be nil for a log that is only read.
	Producer, Consumer, Admin *Settings
	// SharedAdmin is used instead of a client made from Admin, and is left open.
	SharedAdmin *Admin
	// OnRecord gets every record, one at a time, in order within a partition.
	OnRecord func(LogRecord)
	Logger   *slog.Logger
}

// Log is a compacted topic of which everything is read, and kept being read. It
// is safe for concurrent use. It runs one goroutine, which Close ends.
type Log struct {
	topic    string
	logger   *slog.Logger
	admin    *Admin
	ownAdmin bool
	producer *Producer
	consumer *Consumer
	onRecord func(LogRecord)
	records  ck.IsolationLevel

	stop    chan struct{}
	stopped chan struct{}
	closing sync.Once

	mu        sync.Mutex
	positions map[int32]int64 // offset after the last one handed over
	moved     chan struct{}   // closed and replaced when a position changes
	fatal     error
}

// OpenLog creates the topic if need be, checks it, reads it to its end, and
// keeps reading. ctx bounds only the opening. The error is a *[TopicError] when
// trying again cannot help.
func OpenLog(ctx context.Context, c LogConfig) (*Log, error) {
	l := &Log{
		topic: c.Topic, logger: orDiscard(c.Logger).With("topic", c.Topic),
		admin: c.SharedAdmin, onRecord: c.OnRecord,
		stop: make(chan struct{}), stopped: make(chan struct{}),
		positions: make(map[int32]int64), moved: make(chan struct{}),
	}
	if err := l.open(ctx, c); err != nil {
		return nil, fmt.Errorf("opening topic %s: %w", c.Topic, err)
	}
	return l, nil
}

func (l *Log) open(ctx context.Context, c LogConfig) (err error) {
	defer func() {
		if err != nil && l.consumer == nil {
			l.closeClients() // otherwise the reader runs, and Close does it
		}
	}()
	if l.admin == nil {
		if l.admin, err = NewAdmin(c.Admin, l.logger); err != nil {
			return err
		}
		l.ownAdmin = true
	}
	if c.Producer != nil {
		if l.producer, err = newLogProducer(c.Producer, l.logger); err != nil {
			return err
		}
	}
	l.records = isolation(c.Consumer)
	partitions, err := prepareTopic(ctx, l.admin.Raw(), c)
	if err != nil {
		return err
	}
	ends, err := l.startReading(ctx, c.Consumer, partitions)
	if err != nil {
		return err
	}
	if err := l.waitFor(ctx, ends); err != nil {
		return errors.Join(err, l.Close())
	}
	return nil
}

func isolation(s *Settings) ck.IsolationLevel {
	if v, _ := s.Get("isolation.level"); v == "read_committed" {
		return ck.IsolationLevelReadCommitted
	}
	return ck.IsolationLevelReadUncommitted
}

// startReading assigns every partition from its first offset and returns the
// ends to read to. Both offsets are looked up here, all partitions at once:
// left to itself the consumer asks partition by partition.
func (l *Log) startReading(ctx context.Context, s *Settings, partitions int) (map[int32]int64, error) {
	for p := range int32(partitions) {
		l.positions[p] = 0
	}
	starts, err := l.listOffsets(ctx, ck.EarliestOffsetSpec)
	if err != nil {
		return nil, err
	}
	ends, err := l.listOffsets(ctx, ck.LatestOffsetSpec)
	if err != nil {
		return nil, err
	}
	assignment := make([]ck.TopicPartition, 0, partitions)
	for p, start := range starts {
		l.positions[p] = start
		assignment = append(assignment, ck.TopicPartition{Topic: &l.topic, Partition: p, Offset: ck.Offset(start)})
	}
	consumer, err := newLogConsumer(s, l.logger)
	if err != nil {
		return nil, err
	}
	if err := consumer.Raw().Assign(assignment); err != nil {
		return nil, errors.Join(err, consumer.Close())
	}
	l.consumer = consumer
	go l.read()
	return ends, nil
}

// newLogProducer is as Java's: one request in flight, so that a retry cannot
// change the order; nothing waits to fill a batch.
func newLogProducer(s *Settings, log *slog.Logger) (*Producer, error) {
	s, err := s.With(map[string]string{
		"acks": "all", "enable.idempotence": "false", "max.in.flight.requests.per.connection": "1",
		"delivery.timeout.ms": "2147483647", "linger.ms": "0",
	})
	if err != nil {
		return nil, err
	}
	return NewProducer(s, log)
}

// newLogConsumer wants small buffers and short waits: these topics are small,
// and whoever reads them waits for the answer.
func newLogConsumer(s *Settings, log *slog.Logger) (*Consumer, error) {
	c := &Consumer{}
	conf, err := c.configure(s, RoleConsumer, log)
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]ck.ConfigValue{
		"enable.auto.commit": false, "enable.auto.offset.store": false,
		"auto.offset.reset": "earliest", "enable.partition.eof": true,
		"allow.auto.create.topics": false, "fetch.error.backoff.ms": 50,
		// A fetch that began before the last partitions were assigned makes
		// them wait this long.
		"fetch.wait.max.ms": 500, "fetch.min.bytes": 1,
		"queued.max.messages.kbytes": 1024, "go.events.channel.size": 1,
	} {
		(*conf)[name] = value
	}
	raw, err := ck.NewConsumer(conf)
	if err != nil {
		c.close(func() {})
		return nil, fmt.Errorf("making a consumer for %s: %w", s, err)
	}
	c.raw = raw
	c.renew(s, raw, log)
	return c, nil
}

// Send appends records in order and returns when all are acknowledged by all
// in-sync replicas. After an error any of them may be in the topic.
func (l *Log) Send(ctx context.Context, records ...LogRecord) error {
	if err := l.send(ctx, records); err != nil {
		return fmt.Errorf("writing to topic %s: %w", l.topic, err)
	}
	return nil
}

func (l *Log) send(ctx context.Context, records []LogRecord) error {
	if l.producer == nil {
		return errors.New("the log was opened for reading only")
	}
	reports := make(chan ck.Event, len(records)) // never blocks librdkafka, even if we leave early
	for _, r := range records {
		if err := l.produce(ctx, r, reports); err != nil {
			return err
		}
	}
	var failed error
	for range records {
		select {
		case e := <-reports:
			if m, ok := e.(*ck.Message); ok && m.TopicPartition.Error != nil && failed == nil {
				failed = m.TopicPartition.Error
			}
		case <-l.stop:
			return errLogClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return failed
}

// produce waits while librdkafka's buffer is full.
func (l *Log) produce(ctx context.Context, r LogRecord, reports chan ck.Event) error {
	m := &ck.Message{
		TopicPartition: ck.TopicPartition{Topic: &l.topic, Partition: ck.PartitionAny},
		Key:            r.Key, Value: r.Value,
	}
	for {
		if l.closed() {
			return errLogClosed
		}
		err := l.producer.Raw().Produce(m, reports)
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

// Close stops reading and closes the clients. Records that Send has not returned
// for may be lost.
func (l *Log) Close() (err error) {
	l.closing.Do(func() {
		close(l.stop)
		<-l.stopped
		err = l.closeClients()
	})
	return err
}

func (l *Log) closeClients() (err error) {
	if l.consumer != nil {
		err = l.consumer.Close()
	}
	if l.producer != nil {
		l.producer.Close()
	}
	if l.ownAdmin {
		l.admin.Close()
	}
	return err
}
