package dataplane

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"crosstide/internal/recordbatch"
)

// chore is work that a partition's writing side needs done, off the data path,
// while nothing of it is on the wire. Later kinds include earlier ones.
type chore uint8

const (
	choreNone       chore = iota
	choreLimit            // learn how large the target's batches may be
	choreOrigins          // take the producer id for the origins that begin the queue
	choreDeadLetter       // set aside the record that begins the queue
	choreRecode           // unacknowledged batches in another codec
	choreSplit            // unacknowledged batches within the target's limit
	choreTrueEnd          // find which unacknowledged batches the target has
	choreRefill           // the target topic is new: copy from the beginning
)

// cause is why a partition's position must be found.
type cause uint8

const (
	causeStart cause = iota
	causeOutOfRange
	causeRecreated
)

const defaultMaxMessageBytes = 1048588

// doChore runs without p.mu. It is tried again after an error.
func (p *partition) doChore(ctx context.Context, c chore) error {
	switch c {
	case choreLimit:
		return p.learnLimit(ctx)
	case choreOrigins:
		return p.switchOrigins(ctx)
	case choreDeadLetter:
		return p.setAside(ctx)
	case choreRecode, choreSplit:
		return p.fitWindow(ctx, c)
	case choreTrueEnd:
		return p.trueEnd(ctx)
	case choreRefill:
		return p.refill(ctx)
	}
	return nil
}

// resolve makes the partition find its position anew. The caller holds p.mu.
func (p *partition) resolve(c cause) {
	p.read, p.cause = readResolving, c
	p.seeks++ // what is under way is no longer wanted
	if !p.finding {
		p.finding = true
		p.pl.startResolve(p)
	}
}

// seek moves the position. The caller holds p.mu and touches the fetcher.
func (p *partition) seek(offset int64) {
	p.position = offset
	p.seeks++
	p.lastEpoch = -1
	p.aborted = abortedSet{}
	p.read = reading
}

// findPosition decides where to go on reading. It runs without p.mu.
func (p *partition) findPosition(ctx context.Context) error {
	start, end, err := p.pl.bounds(ctx, p.pl.source, p.source)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.position
	known := at >= 0
	if !known {
		switch p.pl.cfg.Reset {
		case ResetLatest:
			at = end
		case ResetNone:
			p.fail(fmt.Errorf("no committed offset for %s, and auto.offset.reset is none; set it to earliest or latest, or give the connector offsets", p), neverRetry)
			return nil
		default:
			at = start
		}
		p.done, p.committed = at-1, at-1
		if p.pl.cfg.Reset == ResetLatest {
			p.committed = -2 // remember the choice: a restart must not skip what comes meanwhile
		}
		p.seek(at)
		return nil
	}
	switch {
	case p.cause == causeRecreated:
		if !p.loss(LossEvent{Kind: LossSourceRecreated, From: at, To: -1}) {
			return nil
		}
		at = start
	case at < start:
		if !p.loss(LossEvent{Kind: LossSourceExpired, From: at, To: start}) {
			return nil
		}
		at = start
	case at > end && p.lastEpoch >= 0 && p.sourceID != (topicID{}):
		// The same topic, which this process has read before: its log was cut.
		if !p.loss(LossEvent{Kind: LossSourceTruncated, From: end, To: at}) {
			return nil
		}
		p.dropFrom(end)
		at = end
	case at > end:
		// Nobody saw the log being cut: it was while we were away, and a topic made
		// anew looks the same. Only reading it from its start loses nothing.
		if !p.loss(LossEvent{Kind: LossSourceRecreated, From: end, To: at}) {
			return nil
		}
		at = start
	}
	p.seek(at)
	return nil
}

// bounds asks a partition's leader for its first offset and the one after its last.
func (pl *Plane) bounds(ctx context.Context, c Cluster, tp topicPartition) (start, end int64, err error) {
	if start, err = listOffset(ctx, c, tp, -2); err == nil {
		end, err = listOffset(ctx, c, tp, -1)
	}
	return start, end, err
}

