package source

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"

	"crosstide/connectors/mirror"
	"crosstide/internal/kafka"
)

const (
	// syncPermits is how many requests with syncs may be under way, as many as
	// Java has; syncBatch is how many syncs one of them may carry, where Java
	// sends one. So ten thousand partitions that all start at once have their
	// first syncs written within a few round trips.
	syncPermits = 10
	syncBatch   = 256
	// syncPace is the least time between two drains. A partition that is copied
	// at a million records a second asks for a sync every few microseconds;
	// what a group gains by more than this many a second is less than what it
	// reads in the meantime.
	syncPace = 20 * time.Millisecond
	// syncRetryPause follows a failed write.
	syncRetryPause = time.Second
)

// OffsetSyncsConfig is what [NewOffsetSyncs] needs.
type OffsetSyncsConfig struct {
	Topic  string
	MaxLag int64 // offset.lag.max
	// Client must partition manually. It is closed by Close.
	Client *kgo.Client
	// Written and Failed count syncs; both may be nil.
	Written, Failed prometheus.Counter
	Log             *slog.Logger
}

// OffsetSyncs decides by [mirror.SyncRule] which acknowledged records become
// offset syncs, and writes these. A sync that waits for its turn is replaced by
// a newer one of its partition, so the writer is never behind by more than one
// sync a partition, or two where offsets broke off. Unlike Java's, a sync whose
// write fails is written again, unless a newer one was sent: the newer must stay
// the last in the topic, since readers take a step back for a rewind.
//
// All methods but Run and Close may be called from any goroutine.
type OffsetSyncs struct {
	OffsetSyncsConfig
	wake chan struct{} // holds one token: something may be sent

	mu         sync.Mutex
	partitions map[syncKey]*partitionSyncs
	pending    []*partitionSyncs // in the order they became pending
	delayed    []*partitionSyncs
	inFlight   int // requests
	notBefore  time.Time
	failing    bool
}

type syncKey struct {
	topic     string
	partition int32
}

// partitionSyncs is what is to be written of one partition: an anchor first,
// then the latest. delayed waits for the next commit.
type partitionSyncs struct {
	syncKey
	rule                      mirror.SyncRule
	anchor, latest, late      mirror.Sync
	steps                     []mirror.Sync // between the two
	hasAnchor, hasLatest      bool
	hasLate, isLate, isQueued bool
	sent                      uint64 // how many syncs were handed to the client
}

// OpenOffsetSyncs makes the producer of a task's offset syncs. topic is the
// spelling to write to, see [OffsetSyncsTopic]; task is the task's index.
// reg gets its counters. Nothing is connected yet.
func OpenOffsetSyncs(cfg *mirror.SourceConfig, topic, task string, reg prometheus.Registerer, log *slog.Logger) (*OffsetSyncs, error) {
	role := mirror.OffsetSyncsSourceProducer
	if cfg.OffsetSyncsOnTarget {
		role = mirror.OffsetSyncsTargetProducer
	}
	settings, err := kafka.ParseSettings(mirror.ClientConfig(cfg.Props, role, task))
	if err != nil {
		return nil, fmt.Errorf("offset syncs producer: %w", err)
	}
	client, err := kafka.NewFranz(settings, log, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		return nil, fmt.Errorf("offset syncs producer: %w", err)
	}
	written, failed, err := mirror.NewSyncCounters(reg, cfg.SourceAlias, cfg.TargetAlias)
	if err != nil {
		client.Close()
		return nil, fmt.Errorf("registering metrics: %w", err)
	}
	return NewOffsetSyncs(OffsetSyncsConfig{
		Topic: topic, MaxLag: cfg.OffsetLagMax, Client: client, Written: written, Failed: failed, Log: log,
	}), nil
}

// NewOffsetSyncs makes a writer that has seen nothing yet.
func NewOffsetSyncs(cfg OffsetSyncsConfig) *OffsetSyncs {
	return &OffsetSyncs{
		OffsetSyncsConfig: cfg,
		wake:              make(chan struct{}, 1),
		partitions:        map[syncKey]*partitionSyncs{},
	}
}

