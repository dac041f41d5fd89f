package dataplane

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"crosstide/internal/kafka/wire"
	"crosstide/internal/recordbatch"
)

// fetcher reads from one source broker, one request at a time, within a fetch
// session (KIP-227), so that a request names only partitions whose position,
// or wish to be read at all, has changed.
type fetcher struct {
	pl   *Plane
	node int32
	log  *slog.Logger

	link *link
	wake chan struct{}

	mu      sync.Mutex
	touched map[*partition]struct{}

	// The rest belongs to run's goroutine, and to the answer's handler while run
	// waits for it.
	session   session
	busy      bool // the last answer brought records
	throttled time.Time
}

// session is what the broker knows of this fetcher.
type session struct {
	id, epoch int32
	byIDs     bool
	sent      map[*partition]sentState
	index     map[topicPartition]*partition
	names     map[topicID]string
}

type sentState struct {
	position    int64
	seeks       uint32
	leaderEpoch int32
	bytes       int32
	id          topicID
}

func newFetcher(pl *Plane, node int32) *fetcher {
	f := &fetcher{pl: pl, node: node, log: pl.log.With("broker", node), wake: make(chan struct{}, 1), touched: map[*partition]struct{}{}}
	f.link = &link{topology: pl.sourceTopology, node: node, log: f.log}
	f.session.reset()
	return f
}

func (s *session) reset() {
	*s = session{sent: map[*partition]sentState{}, index: map[topicPartition]*partition{}, names: map[topicID]string{}}
}

// touch asks for a new look at a partition. A nil fetcher is fine.
func (f *fetcher) touch(p *partition) {
	if f == nil {
		return
	}
	f.mu.Lock()
	f.touched[p] = struct{}{}
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// run fetches until ctx ends.
func (f *fetcher) run(ctx context.Context) {
	f.pl.budget.fetchers.Add(1)
	defer func() {
		f.setBusy(false)
		f.pl.budget.fetchers.Add(-1)
	}()
	var conn *wire.Conn
	defer func() {
		if conn != nil {
			conn.Close()
		}
	}()
	for ctx.Err() == nil {
		if conn != nil && (conn.Err() != nil || conn.Expired()) {
			f.restart()
			conn.Close()
			conn = nil
		}
		if !f.wanted() {
			select {
			case <-ctx.Done():
			case <-f.wake:
			}
			continue
		}
		if conn == nil {
			if conn = f.link.open(ctx); conn == nil {
				f.astray()
				continue
			}
		}
		f.fetch(ctx, conn)
	}
}

func (f *fetcher) wanted() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.touched)+len(f.session.sent) > 0
}

// astray asks where the partitions are now that their broker can't be reached.
func (f *fetcher) astray() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for p := range f.touched {
		f.pl.sourceTopology.stale(p.source.topic)
	}
}

func (f *fetcher) setBusy(busy bool) {
	switch {
	case busy && !f.busy:
		f.pl.budget.busy.Add(1)
	case !busy && f.busy:
		f.pl.budget.busy.Add(-1)
	}
	f.busy = busy
}

// restart begins a session anew with all partitions that it had.
func (f *fetcher) restart() {
	f.mu.Lock()
	for p := range f.session.sent {
		f.touched[p] = struct{}{}
	}
	f.mu.Unlock()
	f.session.reset()
}

// fetch makes one request and takes in its answer.
func (f *fetcher) fetch(ctx context.Context, conn *wire.Conn) {
	version, ok := conn.Version(1, fetchLowest, fetchHighest)
	if !ok {
		conn.Fail(fmt.Errorf("%s does not speak a Fetch version between %d and %d", conn.Addr(), fetchLowest, fetchHighest))
		return
	}
	req := f.request(version)
	if req == nil {
		select {
		case <-ctx.Done():
		case <-f.wake:
		}
		return
	}
	if !f.room(ctx, req) {
		return
	}
	answered := make(chan struct{})
	err := conn.Send(1, req.Version, req.IsFlexible(), [][]byte{req.AppendTo(nil)}, func(body *wire.Body, err error) {
		defer close(answered)
		if err != nil {
			return // run sees conn.Err
		}
		a := &fetchAnswer{f: f, req: req, at: time.Now()}
		if err := readFetch(req.Version, body, a); err != nil {
			a.drop()
			conn.Fail(fmt.Errorf("reading a fetch answer: %w", err))
		}
		f.setBusy(a.brought)
	})
	if err != nil {
		return
	}
	select {
	case <-answered:
	case <-ctx.Done():
		conn.Fail(context.Cause(ctx))
		<-answered
	}
	if wait := time.Until(f.throttled); wait > 0 {
		pause(ctx, wait)
	}
}

