package recordbatch

import "math"

const (
	// maxBody leaves room for a record's own fields in an int32.
	maxBody = math.MaxInt32 - 64

	// inflation bounds the inflated size of a built batch to so many times
	// MaxBytes: consumers inflate whole batches.
	inflation = 8

	// guessedRatio of compressed to inflated size, before anything is known.
	guessedRatio = 0.6
)

// builder makes batches of records.
type builder struct {
	o   Options
	out []Built

	// compressed and inflated sizes seen with the output's codec, to guess how
	// many records will fill a batch
	packed, unpacked int
}

// sample tells how well some records compressed.
func (b *builder) sample(packed, unpacked int) {
	b.packed += packed
	b.unpacked += unpacked
}

// build appends batches of all records to out.
func (b *builder) build(records []raw) error {
	one := b.plain
	if b.o.Codec != None {
		one = b.compressed
	}
	for len(records) > 0 {
		n, err := one(records)
		if err != nil {
			return err
		}
		records = records[n:]
	}
	return nil
}

// plain builds an uncompressed batch of as many records as fit, at least one.
func (b *builder) plain(records []raw) (int, error) {
	n, size := fill(records, b.o.MaxBytes-HeaderLen)
	if HeaderLen+size > b.o.MaxBytes {
		return 0, &TooLargeError{Offset: records[0].offset, Size: HeaderLen + size}
	}
	v := appendRecords(b.alloc(HeaderLen + size)[:HeaderLen], records[:n])
	b.emit(v, None, records[:n])
	return n, nil
}

// compressed builds a compressed batch of about as many records as fit, at
// least one.
func (b *builder) compressed(records []raw) (int, error) {
	plain, packed := newScratch(), newScratch()
	defer plain.free()
	defer packed.free()
	n, _ := fill(records, b.budget())
	for {
		plain.b = appendRecords(plain.b[:0], records[:n])
		var err error
		packed.b, err = compress(b.o.Codec, packed.b[:0], plain.b)
		if err != nil {
			return 0, err
		}
		b.sample(len(packed.b), len(plain.b))
		if size := HeaderLen + len(packed.b); size <= b.o.MaxBytes {
			b.emit(append(b.alloc(size)[:HeaderLen], packed.b...), b.o.Codec, records[:n])
			return n, nil
		}
		if n == 1 {
			return b.incompressible(records, HeaderLen+len(packed.b))
		}
		fewer := float64(n) * float64(b.o.MaxBytes) / float64(HeaderLen+len(packed.b)) * 0.95
		n = min(max(1, int(fewer)), n-1)
	}
}

// incompressible handles a record that is too large when compressed: it may have
// grown by that.
func (b *builder) incompressible(records []raw, packed int) (int, error) {
	n, err := b.plain(records[:1])
	if err, ok := err.(*TooLargeError); ok {
		err.Size = min(err.Size, packed)
		return 0, err
	}
	return n, err
}

// budget is how many bytes of records will likely fill a compressed batch.
func (b *builder) budget() int {
	ratio := guessedRatio
	if b.unpacked > 0 {
		ratio = float64(b.packed) / float64(b.unpacked)
	}
	room := float64(b.o.MaxBytes - HeaderLen)
	return int(min(room/max(ratio, 1.0/inflation), math.MaxInt32/2))
}

func (b *builder) alloc(n int) []byte { return b.o.Alloc(n)[:0:n][:HeaderLen] }

// emit writes the header of a batch whose records are in place.
func (b *builder) emit(v View, c Codec, records []raw) {
	count := int32(len(records))
	latest := records[0].timestamp
	for i := range records {
		latest = max(latest, records[i].timestamp)
	}
	clear(v[:HeaderLen])
	be.PutUint32(v[lengthAt:], uint32(len(v)-overhead))
	v[magicAt] = 2
	be.PutUint32(v[lastDeltaAt:], uint32(count-1))
	be.PutUint64(v[baseTimestampAt:], uint64(records[0].timestamp))
	be.PutUint64(v[maxTimestampAt:], uint64(latest))
	be.PutUint32(v[countAt:], uint32(count))
	be.PutUint16(v[attributesAt:], uint16(c))
	v.FixUp(NoIdentity)
	b.out = append(b.out, Built{Bytes: v, Count: count, Runs: runs(records)})
}

func runs(records []raw) []Run {
	out := []Run{{Offset: records[0].offset, Length: 1}}
	for i := 1; i < len(records); i++ {
		last := &out[len(out)-1]
		if offset := records[i].offset; offset == last.Offset+int64(last.Length) {
			last.Length++
		} else {
			out = append(out, Run{Index: int32(i), Length: 1, Offset: offset})
		}
	}
	return out
}

// fill tells how many records fit into so many bytes, at least one, and their
// size.
func fill(records []raw, room int) (n, size int) {
	base := records[0].timestamp
	for n < len(records) {
		one := recordSize(&records[n], n, base)
		one += varintSize(int64(one))
		if n > 0 && size+one > room {
			break
		}
		size += one
		n++
	}
	return n, size
}

// recordSize is the record's length field: its size after that field.
func recordSize(x *raw, index int, base int64) int {
	return 1 + varintSize(x.timestamp-base) + varintSize(int64(index)) + len(x.body)
}

// appendRecords writes records as those of one batch.
func appendRecords(b []byte, records []raw) []byte {
	base := records[0].timestamp
	for i := range records {
		x := &records[i]
		b = appendVarint(b, int64(recordSize(x, i, base)))
		b = append(b, x.attributes)
		b = appendVarint(b, x.timestamp-base)
		b = appendVarint(b, int64(i))
		b = append(b, x.body...)
	}
	return b
}
