package source

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"

	"crosstide/connect"
	"crosstide/connectors/mirror"
	"crosstide/connectors/mirror/source/dataplane"
	"crosstide/internal/kafka"
	"crosstide/internal/kafka/wire"
)

// Task is MirrorSourceTask: it copies the partitions dealt to it. It drives its
// own copying ([connect.SelfDriven]); package dataplane does the work.
type Task struct {
	cfg        *mirror.SourceConfig
	index      string
	partitions []TopicPartition
	tc         connect.SourceTaskContext
	log        *slog.Logger

	source, target *kafka.Settings
	from, to, dead *kgo.Client
	syncs          *OffsetSyncs
	targets        *Targets
	producers      *producers
}

var _ connect.SelfDriven = (*Task)(nil)

// NewTask makes a task that has not been started.
func NewTask() *Task { return &Task{} }

// Start reads the configuration and makes the clients; it connects nothing.
func (t *Task) Start(_ context.Context, tc connect.SourceTaskContext, props map[string]string) error {
	cfg, err := mirror.ParseSource(props)
	if err != nil {
		return err
	}
	t.cfg, t.tc, t.log, t.index = cfg, tc, tc.Log(), props[mirror.TaskIndex]
	if t.index == "" {
		t.index = strconv.Itoa(tc.ID().Task)
	}
	if t.partitions, err = parseAssigned(props[mirror.TaskAssignedPartitions]); err != nil {
		return err
	}
	if t.source, err = kafka.ParseSettings(mirror.ClientConfig(props, mirror.ReplicationConsumer, t.index)); err != nil {
		return fmt.Errorf("source consumer: %w", err)
	}
	if t.target, err = kafka.ParseSettings(tc.ProducerConfig()); err != nil {
		return fmt.Errorf("target producer: %w", err)
	}
	if t.from, err = kafka.NewFranz(t.source, t.log); err != nil {
		return fmt.Errorf("source consumer: %w", err)
	}
	if t.to, err = kafka.NewFranz(t.target, t.log); err != nil {
		return fmt.Errorf("target producer: %w", err)
	}
	if cfg.DeadLetterTooLarge {
		if t.dead, err = kafka.NewFranz(t.target, t.log, kgo.ProducerBatchMaxBytes(deadLetterMaxBytes)); err != nil {
			return fmt.Errorf("dead letter producer: %w", err)
		}
	}
	t.targets, err = NewTargets(cfg, t.index, t.log)
	return err
}

// Poll is never called: the task drives itself.
func (t *Task) Poll(context.Context) ([]*connect.SourceRecord, error) {
	return nil, errors.New("MirrorSourceTask drives its own copying")
}

// Stop releases the clients.
func (t *Task) Stop() error {
	if t.targets != nil {
		t.targets.Close()
	}
	if t.producers != nil {
		t.producers.close()
	}
	for _, c := range []*kgo.Client{t.from, t.to, t.dead} {
		if c != nil {
			c.Close()
		}
	}
	return nil
}

// Run copies until ctx ends, then commits what was acknowledged.
func (t *Task) Run(ctx context.Context) error {
	assignments, err := t.resume(ctx)
	if err != nil {
		return err
	}
	if err := t.openSyncs(ctx); err != nil {
		return err
	}
	if err := t.openProducers(ctx); err != nil {
		return err
	}
	cfg, err := t.planeConfig(assignments)
	if err != nil {
		return err
	}
	pl := dataplane.New(cfg)
	for _, c := range pl.Collectors() {
		if err := t.tc.Metrics().Register(c); err != nil && !errors.As(err, &prometheus.AlreadyRegisteredError{}) {
			t.log.Warn("metrics can't be registered", "err", err)
		}
	}
	defer publish(Running{ID: t.tc.ID(), SourceAlias: t.cfg.SourceAlias, TargetAlias: t.cfg.TargetAlias,
		Source: t.source.Bootstrap(), Target: t.target.Bootstrap(), Plane: pl})()
	return t.withSyncs(ctx, pl.Run)
}

// withSyncs keeps the offset syncs' writer going for as long as run, and lets it
// finish afterwards.
func (t *Task) withSyncs(ctx context.Context, run func(context.Context) error) error {
	if t.syncs == nil {
		return run(ctx)
	}
	writing, stop := context.WithCancel(context.WithoutCancel(ctx))
	var writers sync.WaitGroup
	writers.Go(func() { t.syncs.Run(writing) })
	writers.Go(func() { t.commitSyncs(writing) })
	err := run(ctx)
	stop()
	writers.Wait()
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if left := t.syncs.Close(closing); left != nil {
		t.log.Warn("offset syncs were left unwritten at stop; the next start writes newer ones", "err", left)
	}
	return err
}

// syncsPause is how long the last record of a quiet partition may go without an
// offset sync. Java takes offset.flush.interval.ms, a minute by default.
const syncsPause = 5 * time.Second

func (t *Task) commitSyncs(ctx context.Context) {
	pause := min(syncsPause, max(100*time.Millisecond, time.Duration(t.tc.OffsetFlushIntervalMs())*time.Millisecond))
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			t.syncs.Commit()
		}
	}
}

