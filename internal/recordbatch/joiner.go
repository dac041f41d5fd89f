package recordbatch

import (
	"errors"
	"sync"
)

const (
	// What a joiner holds before it builds batches of it: memory stays bounded
	// whatever the number of entries, and of tiny records in one of them.
	groupBytes   = 32 << 20
	groupRecords = 1 << 19

	arenaChunk    = 256 << 10
	pooledRecords = 1 << 16
)

// joiner gathers records, as references into their inflated batches, and builds
// batches of them.
type joiner struct {
	builder
	records []raw
	bytes   int // of bodies in records
	last    int64

	// mark and markBytes are records and bytes as the entry being added began.
	mark, markBytes int

	// arena is where bodies are, inflated or written anew, that are not in an
	// entry itself. Its length is what is used; each group begins it anew. When it
	// is full another takes its place, and bodies keep the old one alive.
	arena []byte
	held  int // inflated bytes of this group
	swell int // how many times its size the last compressed batch inflated to
}

var joiners = sync.Pool{New: func() any { return new(joiner) }}

func newJoiner(o Options) *joiner {
	j := joiners.Get().(*joiner)
	j.builder = builder{o: o.normalize()}
	j.last = -1
	return j
}

func (j *joiner) free() {
	j.reset()
	j.builder = builder{}
	if cap(j.records) > pooledRecords {
		j.records = nil
	}
	joiners.Put(j)
}

// reset forgets the records.
func (j *joiner) reset() {
	clear(j.records)
	j.records, j.bytes = j.records[:0], 0
	j.mark, j.markBytes = 0, 0
	j.held = 0
	if cap(j.arena) > maxPooled {
		j.arena = nil
	}
	j.arena = j.arena[:0]
}

// flush builds batches of all records so far.
func (j *joiner) flush() error {
	err := j.build(j.records)
	j.reset()
	return err
}

// finish flushes and returns what was built; an error that came first stays,
// unless the records before it give one themselves.
func (j *joiner) finish(err error) ([]Built, error) {
	if e := j.flush(); e != nil {
		err = e
	}
	return j.out, err
}

func (j *joiner) add(x raw) error {
	j.records = append(j.records, x)
	j.bytes += len(x.body)
	if j.bytes < groupBytes && len(j.records) < groupRecords {
		return nil
	}
	return j.flushKeeping()
}

// flushKeeping flushes within an entry, whose inflated bytes are still needed.
func (j *joiner) flushKeeping() error {
	held := j.held
	j.arena = nil
	err := j.flush()
	j.held = held
	return err
}

// addEntry adds the records of e from an offset on. If e is damaged none of its
// records are added, but for those of a very large one that were built already.
func (j *joiner) addEntry(e Entry, from int64) error {
	if err := e.check(); err != nil {
		return err
	}
	if e.Control() {
		return ErrControl
	}
	if max(j.bytes, j.held) >= groupBytes/2 {
		if err := j.flush(); err != nil {
			return err
		}
	}
	j.mark, j.markBytes = len(j.records), j.bytes
	var err error
	if e.Magic == 2 {
		err = j.addBatch(e.View(), from)
	} else {
		err = j.addLegacy(message(e.Bytes), from)
	}
	// A record too large keeps those before it: the caller goes on after it.
	if err != nil && isCorrupt(err) {
		j.records, j.bytes = j.records[:j.mark], j.markBytes
	}
	return err
}

func (j *joiner) addBatch(v View, from int64) error {
	inflated, err := j.inflate(v)
	if err != nil {
		return err
	}
	if v.Codec() == j.o.Codec {
		j.sample(len(v.Records()), len(inflated))
	}
	reader := newRawReader(v, inflated)
	var x raw
	for {
		ok, err := reader.next(&x)
		if err != nil || !ok {
			return err
		}
		if x.offset < from {
			continue
		}
		if err := j.inOrder(x.offset); err != nil {
			return err
		}
		if err := j.add(x); err != nil {
			return err
		}
	}
}

// inflate returns the records of v, in the arena if they are compressed.
func (j *joiner) inflate(v View) ([]byte, error) {
	if v.Codec() == None {
		return inflateView(v, nil, 0)
	}
	// Codecs make room elsewhere if this is too little.
	j.room(min((j.swell+1)*len(v), maxPooled))
	at := len(j.arena)
	inflated, err := inflateView(v, j.arena[at:], j.o.MaxDecompressed)
	if err != nil || len(inflated) == 0 {
		return nil, err
	}
	j.held += len(inflated)
	if at < cap(j.arena) && &inflated[0] == &j.arena[:at+1][at] {
		j.arena = j.arena[:at+len(inflated)]
	}
	j.swell = len(inflated)/len(v) + 1
	return inflated, nil
}

// room replaces the arena if it has not n bytes left.
func (j *joiner) room(n int) {
	if cap(j.arena)-len(j.arena) < n {
		j.arena = make([]byte, 0, max(n, min(2*cap(j.arena), maxPooled), arenaChunk))
	}
}

func (j *joiner) addLegacy(m message, from int64) error {
	s := newScratch() // what is inflated here is written anew into the arena
	defer s.free()
	return eachLegacy(m, s, j.o.MaxDecompressed, func(r *Record) error {
		if r.Offset < from {
			return nil
		}
		if err := j.inOrder(r.Offset); err != nil {
			return err
		}
		return j.addRecord(r)
	})
}

func (j *joiner) inOrder(offset int64) error {
	if offset <= j.last {
		return corrupt(offset, "offset comes after %d", j.last)
	}
	j.last = offset
	return nil
}

// addRecord adds a record whose body has to be written.
func (j *joiner) addRecord(r *Record) error {
	n := bodySize(r)
	if n > j.o.MaxBytes && j.o.Codec == None || n >= maxBody {
		return &TooLargeError{Offset: r.Offset, Size: HeaderLen + n}
	}
	j.room(n)
	at := len(j.arena)
	j.arena = appendBody(j.arena, r)
	return j.add(raw{body: j.arena[at:len(j.arena):len(j.arena)], offset: r.Offset, timestamp: r.Timestamp})
}

func isCorrupt(err error) bool {
	var c *CorruptError
	return errors.As(err, &c)
}
