package source

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"crosstide/connect"
	"crosstide/internal/recordbatch"
)

// deadLetterMaxBytes is the max.message.bytes that the dead letter topic is made
// with: what other topics refuse for its size must fit somewhere.
const deadLetterMaxBytes = 64 << 20

// deadLetters writes records that their target topic can never take to a topic
// of the operator's choice on the target (mirror.on.too.large=dlq), with the
// headers that Kafka Connect's sinks write.
type deadLetters struct {
	topic  string
	client *kgo.Client
	rf     int16
	id     connect.TaskID
	exists bool // guarded by the token
	token  chan struct{}
}

func newDeadLetters(topic string, client *kgo.Client, rf int16, id connect.TaskID) *deadLetters {
	d := &deadLetters{topic: topic, client: client, rf: rf, id: id, token: make(chan struct{}, 1)}
	d.token <- struct{}{}
	return d
}

// write returns when the record is durable. It may be called concurrently.
func (d *deadLetters) write(ctx context.Context, topic string, partition int32, r recordbatch.Record, reason error) error {
	if err := d.ensure(ctx); err != nil {
		return err
	}
	out := &kgo.Record{Topic: d.topic, Key: r.Key, Value: r.Value}
	for _, h := range r.Headers {
		out.Headers = append(out.Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
	}
	for _, h := range [][2]string{
		{"topic", topic}, {"partition", strconv.Itoa(int(partition))}, {"offset", strconv.FormatInt(r.Offset, 10)},
		{"connector.name", d.id.Connector}, {"task.id", strconv.Itoa(d.id.Task)}, {"stage", "KAFKA_PRODUCE"},
		{"exception.class.name", "org.apache.kafka.common.errors.RecordTooLargeException"}, {"exception.message", reason.Error()},
	} {
		out.Headers = append(out.Headers, kgo.RecordHeader{Key: "__connect.errors." + h[0], Value: []byte(h[1])})
	}
	if err := d.client.ProduceSync(ctx, out).FirstErr(); err != nil {
		return fmt.Errorf("writing to dead letter topic %s: %w", d.topic, err)
	}
	return nil
}

func (d *deadLetters) ensure(ctx context.Context) error {
	select {
	case <-d.token:
		defer func() { d.token <- struct{}{} }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if d.exists {
		return nil
	}
	_, err := kadm.NewClient(d.client).CreateTopic(ctx, 1, d.rf, map[string]*string{"max.message.bytes": kadm.StringPtr(strconv.Itoa(deadLetterMaxBytes))}, d.topic)
	// Where topics may not be created, the operator has made it.
	if err != nil && !errors.Is(err, kerr.TopicAlreadyExists) && !errors.Is(err, kerr.TopicAuthorizationFailed) && !errors.Is(err, kerr.ClusterAuthorizationFailed) {
		return fmt.Errorf("creating dead letter topic %s: %w", d.topic, err)
	}
	d.exists = true
	return nil
}