func listOffset(ctx context.Context, c Cluster, tp topicPartition, timestamp int64) (int64, error) {
	req := kmsg.NewPtrListOffsetsRequest()
	req.ReplicaID = -1
	rt := kmsg.NewListOffsetsRequestTopic()
	rt.Topic = tp.topic
	rp := kmsg.NewListOffsetsRequestTopicPartition()
	rp.Partition, rp.Timestamp = tp.partition, timestamp
	rt.Partitions = append(rt.Partitions, rp)
	req.Topics = append(req.Topics, rt)
	resp, err := req.RequestWith(ctx, c.Client)
	if err != nil {
		return 0, fmt.Errorf("listing offsets of %s-%d: %w", tp.topic, tp.partition, err)
	}
	for _, t := range resp.Topics {
		for _, part := range t.Partitions {
			if err := kerr.ErrorForCode(part.ErrorCode); err != nil {
				return 0, fmt.Errorf("listing offsets of %s-%d: %w", tp.topic, tp.partition, err)
			}
			//lint:ignore SA4004 one partition was asked for
			return part.Offset, nil
		}
	}
	return 0, fmt.Errorf("listing offsets of %s-%d: the broker answered nothing", tp.topic, tp.partition)
}

// trueEnd finds which unacknowledged batches the target has, from the target's
// log itself: each batch there still carries our producer id and sequence. The
// rest goes out again under a new producer id, without gap and without repeat.
func (p *partition) trueEnd(ctx context.Context) error {
	p.mu.Lock()
	ident, from, origins := p.ident, p.downEnd, p.origins
	p.mu.Unlock()
	written, err := p.pl.tail(ctx, p.target, from, ident)
	if err != nil {
		return fmt.Errorf("reading the end of target %s-%d: %w", p.target.topic, p.target.partition, err)
	}
	fresh, err := p.pl.freshIdentity(ctx, ident, origins)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.window {
		if base, ok := written[f.seq]; ok && !f.done {
			f.done, f.base = true, base
		}
	}
	p.progress()
	p.ident = fresh
	p.renumber()
	return nil
}

// renumber gives unacknowledged flights new sequence numbers in order. The
// caller holds p.mu, and nothing is on the wire.
func (p *partition) renumber() {
	for _, f := range p.window {
		if f.done {
			continue
		}
		f.seq = p.ident.Sequence
		p.ident.Sequence = addSequence(f.seq, f.count)
	}
}

// tail reads a target partition from an offset to its end and returns the target
// offsets of the batches that a producer wrote there, by their base sequence.
func (pl *Plane) tail(ctx context.Context, tp topicPartition, from int64, ident recordbatch.Identity) (map[int32]int64, error) {
	start, end, err := pl.bounds(ctx, pl.target, tp)
	if err != nil {
		return nil, err
	}
	from = max(from, start)
	out := map[int32]int64{}
	for from < end {
		raw, err := pl.fetchOnce(ctx, tp, from)
		if err != nil {
			return nil, err
		}
		next := from
		for s := recordbatch.NewScanner(raw); ; {
			e, ok := s.Next()
			if !ok {
				break
			}
			next = max(next, e.LastOffset+1)
			if e.Magic == 2 && e.LastOffset >= from && e.View().ProducerID() == ident.ProducerID && e.View().ProducerEpoch() == ident.Epoch {
				out[e.View().BaseSequence()] = e.View().BaseOffset()
			}
		}
		if next == from {
			return nil, fmt.Errorf("no progress at offset %d", from)
		}
		from = next
	}
	return out, nil
}

// fetchOnce reads some bytes of a target partition through the small client.
func (pl *Plane) fetchOnce(ctx context.Context, tp topicPartition, from int64) ([]byte, error) {
	at := pl.targetTopology.place(tp)
	if at.err != nil {
		pl.targetTopology.stale(tp.topic)
		return nil, at.err
	}
	req := kmsg.NewPtrFetchRequest()
	req.MaxWaitMillis, req.MinBytes, req.MaxBytes = 500, 1, 8<<20
	req.SessionEpoch = -1 // no session
	rt := kmsg.NewFetchRequestTopic()
	rt.Topic, rt.TopicID = tp.topic, at.id
	rp := kmsg.NewFetchRequestTopicPartition()
	rp.Partition, rp.FetchOffset, rp.PartitionMaxBytes = tp.partition, from, 8<<20
	rp.CurrentLeaderEpoch, rp.LastFetchedEpoch, rp.LogStartOffset = -1, -1, -1
	rt.Partitions = append(rt.Partitions, rp)
	req.Topics = append(req.Topics, rt)
	kresp, err := pl.target.Client.Broker(int(at.leader)).RetriableRequest(ctx, req)
	if err != nil {
		return nil, err
	}
	resp := kresp.(*kmsg.FetchResponse)
	if err := kerr.ErrorForCode(resp.ErrorCode); err != nil {
		return nil, err
	}
	for _, t := range resp.Topics {
		for _, part := range t.Partitions {
			if err := kerr.ErrorForCode(part.ErrorCode); err != nil {
				pl.targetTopology.stale(tp.topic)
				return nil, err
			}
			//lint:ignore SA4004 one partition was asked for
			return part.RecordBatches, nil
		}
	}
	return nil, errors.New("the broker answered nothing")
}

