package dataplane

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
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
}

// Committed is how far one source partition is copied: Offset and all before it.
// Offset −1 takes back an earlier commit.
type Committed struct {
	Topic     string
	Partition int32
	Offset    int64
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

	Budget *Budget
	Log    *slog.Logger
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
			position: a.Position, start: a.Position, done: a.Position - 1, committed: a.Position - 1,
			lastEpoch: -1, replica: -1, fetchBytes: cfg.PartitionFetchBytes, highWater: -1, logStart: -1,
			limit: defaultMaxMessageBytes, downEnd: -1, newest: -1,
		}
		if a.Position >= 0 {
			p.read = reading
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

// drainTime is how long a stopping plane waits for what is on the wire.
const drainTime = 3 * time.Second

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
	for _, p := range pl.partitions {
		p.mu.Lock()
		p.drop()
		p.mu.Unlock()
	}
	return err
}

// begin gets what nothing can be done without, trying until ctx ends.
func (pl *Plane) begin(ctx context.Context) error {
	said := ""
	for n := 0; ; n++ {
		err := pl.tryBegin(ctx)
		var denied *DeniedError
		if err == nil || errors.As(err, &denied) {
			return err
		}
		if err.Error() != said {
			pl.log.Warn("mirror task waits for its clusters", "err", err)
			said = err.Error()
		}
		pause(ctx, min(100*time.Millisecond<<min(n, 6), 5*time.Second))
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

func (pl *Plane) tryBegin(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { _, err := pl.sourceTopology.refresh(gctx, true); return err })
	g.Go(func() error { _, err := pl.targetTopology.refresh(gctx, true); return err })
	g.Go(func() error {
		id, err := pl.freshIdentity(gctx, recordbatch.NoIdentity, "")
		for _, p := range pl.partitions {
			p.ident = id
		}
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	g, gctx = errgroup.WithContext(ctx)
	g.Go(func() error { return pl.findStarts(gctx) })
	g.Go(func() error { pl.findEnds(gctx); return nil })
	return g.Wait()
}

// findStarts finds the positions of partitions without committed offset, with
// one request a broker; those that can't be found now are resolved one by one.
func (pl *Plane) findStarts(ctx context.Context) error {
	if pl.cfg.Reset == ResetNone {
		return nil
	}
	var topics []string
	for topic, ps := range pl.bySource {
		for _, p := range ps {
			if p.position < 0 {
				topics = append(topics, topic)
				break
			}
		}
	}
	if len(topics) == 0 {
		return nil
	}
	list := kadm.NewClient(pl.source.Client).ListStartOffsets
	if pl.cfg.Reset == ResetLatest {
		list = kadm.NewClient(pl.source.Client).ListEndOffsets
	}
	offsets, err := list(ctx, topics...)
	var shards *kadm.ShardErrors
	if err != nil && !errors.As(err, &shards) {
		return fmt.Errorf("listing source offsets: %w", err)
	}
	for _, p := range pl.partitions {
		if o, ok := offsets.Lookup(p.source.topic, p.source.partition); p.position < 0 && ok && o.Err == nil && o.Offset >= 0 {
			p.start, p.done, p.committed = o.Offset, o.Offset-1, o.Offset-1
			if pl.cfg.Reset == ResetLatest {
				p.committed = -2 // remember the choice: a restart must not skip what comes meanwhile
				pl.dirty(p)
			}
			p.seek(o.Offset)
		}
	}
	return nil
}

// findEnds notes where the target partitions end now: our batches lie behind.
func (pl *Plane) findEnds(ctx context.Context) {
	var topics []string
	for topic := range pl.byTarget {
		if pl.targetTopology.place(topicPartition{topic, 0}).err == nil {
			topics = append(topics, topic)
		}
	}
	if len(topics) == 0 {
		return
	}
	offsets, err := kadm.NewClient(pl.target.Client).ListEndOffsets(ctx, topics...)
	if err != nil {
		pl.log.Debug("listing target offsets", "err", err)
	}
	for _, p := range pl.partitions {
		if o, ok := offsets.Lookup(p.target.topic, p.target.partition); ok && o.Err == nil && o.Offset >= 0 {
			p.downEnd = o.Offset
		}
	}
}

func (pl *Plane) refreshFailed() func(error) {
	said := ""
	return func(err error) {
		if err.Error() != said {
			pl.log.Warn("metadata can't be read, trying again", "err", err)
			said = err.Error()
		}
	}
}

func (pl *Plane) moved(index map[string][]*partition, names []string) {
	for _, name := range names {
		for _, p := range index[name] {
			pl.place(p)
		}
	}
}

func (pl *Plane) fetcher(node int32) *fetcher {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	f := pl.fetchers[node]
	if f == nil {
		f = newFetcher(pl, node)
		pl.fetchers[node] = f
		pl.group.Go(func() error { f.run(pl.readCtx); return nil })
	}
	return f
}

func (pl *Plane) sender(node int32) *sender {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	s := pl.senders[node]
	if s == nil {
		s = newSender(pl, node)
		pl.senders[node] = s
		pl.group.Go(func() error { s.run(pl.sendCtx); return nil })
	}
	return s
}

// place takes the partition to the brokers that serve it now.
func (pl *Plane) place(p *partition) {
	src, dst := pl.sourceTopology.place(p.source), pl.targetTopology.place(p.target)
	p.mu.Lock()
	was := p.fetcher
	p.placeSource(src)
	p.placeTarget(dst)
	now := p.fetcher
	start := p.chore != choreNone && !p.working && p.wired == 0 && !p.building
	if start {
		p.working = true
	}
	s := p.list()
	p.mu.Unlock()
	if start {
		pl.startChore(p)
	}
	was.touch(p)
	if now != was {
		now.touch(p)
	}
	s.push(p)
}

func (p *partition) placeSource(at place) {
	p.sourcePlace = at
	if at.err != nil {
		p.fetcher = nil
		switch {
		case errors.Is(at.err, kerr.TopicAuthorizationFailed):
			p.fail(&DeniedError{Cluster: "source", Operation: "DESCRIBE", Resource: "topic " + p.source.topic, Err: at.err}, deniedRetry)
		case errors.Is(at.err, kerr.UnknownTopicOrPartition):
			p.pl.sayGone(p)
			p.pl.sourceTopology.staleLater(2*time.Second, p.source.topic)
		default:
			p.pl.sourceTopology.staleLater(200*time.Millisecond, p.source.topic)
		}
		return
	}
	recreated := p.sourceID != (topicID{}) && at.id != (topicID{}) && at.id != p.sourceID
	p.sourceID = at.id
	node := at.leader
	if p.replica >= 0 {
		if _, ok := p.pl.sourceTopology.address(p.replica); ok {
			node = p.replica
		}
	}
	p.fetcher = p.pl.fetcher(node)
	switch {
	case recreated:
		p.resolve(causeRecreated)
	case p.read == readResolving && !p.finding && p.failure == nil:
		p.resolve(p.cause)
	}
}

func (p *partition) placeTarget(at place) {
	p.targetErr = at.err
	if at.err != nil {
		switch {
		case errors.Is(at.err, kerr.UnknownTopicOrPartition), errors.Is(at.err, kerr.UnknownTopicID):
			p.pl.missing(p)
		case errors.Is(at.err, kerr.TopicAuthorizationFailed):
			p.fail(&DeniedError{Cluster: "target", Operation: "DESCRIBE", Resource: "topic " + p.target.topic, Err: at.err}, deniedRetry)
		default:
			p.pl.targetTopology.staleLater(200*time.Millisecond, p.target.topic)
		}
		return
	}
	if p.targetID != (topicID{}) && at.id != (topicID{}) && at.id != p.targetID {
		p.want(choreRefill)
	}
	p.targetID = at.id
	if s := p.pl.sender(at.leader); p.sender != s {
		p.sender, p.listed = s, false
	}
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

// missing notes a target topic to be created. The caller holds p.mu.
func (pl *Plane) missing(p *partition) {
	pl.mu.Lock()
	pl.ensure[p.source.topic] = struct{}{}
	pl.mu.Unlock()
	pl.targetTopology.staleLater(250*time.Millisecond, p.target.topic)
}

// sayGone reports a source topic that is not there. The caller holds p.mu.
func (pl *Plane) sayGone(p *partition) {
	if p.source.partition == 0 && p.highWater >= 0 {
		pl.log.Warn("source topic is gone; its copy stays as it is", "topic", p.source.topic)
		p.highWater = -1
	}
}

// ensureTargets has missing target topics created, in rounds.
func (pl *Plane) ensureTargets(ctx context.Context) {
	said := ""
	for wait := 200 * time.Millisecond; ; {
		pause(ctx, wait)
		if ctx.Err() != nil {
			return
		}
		pl.mu.Lock()
		var topics []string
		for t := range pl.ensure {
			topics = append(topics, t)
		}
		clear(pl.ensure)
		pl.mu.Unlock()
		if len(topics) == 0 || pl.cfg.EnsureTarget == nil {
			wait = 200 * time.Millisecond
			continue
		}
		if err := pl.cfg.EnsureTarget(ctx, topics); err != nil {
			if err.Error() != said && ctx.Err() == nil {
				pl.log.Warn("target topics can't be created, trying again", "err", err)
				said = err.Error()
			}
			wait = min(wait*2, 10*time.Second)
			continue
		}
		for _, t := range topics {
			for _, p := range pl.bySource[t] {
				pl.targetTopology.stale(p.target.topic)
			}
		}
		wait = 200 * time.Millisecond
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

// timers runs functions later, all from one goroutine.
type timers struct {
	mu   sync.Mutex
	heap timerHeap
	wake chan struct{}
}

type timer struct {
	at time.Time
	f  func()
}

type timerHeap []timer

func (h timerHeap) Len() int           { return len(h) }
func (h timerHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h timerHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *timerHeap) Push(x any)        { *h = append(*h, x.(timer)) }
func (h *timerHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

func (t *timers) add(d time.Duration, f func()) {
	t.mu.Lock()
	heap.Push(&t.heap, timer{time.Now().Add(d), f})
	t.mu.Unlock()
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

func (t *timers) run(ctx context.Context) {
	clock := time.NewTimer(time.Hour)
	defer clock.Stop()
	for {
		var due []func()
		wait := time.Hour
		t.mu.Lock()
		for len(t.heap) > 0 {
			if wait = time.Until(t.heap[0].at); wait > 0 {
				break
			}
			due = append(due, heap.Pop(&t.heap).(timer).f)
			wait = time.Hour
		}
		t.mu.Unlock()
		for _, f := range due {
			f()
		}
		clock.Reset(wait)
		select {
		case <-ctx.Done():
			return
		case <-t.wake:
		case <-clock.C:
		}
	}
}
