package wire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"time"
)

var errShort = errors.New("response shorter than its fields")

// Body reads one response body as it arrives. Its methods never fail one by
// one: after the first error they return zero values, and Err tells.
type Body struct {
	conn     net.Conn
	r        *bufio.Reader
	left     int
	err      error
	patience time.Duration
	scratch  [16]byte
}

// NewBody reads size bytes of r as a response body, for tests and fuzzing.
func NewBody(r io.Reader, size int) *Body { return &Body{r: bufio.NewReader(r), left: size} }

// Err is the first error met.
func (b *Body) Err() error { return b.err }

// Left is how many bytes of the body have not been read.
func (b *Body) Left() int { return b.left }

// Fail records err as if it had been met while reading.
func (b *Body) Fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// Full fills dst.
func (b *Body) Full(dst []byte) {
	if b.err != nil {
		return
	}
	if len(dst) > b.left {
		b.err = errShort
		return
	}
	if len(dst) > 16<<10 && b.conn != nil {
		_ = b.conn.SetReadDeadline(time.Now().Add(b.patience))
	}
	b.left -= len(dst)
	_, b.err = io.ReadFull(b.r, dst)
}

// Skip drops n bytes.
func (b *Body) Skip(n int) {
	if b.err != nil {
		return
	}
	if n < 0 || n > b.left {
		b.err = errShort
		return
	}
	b.left -= n
	_, b.err = b.r.Discard(n)
}

// Rest reads all that is left into a buffer of its own.
func (b *Body) Rest() ([]byte, error) {
	const most = 128 << 20 // far above what small answers need; a broken size must not take the heap
	if b.err == nil && b.left > most {
		b.err = errors.New("response too large")
	}
	if b.err != nil {
		return nil, b.err
	}
	raw := make([]byte, b.left)
	b.Full(raw)
	return raw, b.err
}

// Int8 reads one byte.
func (b *Body) Int8() int8 {
	b.Full(b.scratch[:1])
	if b.err != nil {
		return 0
	}
	return int8(b.scratch[0])
}

// Int16 reads a big-endian integer.
func (b *Body) Int16() int16 {
	b.Full(b.scratch[:2])
	if b.err != nil {
		return 0
	}
	return int16(binary.BigEndian.Uint16(b.scratch[:]))
}

// Int32 reads a big-endian integer.
func (b *Body) Int32() int32 {
	b.Full(b.scratch[:4])
	if b.err != nil {
		return 0
	}
	return int32(binary.BigEndian.Uint32(b.scratch[:]))
}

// Int64 reads a big-endian integer.
func (b *Body) Int64() int64 {
	b.Full(b.scratch[:8])
	if b.err != nil {
		return 0
	}
	return int64(binary.BigEndian.Uint64(b.scratch[:]))
}

// UUID reads a topic id.
func (b *Body) UUID() (id [16]byte) {
	b.Full(b.scratch[:16])
	if b.err == nil {
		id = b.scratch
	}
	return id
}

// Uvarint reads an unsigned varint of at most 32 bits.
func (b *Body) Uvarint() uint32 {
	var v uint64
	for shift := 0; shift < 35; shift += 7 {
		c := byte(b.Int8())
		if b.err != nil {
			return 0
		}
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			if v > 1<<32-1 {
				break
			}
			return uint32(v)
		}
	}
	b.Fail(errors.New("varint too long"))
	return 0
}

// ArrayLen reads an array's length, -1 for null, in either encoding. A length
// that the rest of the body cannot hold is an error.
func (b *Body) ArrayLen(flexible bool) int {
	var n int
	if flexible {
		n = int(b.Uvarint()) - 1
	} else {
		n = int(b.Int32())
	}
	if n > b.left {
		b.Fail(errShort)
		return 0
	}
	return n
}

// BytesLen reads the length of nullable bytes, -1 for null, in either encoding.
func (b *Body) BytesLen(flexible bool) int { return b.ArrayLen(flexible) }

// String reads a string of either encoding; null reads as empty.
func (b *Body) String(flexible bool) string {
	var n int
	if flexible {
		n = int(b.Uvarint()) - 1
	} else {
		n = int(b.Int16())
	}
	if n <= 0 || b.err != nil {
		return ""
	}
	if n > b.left {
		b.Fail(errShort)
		return ""
	}
	raw := make([]byte, n)
	b.Full(raw)
	return string(raw)
}

// Tags skips the tagged fields that end a flexible structure.
func (b *Body) Tags(flexible bool) {
	if flexible {
		b.skipTags()
	}
}

// EachTag calls f with each tagged field of a flexible structure; f must read
// exactly size bytes.
func (b *Body) EachTag(f func(tag uint32, size int)) {
	for n := b.Uvarint(); n > 0 && b.err == nil; n-- {
		tag, size := b.Uvarint(), int(b.Uvarint())
		if b.err != nil || size > b.left {
			b.Fail(errShort)
			return
		}
		before := b.left
		f(tag, size)
		if used := before - b.left; used < size {
			b.Skip(size - used)
		} else if used > size {
			b.Fail(errShort)
		}
	}
}

func (b *Body) skipTags() { b.EachTag(func(uint32, int) {}) }