// fitWindow makes unacknowledged batches anew within the target's present limit
// and codecs. None of them was written: the first was refused for what it is,
// and the others could only follow it.
func (p *partition) fitWindow(ctx context.Context, c chore) error {
	p.mu.Lock()
	limit := p.limit
	window := p.window
	p.mu.Unlock()
	if c == choreSplit {
		known, err := p.pl.maxMessageBytes(ctx, p.target.topic)
		if err != nil {
			return err
		}
		if known > 0 && known < limit {
			limit = known
		}
	}
	var anew []*flight
	var refusal error
	for i, f := range window {
		parts, err := p.remake(ctx, f, limit)
		if err != nil {
			refusal = err
			anew = append(anew, window[i:]...)
			break
		}
		anew = append(anew, parts...)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limit, p.limitSure = limit, true
	if len(window) > 0 {
		p.ident.Sequence = window[0].seq
	}
	p.window = anew
	p.renumber()
	p.progress() // records that were set aside leave empty flights
	if refusal != nil {
		p.fail(refusal, refusedRetry)
	}
	return nil
}

// tooLarge says what to do about a record that fits nowhere.
func (p *partition) tooLarge(e *recordbatch.TooLargeError) error {
	return fmt.Errorf("a record of %d bytes is larger than target topic %s takes; raise its max.message.bytes (now %d) and the brokers' replica.fetch limits, or set mirror.on.too.large=dlq",
		e.Size, p.target.topic, p.limit)
}

// setAside gives the record that begins the queue to the dead letter hook.
func (p *partition) setAside(ctx context.Context) error {
	p.mu.Lock()
	if len(p.queue) == 0 {
		p.mu.Unlock()
		return nil
	}
	it, limit := p.queue[0], p.limit
	p.mu.Unlock()
	reason := fmt.Errorf("larger than max.message.bytes (%d) of topic %s", limit, p.target.topic)
	if err := p.deadLetter(ctx, it.entry, it.first, it.first, reason); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) == 0 || p.queue[0].buf != it.buf {
		return nil // moved meanwhile
	}
	if p.queue[0].first++; p.queue[0].first <= it.last {
		return nil
	}
	p.queue = p.queue[1:]
	p.queued -= len(it.entry.Bytes)
	// What it covered counts as done with the batches before it.
	p.window = append(p.window, &flight{first: it.last, last: it.last, bytes: len(it.entry.Bytes), bufs: []*buffer{it.buf}, path: pathTooLarge, base: -1, done: true})
	p.progress()
	return nil
}

// deadLetter finds one record of an entry, at the entry's own offset at, and
// hands it over as source offset up.
func (p *partition) deadLetter(ctx context.Context, e recordbatch.Entry, at, up int64, reason error) error {
	records, err := recordbatch.DecodeAll(e)
	if err != nil {
		return err
	}
	for _, r := range records {
		if r.Offset != at {
			continue
		}
		r.Offset = up
		if err := p.pl.cfg.DeadLetter(ctx, p.source.topic, p.source.partition, r, reason); err != nil {
			return fmt.Errorf("setting aside offset %d of %s: %w", up, p, err)
		}
		p.stats.dead.Add(1)
		p.pl.log.Warn("record set aside", "topic", p.source.topic, "partition", p.source.partition, "offset", up, "err", reason)
		return nil
	}
	return nil // a hole
}

// learnLimit replaces the guess by the target topic's own max.message.bytes.
func (p *partition) learnLimit(ctx context.Context) error {
	limit, err := p.pl.maxMessageBytes(ctx, p.target.topic)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if limit > 0 {
		p.limit = limit
	}
	p.limitSure = true
	return nil
}

