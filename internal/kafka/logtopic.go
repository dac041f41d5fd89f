package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	ck "github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// TopicSpec says how a compacted topic is created. -1 leaves a number to the
// broker. cleanup.policy is always compact.
type TopicSpec struct {
	Partitions        int
	ReplicationFactor int
	Configs           map[string]string
}

// TopicError says that a topic cannot be used as it is, or cannot be created,
// and that somebody has to change something.
type TopicError struct {
	Topic, Reason string
	Err           error
}

func (e *TopicError) Error() string {
	if e.Err != nil {
		return e.Reason + ": " + e.Err.Error()
	}
	return e.Reason
}

func (e *TopicError) Unwrap() error { return e.Err }

const (
	createPatience   = 60 * time.Second // Java's default.api.timeout.ms
	metadataPatience = 30 * time.Second
)

// prepareTopic returns the number of partitions of a topic that exists, is
// compacted, and whose partitions all have leaders.
func prepareTopic(ctx context.Context, admin *ck.AdminClient, c LogConfig) (int, error) {
	partitions, err := describeTopic(ctx, admin, c.Topic)
	created := false
	if isUnknownTopic(err) && c.Create != nil {
		if created, err = createTopic(ctx, admin, c); err != nil {
			return 0, err
		}
		partitions, err = awaitTopic(ctx, admin, c.Topic)
	} else if errors.Is(err, errNoLeader) {
		partitions, err = awaitTopic(ctx, admin, c.Topic)
	}
	if err != nil {
		return 0, err
	}
	if c.OnePartition && partitions != 1 {
		return 0, &TopicError{Topic: c.Topic, Reason: fmt.Sprintf(
			"Topic '%s' supplied via the '%s' property is required to have a single partition in order to guarantee consistency of connector configurations, but found %d partitions.",
			c.Topic, c.Property, partitions)}
	}
	if created || c.AnyPolicy {
		return partitions, nil
	}
	return partitions, checkPolicy(ctx, admin, c)
}

// createTopic reports whether it did; false when somebody else was faster, or
// when we may not and must assume that the topic is there.
func createTopic(ctx context.Context, admin *ck.AdminClient, c LogConfig) (bool, error) {
	configs := maps.Clone(c.Create.Configs)
	if configs == nil {
		configs = make(map[string]string)
	}
	configs["cleanup.policy"] = "compact"
	spec := ck.TopicSpecification{
		Topic: c.Topic, NumPartitions: c.Create.Partitions,
		ReplicationFactor: c.Create.ReplicationFactor, Config: configs,
	}
	ctx, cancel := context.WithTimeout(ctx, createPatience)
	defer cancel()
	created, told := false, false
	var last error
	err := retry(ctx, func() error {
		results, err := admin.CreateTopics(ctx, []ck.TopicSpecification{spec})
		if err == nil && len(results) == 1 && results[0].Error.Code() != ck.ErrNoError {
			err = results[0].Error
		}
		switch code := codeOf(err); code {
		case ck.ErrNoError:
			created = err == nil
			return err
		case ck.ErrTopicAlreadyExists, ck.ErrUnsupportedVersion, ck.ErrTopicAuthorizationFailed, ck.ErrClusterAuthorizationFailed:
			return nil
		case ck.ErrInvalidReplicationFactor: // brokers may still be coming
			last = err
			if !told {
				told = true
				orDiscard(c.Logger).Warn("topic cannot be created yet, trying on", "topic", c.Topic,
					"replication.factor", spec.ReplicationFactor, "err", err)
			}
			return errAgain
		default:
			last = err
			return err
		}
	})
	if err != nil && last != nil && !isPassing(last) {
		return false, &TopicError{Topic: c.Topic, Err: last, Reason: fmt.Sprintf(
			"topic '%s' (property '%s') cannot be created with %d partitions and replication factor %d",
			c.Topic, c.Property, spec.NumPartitions, spec.ReplicationFactor)}
	}
	return created, err
}

var errNoLeader = errors.New("a partition has no leader")

