package checkpoint

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"crosstide/connect"
	"crosstide/connect/data"
	"crosstide/connectors/mirror"
)

const (
	// pollMost is how long one Poll waits at most.
	pollMost = time.Second
	// checkpointsPatience is how long a checkpoints topic that cannot be read is
	// tried, as in Java.
	checkpointsPatience = 30 * time.Second
)

// Task makes the checkpoints of some groups.
type Task struct {
	cfg     *mirror.CheckpointConfig
	groups  []string
	log     *slog.Logger
	metrics *mirror.CheckpointMetrics
	source  *kgo.Client
	target  *kgo.Client

	openCheckpoints, openSyncs openTopic

	patience    time.Duration
	checkpoints *store
	// loaded is nil until the checkpoints topic and the offset syncs topic were
	// read to their ends.
	loaded atomic.Pointer[loaded]
	next   time.Time

	stop context.CancelFunc
	done sync.WaitGroup
}

// loaded is what reading the internal topics at start yields.
type loaded struct {
	topic string // the checkpoints topic's spelling
	syncs *mirror.OffsetSyncStore
}

// Start checks the configuration and begins to read the internal topics.
func (t *Task) Start(_ context.Context, tc connect.SourceTaskContext, props map[string]string) (err error) {
	if t.cfg, err = mirror.ParseCheckpoint(props); err != nil {
		return err
	}
	if t.groups, err = assignedGroups(props); err != nil {
		return err
	}
	t.log = tc.Log()
	if t.metrics, err = mirror.NewCheckpointMetrics(tc.Metrics(), t.cfg.SourceAlias, t.cfg.TargetAlias); err != nil {
		return fmt.Errorf("registering metrics: %w", err)
	}
	t.metrics.Groups(len(t.groups))
	if err := t.openClients(props); err != nil {
		return err
	}
	t.checkpoints, t.patience = newStore(t.groups), cmp.Or(t.patience, checkpointsPatience)
	t.next = time.Now().Add(t.cfg.EmitCheckpoints)
	ctx, cancel := context.WithCancel(context.Background())
	t.stop = cancel
	t.done.Go(func() { t.load(ctx) })
	if t.cfg.SyncGroupOffsets > 0 {
		s := &groupSync{checkpoints: t.checkpoints, target: &targetGroups{kadm.NewClient(t.target)}, metrics: t.metrics, log: t.log}
		t.done.Go(func() { s.run(ctx, t.cfg.SyncGroupOffsets) })
	}
	return nil
}

func (t *Task) openClients(props map[string]string) (err error) {
	task := props[mirror.TaskIndex]
	if task == "" {
		task = "?" // as in Java's client ids
	}
	consumer, admin := mirror.OffsetSyncsSourceConsumer, mirror.OffsetSyncsSourceAdmin
	if t.cfg.OffsetSyncsOnTarget {
		consumer, admin = mirror.OffsetSyncsTargetConsumer, mirror.OffsetSyncsTargetAdmin
	}
	t.openSyncs, err = opener(props, consumer, admin, task, "offset syncs", t.log)
	if err != nil {
		return err
	}
	t.openCheckpoints, err = opener(props, mirror.CheckpointsTargetConsumer, mirror.CheckpointTargetAdmin, task, "checkpoints", t.log)
	if err != nil {
		return err
	}
	if t.source, err = newClient(props, mirror.CheckpointSourceAdmin, task, t.log); err != nil {
		return err
	}
	if t.target, err = newClient(props, mirror.CheckpointTargetAdmin, task, t.log); err != nil {
		t.source.Close()
		t.source = nil
	}
	return err
}

// load reads both internal topics, and then follows the offset syncs until ctx
// ends.
func (t *Task) load(ctx context.Context) {
	topic, known := t.loadCheckpoints(ctx)
	if ctx.Err() != nil {
		return
	}
	var reader topicReader
	var syncs *mirror.OffsetSyncStore
	err := mirror.Persist(ctx, t.log, "reading the offset syncs topic", func(ctx context.Context) (err error) {
		syncs = mirror.NewOffsetSyncStore(!known)
		reader, err = t.followSyncs(ctx, syncs)
		return err
	})
	if err != nil {
		return
	}
	syncs.Loaded()
	t.loaded.Store(&loaded{topic, syncs})
	t.log.Info("offset syncs and checkpoints are loaded", "partitions", syncs.Partitions(), "groups", len(t.groups))
	<-ctx.Done()
	if err := reader.Close(); err != nil {
		t.log.Warn("closing the offset syncs reader failed", "err", err)
	}
}

func (t *Task) followSyncs(ctx context.Context, syncs *mirror.OffsetSyncStore) (topicReader, error) {
	client := t.source
	if t.cfg.OffsetSyncsOnTarget {
		client = t.target
	}
	topic, _, err := mirror.ExistingTopic(ctx, client, t.cfg.OffsetSyncsTopics)
	if err != nil {
		return nil, err
	}
	return t.openSyncs(ctx, topic, func(key, value []byte) {
		o, err := mirror.DecodeOffsetSync(key, value)
		if err != nil {
			t.log.Warn("an offset sync is left out", "topic", topic, "err", err)
			return
		}
		if t.cfg.Topics.Replicates(o.Topic) {
			syncs.Apply(o)
		}
	})
}