// room waits until the budget has something free and says so in the request.
func (f *fetcher) room(ctx context.Context, req *kmsg.FetchRequest) bool {
	for {
		ch, cancel := f.pl.budget.wait()
		share := f.pl.budget.share(f.busy)
		if share > 0 {
			cancel()
			req.MaxBytes = min(share, f.pl.cfg.FetchMaxBytes)
			return true
		}
		select {
		case <-ctx.Done():
			cancel()
			return false
		case <-ch:
		}
	}
}

// request makes the next request, nil when there is nothing to read.
func (f *fetcher) request(version int16) *kmsg.FetchRequest {
	f.mu.Lock()
	touched := f.touched
	f.touched = make(map[*partition]struct{}, len(touched))
	f.mu.Unlock()

	var changed, gone []*partition
	for p := range touched {
		p.mu.Lock()
		ok := p.eligible(f)
		now := sentState{position: p.position, seeks: p.seeks, leaderEpoch: p.sourcePlace.epoch, bytes: p.fetchBytes, id: p.sourceID}
		p.mu.Unlock()
		was, sent := f.session.sent[p]
		switch {
		case ok && (!sent || was != now):
			f.session.sent[p] = now
			f.session.index[p.source] = p
			changed = append(changed, p)
		case !ok && sent:
			delete(f.session.sent, p)
			delete(f.session.index, p.source)
			gone = append(gone, p)
		}
	}
	if len(f.session.sent) == 0 && len(gone) == 0 {
		return nil
	}
	return f.encode(version, changed, gone)
}

func (f *fetcher) encode(version int16, changed, gone []*partition) *kmsg.FetchRequest {
	s := &f.session
	byIDs := version >= 13
	if byIDs {
		for p := range s.sent {
			if s.sent[p].id == (topicID{}) {
				byIDs = false
				break
			}
		}
	}
	if !byIDs {
		version = min(version, fetchHighestNames)
	}
	if byIDs != s.byIDs && s.epoch > 0 {
		s.id, s.epoch = 0, 0 // a session speaks one language
	}
	s.byIDs = byIDs
	if s.epoch == 0 || version < 7 || s.id == 0 {
		changed, gone = changed[:0], nil
		for p := range s.sent {
			changed = append(changed, p)
		}
		s.epoch = 0
	}
	req := kmsg.NewPtrFetchRequest()
	req.Version = version
	req.MaxWaitMillis = f.pl.cfg.FetchMaxWaitMs
	req.MinBytes = 1
	req.Rack = f.pl.cfg.Rack
	if f.pl.cfg.ReadCommitted {
		req.IsolationLevel = 1
	}
	req.SessionID, req.SessionEpoch = s.id, s.epoch
	topics := map[string]*kmsg.FetchRequestTopic{}
	var order []string
	for _, p := range changed {
		st := s.sent[p]
		rt := topics[p.source.topic]
		if rt == nil {
			t := kmsg.NewFetchRequestTopic()
			t.Topic, t.TopicID = p.source.topic, st.id
			s.names[st.id] = p.source.topic
			rt = &t
			topics[p.source.topic] = rt
			order = append(order, p.source.topic)
		}
		rp := kmsg.NewFetchRequestTopicPartition()
		rp.Partition = p.source.partition
		rp.FetchOffset = st.position
		rp.CurrentLeaderEpoch = st.leaderEpoch
		p.mu.Lock()
		rp.LastFetchedEpoch = p.lastEpoch
		p.mu.Unlock()
		rp.PartitionMaxBytes = st.bytes
		rp.LogStartOffset = -1
		rt.Partitions = append(rt.Partitions, rp)
	}
	for _, name := range order {
		req.Topics = append(req.Topics, *topics[name])
	}
	for _, p := range gone {
		ft := kmsg.NewFetchRequestForgottenTopic()
		ft.Topic = p.source.topic
		p.mu.Lock()
		ft.TopicID = p.sourceID
		p.mu.Unlock()
		ft.Partitions = []int32{p.source.partition}
		req.ForgottenTopics = append(req.ForgottenTopics, ft)
	}
	return req
}

