package dataplane

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"crosstide/internal/recordbatch"
)

// Reset is what to do for a partition without committed offset (auto.offset.reset).
type Reset string

// The resets.
const (
	ResetEarliest Reset = "earliest"
	ResetLatest   Reset = "latest"
	ResetNone     Reset = "none"
)

// Assignment is one partition to copy. The target partition has the same number.
type Assignment struct {
	Topic       string
	Partition   int32
	TargetTopic string
	// Position is the next source offset to copy, −1 when none is committed.
	Position int64
	// SourceID and TargetID are the topics' ids when Position was committed, zero
	// when not known: a topic with another id by now was made anew meanwhile.
	SourceID, TargetID [16]byte
}

// Committed is how far one source partition is copied: Offset and all before it.
// Offset −1 takes back an earlier commit.
type Committed struct {
	Topic     string
	Partition int32
	Offset    int64
	// SourceID and TargetID are the topics' ids, zero where brokers give none.
	SourceID, TargetID [16]byte
}

// Transform is the place of Connect's transformations: it returns the records
// to write, in order. It may be called from several goroutines, for one
// partition from one at a time.
type Transform func(topic string, partition int32, records []recordbatch.Record) ([]recordbatch.Record, error)

// Config is what a plane is told. Everything but the hooks' callees stays
// unchanged while it runs.
type Config struct {
	Source, Target Cluster
	Partitions     []Assignment

	Reset               Reset
	ReadCommitted       bool
	Rack                string
	FetchMaxWaitMs      int32
	FetchMaxBytes       int32 // of one answer
	PartitionFetchBytes int32
	MetadataMaxAge      time.Duration
	OnDataLoss          OnDataLoss

	// Commit stores offsets durably. It is called from one goroutine.
	Commit         func(ctx context.Context, offsets []Committed) error
	CommitInterval time.Duration
	// Acked is told each run of n records that are in the target and committed:
	// source offsets from up, target offsets from down. It is called from the
	// goroutine that commits, in order.
	Acked func(topic string, partition int32, up, down, n int64)
	// EnsureTarget creates target topics for source topics, or lets them grow.
	EnsureTarget func(ctx context.Context, topics []string) error
	Transform    Transform
	// DeadLetter, when set, takes a record that the target topic can never take
	// for its size; the partition then goes on behind it. It returns when the
	// record is durable elsewhere.
	DeadLetter func(ctx context.Context, topic string, partition int32, record recordbatch.Record, reason error) error

	// Origins, when set, keeps mirrors that write into each other from copying
	// records around for ever.
	Origins Origins

	// PauseState tells whether copying is paused, and a channel closed on change.
	PauseState func() (bool, <-chan struct{})

	Budget   *Budget
	Counters *Counters
	Log      *slog.Logger
}