// describeTopic returns the number of partitions, and an error while one of them
// cannot be used. It never makes the broker create the topic.
func describeTopic(ctx context.Context, admin *ck.AdminClient, topic string) (int, error) {
	partitions := 0
	err := retry(ctx, func() error {
		result, err := admin.DescribeTopics(ctx, ck.NewTopicCollectionOfTopicNames([]string{topic}))
		if err != nil {
			return err
		}
		for _, d := range result.TopicDescriptions {
			if d.Error.Code() != ck.ErrNoError {
				return d.Error
			}
			partitions = len(d.Partitions)
			for _, p := range d.Partitions {
				if p.Leader == nil || p.Leader.ID < 0 {
					return errNoLeader
				}
			}
		}
		if partitions == 0 {
			return errNoLeader
		}
		return nil
	})
	return partitions, err
}

// awaitTopic waits until a topic is known with leaders everywhere.
func awaitTopic(ctx context.Context, admin *ck.AdminClient, topic string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, metadataPatience)
	defer cancel()
	partitions := 0
	var last error
	err := retry(ctx, func() error {
		partitions, last = describeTopic(ctx, admin, topic)
		if errors.Is(last, errNoLeader) || isUnknownTopic(last) {
			return errAgain
		}
		return last
	})
	if err != nil && last != nil {
		err = last
	}
	return partitions, err
}

// checkPolicy accepts only cleanup.policy=compact, and what it may not see.
func checkPolicy(ctx context.Context, admin *ck.AdminClient, c LogConfig) error {
	var policy string
	err := retry(ctx, func() error {
		results, err := admin.DescribeConfigs(ctx, []ck.ConfigResource{{Type: ck.ResourceTopic, Name: c.Topic}})
		if err == nil && len(results) == 1 && results[0].Error.Code() != ck.ErrNoError {
			err = results[0].Error
		}
		switch codeOf(err) {
		case ck.ErrTopicAuthorizationFailed, ck.ErrClusterAuthorizationFailed, ck.ErrUnsupportedVersion, ck.ErrUnsupportedFeature:
			return nil
		}
		if err != nil || len(results) != 1 {
			return err
		}
		policy = results[0].Config["cleanup.policy"].Value
		return nil
	})
	if err != nil || policy == "" || strings.TrimSpace(policy) == "compact" {
		return err
	}
	return &TopicError{Topic: c.Topic, Reason: fmt.Sprintf(
		"Topic '%s' supplied via the '%s' property is required to have 'cleanup.policy=compact' to guarantee consistency and durability of %s, but found the topic currently has 'cleanup.policy=%s'. "+
			"With that policy the brokers will delete %s sooner or later. Set cleanup.policy=compact on the topic, or name another topic in '%s'.",
		c.Topic, c.Property, c.Purpose, policy, c.Purpose, c.Property)}
}

// errAgain makes retry try again.
var errAgain = errors.New("not yet")

// retry calls do until it succeeds, fails for good, or ctx ends.
func retry(ctx context.Context, do func() error) error {
	for pause := 10 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		err := do()
		if err == nil || !errors.Is(err, errAgain) && !isPassing(err) {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			if errors.Is(err, errAgain) {
				return ctx.Err()
			}
			return errors.Join(ctx.Err(), err)
		}
	}
}

func codeOf(err error) ck.ErrorCode {
	var e ck.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return ck.ErrNoError
}

func isUnknownTopic(err error) bool {
	code := codeOf(err)
	return code == ck.ErrUnknownTopicOrPart || code == ck.ErrUnknownTopic
}

// isPassing holds for errors that go away by themselves.
func isPassing(err error) bool {
	var e ck.Error
	if !errors.As(err, &e) {
		return false
	}
	if e.IsRetriable() {
		return true
	}
	switch e.Code() {
	case ck.ErrTimedOut, ck.ErrTransport, ck.ErrAllBrokersDown, ck.ErrLeaderNotAvailable, ck.ErrNotLeaderForPartition,
		ck.ErrFencedLeaderEpoch, ck.ErrUnknownLeaderEpoch,
		ck.ErrNotController, ck.ErrRequestTimedOut, ck.ErrCoordinatorLoadInProgress, ck.ErrNetworkException,
		ck.ErrKafkaStorageError, ck.ErrReplicaNotAvailable, ck.ErrResolve, ck.ErrTimedOutQueue, ck.ErrBrokerNotAvailable:
		return true
	}
	return false
}