// loadCheckpoints reads the checkpoints that were emitted before this task
// began. It returns the topic to emit to, and whether they are known: where they
// are not, older syncs might lead groups back behind what they were promised.
func (t *Task) loadCheckpoints(ctx context.Context) (topic string, known bool) {
	deadline := time.Now().Add(t.patience)
	for {
		topic, err := t.readCheckpoints(ctx)
		if err == nil {
			return topic, true
		}
		if ctx.Err() != nil {
			return "", false
		}
		if time.Now().After(deadline) {
			t.log.Warn("earlier checkpoints cannot be read; until groups have read on, they translate only to the newest offset sync of each partition",
				"topic", t.cfg.CheckpointsTopics[0], "err", err)
			return t.cfg.CheckpointsTopics[0], false
		}
		mirror.Sleep(ctx, time.Second)
	}
}

func (t *Task) readCheckpoints(ctx context.Context) (string, error) {
	topic, _, err := mirror.ExistingTopic(ctx, t.target, t.cfg.CheckpointsTopics)
	if err != nil {
		return "", err
	}
	reader, err := t.openCheckpoints(ctx, topic, func(key, value []byte) {
		c, err := mirror.DecodeCheckpoint(key, value)
		if err != nil {
			t.log.Warn("a checkpoint is left out", "topic", topic, "err", err)
			return
		}
		t.checkpoints.load(c)
	})
	if err != nil {
		return "", err
	}
	return topic, reader.Close()
}

// Poll makes checkpoints when they are due.
func (t *Task) Poll(ctx context.Context) ([]*connect.SourceRecord, error) {
	wait := time.Until(t.next)
	if !mirror.Sleep(ctx, min(wait, pollMost)) || wait > pollMost {
		return nil, nil
	}
	l := t.loaded.Load()
	if l == nil {
		mirror.Sleep(ctx, min(t.cfg.EmitCheckpoints, 100*time.Millisecond))
		return nil, nil // the round stays due
	}
	now := time.Now()
	if t.next = t.next.Add(t.cfg.EmitCheckpoints); t.next.Before(now) {
		t.next = now.Add(t.cfg.EmitCheckpoints)
	}
	return t.round(ctx, l, now)
}

// round makes the checkpoints of all groups.
func (t *Task) round(ctx context.Context, l *loaded, now time.Time) ([]*connect.SourceRecord, error) {
	adm := kadm.NewClient(t.source)
	var records []*connect.SourceRecord
	failed, why := 0, error(nil)
	for groups := range slices.Chunk(t.groups, groupsAtOnce) {
		fetched := adm.FetchManyOffsets(ctx, groups...)
		for _, group := range groups {
			offsets := fetched[group]
			if offsets.Err != nil {
				failed, why = failed+1, offsets.Err
				t.metrics.Failed()
				continue
			}
			made, err := t.ofGroup(l, group, offsets.Fetched.Sorted(), now)
			if err != nil {
				return nil, err
			}
			t.metrics.Round(group, now, len(made))
			records = append(records, made...)
		}
	}
	if failed > 0 && ctx.Err() == nil {
		t.log.Warn("offsets of groups could not be read on the source, they have no new checkpoints", "groups", failed, "err", why)
	}
	return records, nil
}

func (t *Task) ofGroup(l *loaded, group string, offsets []kadm.OffsetResponse, now time.Time) ([]*connect.SourceRecord, error) {
	var records []*connect.SourceRecord
	for _, o := range offsets {
		if o.Err != nil || o.At < 0 || !t.cfg.Topics.Replicates(o.Topic) {
			continue
		}
		down, ok := l.syncs.Translate(o.Topic, o.Partition, o.At)
		if !ok || down == mirror.TooOld {
			continue
		}
		c := mirror.Checkpoint{
			Group: group, Topic: t.onTarget(o.Topic), Partition: o.Partition,
			Upstream: o.At, Downstream: down, Metadata: o.Metadata,
		}
		if !t.checkpoints.advance(c) {
			continue
		}
		r, err := record(l.topic, c, now)
		if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	return records, nil
}

// onTarget names the copy of the source's topic. A topic that is itself a copy
// of the target's stands for the original: that is how groups fail back.
func (t *Task) onTarget(topic string) string {
	if source, ok := t.cfg.Policy.TopicSource(topic); ok && source == t.cfg.TargetAlias {
		return t.cfg.Policy.OriginalTopic(topic)
	}
	return t.cfg.Policy.RemoteTopic(topic)
}

func record(topic string, c mirror.Checkpoint, now time.Time) (*connect.SourceRecord, error) {
	key, value, err := c.Encode()
	if err != nil {
		return nil, fmt.Errorf("encoding a checkpoint of group %s: %w", c.Group, err)
	}
	partition, at := int32(0), now.UnixMilli()
	bytes := &data.Schema{Type: data.Bytes}
	return &connect.SourceRecord{
		SourcePartition: mirror.CheckpointPartition(c),
		SourceOffset:    mirror.SourceOffset(0),
		Topic:           topic,
		Partition:       &partition,
		KeySchema:       bytes, Key: key,
		ValueSchema: bytes, Value: value,
		Timestamp: &at,
	}, nil
}

// CommitRecord observes how long a checkpoint took.
func (t *Task) CommitRecord(_ context.Context, r *connect.SourceRecord, m *connect.RecordMetadata) {
	if m != nil && r.Timestamp != nil {
		t.metrics.Acknowledged(time.Since(time.UnixMilli(*r.Timestamp)))
	}
}

// Stop ends what Start began and waits for it.
func (t *Task) Stop() error {
	if t.stop != nil {
		t.stop()
		t.done.Wait()
	}
	for _, client := range []*kgo.Client{t.source, t.target} {
		if client != nil {
			client.Close()
		}
	}
	return nil
}