func (c *Config) defaults() {
	set := func(v *int32, d int32) {
		if *v <= 0 {
			*v = d
		}
	}
	set(&c.FetchMaxWaitMs, 500)
	set(&c.FetchMaxBytes, 50<<20)
	set(&c.PartitionFetchBytes, 1<<20)
	if c.MetadataMaxAge <= 0 {
		c.MetadataMaxAge = 5 * time.Minute
	}
	if c.CommitInterval <= 0 {
		c.CommitInterval = time.Second
	}
	if c.Reset == "" {
		c.Reset = ResetEarliest
	}
	if c.OnDataLoss == "" {
		c.OnDataLoss = WarnOnDataLoss
	}
	if c.Budget == nil {
		c.Budget = SharedBudget()
	}
	if c.Counters == nil {
		c.Counters = NewCounters()
	}
	if c.Acked == nil {
		c.Acked = func(string, int32, int64, int64, int64) {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
}

// Plane copies the partitions of one task. See the package comment.
type Plane struct {
	cfg            Config
	log            *slog.Logger
	source, target Cluster
	budget         *Budget
	metrics        *metrics

	sourceTopology, targetTopology *topology

	partitions []*partition
	bySource   map[string][]*partition
	byTarget   map[string][]*partition

	paused   atomic.Bool
	stopping atomic.Bool
	failures atomic.Int64
	timers   timers

	group   *errgroup.Group // readers, writers, chores
	readCtx context.Context
	sendCtx context.Context
	surgery chan struct{} // bounds chores under way

	mu       sync.Mutex
	fetchers map[int32]*fetcher
	senders  map[int32]*sender
	idents   map[string]recordbatch.Identity // by origins
	noCodec  [8]bool
	ensure   map[string]struct{} // source topics whose targets are missing
	events   []LossEvent

	identMu sync.Mutex // one InitProducerId at a time

	dirtyMu  sync.Mutex
	dirtySet map[*partition]struct{}
}

// New makes a plane; Run starts it.
func New(cfg Config) *Plane {
	cfg.defaults()
	pl := &Plane{
		cfg: cfg, log: cfg.Log, source: cfg.Source, target: cfg.Target, budget: cfg.Budget,
		bySource: map[string][]*partition{}, byTarget: map[string][]*partition{},
		fetchers: map[int32]*fetcher{}, senders: map[int32]*sender{},
		idents: map[string]recordbatch.Identity{}, ensure: map[string]struct{}{}, dirtySet: map[*partition]struct{}{}, surgery: make(chan struct{}, 16),
	}
	pl.metrics = newMetrics(pl)
	pl.sourceTopology = newTopology("source", cfg.Source, cfg.MetadataMaxAge)
	pl.targetTopology = newTopology("target", cfg.Target, cfg.MetadataMaxAge)
	pl.timers.wake = make(chan struct{}, 1)
	pl.sourceTopology.after, pl.targetTopology.after = pl.after, pl.after
	for _, a := range cfg.Partitions {
		p := &partition{
			pl: pl, source: topicPartition{a.Topic, a.Partition}, target: topicPartition{a.TargetTopic, a.Partition},
			position: a.Position, done: a.Position - 1, committed: a.Position - 1,
			lastEpoch: -1, replica: -1, fetchBytes: cfg.PartitionFetchBytes, highWater: -1, logStart: -1,
			stats: cfg.Counters.of(topicPartition{a.Topic, a.Partition}), limit: defaultMaxMessageBytes, downEnd: -1, newest: -1,
		}
		if a.Position >= 0 {
			p.read = reading
			p.sourceID, p.targetID = a.SourceID, a.TargetID
		} else {
			p.position, p.done, p.committed = -1, -1, -1
		}
		pl.partitions = append(pl.partitions, p)
		pl.bySource[a.Topic] = append(pl.bySource[a.Topic], p)
		pl.byTarget[a.TargetTopic] = append(pl.byTarget[a.TargetTopic], p)
		pl.sourceTopology.track(a.Topic)
		pl.targetTopology.track(a.TargetTopic)
	}
	return pl
}

// drainTime is how long a stopping plane waits for what is on the wire, and then
// for its last commit. Both together fit into the worker's usual grace
// (task.shutdown.graceful.timeout.ms, 5 s).
const drainTime = 2 * time.Second

// Run copies until ctx ends, then waits for what is on the wire and commits what
// was acknowledged. It returns an error only when it could not start, or when
// the last commit failed.
func (pl *Plane) Run(ctx context.Context) error {
	base := context.WithoutCancel(ctx)
	sendCtx, stopSending := context.WithCancel(base)
	defer stopSending()
	readCtx, stopReading := context.WithCancel(ctx)
	defer stopReading()
	pl.group = &errgroup.Group{}
	pl.readCtx, pl.sendCtx = readCtx, sendCtx

	if err := pl.begin(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	pl.group.Go(func() error { pl.timers.run(sendCtx); return nil })
	pl.group.Go(func() error {
		pl.sourceTopology.run(sendCtx, func(names []string) { pl.moved(pl.bySource, names) }, pl.refreshFailed())
		return nil
	})
	pl.group.Go(func() error {
		pl.targetTopology.run(sendCtx, func(names []string) { pl.moved(pl.byTarget, names) }, pl.refreshFailed())
		return nil
	})
	pl.group.Go(func() error { pl.watchPause(readCtx); return nil })
	pl.group.Go(func() error { pl.ensureTargets(readCtx); return nil })
	for _, p := range pl.partitions {
		pl.place(p)
	}
	pl.commitEvery(ctx)

	stopReading()
	pl.stopping.Store(true)
	pl.drain()
	stopSending()
	err := pl.group.Wait()
	commitCtx, cancel := context.WithTimeout(base, drainTime)
	defer cancel()
	err = errors.Join(err, pl.commit(commitCtx, len(pl.partitions)))
	// Only now: an empty queue would look as if all that was fetched were copied.
	open := int64(0)
	for _, p := range pl.partitions {
		p.mu.Lock()
		for _, f := range p.window {
			if !f.done {
				open += int64(f.count)
			}
		}
		p.drop()
		p.mu.Unlock()
	}
	if open > 0 {
		pl.log.Warn("stopped before the target answered; what it has of these records may be copied twice", "records", open)
	}
	return err
}

// after calls f once d has passed, unless the plane has ended by then.
func (pl *Plane) after(d time.Duration, f func()) { pl.timers.add(d, f) }

func (pl *Plane) startChore(p *partition) {
	pl.group.Go(func() error {
		pl.surgery <- struct{}{}
		defer func() { <-pl.surgery }()
		p.mu.Lock()
		c := p.chore
		p.chore = choreNone
		p.mu.Unlock()
		err := p.doChore(pl.readCtx, c)
		p.mu.Lock()
		p.working = false
		if p.halted = p.chore != choreNone; err != nil && pl.readCtx.Err() == nil {
			pl.log.Warn("recovery of a partition failed, trying again", "topic", p.source.topic, "partition", p.source.partition, "err", err)
			p.want(c)
			p.mu.Unlock()
			pl.after(time.Second, func() { p.mu.Lock(); p.goOn() })
			return nil
		}
		f := p.fetcher
		p.goOn()
		f.touch(p)
		return nil
	})
}

func (pl *Plane) startResolve(p *partition) {
	pl.group.Go(func() error {
		pl.surgery <- struct{}{}
		defer func() { <-pl.surgery }()
		err := p.findPosition(pl.readCtx)
		p.mu.Lock()
		p.finding = false
		f := p.fetcher
		p.mu.Unlock()
		if err != nil && pl.readCtx.Err() == nil {
			pl.log.Debug("finding a position failed, trying again", "topic", p.source.topic, "partition", p.source.partition, "err", err)
			pl.sourceTopology.staleLater(500*time.Millisecond, p.source.topic)
			return nil
		}
		pl.dirty(p)
		f.touch(p)
		return nil
	})
}

func (pl *Plane) codecAllowed(c recordbatch.Codec) bool {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	return !pl.noCodec[c&7]
}

func (pl *Plane) refuseCodec(f *flight) {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	pl.noCodec[recordbatch.View(f.batch).Codec()&7] = true
}

func (pl *Plane) keepEvent(e LossEvent) {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	const most = 256
	if len(pl.events) >= most {
		pl.events = append(pl.events[:0], pl.events[1:]...)
	}
	pl.events = append(pl.events, e)
}

// Events are the latest losses, oldest first.
func (pl *Plane) Events() []LossEvent {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	return append([]LossEvent(nil), pl.events...)
}

func (pl *Plane) watchPause(ctx context.Context) {
	if pl.cfg.PauseState == nil {
		return
	}
	for {
		paused, changed := pl.cfg.PauseState()
		if pl.paused.Swap(paused) != paused {
			for _, p := range pl.partitions {
				p.touch()
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

// drain waits until everything that may be in the target is known to be, as
// long as that may take: what is not would be copied again.
func (pl *Plane) drain() {
	deadline := time.Now().Add(drainTime)
	for time.Now().Before(deadline) {
		open := 0
		for _, p := range pl.partitions {
			p.mu.Lock()
			if p.wired > 0 || p.failure == nil && p.targetErr == nil {
				open += len(p.window)
			}
			p.mu.Unlock()
		}
		if open == 0 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}
