package source

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"crosstide/connectors/mirror"
	"crosstide/internal/kafka"
)

// firstComplaint is how long a request to a silent cluster is repeated before
// the attempt counts as failed, is told, and is made again after a pause.
const firstComplaint = 3 * time.Second

// NewTargets opens the flow's two clusters for topic administration. task is the
// task's index, or "" in the connector. Nothing is connected yet; the caller
// calls Close.
func NewTargets(cfg *mirror.SourceConfig, task string, log *slog.Logger) (*Targets, error) {
	source, err := kafka.ParseSettings(mirror.ClientConfig(cfg.Props, mirror.ReplicationSourceAdmin, task))
	if err != nil {
		return nil, fmt.Errorf("source cluster's client: %w", err)
	}
	target, err := kafka.ParseSettings(mirror.ClientConfig(cfg.Props, mirror.ReplicationTargetAdmin, task))
	if err != nil {
		return nil, fmt.Errorf("target cluster's client: %w", err)
	}
	if task == "" {
		tellUnhonoured(log, sideSource, source)
		tellUnhonoured(log, sideTarget, target)
	}
	t := &Targets{
		naming:     naming{Replicates: cfg.Topics.Replicates, Remote: cfg.Policy.RemoteTopic},
		rules:      rulesOf(cfg.Properties),
		factor:     cfg.ReplicationFactor,
		openWriter: writerOpener(sideTarget, target, adminTimeout(cfg), log),
		log:        log,
		changes:    newChanges(log),
		turn:       make(chan struct{}, 1),
	}
	t.turn <- struct{}{}
	if t.source, err = t.openReader(sideSource, source); err != nil {
		return nil, err
	}
	if t.target, err = t.openReader(sideTarget, target); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

func tellUnhonoured(log *slog.Logger, side string, s *kafka.Settings) {
	if keys := s.Unhonoured(); len(keys) > 0 {
		log.Warn("admin client properties without effect", "cluster", side, "keys", keys)
	}
}

func (t *Targets) openReader(side string, s *kafka.Settings) (*reader, error) {
	client, err := kafka.NewFranz(s, demoted(t.log.With("cluster", side)), kgo.RetryTimeout(firstComplaint))
	if err != nil {
		return nil, fmt.Errorf("%s cluster: %w", side, err)
	}
	t.closers = append(t.closers, client.Close)
	return &reader{side: side, client: client}, nil
}

func rulesOf(f mirror.ConfigPropertyFilter) configRules {
	return configRules{Accepts: f.ReplicatesProperty, SourceDefaults: f.ReplicatesSourceDefaults()}
}

// writerOpener opens an admin client each time there is something to change,
// which is rare: idle ones would cost threads and connections.
func writerOpener(side string, s *kafka.Settings, timeout time.Duration, log *slog.Logger) func(context.Context) (writer, error) {
	return func(context.Context) (writer, error) {
		admin, err := kafka.NewAdmin(s, demoted(log.With("cluster", side)))
		if err != nil {
			return nil, fmt.Errorf("%s cluster: %w", side, err)
		}
		return &librdkafkaWriter{side: side, admin: admin.Raw(), timeout: timeout, close: admin.Close}, nil
	}
}

// adminTimeout is admin.timeout.ms, or Java's default where it makes no sense.
// librdkafka takes at most an hour.
func adminTimeout(cfg *mirror.SourceConfig) time.Duration {
	if cfg.AdminTimeout <= 0 {
		return time.Minute
	}
	return min(cfg.AdminTimeout, time.Hour)
}

// newSyncsTopic opens the cluster on which the offset syncs topic lives. The
// returned function closes the client.
func newSyncsTopic(cfg *mirror.SourceConfig, log *slog.Logger, ch *changes) (*syncsTopic, func(), error) {
	side, role := sideSource, mirror.OffsetSyncsSourceAdmin
	if cfg.OffsetSyncsOnTarget {
		side, role = sideTarget, mirror.OffsetSyncsTargetAdmin
	}
	settings, err := kafka.ParseSettings(mirror.ClientConfig(cfg.Props, role, ""))
	if err != nil {
		return nil, nil, fmt.Errorf("%s cluster's client: %w", side, err)
	}
	client, err := kafka.NewFranz(settings, demoted(log.With("cluster", side)), kgo.RetryTimeout(firstComplaint))
	if err != nil {
		return nil, nil, fmt.Errorf("%s cluster: %w", side, err)
	}
	return &syncsTopic{
		side: side, client: client, openWriter: writerOpener(side, settings, adminTimeout(cfg), log),
		spellings: cfg.OffsetSyncsTopics, factor: cfg.OffsetSyncsRF, log: log, changes: ch,
	}, client.Close, nil
}
