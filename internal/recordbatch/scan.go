package recordbatch

import "math"

const (
	maxOffset = math.MaxInt64

	// The smallest whole messages: offset, size, crc, magic, attributes, key
	// and value lengths; magic 1 has a timestamp too.
	minMessage0 = overhead + 14
	minMessage1 = overhead + 22
)

// Entry is one whole batch (magic 2), or one message or compressed wrapper
// message (magic 0 and 1), as a fetch response holds it.
type Entry struct {
	Bytes []byte
	Magic int8

	// FirstOffset and LastOffset are what the entry covers. A legacy wrapper
	// tells only its last offset without being inflated: its FirstOffset is one
	// after the entry before it in the same response, and −1 if it is the first.
	FirstOffset, LastOffset int64
}

// View is the entry as a batch of magic 2; for other magics it is nil.
func (e Entry) View() View {
	if e.Magic != 2 {
		return nil
	}
	return View(e.Bytes)
}

// Control tells that the entry is a transaction marker.
func (e Entry) Control() bool { return e.Magic == 2 && e.View().Control() }

// Codec is how the entry's records are compressed.
func (e Entry) Codec() Codec {
	if e.Magic == 2 {
		return e.View().Codec()
	}
	return message(e.Bytes).codec()
}

// Verify checks sizes and checksum as [View.Verify] does, for any magic.
func (e Entry) Verify() error {
	if e.Magic == 2 {
		return e.View().Verify()
	}
	return message(e.Bytes).verify()
}

// check is Verify without the checksum.
func (e Entry) check() error {
	if e.Magic == 2 {
		return e.View().check()
	}
	return message(e.Bytes).check()
}

// Scanner walks over the entries of a fetch response. It reads headers only:
// checksums are for Entry.Verify.
type Scanner struct {
	rest []byte
	last int64 // LastOffset of the entry before
	err  error
}

// NewScanner scans b, which it keeps and which entries alias.
func NewScanner(b []byte) *Scanner { return &Scanner{rest: b, last: -2} }

// Next returns the next whole entry, and false at the end, at a trailing half
// entry ([Scanner.Partial]) or at damage ([Scanner.Err]).
func (s *Scanner) Next() (Entry, bool) {
	size := s.PartialNeeds()
	if s.err != nil || size == 0 || size > len(s.rest) {
		return Entry{}, false
	}
	e, err := s.entry(s.rest[:size:size])
	if err != nil {
		s.err = err
		return Entry{}, false
	}
	s.last = e.LastOffset
	s.rest = s.rest[size:]
	return e, true
}

func (s *Scanner) entry(b []byte) (Entry, error) {
	offset := int64(be.Uint64(b))
	e := Entry{Bytes: b, Magic: int8(b[magicAt]), FirstOffset: offset, LastOffset: offset}
	if offset < 0 {
		return e, corrupt(offset, "negative offset")
	}
	if err := e.check(); err != nil {
		return e, err
	}
	if e.Magic == 2 {
		e.LastOffset = e.View().LastOffset()
	} else if e.Codec() != None {
		e.FirstOffset = s.last + 1
	}
	return e, nil
}

// Err says why the scan ended before the end; a trailing half entry is no
// error. It is a [*CorruptError].
func (s *Scanner) Err() error { return s.err }

// Partial is what has not been scanned: after Next returned false without an
// error, the trailing half entry, or nothing.
func (s *Scanner) Partial() []byte { return s.rest }

// PartialNeeds is the whole size in bytes of the entry that Partial begins, 0
// when not enough of it is here to tell. The size is the input's claim.
func (s *Scanner) PartialNeeds() int {
	if len(s.rest) < overhead {
		return 0
	}
	n := int64(int32(be.Uint32(s.rest[lengthAt:])))
	if n+overhead < minMessage0 {
		if s.err == nil {
			s.err = corrupt(int64(be.Uint64(s.rest)), "length field says %d bytes", n)
		}
		return 0
	}
	return int(n + overhead)
}