// Acked notes that n consecutive records of a source partition, the first at
// up, were written to the target from down on. It never blocks on I/O and is
// meant to be called once a batch, in order per partition, and best after the
// source offsets have been committed: what is copied again after a crash then
// makes no sync below one that is in the topic already, which readers would
// take for a rewind of the source.
func (o *OffsetSyncs) Acked(topic string, partition int32, up, down, n int64) {
	if n < 1 || down < 0 {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	p := o.partition(topic, partition)
	p.take(p.rule.AckRun(o.MaxLag, up, down, n))
	p.step(o.MaxLag, up, down, n)
	o.enlist(p)
}

// take replaces what newer syncs make needless.
func (p *partitionSyncs) take(s mirror.Syncs) {
	if s.HasAnchor {
		p.anchor, p.hasAnchor = s.Anchor, true
		p.hasLatest, p.hasLate, p.steps = false, false, p.steps[:0]
	}
	if s.HasLatest {
		p.latest, p.hasLatest = s.Latest, true
		p.hasLate = false
	}
	if s.HasDelayed {
		p.late, p.hasLate = s.Delayed, true
	} else {
		p.hasLate = false
	}
}

// step adds syncs within a long run, at distances from its end that double: what
// readers keep of the many that Java would write there (a store has a slot for
// each power of two). A group within the run translates by the nearest before it.
func (p *partitionSyncs) step(maxLag, up, down, n int64) {
	if !p.hasLatest {
		return
	}
	end := p.latest
	p.steps = slices.DeleteFunc(p.steps, func(s mirror.Sync) bool { return s.Up >= up })
	if excess := len(p.steps) - maxSteps; excess > 0 {
		p.steps = p.steps[excess:]
	}
	for k := bits.Len64(uint64(n)); k >= 0; k-- {
		distance := int64(1) << k
		if distance <= max(maxLag, 1) {
			break
		}
		if at := end.Up - distance; at > up && at < up+n {
			p.steps = append(p.steps, mirror.Sync{Up: at, Down: down + at - up})
		}
	}
}

// maxSteps bounds the steps that wait for a writer that is behind.
const maxSteps = 64

func (o *OffsetSyncs) enlist(p *partitionSyncs) {
	if p.hasLate && !p.isLate {
		p.isLate = true
		o.delayed = append(o.delayed, p)
	}
	if (p.hasAnchor || p.hasLatest) && !p.isQueued {
		p.isQueued = true
		o.pending = append(o.pending, p)
		o.signal()
	}
}

func (o *OffsetSyncs) partition(topic string, partition int32) *partitionSyncs {
	k := syncKey{topic, partition}
	p := o.partitions[k]
	if p == nil {
		p = &partitionSyncs{syncKey: k, rule: mirror.NewSyncRule()}
		o.partitions[k] = p
	}
	return p
}

// Commit is called after each offset commit. It makes every partition's last
// record a sync, so that also a quiet topic's groups translate to its end.
func (o *OffsetSyncs) Commit() {
	o.mu.Lock()
	defer o.mu.Unlock()
	late := o.delayed
	o.delayed = nil
	for _, p := range late {
		p.isLate = false
		if p.hasLate {
			p.latest, p.hasLatest, p.hasLate = p.late, true, false
		}
		o.enlist(p)
	}
}

// signal leaves a token for the writer.
func (o *OffsetSyncs) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Run writes syncs until ctx ends.
func (o *OffsetSyncs) Run(ctx context.Context) {
	for {
		select {
		case <-o.wake:
			o.drain()
		case <-ctx.Done():
			return
		}
		if !sleepUntil(ctx, time.Now().Add(max(syncPace, o.untilRetry()))) {
			return
		}
		if o.waiting() > 0 { // for a permit, or for the pause after a failure
			o.signal()
		}
	}
}

// Close, called after Run has returned, writes what is still waiting, delayed
// syncs too, and closes the client. The error tells how many were left when ctx
// ended.
func (o *OffsetSyncs) Close(ctx context.Context) error {
	defer o.Client.Close()
	o.Commit()
	for {
		o.drain()
		if o.idle() {
			return nil
		}
		select {
		case <-o.wake:
		case <-time.After(max(syncPace, o.untilRetry())):
		case <-ctx.Done():
			o.mu.Lock()
			defer o.mu.Unlock()
			return fmt.Errorf("offset syncs of %d partitions wait and %d requests are unanswered on %s: %w", len(o.pending), o.inFlight, o.Topic, ctx.Err())
		}
	}
}

func (o *OffsetSyncs) idle() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.pending) == 0 && o.inFlight == 0
}

