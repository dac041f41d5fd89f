package protocol

import (
	"encoding/binary"
	"fmt"
)

// writer appends Kafka's basic types.
type writer []byte

func (w *writer) int16(v int16) { *w = binary.BigEndian.AppendUint16(*w, uint16(v)) }
func (w *writer) int32(v int32) { *w = binary.BigEndian.AppendUint32(*w, uint32(v)) }
func (w *writer) int64(v int64) { *w = binary.BigEndian.AppendUint64(*w, uint64(v)) }

func (w *writer) string(s string) {
	w.int16(int16(len(s)))
	*w = append(*w, s...)
}

func (w *writer) nullableBytes(b []byte) {
	if b == nil {
		w.int32(-1)
		return
	}
	w.int32(int32(len(b)))
	*w = append(*w, b...)
}

// reader takes Kafka's basic types from the front. After the first error it
// yields zeros, so callers look at err once.
type reader struct {
	rest []byte
	err  error
}

// more reports whether optional fields follow.
func (r *reader) more() bool { return r.err == nil && len(r.rest) > 0 }

func (r *reader) fail(what, format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%s: %s", what, fmt.Sprintf(format, args...))
		r.rest = nil
	}
}

func (r *reader) take(what string, n int) []byte {
	if r.err != nil {
		return nil
	}
	if n < 0 || n > len(r.rest) {
		r.fail(what, "%d bytes expected, %d left", n, len(r.rest))
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) int16(what string) int16 {
	if b := r.take(what, 2); b != nil {
		return int16(binary.BigEndian.Uint16(b))
	}
	return 0
}

func (r *reader) int32(what string) int32 {
	if b := r.take(what, 4); b != nil {
		return int32(binary.BigEndian.Uint32(b))
	}
	return 0
}

func (r *reader) int64(what string) int64 {
	if b := r.take(what, 8); b != nil {
		return int64(binary.BigEndian.Uint64(b))
	}
	return 0
}

func (r *reader) string(what string) string {
	return string(r.take(what, int(r.int16(what))))
}

func (r *reader) nullableBytes(what string) []byte {
	n := r.int32(what)
	if n == -1 || r.err != nil {
		return nil
	}
	return r.take(what, int(n))
}

// count reads an array's length; null counts as empty. The bound keeps a few
// bad bytes from asking for gigabytes.
func (r *reader) count(what string, atLeast int) int {
	n := int(r.int32(what))
	switch {
	case n == -1:
		return 0
	case n < 0 || n > len(r.rest)/atLeast:
		r.fail(what, "array of %d elements in %d bytes", n, len(r.rest))
		return 0
	}
	return n
}

// version refuses what Java refuses; newer ones are read as the newest known.
func (r *reader) version() int16 {
	v := r.int16("version")
	if v < 0 {
		r.fail("version", "%d is negative", v)
	}
	return v
}
