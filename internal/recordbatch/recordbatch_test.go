package recordbatch

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

var codecs = []Codec{None, Gzip, Snappy, LZ4, ZSTD}

// sampleRecords are dense records with every kind of key, value and header.
func sampleRecords(n int, size int) []Record {
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	out := make([]Record, n)
	for i := range out {
		r := Record{Offset: 1000 + int64(i), Timestamp: 1_700_000_000_000 + rng.Int64N(5000) - 100}
		r.Key = fmt.Appendf(nil, "key-%d", i%17)
		r.Value = bytes.Repeat([]byte{byte('a' + i%26), byte(rng.Uint32())}, size/2)
		switch i % 7 {
		case 1:
			r.Key = nil
		case 2:
			r.Value = nil
		case 3:
			r.Key, r.Value = []byte{}, []byte{}
		case 4:
			r.Headers = []Header{{"trace", []byte("x")}, {"trace", nil}, {"\xff\xfe", []byte{}}, {"", nil}}
		case 5:
			r.Timestamp = -1
		}
		out[i] = r
	}
	return out
}

// entryOf is a built batch as a broker would serve it at an offset.
func entryOf(t testing.TB, b []byte, base int64) Entry {
	t.Helper()
	b = bytes.Clone(b)
	be.PutUint64(b, uint64(base))
	s := NewScanner(b)
	e, ok := s.Next()
	if !ok || s.Err() != nil || len(s.Partial()) != 0 {
		t.Fatalf("scan: %v %v, %d bytes left", ok, s.Err(), len(s.Partial()))
	}
	if err := e.Verify(); err != nil {
		t.Fatal(err)
	}
	return e
}

// decodeBuilt checks what every built batch promises and gives its records
// their source offsets back.
func decodeBuilt(t testing.TB, built []Built, maxBytes int) []Record {
	t.Helper()
	var out []Record
	for _, b := range built {
		v := b.View()
		if err := v.Verify(); err != nil {
			t.Fatal(err)
		}
		if len(b.Bytes) > maxBytes {
			t.Fatalf("built batch of %d bytes, allowed are %d", len(b.Bytes), maxBytes)
		}
		if !v.Dense() || v.Count() != b.Count || v.BaseOffset() != 0 || v.LeaderEpoch() != -1 ||
			v.ProducerID() != -1 || v.ProducerEpoch() != -1 || v.BaseSequence() != -1 || v.Attributes()&^codecMask != 0 {
			t.Fatalf("header of built batch: % x", v[:HeaderLen])
		}
		records, err := DecodeAll(Entry{Bytes: b.Bytes, Magic: 2})
		if err != nil {
			t.Fatal(err)
		}
		latest := records[0].Timestamp
		for i := range records {
			if records[i].Offset != int64(i) {
				t.Fatalf("record %d has offset %d", i, records[i].Offset)
			}
			latest = max(latest, records[i].Timestamp)
		}
		if v.BaseTimestamp() != records[0].Timestamp || v.MaxTimestamp() != latest {
			t.Fatalf("times %d to %d, want %d to %d", v.BaseTimestamp(), v.MaxTimestamp(), records[0].Timestamp, latest)
		}
		next := int32(0)
		for _, r := range b.Runs {
			if r.Index != next || r.Length <= 0 {
				t.Fatalf("run %+v, want index %d", r, next)
			}
			for i := range r.Length {
				records[next+i].Offset = r.Offset + int64(i)
			}
			next += r.Length
		}
		if next != b.Count {
			t.Fatalf("runs cover %d of %d records", next, b.Count)
		}
		out = append(out, records...)
	}
	return out
}

func wantRecords(t testing.TB, got, want []Record) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d records, want %d", len(got), len(want))
	}
	for i := range got {
		g, w := got[i], want[i]
		if len(g.Headers) == 0 {
			g.Headers = nil
		}
		if len(w.Headers) == 0 {
			w.Headers = nil
		}
		if !reflect.DeepEqual(g, w) {
			t.Fatalf("record %d is\n%+v, want\n%+v", i, g, w)
		}
	}
}