func (o *OffsetSyncs) waiting() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.pending)
}

func (o *OffsetSyncs) untilRetry() time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	return time.Until(o.notBefore)
}

// drain sends while there are permits and something to send.
func (o *OffsetSyncs) drain() {
	for batch := o.next(); len(batch) > 0; batch = o.next() {
		o.send(batch)
	}
}

// outgoing is a sync on its way. serial is its partition's count of syncs sent.
type outgoing struct {
	p      *partitionSyncs
	sync   mirror.Sync
	anchor bool
	serial uint64
}

// next takes a permit and the syncs for it, or nothing.
func (o *OffsetSyncs) next() []outgoing {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.pending) == 0 || o.inFlight >= syncPermits || time.Now().Before(o.notBefore) {
		return nil
	}
	var batch []outgoing
	for len(o.pending) > 0 && len(batch) < syncBatch {
		p := o.pending[0]
		o.pending = o.pending[1:]
		p.isQueued = false
		if p.hasAnchor {
			p.sent++
			batch = append(batch, outgoing{p, p.anchor, true, p.sent})
		}
		for _, step := range p.steps {
			p.sent++
			batch = append(batch, outgoing{p, step, false, p.sent})
		}
		p.steps = p.steps[:0]
		if p.hasLatest {
			p.sent++
			batch = append(batch, outgoing{p, p.latest, false, p.sent})
		}
		p.hasAnchor, p.hasLatest = false, false
	}
	if len(o.pending) == 0 {
		o.pending = nil // the memory behind what was cut off
	}
	if len(batch) > 0 {
		o.inFlight++
	}
	return batch
}

// send hands a batch to the client, whose idempotent producer keeps the order
// within the topic's one partition.
func (o *OffsetSyncs) send(batch []outgoing) {
	var left atomic.Int64
	left.Store(int64(len(batch)))
	for _, s := range batch {
		key, value, err := mirror.OffsetSync{
			Topic: s.p.topic, Partition: s.p.syncKey.partition, Upstream: s.sync.Up, Downstream: s.sync.Down,
		}.Encode()
		done := func(_ *kgo.Record, err error) {
			o.sentOne(s, err)
			if left.Add(-1) == 0 {
				o.release()
			}
		}
		if err != nil { // a topic name that Kafka itself would not allow
			done(nil, err)
			continue
		}
		o.Client.Produce(context.Background(), &kgo.Record{Topic: o.Topic, Key: key, Value: value}, done)
	}
}

func (o *OffsetSyncs) release() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.inFlight--
	o.signal()
}

// sentOne notes the outcome of one sync. A failed one waits again, but only if
// it is the last that was sent of its partition and nothing newer waits.
func (o *OffsetSyncs) sentOne(s outgoing, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err == nil {
		count(o.Written)
		if o.failing {
			o.failing = false
			o.Log.Info("offset syncs are written again", "topic", o.Topic)
		}
		return
	}
	if errors.Is(err, kgo.ErrClientClosed) {
		return
	}
	count(o.Failed)
	o.notBefore = time.Now().Add(syncRetryPause)
	if !o.failing {
		o.failing = true
		o.Log.Warn("offset syncs cannot be written, trying on; until then consumer groups translate to older positions",
			"topic", o.Topic, "err", err)
	}
	p := s.p
	if s.serial != p.sent || p.hasAnchor || p.hasLatest {
		return // superseded
	}
	if s.anchor {
		p.anchor, p.hasAnchor = s.sync, true
	} else {
		p.latest, p.hasLatest = s.sync, true
	}
	o.enlist(p)
}

func count(c prometheus.Counter) {
	if c != nil {
		c.Inc()
	}
}