// fetchAnswer takes in one answer.
type fetchAnswer struct {
	f    *fetcher
	req  *kmsg.FetchRequest
	at   time.Time
	name string
	buf  *buffer // of the partition being read

	brought bool // there were records
}

func (a *fetchAnswer) head(h fetchHead) {
	s := &a.f.session
	if pause := throttlePause(h.throttleMs); pause > 0 {
		a.f.pl.metrics.throttled.Add(pause.Seconds())
		a.f.throttled = a.at.Add(pause)
	}
	switch {
	case h.errorCode != 0:
		// The session is gone (evicted, or the broker restarted): tell all again.
		a.f.log.Debug("fetch session ended", "err", kerr.ErrorForCode(h.errorCode))
		s.id, s.epoch = 0, 0
		a.f.restart()
	case h.sessionID == 0:
		s.id, s.epoch = 0, 0
	default:
		s.id = h.sessionID
		if s.epoch++; s.epoch < 0 {
			s.epoch = 1
		}
	}
}

func (a *fetchAnswer) topic(name string, id topicID) {
	if a.name = name; name == "" {
		a.name = a.f.session.names[id]
	}
}

// maxFetched is far more than any broker sends for one partition: its largest
// batch, or what the request allowed. A broken length must not take the heap.
const maxFetched = 256 << 20

func (a *fetchAnswer) records(fp *fetchedPartition, body *wire.Body) {
	if fp.recordBytes > maxFetched {
		body.Fail(fmt.Errorf("%d bytes for one partition were announced", fp.recordBytes))
		return
	}
	a.brought = true
	a.buf = a.f.pl.budget.buffer(fp.recordBytes)
	body.Full(a.buf.b)
}

func (a *fetchAnswer) drop() {
	if a.buf != nil {
		a.buf.release()
		a.buf = nil
	}
}

func (a *fetchAnswer) done(fp *fetchedPartition) {
	defer a.drop()
	p := a.f.session.index[topicPartition{a.name, fp.partition}]
	if p == nil {
		return
	}
	st := a.f.session.sent[p]
	switch {
	case fp.errorCode != 0:
		p.fetchFailed(a.f, st, fp.errorCode)
	case fp.diverging:
		p.diverged(st, fp.divergeEnd)
	default:
		if fp.replica >= 0 && fp.replica != a.f.node {
			p.readFrom(fp.replica)
		}
		p.fetched(a, st, fp)
	}
	a.f.touch(p)
}

// fetched takes in the records of one answer.
func (p *partition) fetched(a *fetchAnswer, st sentState, fp *fetchedPartition) {
	p.scanMu.Lock()
	defer p.scanMu.Unlock()
	p.mu.Lock()
	p.highWater, p.logStart = fp.highWater, fp.logStart
	if p.pl.cfg.ReadCommitted {
		p.highWater = fp.lastStable
		p.aborted.learn(fp.aborted)
	}
	p.mu.Unlock()
	if a.buf == nil {
		return
	}
	items, next, epoch, bytes, err := p.scan(a.buf, st.position, a.at)
	if err != nil {
		p.damaged(st, err)
	}
	if next > st.position {
		p.accepted(items, st, next, epoch, bytes)
	}
}