func TestEncodedRecordsDecodeToThemselves(t *testing.T) {
	for _, codec := range codecs {
		for _, n := range []int{1, 2, 63, 64, 1000} {
			for _, maxBytes := range []int{0, 3000} {
				records := sampleRecords(n, 200)
				built, err := Encode(records, Options{Codec: codec, MaxBytes: maxBytes})
				if err != nil {
					t.Fatalf("%v: %v", codec, err)
				}
				wantRecords(t, decodeBuilt(t, built, orDefault(maxBytes, DefaultMaxBytes)), records)
			}
		}
	}
}

func TestRebatchEqualsDecodeAndEncode(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 2))
		entries, want := randomEntries(t, rng)
		from := int64(-1)
		if len(want) > 0 && rng.IntN(2) == 0 {
			from = want[rng.IntN(len(want))].Offset
		}
		kept := want[:0:0]
		for _, r := range want {
			if r.Offset >= from {
				kept = append(kept, r)
			}
		}
		o := Options{Codec: codecs[rng.IntN(len(codecs))], MaxBytes: 1200 + rng.IntN(20000)}
		built, err := Rebatch(entries, from, o)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		wantRecords(t, decodeBuilt(t, built, o.MaxBytes), kept)
		naive, err := Encode(kept, o)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		wantRecords(t, decodeBuilt(t, naive, o.MaxBytes), kept)
		if o.Codec == None && !reflect.DeepEqual(built, naive) {
			t.Fatalf("seed %d: rebatched differs from decoded and encoded", seed)
		}
	}
}

// randomEntries are batches of a log with holes, in mixed codecs and time types,
// and the records in them.
func randomEntries(t testing.TB, rng *rand.Rand) ([]Entry, []Record) {
	var entries []Entry
	var want []Record
	next := rng.Int64N(1 << 40)
	for range rng.IntN(6) {
		records := sampleRecords(1+rng.IntN(40), rng.IntN(300))
		codec := codecs[rng.IntN(len(codecs))]
		built, err := Encode(records, Options{Codec: codec})
		if err != nil || len(built) != 1 {
			t.Fatal(err)
		}
		e := entryOf(t, built[0].Bytes, next)
		for i := range records {
			records[i].Offset = next + int64(i)
		}
		switch rng.IntN(4) {
		case 0:
			e, records = compacted(t, rng, e, records)
		case 1:
			v := e.View()
			be.PutUint16(v[attributesAt:], uint16(v.Attributes())|logAppendTimeBit)
			v.seal()
			for i := range records {
				records[i].Timestamp = v.MaxTimestamp()
			}
		}
		next = e.LastOffset + 1 + rng.Int64N(5)
		entries = append(entries, e)
		want = append(want, records...)
	}
	return entries, want
}

// compacted removes some records, as the log cleaner does: offsets and the last
// offset delta stay.
func compacted(t testing.TB, rng *rand.Rand, e Entry, records []Record) (Entry, []Record) {
	v := e.View()
	base, last := v.BaseOffset(), v.LastOffsetDelta()
	kept := records[:0:0]
	var plain []byte
	for i := range records {
		if rng.IntN(3) == 0 {
			continue
		}
		kept = append(kept, records[i])
		body := appendBody(nil, &records[i])
		x := raw{body: body, timestamp: records[i].Timestamp}
		plain = appendVarint(plain, int64(recordSize(&x, i, v.BaseTimestamp())))
		plain = append(plain, 0)
		plain = appendVarint(plain, x.timestamp-v.BaseTimestamp())
		plain = appendVarint(plain, int64(i))
		plain = append(plain, body...)
	}
	b, err := compress(v.Codec(), bytes.Clone(v[:HeaderLen]), plain)
	if err != nil {
		t.Fatal(err)
	}
	be.PutUint32(b[lengthAt:], uint32(len(b)-overhead))
	be.PutUint32(b[countAt:], uint32(len(kept)))
	be.PutUint32(b[lastDeltaAt:], uint32(last))
	View(b).seal()
	return entryOf(t, b, base), kept
}

