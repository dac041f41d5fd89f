package recordbatch

import (
	"math"
	"slices"
	"strings"
	"sync"
)

// Header is one record header. Key has the exact bytes, UTF-8 or not.
type Header struct {
	Key   string
	Value []byte // nil: null
}

// Record is one record of any format.
type Record struct {
	Offset    int64
	Timestamp int64 // milliseconds since the epoch, −1: none
	Key       []byte
	Value     []byte // nil: null, as in Key
	Headers   []Header
}

// Clone returns a copy that shares no memory with r.
func (r *Record) Clone() Record {
	c := *r
	c.Key, c.Value = slices.Clone(r.Key), slices.Clone(r.Value)
	c.Headers = slices.Clone(r.Headers)
	for i := range c.Headers {
		c.Headers[i].Key = strings.Clone(c.Headers[i].Key)
		c.Headers[i].Value = slices.Clone(c.Headers[i].Value)
	}
	return c
}

// maxHeaders bounds the headers of one record, whose structs are twenty times
// the size of the smallest header.
const maxHeaders = 1 << 20

// raw is one record of magic 2 whose key, value and headers have not been
// looked at.
type raw struct {
	body       []byte // from the key's length on
	offset     int64
	timestamp  int64
	attributes byte
}

// rawReader walks over the inflated records of a magic 2 batch.
type rawReader struct {
	view View
	b    []byte
	left int32
	last int32 // offset delta of the record before

	base, baseTimestamp int64
	appendTime          bool
}

func newRawReader(v View, inflated []byte) rawReader {
	r := rawReader{view: v, b: inflated, left: v.Count(), last: -1, base: v.BaseOffset(), baseTimestamp: v.BaseTimestamp()}
	if v.LogAppendTime() {
		r.appendTime, r.baseTimestamp = true, v.MaxTimestamp()
	}
	return r
}

// next reads one record into x; false at the end.
func (r *rawReader) next(x *raw) (bool, error) {
	if r.left == 0 {
		if len(r.b) != 0 {
			return false, corrupt(r.base, "%d bytes after the last record", len(r.b))
		}
		return false, nil
	}
	size, n := varint(r.b)
	b := r.b[n:]
	if n == 0 || size < 4 || int(size) > len(b) {
		return false, corrupt(r.base, "record after offset delta %d: length does not fit", r.last)
	}
	b, r.b = b[:size:size], b[size:]
	timestamp, n := varlong(b[1:])
	if n == 0 {
		return false, corrupt(r.base, "record after offset delta %d: timestamp", r.last)
	}
	delta, m := varint(b[1+n:])
	if m == 0 || delta <= r.last || delta > r.view.LastOffsetDelta() {
		return false, corrupt(r.base, "record after offset delta %d: offset delta", r.last)
	}
	r.last = delta
	r.left--
	if r.appendTime {
		timestamp = 0
	}
	x.body, x.attributes = b[1+n+m:], b[0]
	x.offset, x.timestamp = r.base+int64(delta), r.baseTimestamp+timestamp
	return true, nil
}

// parseBody reads key, value and headers, which alias body. Header keys that are
// the same as before in rec.Headers are reused rather than allocated.
func parseBody(body []byte, rec *Record) bool {
	var ok bool
	if rec.Key, body, ok = field(body); !ok {
		return false
	}
	if rec.Value, body, ok = field(body); !ok {
		return false
	}
	count, n := varint(body)
	body = body[n:]
	if n == 0 || count < 0 || int(count) > len(body)/2 || count > maxHeaders {
		return false
	}
	before := rec.Headers
	rec.Headers = before[:0]
	for i := range int(count) {
		key, rest, ok := field(body)
		if !ok || key == nil {
			return false
		}
		value, rest, ok := field(rest)
		if !ok {
			return false
		}
		h := Header{Value: value}
		if i < len(before) && before[i].Key == string(key) {
			h.Key = before[i].Key
		} else {
			h.Key = string(key)
		}
		rec.Headers = append(rec.Headers, h)
		body = rest
	}
	return len(body) == 0
}

// field reads a varint length and as many bytes; a negative length is null.
func field(b []byte) (v, rest []byte, ok bool) {
	size, n := varint(b)
	if n == 0 {
		return nil, nil, false
	}
	b = b[n:]
	if size < 0 {
		return nil, b, true
	}
	if int(size) > len(b) {
		return nil, nil, false
	}
	return b[:size:size], b[size:], true
}

// bodySize is how many bytes appendBody writes, or more than an int32 holds.
func bodySize(r *Record) int {
	n := fieldSize(r.Key) + fieldSize(r.Value) + varintSize(int64(len(r.Headers)))
	for i := range r.Headers {
		h := &r.Headers[i]
		n += varintSize(int64(len(h.Key))) + len(h.Key) + fieldSize(h.Value)
	}
	return min(n, math.MaxInt32)
}

func fieldSize(b []byte) int {
	if b == nil {
		return 1
	}
	return varintSize(int64(len(b))) + len(b)
}

func appendBody(b []byte, r *Record) []byte {
	b = appendField(b, r.Key)
	b = appendField(b, r.Value)
	b = appendVarint(b, int64(len(r.Headers)))
	for i := range r.Headers {
		h := &r.Headers[i]
		b = appendVarint(b, int64(len(h.Key)))
		b = append(b, h.Key...)
		b = appendField(b, h.Value)
	}
	return b
}

func appendField(b, v []byte) []byte {
	if v == nil {
		return appendVarint(b, -1)
	}
	b = appendVarint(b, int64(len(v)))
	return append(b, v...)
}

// scratch is pooled memory that one inflated batch, or a compressed one being
// built, lives in.
type scratch struct{ b []byte }

// maxPooled keeps one huge batch from staying in memory for ever.
const maxPooled = 8 << 20

var scratches = sync.Pool{New: func() any { return new(scratch) }}

func newScratch() *scratch { return scratches.Get().(*scratch) }

func (s *scratch) free() {
	if cap(s.b) > maxPooled {
		s.b = nil
	}
	scratches.Put(s)
}