// scan cuts a buffer into items from position on. Control batches, and aborted
// ones under read_committed, only move the position.
func (p *partition) scan(buf *buffer, position int64, at time.Time) (items []item, next int64, epoch int32, bytes int, err error) {
	next, epoch = position, -1
	s := recordbatch.NewScanner(buf.b)
	for {
		e, ok := s.Next()
		if !ok {
			break
		}
		if e.LastOffset < next {
			continue
		}
		if err := e.Verify(); err != nil {
			return items, next, epoch, bytes, err
		}
		if e.Magic == 2 {
			v := e.View()
			epoch = v.LeaderEpoch()
			if p.pl.cfg.ReadCommitted && p.aborted.skips(v) || v.Control() {
				next = e.LastOffset + 1
				continue
			}
			if v.Count() == 0 { // compaction keeps an empty batch to remember its producer
				next = e.LastOffset + 1
				continue
			}
		}
		origins, skip, err := p.originsOf(e)
		if err != nil {
			p.mu.Lock()
			p.leave()
			p.mu.Unlock()
			return items, next, epoch, bytes, nil
		}
		if skip {
			next = e.LastOffset + 1
			continue
		}
		buf.retain()
		items = append(items, item{entry: e, origins: origins, buf: buf, first: max(next, e.FirstOffset), last: e.LastOffset, read: at})
		bytes += len(e.Bytes)
		next = e.LastOffset + 1
	}
	if len(items) == 0 && next == position {
		if need := s.PartialNeeds(); need > 0 {
			p.mu.Lock()
			p.fetchBytes = int32(min(need, 1<<30))
			p.mu.Unlock()
		}
	}
	return items, next, epoch, bytes, s.Err()
}

// damaged counts fetches whose bytes did not verify. A damaged transfer is cured
// by fetching again; a damaged log is not.
func (p *partition) damaged(st sentState, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seeks != st.seeks {
		return
	}
	p.corrupt++
	p.pl.log.Warn("damaged batch fetched", "topic", p.source.topic, "partition", p.source.partition, "offset", p.position, "err", err)
	if p.corrupt >= 5 {
		p.fail(fmt.Errorf("the source's log is damaged at offset %d: %w; restore the partition on the source, or skip the offset by altering this connector's offsets", p.position, err), refusedRetry)
	}
}

// fetchFailed decides what an error code of the source means.
func (p *partition) fetchFailed(f *fetcher, st sentState, code int16) {
	err := kerr.ErrorForCode(code)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fetcher != f || p.seeks != st.seeks {
		return
	}
	switch {
	case errors.Is(err, kerr.OffsetOutOfRange):
		if p.replica >= 0 { // a follower may lag; the leader knows
			p.leave()
			p.replica = -1
			return
		}
		p.resolve(causeOutOfRange)
	case errors.Is(err, kerr.TopicAuthorizationFailed):
		p.fail(&DeniedError{Cluster: "source", Operation: "READ", Resource: "topic " + p.source.topic, Err: err}, deniedRetry)
	default:
		p.leave()
		p.replica = -1
		if !kerr.IsRetriable(err) {
			p.pl.log.Warn("fetch refused, trying again", "topic", p.source.topic, "partition", p.source.partition, "err", err)
		}
	}
}

// leave takes the partition from its fetcher until metadata tells where to go
// on. The caller holds p.mu.
func (p *partition) leave() {
	p.fetcher = nil
	p.pl.sourceTopology.staleLater(minRefreshInterval, p.source.topic)
}

// readFrom moves the partition to the replica that its leader prefers for our
// rack (KIP-392).
func (p *partition) readFrom(node int32) {
	p.mu.Lock()
	p.replica = node
	p.fetcher = nil
	p.mu.Unlock()
	p.pl.sourceTopology.stale(p.source.topic)
}

// diverged goes back to where the source's log was cut off (KIP-595): what was
// copied beyond that no longer exists there.
func (p *partition) diverged(st sentState, end int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seeks != st.seeks {
		return
	}
	p.loss(LossEvent{Kind: LossSourceTruncated, From: end, To: p.position})
	p.dropFrom(end)
	p.seek(end)
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