func TestFixUpStampsAnIdentityAndMayBeRepeated(t *testing.T) {
	built, err := Encode(sampleRecords(20, 100), Options{Codec: LZ4})
	if err != nil {
		t.Fatal(err)
	}
	v := entryOf(t, built[0].Bytes, 77).View()
	records := bytes.Clone(v.Records())
	for _, id := range []Identity{
		{ProducerID: 9000, Epoch: 3, Sequence: 1<<31 - 1, Transactional: true},
		{ProducerID: 9001, Epoch: 0, Sequence: 5},
		NoIdentity,
	} {
		v.FixUp(id)
		if err := v.Verify(); err != nil {
			t.Fatal(err)
		}
		got := Identity{v.ProducerID(), v.ProducerEpoch(), v.BaseSequence(), v.Transactional()}
		if got != id || v.BaseOffset() != 0 || v.LeaderEpoch() != -1 || v.Codec() != LZ4 || !bytes.Equal(records, v.Records()) {
			t.Fatalf("fixed up as %+v: % x", id, v[:HeaderLen])
		}
	}
	if !bytes.Equal(v, built[0].Bytes) {
		t.Fatal("without identity the batch is not as it was built")
	}
}

func TestVerifyFindsEveryFlippedBit(t *testing.T) {
	built, err := Encode(sampleRecords(3, 20), Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := built[0].Bytes
	for bit := range len(b) * 8 {
		if at := bit / 8; at < lengthAt || at >= leaderEpochAt && at < magicAt {
			continue // base offset and leader epoch are the broker's, outside the checksum
		}
		b[bit/8] ^= 1 << (bit % 8)
		var damaged *CorruptError
		if err := View(b).Verify(); !errors.As(err, &damaged) {
			t.Fatalf("bit %d flipped: %v", bit, err)
		}
		b[bit/8] ^= 1 << (bit % 8)
	}
}

func TestScannerStopsAtAHalfBatchAndTellsItsSize(t *testing.T) {
	var log []byte
	var sizes []int
	for i := range 3 {
		built, _ := Encode(sampleRecords(5+i, 50), Options{})
		log = append(log, entryOf(t, built[0].Bytes, int64(i)*100).Bytes...)
		sizes = append(sizes, len(built[0].Bytes))
	}
	for cut := range len(log) {
		s, whole, seen := NewScanner(log[:cut]), 0, 0
		for e, ok := s.Next(); ok; e, ok = s.Next() {
			if e.FirstOffset != int64(whole)*100 || e.LastOffset != e.FirstOffset+4+int64(whole) {
				t.Fatalf("entry %d covers %d to %d", whole, e.FirstOffset, e.LastOffset)
			}
			whole++
			seen += len(e.Bytes)
		}
		want := 0
		if cut-seen >= overhead {
			want = sizes[whole]
		}
		if s.Err() != nil || seen+len(s.Partial()) != cut || s.PartialNeeds() != want {
			t.Fatalf("cut at %d: %v, %d whole, %d left, needs %d, want %d", cut, s.Err(), whole, len(s.Partial()), s.PartialNeeds(), want)
		}
	}
}

func TestARecordTooLargeComesAfterTheBatchesBeforeIt(t *testing.T) {
	for _, codec := range codecs {
		records := sampleRecords(30, 40)
		big := make([]byte, 5000)
		for i := range big {
			big[i] = byte(rand.Uint32())
		}
		records[13].Value = big
		built, err := Encode(records, Options{Codec: codec})
		if err != nil {
			t.Fatal(err)
		}
		e := entryOf(t, built[0].Bytes, records[0].Offset)
		o := Options{Codec: codec, MaxBytes: 2000}
		before, err := Rebatch([]Entry{e}, -1, o)
		var large *TooLargeError
		if !errors.As(err, &large) || large.Offset != records[13].Offset || large.Size <= 5000 {
			t.Fatalf("%v: %v", codec, err)
		}
		wantRecords(t, decodeBuilt(t, before, o.MaxBytes), records[:13])
		after, err := Rebatch([]Entry{e}, large.Offset+1, o)
		if err != nil {
			t.Fatal(err)
		}
		wantRecords(t, decodeBuilt(t, after, o.MaxBytes), records[14:])
		exact, err := Rebatch([]Entry{e}, large.Offset, Options{Codec: codec, MaxBytes: large.Size})
		if err != nil {
			t.Fatalf("%v: with the size it asked for: %v", codec, err)
		}
		wantRecords(t, decodeBuilt(t, exact, large.Size), records[13:])
	}
}

func TestControlBatchesAreNotCopied(t *testing.T) {
	built, _ := Encode([]Record{{Key: []byte{0, 0, 0, 1}, Value: make([]byte, 6)}}, Options{})
	v := View(built[0].Bytes)
	be.PutUint16(v[attributesAt:], controlBit|transactionalBit)
	v.seal()
	if kind, err := v.ControlType(); kind != ControlCommit || err != nil {
		t.Fatalf("%v %v", kind, err)
	}
	if _, err := Rebatch([]Entry{entryOf(t, v, 5)}, 0, Options{}); !errors.Is(err, ErrControl) {
		t.Fatal(err)
	}
}

func TestBatchesEmptiedByCompactionGiveNothing(t *testing.T) {
	v := View(make([]byte, HeaderLen))
	be.PutUint32(v[lengthAt:], HeaderLen-overhead)
	v[magicAt] = 2
	be.PutUint32(v[lastDeltaAt:], 41)
	v.seal()
	e := entryOf(t, v, 100)
	built, err := Rebatch([]Entry{e}, 0, Options{Codec: ZSTD})
	if err != nil || len(built) != 0 || e.LastOffset != 141 {
		t.Fatalf("%v %v, last offset %d", built, err, e.LastOffset)
	}
}

func TestDamageKeepsTheBatchesOfEntriesBefore(t *testing.T) {
	records := sampleRecords(10, 30)
	built, _ := Encode(records, Options{})
	good := entryOf(t, built[0].Bytes, 1000)
	bad := entryOf(t, built[0].Bytes, 1010)
	bad.Bytes[len(bad.Bytes)-200] ^= 0xff
	bad.View()[HeaderLen] = 0xff // the first record's length
	out, err := Rebatch([]Entry{good, bad}, 0, Options{})
	var damaged *CorruptError
	if !errors.As(err, &damaged) {
		t.Fatal(err)
	}
	wantRecords(t, decodeBuilt(t, out, DefaultMaxBytes), records)
}

func TestAllocDecidesWhereBatchesLive(t *testing.T) {
	memory := make([]byte, 0, 1<<20)
	o := Options{MaxBytes: 4000, Alloc: func(n int) []byte {
		memory = memory[:len(memory)+n]
		return memory[len(memory)-n:]
	}}
	built, err := Encode(sampleRecords(200, 100), o)
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, b := range built {
		if &b.Bytes[0] != &memory[total : total+1][0] {
			t.Fatal("batch is elsewhere")
		}
		total += len(b.Bytes)
	}
	if total != len(memory) {
		t.Fatalf("asked for %d bytes, used %d", len(memory), total)
	}
}

func TestCodecNames(t *testing.T) {
	for _, c := range codecs {
		if got, err := ParseCodec(c.String()); got != c || err != nil {
			t.Errorf("%v: %v %v", c, got, err)
		}
	}
	if _, err := ParseCodec("brotli"); err == nil || !strings.Contains(err.Error(), "brotli") {
		t.Error(err)
	}
	if Codec(7).String() != "codec 7" {
		t.Error(Codec(7))
	}
}
