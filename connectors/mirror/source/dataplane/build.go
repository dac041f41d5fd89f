package dataplane

import (
	"errors"
	"fmt"

	"crosstide/internal/recordbatch"
)

// Limits of what is joined into one target batch.
const (
	// joinBelow is the size under which neighbours are joined whenever more than
	// one waits: a produce request costs the broker more than copying that much.
	joinBelow = 64 << 10
	// joinCompressedBelow is the same for compressed batches, which must be
	// decoded and encoded again: only tiny ones are worth that on a short link.
	joinCompressedBelow = 1 << 10
	// longRoundTrip is where a full window of small batches wastes the link, so
	// that compressed batches are joined whatever their size.
	longRoundTrip = 8e6 // ns
	// joinTarget is how large joined batches get if the target allows it.
	joinTarget = 1 << 20
	// joinCompressedTarget is the same for compressed ones: what is joined is
	// inflated in memory, several times as large.
	joinCompressedTarget = 256 << 10
)

// take removes from the queue what the next flight is made of: one batch as it
// came, or several neighbours to be joined. The caller holds p.mu.
func (p *partition) take() ([]item, path) {
	first := &p.queue[0]
	why := p.needsRebuild(first)
	n := 1
	if len(p.queue) > 1 && p.joinable(first) {
		size := len(first.entry.Bytes)
		limit := min(p.limit, joinTarget)
		if first.entry.Codec() != recordbatch.None {
			limit = min(limit, joinCompressedTarget)
		}
		for n < len(p.queue) && p.sameKind(first, &p.queue[n]) && p.joinable(&p.queue[n]) {
			size += len(p.queue[n].entry.Bytes)
			if size > limit {
				break
			}
			n++
		}
		if n > 1 && why == pathFast {
			why = pathJoined
		}
	}
	items := append([]item(nil), p.queue[:n]...)
	if n == len(p.queue) {
		p.queue = p.queue[:0]
	} else {
		p.queue = p.queue[n:]
	}
	for i := range items {
		p.queued -= len(items[i].entry.Bytes)
	}
	return items, why
}

// joinable reports whether joining neighbours onto the batch pays. The caller
// holds p.mu.
func (p *partition) joinable(it *item) bool {
	size := len(it.entry.Bytes)
	if it.entry.Magic != 2 {
		return size < joinBelow
	}
	if it.entry.View().Codec() == recordbatch.None {
		return size < joinBelow || p.sender.roundTrip() > longRoundTrip && size < joinTarget/2
	}
	return size < joinCompressedBelow || len(p.window) >= maxWindow-1 && p.sender.roundTrip() > longRoundTrip && size < joinCompressedTarget/2
}

// sameKind reports whether two neighbours may share a batch: same format and
// codec, so that the rest of their bytes keep their meaning.
func (p *partition) sameKind(a, b *item) bool {
	if a.origins != b.origins {
		return false
	}
	if a.entry.Magic != 2 || b.entry.Magic != 2 {
		return a.entry.Magic == b.entry.Magic
	}
	return a.entry.View().Codec() == b.entry.View().Codec()
}

// needsRebuild tells why a batch can't go as it came, pathFast if it can.
func (p *partition) needsRebuild(it *item) path {
	if p.pl.cfg.Transform != nil {
		return pathTransformed
	}
	if it.entry.Magic != 2 {
		return pathOldFormat
	}
	v := it.entry.View()
	switch {
	case v.LogAppendTime():
		return pathLogAppend
	case v.DeleteHorizon():
		return pathDeleteHorizon
	case !v.Dense():
		return pathHoles
	case v.BaseOffset() < it.first:
		return pathPosition
	case len(v) > p.limit:
		return pathTooLarge
	case !p.pl.codecAllowed(v.Codec()):
		return pathCodec
	}
	return pathFast
}

