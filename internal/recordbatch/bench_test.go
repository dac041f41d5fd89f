package recordbatch

import (
	"bytes"
	"fmt"
	"testing"
)

// benchEntries are neighbouring batches of a log, total bytes of values about
// 1 MiB, as a producer with 16 KiB batches leaves them.
func benchEntries(b *testing.B, valueSize int, codec Codec) (entries []Entry, records, bytesIn int) {
	b.Helper()
	per := max(1, 16<<10/valueSize)
	next := int64(1000)
	for total := 0; total < 1<<20-64<<10; total += per * valueSize {
		in := make([]Record, per)
		for i := range in {
			value := bytes.Repeat(fmt.Appendf(nil, "%d field=%d; ", next, i*7919%1000), valueSize/8)[:valueSize]
			in[i] = Record{Timestamp: 1_700_000_000_000 + int64(i), Value: value}
		}
		built, err := Encode(in, Options{Codec: codec})
		if err != nil {
			b.Fatal(err)
		}
		e := entryOf(b, built[0].Bytes, next)
		next = e.LastOffset + 1
		entries = append(entries, e)
		records += per
		bytesIn += len(e.Bytes)
	}
	return entries, records, bytesIn
}

func BenchmarkFixUp16K(b *testing.B) {
	entries, _, _ := benchEntries(b, 1000, None)
	v := entries[0].View()
	b.SetBytes(int64(len(v)))
	b.ReportAllocs()
	for i := range b.N {
		if err := v.Verify(); err != nil {
			b.Fatal(err)
		}
		v.FixUp(Identity{ProducerID: 1, Sequence: int32(i)})
	}
}

func BenchmarkScan(b *testing.B) {
	entries, _, size := benchEntries(b, 1000, None)
	var log []byte
	for _, e := range entries {
		log = append(log, e.Bytes...)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		s := NewScanner(log)
		for _, ok := s.Next(); ok; _, ok = s.Next() {
		}
	}
}

func BenchmarkRebatch(b *testing.B) {
	for _, codec := range codecs {
		for _, size := range []int{100, 1000} {
			b.Run(fmt.Sprintf("%v/%dB", codec, size), func(b *testing.B) {
				entries, records, n := benchEntries(b, size, codec)
				out := make([]byte, 1<<21)
				used := 0
				o := Options{Codec: codec, Alloc: func(n int) []byte {
					used += n
					return out[used-n : used : used]
				}}
				b.SetBytes(int64(n))
				b.ReportAllocs()
				for b.Loop() {
					used = 0
					if _, err := Rebatch(entries, -1, o); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(records)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrecords/s")
			})
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, codec := range codecs {
		b.Run(codec.String(), func(b *testing.B) {
			entries, records, n := benchEntries(b, 100, codec)
			b.SetBytes(int64(n))
			b.ReportAllocs()
			for b.Loop() {
				for _, e := range entries {
					if err := Decode(e, func(*Record) error { return nil }); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(records)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrecords/s")
		})
	}
}
