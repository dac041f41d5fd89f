package storage

import (
	"context"
	"log/slog"

	"crosstide/internal/kafka"
)

// TopicConfig describes one internal topic.
type TopicConfig struct {
	Topic string
	Kind  TopicKind
	// Create says how to create the topic when it is missing.
	Create kafka.TopicSpec
	// Producer, Consumer and Admin are the clients' settings.
	Producer, Consumer *kafka.Settings
	Admin              *kafka.Admin
	Log                *slog.Logger
}

// TopicKind is which of the three topics it is.
type TopicKind struct {
	property, purpose string
	one               bool
}

// The three internal topics.
var (
	ConfigTopic = TopicKind{property: "config.storage.topic", purpose: "connector configurations", one: true}
	OffsetTopic = TopicKind{property: "offset.storage.topic", purpose: "source connector offsets"}
	StatusTopic = TopicKind{property: "status.storage.topic", purpose: "connector and task statuses"}
)

// OpenTopic is an [Opener] of a Kafka topic.
func OpenTopic(c TopicConfig) Opener {
	return func(ctx context.Context, onRecord func(Record)) (Log, error) {
		l, err := kafka.OpenLog(ctx, kafka.LogConfig{
			Topic: c.Topic, Property: c.Kind.property, Purpose: c.Kind.purpose, OnePartition: c.Kind.one,
			Create: &c.Create, Producer: c.Producer, Consumer: c.Consumer, SharedAdmin: c.Admin,
			OnRecord: onRecord, Logger: c.Log,
		})
		if err != nil {
			return nil, err // not the typed nil pointer: callers compare with nil
		}
		return l, nil
	}
}
