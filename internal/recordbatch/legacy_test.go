package recordbatch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// legacyMessage is one message as its format says, written by franz-go's
// definitions of it.
func legacyMessage(magic int8, attributes int8, offset, timestamp int64, key, value []byte) []byte {
	var b []byte
	if magic == 0 {
		b = (&kmsg.MessageV0{Offset: offset, Attributes: attributes, Key: key, Value: value}).AppendTo(nil)
	} else {
		b = (&kmsg.MessageV1{Offset: offset, Magic: 1, Attributes: attributes, Timestamp: timestamp, Key: key, Value: value}).AppendTo(nil)
	}
	be.PutUint32(b[lengthAt:], uint32(len(b)-overhead))
	be.PutUint32(b[legacyCRCAt:], crc32.ChecksumIEEE(b[magicAt:]))
	return b
}

// legacyWrapper compresses three messages, inner offsets as given; the wrapper's
// offset is 22 and the absolute offsets are 20, 21 (or a hole) and 22.
func legacyWrapper(magic int8, codec Codec, extra int8, inner ...int64) []byte {
	var set []byte
	for i, offset := range inner {
		set = append(set, legacyMessage(magic, 0, offset, 5000+int64(i), []byte{byte('a' + i)}, bytes.Repeat([]byte{'v'}, 40*i))...)
	}
	packed, err := compress(codec, nil, set)
	if err != nil {
		panic(err)
	}
	if codec == LZ4 {
		breakLZ4Checksum(packed)
	}
	return legacyMessage(magic, int8(codec)|extra, 22, 7777, nil, packed)
}

// breakLZ4Checksum makes the header checksum that of old clients, which hashed
// the magic with the descriptor.
func breakLZ4Checksum(frame []byte) {
	frame[6] = byte(shortXXH32(frame[:6]) >> 8)
}

func legacySeeds() [][]byte {
	seeds := [][]byte{
		legacyMessage(0, 0, 20, 0, []byte("k"), []byte("v")),
		legacyMessage(1, 0, 20, 123, nil, nil),
	}
	for _, codec := range []Codec{Gzip, Snappy, LZ4} {
		seeds = append(seeds, legacyWrapper(0, codec, 0, 20, 21, 22), legacyWrapper(1, codec, 0, 0, 1, 2))
	}
	return seeds
}

func TestLegacyMessagesAreReadAndBecomeMagic2(t *testing.T) {
	wrapped := func(timestamps ...int64) []Record {
		return []Record{
			{Offset: 20, Timestamp: timestamps[0], Key: []byte("a"), Value: []byte{}},
			{Offset: 21, Timestamp: timestamps[1], Key: []byte("b"), Value: bytes.Repeat([]byte{'v'}, 40)},
			{Offset: 22, Timestamp: timestamps[2], Key: []byte("c"), Value: bytes.Repeat([]byte{'v'}, 80)},
		}
	}
	type story struct {
		name  string
		bytes []byte
		want  []Record
	}
	stories := []story{
		{"magic 0 has no timestamp", legacyMessage(0, 0, 9, 0, []byte("k"), nil), []Record{{Offset: 9, Timestamp: -1, Key: []byte("k")}}},
		{"magic 1", legacyMessage(1, 0, 9, 123, nil, []byte{}), []Record{{Offset: 9, Timestamp: 123, Value: []byte{}}}},
		{"magic 1 with log append time", legacyMessage(1, logAppendTimeBit, 9, 123, nil, []byte{}), []Record{{Offset: 9, Timestamp: 123, Value: []byte{}}}},
	}
	for _, codec := range []Codec{Gzip, Snappy, LZ4} {
		hole := wrapped(5000, -1, 5001)
		hole[2].Key, hole[2].Value = []byte("b"), bytes.Repeat([]byte{'v'}, 40)
		stories = append(stories,
			story{"magic 0 holds absolute offsets: " + codec.String(), legacyWrapper(0, codec, 0, 20, 21, 22), wrapped(-1, -1, -1)},
			story{"magic 1 holds relative offsets: " + codec.String(), legacyWrapper(1, codec, 0, 0, 1, 2), wrapped(5000, 5001, 5002)},
			story{"magic 1 compacted at the front: " + codec.String(), legacyWrapper(1, codec, 0, 7, 8, 9), wrapped(5000, 5001, 5002)},
			story{"magic 1 compacted in the middle: " + codec.String(), legacyWrapper(1, codec, 0, 3, 5), []Record{hole[0], hole[2]}},
			story{"magic 1 takes the wrapper's log append time: " + codec.String(), legacyWrapper(1, codec, logAppendTimeBit, 0, 1, 2), wrapped(7777, 7777, 7777)},
		)
	}
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			scanner := NewScanner(s.bytes)
			e, ok := scanner.Next()
			if !ok || e.LastOffset != s.want[len(s.want)-1].Offset {
				t.Fatalf("%v %v, last offset %d", ok, scanner.Err(), e.LastOffset)
			}
			if err := e.Verify(); err != nil {
				t.Fatal(err)
			}
			got, err := DecodeAll(e)
			if err != nil {
				t.Fatal(err)
			}
			wantRecords(t, got, s.want)
			for _, codec := range codecs {
				built, err := Rebatch([]Entry{e}, 0, Options{Codec: codec})
				if err != nil {
					t.Fatal(err)
				}
				wantRecords(t, decodeBuilt(t, built, DefaultMaxBytes), s.want)
			}
			s.bytes[len(s.bytes)-1] ^= 1
			var damaged *CorruptError
			if err := e.Verify(); !errors.As(err, &damaged) {
				t.Fatalf("damaged, yet %v", err)
			}
		})
	}
}

