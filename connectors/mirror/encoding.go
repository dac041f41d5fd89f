package mirror

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// OffsetSync says that the source's record at Upstream in a partition is the
// copy's record at Downstream. Its key is the source's topic and partition.
type OffsetSync struct {
	Topic      string
	Partition  int32
	Upstream   int64
	Downstream int64
}

// Checkpoint says how far a consumer group has read a partition, in the
// source's offsets and in the copy's. Its key is Group, Topic and Partition.
type Checkpoint struct {
	Group      string
	Topic      string // the copy's name on the target
	Partition  int32
	Upstream   int64
	Downstream int64
	Metadata   string // of the group's commit
}

// Heartbeat says that the flow between two clusters was alive at Timestamp.
type Heartbeat struct {
	SourceAlias string
	TargetAlias string
	Timestamp   int64 // milliseconds since the epoch
}

// ErrMalformed is wrapped by every decoding error.
var ErrMalformed = errors.New("malformed record")

// Encode returns the record's key and value. It fails only for names longer
// than Kafka's strings can be.
func (s OffsetSync) Encode() (key, value []byte, err error) {
	var k, v writer
	k.str(s.Topic)
	k.i32(s.Partition)
	v.i64(s.Upstream)
	v.i64(s.Downstream)
	return finish(&k, &v)
}

// DecodeOffsetSync reads what Encode wrote.
func DecodeOffsetSync(key, value []byte) (OffsetSync, error) {
	k, v := reader{rest: key}, reader{rest: value}
	s := OffsetSync{Topic: k.str(), Partition: k.i32(), Upstream: v.i64(), Downstream: v.i64()}
	return s, check("offset sync", &k, &v)
}

// Encode returns the record's key and value. It fails only for names longer
// than Kafka's strings can be.
func (c Checkpoint) Encode() (key, value []byte, err error) {
	var k, v writer
	k.str(c.Group)
	k.str(c.Topic)
	k.i32(c.Partition)
	v.i16(0) // version
	v.i64(c.Upstream)
	v.i64(c.Downstream)
	v.str(c.Metadata)
	return finish(&k, &v)
}

// DecodeCheckpoint reads what Encode wrote. Like Java, it reads any version as
// if it were 0.
func DecodeCheckpoint(key, value []byte) (Checkpoint, error) {
	k, v := reader{rest: key}, reader{rest: value}
	v.i16()
	c := Checkpoint{
		Group: k.str(), Topic: k.str(), Partition: k.i32(),
		Upstream: v.i64(), Downstream: v.i64(), Metadata: v.str(),
	}
	return c, check("checkpoint", &k, &v)
}

// Encode returns the record's key and value. It fails only for names longer
// than Kafka's strings can be.
func (h Heartbeat) Encode() (key, value []byte, err error) {
	var k, v writer
	k.str(h.SourceAlias)
	k.str(h.TargetAlias)
	v.i16(0) // version
	v.i64(h.Timestamp)
	return finish(&k, &v)
}

// DecodeHeartbeat reads what Encode wrote, any version as if it were 0.
func DecodeHeartbeat(key, value []byte) (Heartbeat, error) {
	k, v := reader{rest: key}, reader{rest: value}
	v.i16()
	h := Heartbeat{SourceAlias: k.str(), TargetAlias: k.str(), Timestamp: v.i64()}
	return h, check("heartbeat", &k, &v)
}

func finish(key, value *writer) ([]byte, []byte, error) {
	return key.buf, value.buf, errors.Join(key.err, value.err)
}

func check(what string, key, value *reader) error {
	for _, part := range []struct {
		name string
		r    *reader
	}{{"key", key}, {"value", value}} {
		if part.r.bad != "" {
			return fmt.Errorf("%s %s: %s: %w", what, part.name, part.r.bad, ErrMalformed)
		}
	}
	return nil
}

// writer appends Kafka's primitive types; the first error sticks.
type writer struct {
	buf []byte
	err error
}

func (w *writer) i16(v int16) { w.buf = binary.BigEndian.AppendUint16(w.buf, uint16(v)) }
func (w *writer) i32(v int32) { w.buf = binary.BigEndian.AppendUint32(w.buf, uint32(v)) }
func (w *writer) i64(v int64) { w.buf = binary.BigEndian.AppendUint64(w.buf, uint64(v)) }

func (w *writer) str(s string) {
	if len(s) > math.MaxInt16 && w.err == nil {
		w.err = fmt.Errorf("a string of %d bytes is longer than Kafka's %d", len(s), math.MaxInt16)
		return
	}
	w.i16(int16(len(s)))
	w.buf = append(w.buf, s...)
}

// reader takes Kafka's primitive types from rest. Bytes left over are ignored,
// as Java does: a later version may append fields.
type reader struct {
	rest []byte
	bad  string
}

func (r *reader) take(n int) []byte {
	if r.bad == "" && n > len(r.rest) {
		r.bad = fmt.Sprintf("%d bytes wanted, %d left", n, len(r.rest))
	}
	if r.bad != "" {
		return make([]byte, min(n, 8))
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) i16() int16 { return int16(binary.BigEndian.Uint16(r.take(2))) }
func (r *reader) i32() int32 { return int32(binary.BigEndian.Uint32(r.take(4))) }
func (r *reader) i64() int64 { return int64(binary.BigEndian.Uint64(r.take(8))) }

func (r *reader) str() string {
	n := int(r.i16())
	if n < 0 {
		if r.bad == "" {
			r.bad = fmt.Sprintf("negative string length %d", n)
		}
		return ""
	}
	b := r.take(n)
	if r.bad != "" {
		return ""
	}
	return string(b)
}
