package dataplane

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"crosstide/internal/recordbatch"
)

// item is one source batch that waits to be sent.
type item struct {
	entry       recordbatch.Entry
	buf         *buffer // holds one reference
	first, last int64   // source offsets; first is where copying begins
	read        time.Time
	origins     string // see Origins
}

// flight is one target batch between build and acknowledgement.
type flight struct {
	batch       []byte
	bufs        []*buffer
	bytes       int   // what it counts for in the partition's held bytes
	first, last int64 // source offsets covered, holes included
	count       int32
	runs        []recordbatch.Run
	newest      int64 // largest record timestamp, ms
	read        time.Time
	path        path
	seq         int32

	topic  topicID // the target topic's, of the last sending
	onWire bool
	done   bool
	base   int64 // target offset of the first record, -1 when the broker did not say
}

// path is how a batch was made ready for the target.
type path uint8

const (
	pathFast path = iota
	pathJoined
	pathHoles
	pathLogAppend
	pathDeleteHorizon
	pathPosition
	pathTooLarge
	pathOldFormat
	pathCodec
	pathTransformed
	pathCount
)

var pathNames = [pathCount]string{"fast", "joined", "holes", "log_append_time", "delete_horizon", "position", "too_large", "old_format", "codec", "transformed"}

// maxWindow is how many batches of one partition a broker deduplicates for one
// producer (KIP-98's cached batches): more in flight could not be retried safely.
const maxWindow = 5

// readState tells whether a partition may be fetched.
type readState uint8

const (
	readResolving readState = iota // its position is being found
	reading
)

// partition is the state of one source partition and its copy. Every field
// below mu is guarded by it; the lock is never held across I/O, and no other
// lock of this package is taken under it but those of ready lists and touched
// sets (see doc.go).
type partition struct {
	pl     *Plane
	source topicPartition
	target topicPartition

	scanMu sync.Mutex // one answer at a time is scanned; taken before mu

	mu sync.Mutex

	// Reading.
	read        readState
	seeks       uint32 // counts moves of position other than by fetching
	position    int64  // next source offset to fetch
	lastEpoch   int32  // leader epoch of the last batch read, -1 unknown
	sourceID    topicID
	sourcePlace place
	replica     int32 // follower to fetch from (KIP-392), -1 for the leader
	fetcher     *fetcher
	stalled     bool // not fetched because it holds enough already
	fetchBytes  int32
	aborted     abortedSet
	highWater   int64 // -1 until the first fetch
	logStart    int64
	corrupt     int // consecutive damaged fetches

	queue  []item
	queued int
	held   int // queued bytes and those in flight

	// Writing.
	sender    *sender
	listed    bool // in the sender's ready list
	building  bool
	targetID  topicID
	targetErr error
	ident     recordbatch.Identity // producer id, epoch, and the next sequence
	origins   string               // of the batches that ident may write
	idents    map[string]recordbatch.Identity
	window    []*flight // in sequence order, oldest first
	wired     int       // flights in window that are on the wire
	resend    bool      // earlier flights failed: wait for the rest, then send again
	halted    bool      // a chore works on this partition: send nothing
	blocked   time.Time // send nothing before
	attempts  int       // failures in a row
	limit     int       // largest batch the target takes
	limitSure bool      // limit is what the target said, not a guess

	// Progress.
	done      int64 // last source offset that is copied together with all before it
	committed int64 // last one that was committed
	downEnd   int64 // target offset after the last acknowledged record, -1 unknown
	newest    int64 // newest timestamp acknowledged, ms
	runs      []ackRun

	failure error     // why the partition stands still, nil while it does not
	retryAt time.Time // when that is looked at again, zero for never
	cause   cause     // what resolve is to find out
	chore   chore     // what is to be done before sending goes on
	working bool      // a chore runs
	finding bool      // resolve runs

	stats *partitionStats
}

// Counters count what partitions did, for as long as the process lives: a task
// that restarts goes on counting. Share one between the tasks of a flow.
type Counters struct {
	mu    sync.Mutex
	stats map[topicPartition]*partitionStats
}

// NewCounters makes counters that have seen nothing.
func NewCounters() *Counters { return &Counters{stats: map[topicPartition]*partitionStats{}} }

func (c *Counters) of(tp topicPartition) *partitionStats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stats[tp]
	if s == nil {
		s = &partitionStats{}
		c.stats[tp] = s
	}
	return s
}

type partitionStats struct {
	records, bytes atomic.Int64
	path           [pathCount]atomic.Int64
	lost           atomic.Int64 // source records that could not be copied
	losses         [len(lossKinds)]atomic.Int64
	retries        atomic.Int64
	dead           atomic.Int64 // records set aside
	skipped        atomic.Int64 // batches left out because the target has them
}

