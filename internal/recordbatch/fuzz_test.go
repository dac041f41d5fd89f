package recordbatch

import (
	"bytes"
	"errors"
	"testing"
)

// fuzzLimit keeps bombs small enough to try many.
const fuzzLimit = 1 << 20

func seedLog(f *testing.F) []byte {
	var log []byte
	for i, codec := range codecs {
		built, err := Encode(sampleRecords(9, 30), Options{Codec: codec})
		if err != nil {
			f.Fatal(err)
		}
		b := entryOf(f, built[0].Bytes, int64(i)*100).Bytes
		f.Add(b)
		log = append(log, b...)
	}
	for _, b := range legacySeeds() {
		f.Add(b)
		log = append(log, b...)
	}
	return log
}

// decodeLimited is DecodeAll under the fuzzers' limit.
func decodeLimited(e Entry) (records []Record, err error) {
	err = DecodeLimit(e, fuzzLimit, func(r *Record) error {
		records = append(records, r.Clone())
		return nil
	})
	return records, err
}

// FuzzScanAndDecode: no bytes make anything panic, and whatever decodes encodes
// back, by either way, to the same records.
func FuzzScanAndDecode(f *testing.F) {
	f.Add(seedLog(f))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := NewScanner(b)
		total := 0
		for e, ok := s.Next(); ok; e, ok = s.Next() {
			total += len(e.Bytes)
			if e.LastOffset < e.FirstOffset && e.Magic == 2 {
				t.Fatalf("%d to %d", e.FirstOffset, e.LastOffset)
			}
			e.Verify() // must not panic; damage is the point here
			fuzzEntry(t, e)
		}
		if total+len(s.Partial()) != len(b) {
			t.Fatalf("%d scanned and %d left of %d", total, len(s.Partial()), len(b))
		}
		var damaged *CorruptError
		if s.Err() != nil && !errors.As(s.Err(), &damaged) {
			t.Fatal(s.Err())
		}
	})
}

func fuzzEntry(t *testing.T, e Entry) {
	records, err := decodeLimited(e)
	var damaged *CorruptError
	if err != nil && !errors.As(err, &damaged) {
		t.Fatal(err)
	}
	for _, codec := range []Codec{None, LZ4} {
		o := Options{Codec: codec, MaxBytes: 1 << 21, MaxDecompressed: fuzzLimit}
		built, joinErr := Rebatch([]Entry{e}, -1, o)
		if err != nil || e.Control() {
			continue // Rebatch looks at less, so it may succeed
		}
		if joinErr != nil {
			t.Fatalf("decoded, but: %v", joinErr)
		}
		wantRecords(t, decodeBuilt(t, built, o.MaxBytes), records)
		encoded, err := Encode(records, o)
		if err != nil {
			t.Fatal(err)
		}
		wantRecords(t, decodeBuilt(t, encoded, o.MaxBytes), records)
	}
}

// FuzzRecords puts the bytes behind a valid header, so that the fuzzer need not
// guess sizes.
func FuzzRecords(f *testing.F) {
	for _, codec := range codecs {
		built, err := Encode(sampleRecords(9, 30), Options{Codec: codec})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(int16(codec), int32(9), built[0].View().Records())
	}
	f.Fuzz(func(t *testing.T, attributes int16, count int32, records []byte) {
		v := View(append(make([]byte, HeaderLen), records...))
		be.PutUint32(v[lengthAt:], uint32(len(v)-overhead))
		v[magicAt] = 2
		be.PutUint16(v[attributesAt:], uint16(attributes))
		be.PutUint32(v[lastDeltaAt:], uint32(count))
		be.PutUint32(v[countAt:], uint32(count))
		v.seal()
		if err := v.Verify(); err != nil {
			return
		}
		fuzzEntry(t, Entry{Bytes: v, Magic: 2, LastOffset: v.LastOffset()})
	})
}

// FuzzInflate: what a codec made of the bytes inflates to them, and as
// compressed data they neither panic nor inflate beyond the limit.
func FuzzInflate(f *testing.F) {
	for codec := range int8(8) {
		f.Add(codec, []byte("some bytes some bytes some bytes"))
		if c, err := compress(Codec(codec), nil, bytes.Repeat([]byte("abcd"), 50_000)); err == nil {
			f.Add(codec, c)
		}
	}
	f.Fuzz(func(t *testing.T, c int8, b []byte) {
		codec := Codec(c)
		for _, legacy := range []bool{false, true} {
			out, err := decompress(codec, nil, b, fuzzLimit, legacy)
			if codec != None && (len(out) > fuzzLimit || err != nil && out != nil) {
				t.Fatalf("%d bytes, %v", len(out), err)
			}
		}
		packed, err := compress(codec, nil, b)
		if err != nil {
			return
		}
		out, err := decompress(codec, nil, packed, max(len(b), 1), false)
		if err != nil || !bytes.Equal(out, b) {
			t.Fatalf("%v: %v", codec, err)
		}
	})
}

func FuzzVarint(f *testing.F) {
	f.Add(int64(-1), []byte{0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Add(int64(1)<<62, []byte{0x80})
	f.Fuzz(func(t *testing.T, v int64, b []byte) {
		w := appendVarint(nil, v)
		if got, n := varlong(w); got != v || n != len(w) || n != varintSize(v) {
			t.Fatalf("%d: %d in %d bytes of % x", v, got, n, w)
		}
		if got, n := varint(w); (n == len(w)) != (v == int64(int32(v))) || n != 0 && int64(got) != v {
			t.Fatalf("%d as 32 bits: %d in %d bytes", v, got, n)
		}
		if _, n := varlong(b); n < 0 || n > min(len(b), 10) {
			t.Fatalf("%d bytes of % x", n, b)
		}
	})
}
