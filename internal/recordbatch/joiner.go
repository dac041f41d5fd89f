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

	held      []*scratch // what bodies point into, freed after each group
	heldBytes int
	arena     []byte // bodies that had to be written anew
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
	for i, s := range j.held {
		s.free()
		j.held[i] = nil
	}
	j.held, j.heldBytes = j.held[:0], 0
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
	held, heldBytes := j.held, j.heldBytes
	j.held = nil
	err := j.flush()
	j.held, j.heldBytes = held, heldBytes
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
	if max(j.bytes, j.heldBytes) >= groupBytes/2 {
		if err := j.flush(); err != nil {
			return err
		}
	}
	var s *scratch
	if e.Magic != 2 || e.Codec() != None {
		s = newScratch()
		j.held = append(j.held, s)
	}
	j.mark, j.markBytes = len(j.records), j.bytes
	var err error
	if e.Magic == 2 {
		err = j.addBatch(e.View(), s, from)
	} else {
		err = j.addLegacy(message(e.Bytes), s, from)
	}
	if s != nil {
		j.heldBytes += cap(s.b)
	}
	// A record too large keeps those before it: the caller goes on after it.
	if err != nil && isCorrupt(err) {
		j.records, j.bytes = j.records[:j.mark], j.markBytes
	}
	return err
}

func (j *joiner) addBatch(v View, s *scratch, from int64) error {
	inflated, err := inflateView(v, s, j.o.MaxDecompressed)
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

func (j *joiner) addLegacy(m message, s *scratch, from int64) error {
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
	if cap(j.arena)-len(j.arena) < n {
		j.arena = make([]byte, 0, max(arenaChunk, n)) // bodies keep the old one alive
	}
	at := len(j.arena)
	j.arena = appendBody(j.arena, r)
	return j.add(raw{body: j.arena[at:len(j.arena):len(j.arena)], offset: r.Offset, timestamp: r.Timestamp})
}

func isCorrupt(err error) bool {
	var c *CorruptError
	return errors.As(err, &c)
}
