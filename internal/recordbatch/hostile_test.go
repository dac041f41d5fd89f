package recordbatch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"runtime"
	"testing"
)

// allocated tells how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestBombsStopAtTheLimit(t *testing.T) {
	zeros := make([]byte, 64<<20)
	for _, codec := range codecs[1:] {
		packed, err := compress(codec, nil, zeros)
		if err != nil {
			t.Fatal(err)
		}
		const limit = 1 << 20
		decompress(codec, nil, packed[:min(len(packed), 100)], limit, false) // warm the pools
		used := allocated(func() {
			if _, err = decompress(codec, nil, packed, limit, false); !errors.Is(err, errTooMuch) {
				t.Errorf("%v: %v", codec, err)
			}
		})
		if used > 12<<20 {
			t.Errorf("%v: %d bytes allocated for a limit of %d", codec, used, limit)
		}
		v := View(append(make([]byte, HeaderLen), packed...))
		be.PutUint32(v[lengthAt:], uint32(len(v)-overhead))
		v[magicAt] = 2
		be.PutUint16(v[attributesAt:], uint16(codec))
		be.PutUint32(v[countAt:], 1)
		var damaged *CorruptError
		for _, err := range []error{
			DecodeLimit(Entry{Bytes: v, Magic: 2}, limit, func(*Record) error { return nil }),
			func() error {
				_, err := Rebatch([]Entry{{Bytes: v, Magic: 2}}, 0, Options{MaxDecompressed: limit})
				return err
			}(),
		} {
			if !errors.As(err, &damaged) {
				t.Errorf("%v: %v", codec, err)
			}
		}
	}
}

func TestLyingSizesAllocateLittle(t *testing.T) {
	gz, _ := compress(Gzip, nil, []byte("x"))
	binary.LittleEndian.PutUint32(gz[len(gz)-4:], math.MaxUint32)
	lies := map[string]struct {
		codec Codec
		bytes []byte
	}{
		"snappy length":           {Snappy, binary.AppendUvarint(nil, 200<<20)},
		"snappy block length":     {Snappy, append(append(bytes.Clone(xerialMagic), 0, 0, 0, 1, 0, 0, 0, 1), 0x7f, 0xff, 0xff, 0xff)},
		"gzip trailer":            {Gzip, gz},
		"zstd content size":       {ZSTD, []byte{0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0x0c, 1, 0, 0}},
		"lz4 block length":        {LZ4, []byte{4, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73, 0, 0, 0x40, 0, 1, 2, 3}},
		"lz4 stored block length": {LZ4, []byte{4, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73, 0, 0, 0x40, 0x80, 1, 2, 3}},
	}
	for name, lie := range lies {
		decompress(lie.codec, nil, lie.bytes, DefaultMaxDecompressed, false) // warm the pools
		var err error
		used := allocated(func() { _, err = decompress(lie.codec, nil, lie.bytes, DefaultMaxDecompressed, false) })
		if err == nil || used > 1<<20 {
			t.Errorf("%s: %v, %d bytes allocated", name, err, used)
		}
	}
}

// plainBatch is an uncompressed batch of one record with these bytes as body.
func plainBatch(body []byte) Entry {
	record := appendVarint(nil, int64(3+len(body)))
	record = append(append(record, 0, 0, 0), body...)
	v := View(append(make([]byte, HeaderLen), record...))
	be.PutUint32(v[lengthAt:], uint32(len(v)-overhead))
	v[magicAt] = 2
	be.PutUint32(v[countAt:], 1)
	v.seal()
	return Entry{Bytes: v, Magic: 2}
}