func TestScannerTellsWhatALegacyWrapperCovers(t *testing.T) {
	log := legacyWrapper(1, Gzip, 0, 0, 1, 2)
	next := legacyWrapper(1, Snappy, 0, 0, 1)
	be.PutUint64(next, 30)
	s := NewScanner(append(log, next...))
	first, _ := s.Next()
	second, _ := s.Next()
	if first.FirstOffset != -1 || first.LastOffset != 22 || second.FirstOffset != 23 || second.LastOffset != 30 {
		t.Fatalf("%d–%d, %d–%d", first.FirstOffset, first.LastOffset, second.FirstOffset, second.LastOffset)
	}
}

func TestLZ4HeaderChecksumCountsInMagic2Only(t *testing.T) {
	frame, err := compress(LZ4, nil, []byte("hello hello hello"))
	if err != nil {
		t.Fatal(err)
	}
	if want := byte(shortXXH32(frame[4:6]) >> 8); frame[6] != want {
		t.Fatalf("written %02x, want %02x", frame[6], want)
	}
	breakLZ4Checksum(frame)
	if out, err := decompress(LZ4, nil, frame, 100, true); err != nil || string(out) != "hello hello hello" {
		t.Fatalf("legacy: %q %v", out, err)
	}
	if _, err := decompress(LZ4, nil, frame, 100, false); !errors.Is(err, errLZ4) {
		t.Fatalf("magic 2: %v", err)
	}
}

func TestWrappersThatNoBrokerWritesAreCorrupt(t *testing.T) {
	inner := legacyMessage(1, 0, 0, 0, nil, nil)
	cases := map[string][]byte{
		"other magic inside": legacyMessage(0, 0, 0, 0, nil, nil),
		"wrapper inside":     legacyMessage(1, int8(Gzip), 0, 0, nil, nil),
		"offsets backwards":  append(bytes.Clone(inner), inner...),
		"nothing inside":     {},
		"half inside":        inner[:20],
		"huge size inside":   binary.BigEndian.AppendUint32(make([]byte, 8, 40), 1<<30),
	}
	for name, set := range cases {
		packed, err := compress(Gzip, nil, set)
		if err != nil {
			t.Fatal(err)
		}
		m := legacyMessage(1, int8(Gzip), 50, 0, nil, packed)
		var damaged *CorruptError
		if _, err := DecodeAll(Entry{Bytes: m, Magic: 1}); !errors.As(err, &damaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := DecodeAll(Entry{Bytes: legacyMessage(1, int8(ZSTD), 1, 0, nil, []byte{1}), Magic: 1}); err == nil {
		t.Error("zstd is not for magic 1")
	}
}