// resume finds where to go on: behind the committed offset of each partition.
func (t *Task) resume(ctx context.Context) ([]dataplane.Assignment, error) {
	keys := make([]map[string]any, len(t.partitions))
	for i, tp := range t.partitions {
		keys[i] = mirror.SourcePartition(t.cfg.SourceAlias, tp.Topic, tp.Partition)
	}
	offsets, err := t.tc.Offsets().ReadOffsets(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("reading committed offsets: %w", err)
	}
	out := make([]dataplane.Assignment, len(t.partitions))
	for i, tp := range t.partitions {
		out[i] = dataplane.Assignment{
			Topic: tp.Topic, Partition: tp.Partition, TargetTopic: t.cfg.Policy.RemoteTopic(tp.Topic), Position: -1,
		}
		if at, ok := mirror.CopiedOffset(offsets[i]); ok && at >= 0 {
			out[i].Position = at + 1
			out[i].SourceID, out[i].TargetID = mirror.TopicIDs(offsets[i])
		}
	}
	return out, nil
}

// openSyncs opens the offset syncs' writer, once it is known which spelling of
// the topic's name has the history.
func (t *Task) openSyncs(ctx context.Context) error {
	if !t.cfg.EmitOffsetSyncs {
		return nil
	}
	topic := t.cfg.OffsetSyncsTopicName
	if len(t.cfg.OffsetSyncsTopics) > 1 {
		client := t.from
		if t.cfg.OffsetSyncsOnTarget {
			client = t.to
		}
		found, exists, err := OffsetSyncsTopic(ctx, client, t.cfg.OffsetSyncsTopics)
		if err != nil {
			return connect.Retriable(fmt.Errorf("looking for the offset syncs topic: %w", err))
		}
		if topic = found; exists && found != t.cfg.OffsetSyncsTopicName {
			t.log.Info("offset syncs continue the topic that has the history", "topic", topic)
		}
	}
	var err error
	t.syncs, err = OpenOffsetSyncs(t.cfg, topic, t.index, t.tc.Metrics(), t.log)
	return err
}

// openProducers opens the registry that tells copies from originals, where
// names do not.
func (t *Task) openProducers(ctx context.Context) error {
	if t.cfg.Policy.Kind().NamesTellCycles() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, idsTimeout)
	defer cancel()
	t.producers = &producers{
		known: map[int64]string{}, native: map[int64]struct{}{},
		source: t.from, target: t.to, flow: t.cfg.SourceAlias + "->" + t.cfg.TargetAlias,
		replicationFactor: t.cfg.ReplicationFactor, log: t.log,
		openReader: func(opts ...kgo.Opt) (*kgo.Client, error) { return kafka.NewFranz(t.source, t.log, opts...) },
	}
	return connect.Retriable(t.producers.identify(ctx))
}

// commitInterval is the longest between two offset commits, whatever
// offset.flush.interval.ms says: what is copied since the last one is copied
// again after a crash.
const commitInterval = 500 * time.Millisecond

func (t *Task) planeConfig(assignments []dataplane.Assignment) (dataplane.Config, error) {
	transform, err := transformOf(t.tc)
	c := dataplane.Config{
		Source: t.side(t.from, t.source), Target: t.side(t.to, t.target),
		Partitions:          assignments,
		Reset:               dataplane.Reset(value(t.source, "auto.offset.reset")),
		ReadCommitted:       value(t.source, "isolation.level") == "read_committed",
		Rack:                value(t.source, "client.rack"),
		FetchMaxWaitMs:      number(t.source, "fetch.max.wait.ms"),
		FetchMaxBytes:       number(t.source, "fetch.max.bytes"),
		PartitionFetchBytes: number(t.source, "max.partition.fetch.bytes"),
		MetadataMaxAge:      time.Duration(number(t.source, "metadata.max.age.ms")) * time.Millisecond,
		OnDataLoss:          dataplane.WarnOnDataLoss,
		Commit:              t.commit,
		CommitInterval:      min(commitInterval, max(100*time.Millisecond, time.Duration(t.tc.OffsetFlushIntervalMs())*time.Millisecond)),
		EnsureTarget:        t.targets.EnsureTarget,
		Transform:           transform,
		PauseState:          t.tc.PauseState,
		Counters:            t.counters(),
		Log:                 t.log,
	}
	if t.cfg.FailOnDataLoss {
		c.OnDataLoss = dataplane.FailOnDataLoss
	}
	if t.syncs != nil {
		c.Acked = t.syncs.Acked
	}
	if t.producers != nil {
		c.Origins = t.producers
	}
	if t.cfg.DeadLetterTooLarge {
		c.DeadLetter = newDeadLetters(t.cfg.DeadLetterTopic, t.dead, t.cfg.ReplicationFactor, t.tc.ID()).write
	}
	return c, err
}

func (t *Task) counters() *dataplane.Counters {
	return countersOf(fmt.Sprint(t.tc.ID().Connector, t.source.Bootstrap(), t.target.Bootstrap()))
}

func (t *Task) side(client *kgo.Client, s *kafka.Settings) dataplane.Cluster {
	return dataplane.Cluster{Client: client, Wire: wire.Config{Dial: s.Dial, SASL: s.SASL(), ClientID: s.ClientID()}}
}

func value(s *kafka.Settings, key string) string {
	v, _ := s.Get(key)
	return v
}

// number reads a property that ParseSettings has checked; 0 when it is not set.
func number(s *kafka.Settings, key string) int32 {
	n, _ := strconv.ParseInt(value(s, key), 10, 32)
	return int32(n)
}

// commit stores offsets under Java's keys.
func (t *Task) commit(ctx context.Context, offsets []dataplane.Committed) error {
	out := make([]connect.SourceOffset, len(offsets))
	for i, o := range offsets {
		out[i].Partition = mirror.SourcePartition(t.cfg.SourceAlias, o.Topic, o.Partition)
		if o.Offset >= 0 {
			out[i].Offset = mirror.SourceOffsetIn(o.Offset, o.SourceID, o.TargetID)
		}
	}
	return t.tc.Offsets().WriteOffsets(ctx, out)
}