func TestMalformedRecordsAreCorrupt(t *testing.T) {
	bodies := map[string][]byte{
		"nothing":               {},
		"key beyond the record": {0x7e, 'k', 0, 0},
		"value missing":         {1, 1},
		"headers missing":       {1, 1},
		"negative headers":      {1, 1, 1},
		"more headers than fit": {1, 1, 0x7e, 0, 0},
		"null header key":       {1, 1, 2, 1, 1},
		"header value missing":  {1, 1, 2, 2, 'h'},
		"bytes after headers":   {1, 1, 0, 0},
		"endless varint":        {0x80, 0x80, 0x80, 0x80, 0x80, 0x80},
		"varint beyond 32 bits": {0xff, 0xff, 0xff, 0xff, 0x7f, 1, 0},
	}
	for name, body := range bodies {
		e := plainBatch(body)
		if err := e.Verify(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var damaged *CorruptError
		if err := Decode(e, func(*Record) error { return nil }); !errors.As(err, &damaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCountsThatDoNotMatchAreCorrupt(t *testing.T) {
	built, err := Encode(sampleRecords(5, 10), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ count, lastDelta int32 }{{4, 4}, {6, 6}, {5, 3}, {-1, 4}, {5, -1}, {math.MaxInt32, math.MaxInt32}} {
		v := View(bytes.Clone(built[0].Bytes))
		be.PutUint32(v[countAt:], uint32(c.count))
		be.PutUint32(v[lastDeltaAt:], uint32(c.lastDelta))
		v.seal()
		var damaged *CorruptError
		if _, err := DecodeAll(Entry{Bytes: v, Magic: 2}); !errors.As(err, &damaged) {
			t.Errorf("%+v: decode: %v", c, err)
		}
		if built, err := Rebatch([]Entry{{Bytes: v, Magic: 2}}, 0, Options{}); !errors.As(err, &damaged) || len(built) != 0 {
			t.Errorf("%+v: rebatch: %v", c, err)
		}
	}
}

func TestEntriesOutOfOrderAreRefused(t *testing.T) {
	built, _ := Encode(sampleRecords(5, 10), Options{})
	a, b := entryOf(t, built[0].Bytes, 10), entryOf(t, built[0].Bytes, 12)
	var damaged *CorruptError
	if out, err := Rebatch([]Entry{a, b}, 0, Options{}); !errors.As(err, &damaged) || len(out) != 1 {
		t.Fatalf("%d built, %v", len(out), err)
	}
}

func TestAViewOfAnythingIsRefusedRatherThanRead(t *testing.T) {
	for n := range HeaderLen + 1 {
		for _, magic := range []int8{0, 1, 2, 3} {
			b := bytes.Repeat([]byte{0xff}, n)
			e := Entry{Bytes: b, Magic: magic}
			if e.Verify() == nil || Decode(e, nil) == nil {
				t.Fatalf("%d bytes of magic %d", n, magic)
			}
			if _, err := Rebatch([]Entry{e}, 0, Options{}); err == nil {
				t.Fatalf("%d bytes of magic %d", n, magic)
			}
		}
	}
}

// One batch of very many records, and one that inflates far, are built in groups
// so that what is held stays bounded; nothing is lost between groups.
func TestHugeBatchesAreBuiltInGroups(t *testing.T) {
	for name, in := range map[string]struct {
		count int
		value []byte
	}{
		"many records": {groupRecords + 1000, nil},
		"many bytes":   {48, make([]byte, 1<<20)},
	} {
		records := make([]raw, in.count)
		body := appendBody(nil, &Record{Value: in.value})
		for i := range records {
			records[i] = raw{body: body, timestamp: int64(i)}
		}
		packed, err := compress(LZ4, make([]byte, HeaderLen), appendRecords(nil, records))
		if err != nil {
			t.Fatal(err)
		}
		v := View(packed)
		be.PutUint32(v[lengthAt:], uint32(len(v)-overhead))
		v[magicAt] = 2
		be.PutUint16(v[attributesAt:], uint16(LZ4))
		be.PutUint32(v[lastDeltaAt:], uint32(in.count-1))
		be.PutUint32(v[countAt:], uint32(in.count))
		v.seal()
		for _, codec := range []Codec{None, LZ4} {
			built, err := Rebatch([]Entry{entryOf(t, v, 0)}, 5, Options{Codec: codec, MaxBytes: 4 << 20})
			if err != nil {
				t.Fatal(err)
			}
			next := int64(5)
			for _, b := range built {
				if len(b.Runs) != 1 || b.Runs[0] != (Run{Length: b.Count, Offset: next}) {
					t.Fatalf("%s: runs %+v, want one from %d", name, b.Runs, next)
				}
				if err := Decode(Entry{Bytes: b.Bytes, Magic: 2}, func(r *Record) error {
					if r.Timestamp != next || len(r.Value) != len(in.value) {
						t.Fatalf("%s: record %d has time %d", name, next, r.Timestamp)
					}
					next++
					return nil
				}); err != nil {
					t.Fatal(err)
				}
			}
			if next != int64(in.count) {
				t.Fatalf("%s: %d records of %d", name, next, in.count)
			}
		}
	}
}
