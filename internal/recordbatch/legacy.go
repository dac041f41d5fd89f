package recordbatch

import "hash/crc32"

// message is one message of magic 0 or 1:
//
//	0       8     12   16     17          18             (magic 0: no timestamp)
//	offset  size  crc  magic  attributes  timestamp  key length, key, value length, value
//	i64     i32   u32  i8     i8          i64        i32              i32
//
// The checksum (CRC-32, IEEE) covers what follows it. A compressed message is a
// wrapper: its value holds messages.
type message []byte

const (
	legacyCRCAt        = 12
	legacyAttributesAt = 17
	legacyTimestampAt  = 18
)

func (m message) offset() int64       { return int64(be.Uint64(m)) }
func (m message) magic() int8         { return int8(m[magicAt]) }
func (m message) codec() Codec        { return Codec(m[legacyAttributesAt] & codecMask) }
func (m message) logAppendTime() bool { return m[legacyAttributesAt]&logAppendTimeBit != 0 }

// timestamp is −1 in magic 0, which has none.
func (m message) timestamp() int64 {
	if m.magic() == 0 {
		return -1
	}
	return int64(be.Uint64(m[legacyTimestampAt:]))
}

// check looks at sizes and magic.
func (m message) check() error {
	if len(m) < minMessage0 {
		return corrupt(-1, "%d bytes are shorter than a message", len(m))
	}
	if n := int64(int32(be.Uint32(m[lengthAt:]))) + overhead; n != int64(len(m)) {
		return corrupt(m.offset(), "size field says %d bytes, %d are here", n, len(m))
	}
	switch m.magic() {
	case 0:
		return nil
	case 1:
		if len(m) >= minMessage1 {
			return nil
		}
		return corrupt(m.offset(), "%d bytes are shorter than a message of magic 1", len(m))
	}
	return corrupt(m.offset(), "magic is %d", m.magic())
}

func (m message) verify() error {
	if err := m.check(); err != nil {
		return err
	}
	want := be.Uint32(m[legacyCRCAt:])
	if got := crc32.ChecksumIEEE(m[magicAt:]); got != want {
		return corrupt(m.offset(), "checksum is %08x, message says %08x", got, want)
	}
	return nil
}

// keyValue returns the checked message's key and value, nil where null.
func (m message) keyValue() (key, value []byte, err error) {
	b := m[legacyTimestampAt:]
	if m.magic() == 1 {
		b = b[8:]
	}
	key, b, ok := legacyBytes(b)
	if ok {
		value, b, ok = legacyBytes(b)
	}
	if !ok || len(b) != 0 {
		return nil, nil, corrupt(m.offset(), "key and value do not fill the message")
	}
	return key, value, nil
}

// legacyBytes reads a length and as many bytes; a negative length is null.
func legacyBytes(b []byte) (v, rest []byte, ok bool) {
	if len(b) < 4 {
		return nil, nil, false
	}
	n := int32(be.Uint32(b))
	b = b[4:]
	if n < 0 {
		return nil, b, true
	}
	if int(n) > len(b) {
		return nil, nil, false
	}
	return b[:n:n], b[n:], true
}

// eachLegacy yields the records of a checked message, inflating a wrapper into
// s. Their memory is the message's or s's.
func eachLegacy(m message, s *scratch, limit int, yield func(*Record) error) error {
	if m.codec() == None {
		return yieldLegacy(m, m.offset(), m.timestamp(), yield)
	}
	inner, err := inflateWrapper(m, s, limit)
	if err != nil {
		return err
	}
	base, err := innerBase(m, inner)
	if err != nil {
		return err
	}
	for len(inner) > 0 {
		one := inner[:innerSize(inner)]
		inner = inner[len(one):]
		timestamp := one.timestamp()
		if m.magic() == 1 && m.logAppendTime() {
			timestamp = m.timestamp()
		}
		if err := yieldLegacy(one, base+one.offset(), timestamp, yield); err != nil {
			return err
		}
	}
	return nil
}

func yieldLegacy(m message, offset, timestamp int64, yield func(*Record) error) error {
	key, value, err := m.keyValue()
	if err != nil {
		return err
	}
	return yield(&Record{Offset: offset, Timestamp: timestamp, Key: key, Value: value})
}

func inflateWrapper(m message, s *scratch, limit int) (message, error) {
	_, value, err := m.keyValue()
	if err != nil {
		return nil, err
	}
	inner, err := decompress(m.codec(), s.b, value, limit, true)
	if err != nil {
		return nil, corrupt(m.offset(), "%s: %v", m.codec(), err)
	}
	s.b = inner
	return inner, nil
}

func innerSize(b message) int { return overhead + int(int32(be.Uint32(b[lengthAt:]))) }

// innerBase checks a wrapper's messages and returns what to add to their
// offsets. Magic 0 stores them absolute. Magic 1 stores them relative, such
// that the last one is the wrapper's offset; compaction may have removed the
// first ones, so the distance is only known from the last.
func innerBase(m, inner message) (int64, error) {
	last, seen := int64(-1), false
	for b := inner; len(b) > 0; {
		if len(b) < minMessage0 {
			return 0, corrupt(m.offset(), "%d bytes after the last inner message", len(b))
		}
		n := innerSize(b)
		if n < minMessage0 || n > len(b) {
			return 0, corrupt(m.offset(), "inner message of %d bytes", n)
		}
		one := b[:n]
		if err := one.check(); err != nil {
			return 0, err
		}
		if one.magic() != m.magic() || one.codec() != None {
			return 0, corrupt(m.offset(), "inner message of magic %d, %s", one.magic(), one.codec())
		}
		if one.offset() <= last {
			return 0, corrupt(m.offset(), "inner offset %d after %d", one.offset(), last)
		}
		last, seen = one.offset(), true
		b = b[n:]
	}
	if !seen {
		return 0, corrupt(m.offset(), "wrapper without messages")
	}
	if last > m.offset() {
		return 0, corrupt(m.offset(), "inner offset %d is beyond the wrapper's", last)
	}
	if m.magic() == 0 {
		return 0, nil
	}
	return m.offset() - last, nil
}
