package checkpoint

import (
	"context"
	"fmt"
	"log/slog"

	"crosstide/connectors/mirror"
	"crosstide/internal/kafka"
)

// topicReader reads a topic whole and follows it until Close.
type topicReader interface{ Close() error }

// openTopic returns when everything in the topic was handed to onRecord, and
// goes on handing over what comes.
type openTopic func(ctx context.Context, topic string, onRecord func(key, value []byte)) (topicReader, error)

// opener makes an openTopic for one of a task's consumers. admin is the role of
// the client that looks up offsets on the same cluster.
func opener(props map[string]string, consumer, admin mirror.Role, task, purpose string, log *slog.Logger) (openTopic, error) {
	forConsumer, err := kafka.ParseSettings(mirror.ClientConfig(props, consumer, task))
	if err != nil {
		return nil, fmt.Errorf("client %s: %w", consumer, err)
	}
	forAdmin, err := kafka.ParseSettings(mirror.ClientConfig(props, admin, task))
	if err != nil {
		return nil, fmt.Errorf("client %s: %w", admin, err)
	}
	return func(ctx context.Context, topic string, onRecord func(key, value []byte)) (topicReader, error) {
		return kafka.OpenLog(ctx, kafka.LogConfig{
			Topic: topic, Purpose: purpose, AnyPolicy: true,
			Consumer: forConsumer, Admin: forAdmin, Logger: log,
			OnRecord: func(r kafka.LogRecord) {
				if r.Partition == 0 { // the only one these topics are written to
					onRecord(r.Key, r.Value)
				}
			},
		})
	}, nil
}