// remake makes one flight into as many as the limit asks for. A record too large
// even alone is set aside, if that is wanted.
func (p *partition) remake(ctx context.Context, f *flight, limit int) ([]*flight, error) {
	v := recordbatch.View(f.batch)
	if f.done || len(v) <= limit && p.pl.codecAllowed(v.Codec()) {
		return []*flight{f}, nil
	}
	codec := v.Codec()
	if !p.pl.codecAllowed(codec) {
		codec = recordbatch.LZ4
	}
	e := recordbatch.Entry{Bytes: f.batch, Magic: 2, FirstOffset: 0, LastOffset: int64(f.count) - 1}
	var out []*flight
	for from := int64(0); from < int64(f.count); {
		built, err := recordbatch.Rebatch([]recordbatch.Entry{e}, from, recordbatch.Options{Codec: codec, MaxBytes: limit})
		for _, b := range built {
			out = append(out, &flight{batch: b.Bytes, count: b.Count, runs: f.sourceRuns(from, int64(b.Count)),
				newest: recordbatch.View(b.Bytes).MaxTimestamp(), read: f.read, path: pathTooLarge, base: -1})
			from += int64(b.Count)
		}
		var large *recordbatch.TooLargeError
		switch {
		case err == nil:
			from = int64(f.count)
		case errors.As(err, &large) && p.pl.cfg.DeadLetter != nil:
			up := f.sourceRuns(from, 1)[0].Offset
			if err := p.deadLetter(ctx, e, from, up, fmt.Errorf("larger than max.message.bytes (%d) of topic %s", limit, p.target.topic)); err != nil {
				return nil, err
			}
			from++
		case errors.As(err, &large):
			p.mu.Lock()
			p.limit = limit
			p.mu.Unlock()
			return nil, p.tooLarge(large)
		default:
			return nil, err
		}
	}
	return f.replaceBy(out), nil
}

// replaceBy makes parts cover what the flight covered, and hold what it held
// until the last of them is acknowledged.
func (f *flight) replaceBy(parts []*flight) []*flight {
	if len(parts) == 0 {
		parts = []*flight{{path: pathTooLarge, base: -1, done: true}}
	}
	for i, part := range parts {
		part.first, part.last = f.first, f.last
		if i > 0 {
			part.first = part.runs[0].Offset
			parts[i-1].last = part.first - 1
		}
	}
	last := parts[len(parts)-1]
	last.bytes, last.bufs = f.bytes, f.bufs
	return parts
}

// sourceRuns cuts the flight's runs to its records [from, from+n) and counts
// their indices from there.
func (f *flight) sourceRuns(from, n int64) []recordbatch.Run {
	var out []recordbatch.Run
	for _, r := range f.runs {
		lo, hi := max(int64(r.Index), from), min(int64(r.Index+r.Length), from+n)
		if lo < hi {
			out = append(out, recordbatch.Run{Index: int32(lo - from), Length: int32(hi - lo), Offset: r.Offset + lo - int64(r.Index)})
		}
	}
	return out
}

// maxMessageBytes asks for the target topic's limit, 0 if it may not be seen.
func (pl *Plane) maxMessageBytes(ctx context.Context, topic string) (int, error) {
	req := kmsg.NewPtrDescribeConfigsRequest()
	rr := kmsg.NewDescribeConfigsRequestResource()
	rr.ResourceType, rr.ResourceName, rr.ConfigNames = kmsg.ConfigResourceTypeTopic, topic, []string{"max.message.bytes"}
	req.Resources = append(req.Resources, rr)
	resp, err := req.RequestWith(ctx, pl.target.Client)
	if err != nil {
		return 0, fmt.Errorf("reading max.message.bytes of target topic %s: %w", topic, err)
	}
	for _, r := range resp.Resources {
		for _, c := range r.Configs {
			if c.Name == "max.message.bytes" && c.Value != nil {
				n, err := strconv.Atoi(*c.Value)
				return n, err
			}
		}
	}
	return 0, nil
}

// refill starts over at the source's first offset, for a target topic that was
// made anew.
func (p *partition) refill(ctx context.Context) error {
	start, _, err := p.pl.bounds(ctx, p.pl.source, p.source)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.loss(LossEvent{Kind: LossTargetRecreated, From: start, To: p.done + 1}) {
		return nil
	}
	p.drop()
	p.ident.Sequence = 0
	p.idents = nil
	p.seek(start)
	p.done, p.committed, p.downEnd = start-1, -2, -1
	return nil
}