func (p *partition) String() string {
	return fmt.Sprintf("%s-%d", p.source.topic, p.source.partition)
}

// eligible reports whether the partition should be part of its fetcher's next
// request. The caller holds p.mu.
func (p *partition) eligible(f *fetcher) bool {
	if p.fetcher != f || p.read != reading || p.failure != nil || p.pl.paused.Load() {
		return false
	}
	// See Budget: at most as much as is still free, but always one fetch.
	if p.held > 0 && int64(p.held) >= min(p.pl.budget.free(), maxHeld) {
		p.stalled = true
		return false
	}
	p.stalled = false
	return true
}

// maxHeld is the most that one partition buffers however much is free. Five
// batches of a megabyte fill its window; as much again waits behind them.
const maxHeld = 12 << 20

// accepted takes in what a fetch brought. seeks is the count that the fetch
// was made under: a partition that has been moved meanwhile drops the data.
//
// The same holds when another fetcher has already brought those offsets: both
// ask for them for a moment when a leader moves.
func (p *partition) accepted(items []item, st sentState, next int64, epoch int32, bytes int) {
	p.mu.Lock()
	if p.seeks != st.seeks || p.position != st.position {
		p.mu.Unlock()
		for i := range items {
			items[i].buf.release()
		}
		return
	}
	p.queue = append(p.queue, items...)
	p.queued += bytes
	p.held += bytes
	p.position = next
	if epoch >= 0 {
		p.lastEpoch = epoch
	}
	p.corrupt = 0
	s := p.list()
	p.mu.Unlock()
	s.push(p)
}

// list notes that the partition has something to send and returns the sender to
// push it to, nil if there is none or it is listed already. The caller holds p.mu.
func (p *partition) list() *sender {
	if p.listed || p.sender == nil || !p.sendable() {
		return nil
	}
	p.listed = true
	return p.sender
}

// sendable reports whether next would find something. The caller holds p.mu.
func (p *partition) sendable() bool {
	if p.halted || p.failure != nil || p.building || p.targetErr != nil {
		return false
	}
	if p.resend {
		return p.wired == 0 && len(p.window) > 0
	}
	if p.unsent() != nil {
		return p.wired < maxWindow // splitting may have made more than the window takes
	}
	return len(p.queue) > 0 && len(p.window) < maxWindow && !p.pl.stopping.Load() &&
		// Two producers keep no order between them: one at a time.
		(p.queue[0].origins == p.origins || len(p.window) == 0)
}

// kick lists the partition if it has something to send.
func (p *partition) kick() {
	p.mu.Lock()
	s := p.list()
	p.mu.Unlock()
	s.push(p)
}

// touch makes the fetcher look at the partition again.
func (p *partition) touch() {
	p.mu.Lock()
	f := p.fetcher
	p.mu.Unlock()
	f.touch(p)
}

// next returns the next flight to put on the wire, nil if there is none now.
// Only the sender that the partition is assigned to calls it, from its own
// goroutine; so at most one next builds at a time.
func (p *partition) next(s *sender) (f *flight, more bool) {
	p.mu.Lock()
	if p.sender != s { // moved to another broker, which lists it itself
		p.mu.Unlock()
		return nil, false
	}
	p.listed = false
	if !p.sendable() {
		p.mu.Unlock()
		return nil, false
	}
	if wait := time.Until(p.blocked); wait > 0 {
		p.mu.Unlock()
		p.pl.after(wait, p.kick)
		return nil, false
	}
	if p.resend {
		p.resend = false
	}
	if f = p.unsent(); f == nil {
		if !p.limitSure && len(p.queue[0].entry.Bytes) > p.limit {
			p.want(choreLimit)
			p.goOn()
			return nil, false
		}
		if p.queue[0].origins != p.origins {
			p.want(choreOrigins)
			p.goOn()
			return nil, false
		}
		items, path := p.take()
		limit := p.limit
		p.building = true
		p.mu.Unlock()
		flights, err := p.build(items, path, limit)
		p.mu.Lock()
		p.building = false
		p.admit(flights)
		p.progress() // a batch whose records were all filtered is done already
		if err != nil {
			p.refuse(err)
		}
		if p.sender != s || p.halted || p.failure != nil {
			p.goOn()
			return nil, false
		}
		f = p.unsent()
	}
	if f != nil {
		p.launch(f)
	}
	if more = p.sendable(); more {
		p.listed = true
	}
	p.mu.Unlock()
	return f, more
}

