package recordbatch

import (
	"errors"
	"fmt"
	"math"
)

// DefaultMaxBytes is the largest batch that is built unless Options say else.
const DefaultMaxBytes = 1 << 20

// Options of Rebatch and Encode. The zero value builds uncompressed batches.
type Options struct {
	// Codec of the built batches.
	Codec Codec

	// MaxBytes is the size that no built batch exceeds, header included;
	// 0 is DefaultMaxBytes.
	MaxBytes int

	// MaxDecompressed bounds what one input batch may inflate to, in bytes;
	// 0 is DefaultMaxDecompressed.
	MaxDecompressed int

	// Alloc returns memory of capacity n or more that a built batch will live
	// in; nil is make.
	Alloc func(n int) []byte
}

// Run says that the built records [Index, Index+Length) are those of the source
// offsets [Offset, Offset+Length).
type Run struct {
	Index  int32
	Length int32
	Offset int64
}

// Built is one batch ready to be produced: base offset 0, dense, create time,
// no producer (id, epoch and sequence −1; FixUp sets them), valid checksum.
type Built struct {
	Bytes []byte
	Count int32 // records
	Runs  []Run // where they came from, in order, covering all
}

// View is the built batch.
func (b Built) View() View { return View(b.Bytes) }

// TooLargeError says that a record does not fit the largest batch even alone.
type TooLargeError struct {
	Offset int64 // the record's
	Size   int   // of a batch with only this record, in bytes
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("record at offset %d needs a batch of %d bytes", e.Offset, e.Size)
}

// ErrControl is Rebatch's answer to a transaction marker, which is not data.
var ErrControl = errors.New("control batch cannot be copied")

// Rebatch joins, renumbers and splits: the records of entries at offset from and
// above, in order, become as few dense batches as fit. Entries must follow each
// other as in the log. Keys, values and headers are copied unseen. Without such
// records there is nothing built and no error.
//
// With an error come the batches built of what stood before the trouble; their
// runs tell how far that is. A [*TooLargeError] may be stepped over by calling
// again with from one above its offset. The built batches share no memory with
// the entries.
func Rebatch(entries []Entry, from int64, o Options) ([]Built, error) {
	j := newJoiner(o)
	defer j.free()
	for _, e := range entries {
		if err := j.addEntry(e, from); err != nil {
			return j.finish(err)
		}
	}
	return j.finish(nil)
}

// Encode makes batches of records, as few as fit. Offsets only go into the
// runs. Errors are as Rebatch's.
func Encode(records []Record, o Options) ([]Built, error) {
	j := newJoiner(o)
	defer j.free()
	for i := range records {
		if err := j.addRecord(&records[i]); err != nil {
			return j.finish(err)
		}
	}
	return j.finish(nil)
}

func (o Options) normalize() Options {
	o.MaxBytes = min(orDefault(o.MaxBytes, DefaultMaxBytes), math.MaxInt32)
	o.MaxDecompressed = orDefault(o.MaxDecompressed, DefaultMaxDecompressed)
	if o.Alloc == nil {
		o.Alloc = func(n int) []byte { return make([]byte, n) }
	}
	return o
}