// build makes flights of items, in order. When a record is too large even alone
// it returns a [buildError] together with the flights made of what came before.
func (p *partition) build(items []item, why path, limit int) ([]*flight, error) {
	if why == pathFast {
		return []*flight{p.asIs(&items[0])}, nil
	}
	var bufs []*buffer
	alloc := func(n int) []byte {
		b := p.pl.budget.buffer(n)
		bufs = append(bufs, b)
		return b.b
	}
	built, err := p.rebuild(items, limit, alloc)
	end := items[len(items)-1].last
	var large *recordbatch.TooLargeError
	switch {
	case errors.As(err, &large):
		err = &buildError{rest: remaining(items, large.Offset), err: err}
		end = large.Offset - 1
	case err != nil:
		for _, b := range bufs {
			b.release()
		}
		return nil, &buildError{rest: items, err: err}
	default:
		remaining(items, end+1)
	}
	return p.flights(items, built, bufs, why, end), err
}

// buildError carries what could not be built, to be queued again.
type buildError struct {
	rest []item
	err  error
}

func (e *buildError) Error() string { return e.err.Error() }
func (e *buildError) Unwrap() error { return e.err }

// remaining releases the items that end before offset from and returns the
// others, cut to begin there.
func remaining(items []item, from int64) []item {
	var rest []item
	for _, it := range items {
		if it.last < from {
			it.buf.release()
			continue
		}
		it.first = max(it.first, from)
		rest = append(rest, it)
	}
	return rest
}

func (p *partition) asIs(it *item) *flight {
	v := it.entry.View()
	return &flight{
		batch: it.entry.Bytes, bufs: []*buffer{it.buf}, bytes: len(it.entry.Bytes),
		first: it.first, last: it.last, count: v.Count(), newest: v.MaxTimestamp(), read: it.read, path: pathFast, base: -1,
		runs: []recordbatch.Run{{Length: v.Count(), Offset: it.first}},
	}
}

func (p *partition) rebuild(items []item, limit int, alloc func(int) []byte) ([]recordbatch.Built, error) {
	codec := items[0].entry.Codec()
	if !p.pl.codecAllowed(codec) {
		codec = recordbatch.LZ4
	}
	o := recordbatch.Options{Codec: codec, MaxBytes: limit, Alloc: alloc}
	if t := p.pl.cfg.Transform; t != nil {
		return p.transform(t, items, o)
	}
	entries := make([]recordbatch.Entry, len(items))
	for i := range items {
		entries[i] = items[i].entry
	}
	return recordbatch.Rebatch(entries, items[0].first, o)
}

// transform is the slow path's place for Connect's transformations.
func (p *partition) transform(t Transform, items []item, o recordbatch.Options) ([]recordbatch.Built, error) {
	var all []recordbatch.Record
	for i := range items {
		records, err := recordbatch.DecodeAll(items[i].entry)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			if r.Offset >= items[i].first {
				all = append(all, r)
			}
		}
	}
	kept, err := t(p.source.topic, p.source.partition, all)
	if err != nil {
		return nil, fmt.Errorf("transforming records of %s: %w", p, err)
	}
	if len(kept) == 0 {
		return nil, nil
	}
	return recordbatch.Encode(kept, o)
}

// flights covers the source offsets from the items' first to end without gap:
// each flight ends where the next begins. Items whose records were all filtered
// leave one empty flight that counts as done. Nothing built and nothing covered
// leaves none.
func (p *partition) flights(items []item, built []recordbatch.Built, bufs []*buffer, why path, end int64) []*flight {
	bytes := 0
	for i := range items {
		bytes += len(items[i].entry.Bytes)
	}
	first := items[0].first
	if len(built) == 0 {
		if end < first {
			return nil
		}
		return []*flight{{first: first, last: end, bytes: bytes, bufs: bufs, read: items[0].read, path: why, base: -1, done: true}}
	}
	out := make([]*flight, len(built))
	for i, b := range built {
		out[i] = &flight{
			batch: b.Bytes, count: b.Count, runs: b.Runs, newest: recordbatch.View(b.Bytes).MaxTimestamp(),
			read: items[0].read, path: why, base: -1, first: b.Runs[0].Offset, last: end, bytes: bytes / len(built),
		}
		if i > 0 {
			out[i-1].last = out[i].first - 1
		}
		if len(bufs) == len(built) {
			out[i].bufs = bufs[i : i+1]
		}
	}
	out[0].first = first
	final := out[len(out)-1]
	final.bytes += bytes - bytes/len(built)*len(built)
	if len(bufs) != len(built) {
		final.bufs = bufs
	}
	return out
}
