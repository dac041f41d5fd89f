package mirror

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// ExistingTopic picks the spelling of an internal topic's name to go on with:
// the first whose topic has records, else the first that exists, else the first.
// exists tells which case it is.
func ExistingTopic(ctx context.Context, client *kgo.Client, spellings []string) (name string, exists bool, err error) {
	adm := kadm.NewClient(client)
	starts, err := adm.ListStartOffsets(ctx, spellings...)
	if err != nil {
		return "", false, fmt.Errorf("looking for topic %s: %w", spellings[0], err)
	}
	ends, err := adm.ListEndOffsets(ctx, spellings...)
	if err != nil {
		return "", false, fmt.Errorf("looking for topic %s: %w", spellings[0], err)
	}
	name = spellings[0]
	for _, s := range spellings {
		end, listed := ends.Lookup(s, 0)
		if !listed || errors.Is(end.Err, kerr.UnknownTopicOrPartition) {
			continue
		}
		if end.Err != nil {
			return "", false, fmt.Errorf("looking for topic %s: %w", s, end.Err)
		}
		if start, _ := starts.Lookup(s, 0); start.Err == nil && end.Offset > start.Offset {
			return s, true, nil
		}
		if !exists {
			name, exists = s, true
		}
	}
	return name, exists, nil
}

// CreateCompactedTopic creates a topic of one partition that is compacted, as
// all topics of the mirror connectors are. It does nothing where one of the
// spellings exists, and, like Java, believes that the topic exists where it may
// not create it. It returns the name to use.
func CreateCompactedTopic(ctx context.Context, client *kgo.Client, spellings []string, replicationFactor int16, log *slog.Logger) (string, error) {
	name, exists, err := ExistingTopic(ctx, client, spellings)
	if err == nil && exists {
		if name != spellings[0] {
			log.Info("going on with the topic as another Java version spells it", "topic", name, "usual", spellings[0])
		}
		return name, nil
	}
	// Whoever may not look may still create.
	name = spellings[0]
	compact := "compact"
	resp, createErr := kadm.NewClient(client).CreateTopic(ctx, 1, replicationFactor, map[string]*string{"cleanup.policy": &compact}, name)
	if createErr == nil {
		createErr = resp.Err
	}
	switch {
	case createErr == nil:
		log.Info("topic created", "topic", name)
	case errors.Is(createErr, kerr.TopicAlreadyExists):
	case errors.Is(createErr, kerr.UnsupportedVersion), errors.Is(createErr, kerr.TopicAuthorizationFailed), errors.Is(createErr, kerr.ClusterAuthorizationFailed):
		log.Warn("the topic cannot be created by this principal, it is believed to exist", "topic", name, "err", createErr)
	default:
		return "", fmt.Errorf("creating topic %s with replication factor %d: %w", name, replicationFactor, createErr)
	}
	return name, nil
}

// Persist calls do until it succeeds or ctx ends, after pauses that double from
// a second to a minute. It tells when failing begins, when the reason changes,
// and when it is over.
func Persist(ctx context.Context, log *slog.Logger, what string, do func(context.Context) error) error {
	told := ""
	for pause := time.Second; ; pause = min(2*pause, time.Minute) {
		err := do(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			if told != "" {
				log.Info(what + " succeeded at last")
			}
			return nil
		case err.Error() != told:
			told = err.Error()
			log.Warn(what+" failed, trying on", "err", err)
		}
		if !Sleep(ctx, pause) {
			return ctx.Err()
		}
	}
}

// Sleep waits for d and returns true, or false once ctx has ended.
func Sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
