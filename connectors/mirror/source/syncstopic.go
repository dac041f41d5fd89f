package source

import (
	"context"
	"log/slog"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// OffsetSyncsTopic says which of several spellings of the offset syncs topic
// (see mirror.SourceConfig) to continue: the first one that holds records,
// else the first one that exists, else the first. The second result tells
// whether it exists. Java's versions spell the name differently where the
// separator is unusual, and whoever takes over goes on with what is there.
func OffsetSyncsTopic(ctx context.Context, client *kgo.Client, spellings []string) (string, bool, error) {
	r := reader{side: "offset syncs", client: client}
	view, err := r.topics(ctx, spellings)
	if err != nil {
		return "", false, err
	}
	var existing []string
	for _, name := range spellings {
		// One that may not be seen is not counted: trying to create it tells the
		// operator which permissions are missing.
		if err := view.Refused[name]; !isMissing(err) && !kerrIs(err, kerr.TopicAuthorizationFailed) {
			existing = append(existing, name)
		}
	}
	switch len(existing) {
	case 0:
		return spellings[0], false, nil
	case 1:
		return existing[0], true, nil
	}
	name, err := firstWithRecords(ctx, kadm.NewClient(client), existing)
	return name, true, err
}

// firstWithRecords falls back to the first.
func firstWithRecords(ctx context.Context, admin *kadm.Client, topics []string) (string, error) {
	starts, err := admin.ListStartOffsets(ctx, topics...)
	if err != nil {
		return "", err
	}
	ends, err := admin.ListEndOffsets(ctx, topics...)
	if err != nil {
		return "", err
	}
	for _, name := range topics {
		start, _ := starts.Lookup(name, 0)
		end, there := ends.Lookup(name, 0)
		if there && start.Err == nil && end.Err == nil && end.Offset > start.Offset {
			return name, nil
		}
	}
	return topics[0], nil
}

// syncsTopic creates the offset syncs topic if there is none.
type syncsTopic struct {
	side       string
	client     *kgo.Client
	openWriter func(ctx context.Context) (writer, error)
	spellings  []string
	factor     int16
	log        *slog.Logger
	changes    *changes
}

// run returns nil when nothing is left to do: the topic exists, was created, or
// cannot be created by this principal and is believed to exist, as in Java.
func (s *syncsTopic) run(ctx context.Context) error {
	name, exists, err := OffsetSyncsTopic(ctx, s.client, s.spellings)
	if err != nil {
		return &callError{s.side, "looking for the offset syncs topic", err}
	}
	if exists {
		if name != s.spellings[0] {
			s.log.Info("going on with the offset syncs topic of another Java version", "topic", name, "usual", s.spellings[0])
		}
		return nil
	}
	w, err := s.openWriter(ctx)
	if err != nil {
		return err
	}
	defer w.Close()
	topic := newTopic{Name: name, Partitions: 1, ReplicationFactor: s.factor, Configs: map[string]string{"cleanup.policy": "compact"}}
	errs, err := w.createTopics(ctx, []newTopic{topic})
	if err == nil {
		err = errs[name]
	}
	switch {
	case err == nil:
		s.log.Info("offset syncs topic created", "topic", name, "cluster", s.side)
	case kerrIs(err, kerr.TopicAlreadyExists):
	case kerrIs(err, kerr.UnsupportedVersion, kerr.TopicAuthorizationFailed, kerr.ClusterAuthorizationFailed):
		s.log.Warn("the offset syncs topic cannot be created, it is believed to exist", "topic", name, "err", err)
	default:
		return err
	}
	return nil
}