func (p *partition) unsent() *flight {
	for _, f := range p.window {
		if !f.onWire && !f.done {
			return f
		}
	}
	return nil
}

// admit gives built flights their sequence numbers. The caller holds p.mu.
func (p *partition) admit(flights []*flight) {
	for _, f := range flights {
		f.seq = p.ident.Sequence
		p.ident.Sequence = addSequence(f.seq, f.count)
		p.window = append(p.window, f)
	}
}

// addSequence wraps at 2^31 as brokers do.
func addSequence(seq, n int32) int32 { return int32((int64(seq) + int64(n)) & 0x7fffffff) }

// launch marks a flight as being on the wire and completes its header. The
// caller holds p.mu.
func (p *partition) launch(f *flight) {
	id := p.ident
	id.Sequence = f.seq
	recordbatch.View(f.batch).FixUp(id)
	f.onWire, f.topic = true, p.targetID
	p.wired++
}

// ackRun is n records that are in the target: source offsets from up, target
// offsets from down.
type ackRun struct{ up, down, n int64 }

// maxRuns bounds what one partition remembers until the next commit. A compacted
// topic may have a run for every other record; the newest matter most.
const maxRuns = 4096

// note remembers a run until its offsets are committed. The caller holds p.mu.
func (p *partition) note(r ackRun) {
	if n := len(p.runs); n > 0 {
		if last := &p.runs[n-1]; last.up+last.n == r.up && last.down+last.n == r.down {
			last.n += r.n
			return
		}
		if n >= maxRuns {
			p.runs = append(p.runs[:1], p.runs[n/2:]...) // the first begins the history
		}
	}
	p.runs = append(p.runs, r)
}

// progress moves done over the acknowledged prefix of the window. The caller
// holds p.mu.
func (p *partition) progress() {
	n := 0
	for n < len(p.window) && p.window[n].done {
		n++
	}
	for _, f := range p.window[:n] {
		p.done = f.last
		p.held -= f.bytes
		p.attempts = 0
		if f.newest > p.newest {
			p.newest = f.newest
		}
		if f.base >= 0 {
			p.downEnd = f.base + int64(f.count)
			for _, r := range f.runs {
				p.note(ackRun{r.Offset, f.base + int64(r.Index), int64(r.Length)})
			}
		}
		p.stats.land(f)
		if f.newest > 0 {
			p.pl.metrics.latency.Observe(time.Since(time.UnixMilli(f.newest)).Seconds())
		}
		for _, b := range f.bufs {
			b.release()
		}
		f.bufs, f.batch = nil, nil
	}
	if n > 0 {
		rest := copy(p.window, p.window[n:])
		clear(p.window[rest:])
		p.window = p.window[:rest]
		p.resend = p.resend && rest > 0
		p.pl.dirty(p)
	}
}

// refuse queues again what could not be built, and fails the partition. The
// caller holds p.mu.
func (p *partition) refuse(err error) {
	var be *buildError
	if errors.As(err, &be) {
		for _, it := range be.rest {
			p.queued += len(it.entry.Bytes)
		}
		p.queue = append(be.rest, p.queue...)
	}
	var large *recordbatch.TooLargeError
	if errors.As(err, &large) {
		if p.pl.cfg.DeadLetter != nil {
			p.want(choreDeadLetter)
			return
		}
		err = p.tooLarge(large)
	}
	p.fail(err, refusedRetry)
}

// position to commit: with nothing waiting, offsets that held no records to
// copy (markers, aborted transactions) count as done too. The caller holds p.mu.
func (p *partition) reached() int64 {
	if len(p.queue) == 0 && len(p.window) == 0 && !p.building && p.read == reading {
		return max(p.done, p.position-1)
	}
	return p.done
}

// drop empties queue and window, for a partition that ends here or starts anew
// elsewhere; until seek says where, its position means nothing. Nothing may be
// on the wire. The caller holds p.mu.
func (p *partition) drop() {
	p.read = readResolving
	p.seeks++
	for i := range p.queue {
		p.queue[i].buf.release()
	}
	for _, f := range p.window {
		for _, b := range f.bufs {
			b.release()
		}
	}
	p.queue, p.window, p.queued, p.held, p.resend = nil, nil, 0, 0, false
}

// dropFrom forgets what waits and lies at or behind a source offset: the source
// has cut it off. The caller holds p.mu.
func (p *partition) dropFrom(offset int64) {
	for n := len(p.queue); n > 0 && p.queue[n-1].last >= offset; n-- {
		it := &p.queue[n-1]
		p.queued -= len(it.entry.Bytes)
		p.held -= len(it.entry.Bytes)
		it.buf.release()
		p.queue = p.queue[:n-1]
	}
}
