package recordbatch

import "slices"

// Decode yields the records of e in order, control records included. A record
// and all it points to is valid only until yield returns. An error of yield ends
// the walk and is returned as it is; malformed bytes give a [*CorruptError],
// possibly after some records. The checksum is not looked at: see [Entry.Verify].
func Decode(e Entry, yield func(*Record) error) error {
	return DecodeLimit(e, DefaultMaxDecompressed, yield)
}

// DecodeLimit is [Decode] with another limit, in bytes, on what compressed
// records may inflate to.
func DecodeLimit(e Entry, limit int, yield func(*Record) error) error {
	s := newScratch()
	defer s.free()
	limit = orDefault(limit, DefaultMaxDecompressed)
	if e.Magic != 2 {
		m := message(e.Bytes)
		if err := m.check(); err != nil {
			return err
		}
		return eachLegacy(m, s, limit, yield)
	}
	v := View(e.Bytes)
	inflated, err := inflateView(v, s.b[:0], limit)
	if err != nil {
		return err
	}
	if v.Codec() != None && inflated != nil {
		s.b = inflated // it may have grown
	}
	reader := newRawReader(v, inflated)
	var x raw
	var rec Record
	for {
		ok, err := reader.next(&x)
		if err != nil || !ok {
			return err
		}
		rec.Offset, rec.Timestamp = x.offset, x.timestamp
		if !parseBody(x.body, &rec) {
			return corrupt(x.offset, "key, value and headers do not fill the record")
		}
		if err := yield(&rec); err != nil {
			return err
		}
	}
}

// inflateView returns the records of v: those of an uncompressed batch where they
// are, others appended to dst, which is empty.
func inflateView(v View, dst []byte, limit int) ([]byte, error) {
	if err := v.check(); err != nil {
		return nil, err
	}
	if v.Count() == 0 && len(v) == HeaderLen {
		return nil, nil // what compaction leaves, with any codec bits
	}
	inflated, err := decompress(v.Codec(), dst, v.Records(), limit, false)
	if err != nil {
		return nil, corrupt(v.BaseOffset(), "%s: %v", v.Codec(), err)
	}
	return inflated, nil
}

// decodedRecordCost is about what a Record takes beside its bytes.
const decodedRecordCost = 96

// DecodeAll returns copies of the records of e, owned by the caller. It fails
// when they would take more than twice DefaultMaxDecompressed bytes: Decode has
// no need to hold them all.
func DecodeAll(e Entry) ([]Record, error) {
	var records []Record
	cost := 0
	err := Decode(e, func(r *Record) error {
		cost += decodedRecordCost + len(r.Key) + len(r.Value) + len(r.Headers)*decodedRecordCost
		if cost > 2*DefaultMaxDecompressed {
			return corrupt(r.Offset, "%v", errTooMuch)
		}
		records = append(records, r.Clone())
		return nil
	})
	if err != nil {
		return nil, err
	}
	return slices.Clip(records), nil
}

// ControlType says what a transaction marker did.
type ControlType int16

// The markers that clients meet.
const (
	ControlAbort  ControlType = 0
	ControlCommit ControlType = 1
)

// ControlType reads the marker's type from its only record. It is for batches
// whose Control bit is set.
func (v View) ControlType() (ControlType, error) {
	kind := ControlType(-1)
	err := DecodeLimit(Entry{Bytes: v, Magic: 2}, 1<<20, func(r *Record) error {
		if len(r.Key) < minControlKeySize {
			return corrupt(r.Offset, "control record with a key of %d bytes", len(r.Key))
		}
		kind = ControlType(be.Uint16(r.Key[2:]))
		return nil
	})
	return kind, err
}

func orDefault(n, fallback int) int {
	if n <= 0 {
		return fallback
	}
	return n
}
