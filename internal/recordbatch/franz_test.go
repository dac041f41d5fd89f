package recordbatch

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// franzDecode is what franz-go reads of fetched bytes.
func franzDecode(t testing.TB, fetched []byte) []Record {
	t.Helper()
	response := kmsg.NewFetchResponseTopicPartition()
	response.RecordBatches = bytes.Clone(fetched)
	response.HighWatermark = maxOffset
	fetch, _ := kgo.ProcessFetchPartition(kgo.ProcessFetchPartitionOpts{Topic: "t"}, &response, kgo.DefaultDecompressor(), nil)
	if fetch.Err != nil {
		t.Fatal(fetch.Err)
	}
	var out []Record
	for _, r := range fetch.Records {
		rec := Record{Offset: r.Offset, Timestamp: r.Timestamp.UnixMilli(), Key: r.Key, Value: r.Value}
		for _, h := range r.Headers {
			rec.Headers = append(rec.Headers, Header{Key: h.Key, Value: h.Value})
		}
		out = append(out, rec)
	}
	return out
}

func TestFranzReadsWhatWeEncode(t *testing.T) {
	records := sampleRecords(500, 150)
	for _, codec := range codecs {
		built, err := Encode(records, Options{Codec: codec, MaxBytes: 8000})
		if err != nil {
			t.Fatal(err)
		}
		var log []byte
		next := records[0].Offset
		for _, b := range built {
			log = append(log, entryOf(t, b.Bytes, next).Bytes...)
			next += int64(b.Count)
		}
		wantRecords(t, franzDecode(t, log), records)
	}
}

func TestFranzReadsLegacyMessagesAsWeDo(t *testing.T) {
	for _, codec := range []Codec{Gzip, Snappy, LZ4} {
		for _, m := range [][]byte{
			legacyWrapper(0, codec, 0, 20, 21, 22),
			legacyWrapper(0, codec, 0, 19, 22),
			legacyWrapper(1, codec, 0, 0, 1, 2),
			legacyWrapper(1, codec, 0, 4, 9),
			legacyMessage(0, 0, 3, 0, nil, []byte("v")),
			legacyMessage(1, 0, 3, 8000, []byte("k"), nil),
		} {
			if codec == LZ4 && Codec(m[legacyAttributesAt]) == LZ4 {
				continue // its reader refuses the broken checksum
			}
			s := NewScanner(m)
			e, _ := s.Next()
			got, err := DecodeAll(e)
			if err != nil {
				t.Fatal(err)
			}
			want := franzDecode(t, m)
			if e.Magic == 0 { // its times of magic 0 are of no meaning
				for i := range want {
					want[i].Timestamp = -1
				}
			}
			wantRecords(t, got, want)
		}
	}
}

// fetch12 is a fetch by topic name, which later versions do not have.
type fetch12 struct{ *kmsg.FetchRequest }

func (fetch12) MaxVersion() int16 { return 12 }

func rawFetch(t *testing.T, client *kgo.Client, topic string) []byte {
	t.Helper()
	partition := kmsg.NewFetchRequestTopicPartition()
	partition.CurrentLeaderEpoch = -1
	partition.PartitionMaxBytes = 10 << 20
	of := kmsg.NewFetchRequestTopic()
	of.Topic = topic
	of.Partitions = append(of.Partitions, partition)
	request := kmsg.NewPtrFetchRequest()
	request.MinBytes, request.MaxBytes, request.MaxWaitMillis = 1, 10<<20, 1000
	request.Topics = append(request.Topics, of)
	response, err := client.Broker(0).Request(t.Context(), fetch12{request})
	if err != nil {
		t.Fatal(err)
	}
	return response.(*kmsg.FetchResponse).Topics[0].Partitions[0].RecordBatches
}

func TestWeReadWhatFranzProduces(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "none", "gzip", "snappy", "lz4", "zstd"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	compressions := []kgo.CompressionCodec{
		kgo.NoCompression(), kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression(),
	}
	want := sampleRecords(300, 150)
	for i := range want {
		want[i].Offset = int64(i)
	}
	for i, codec := range codecs {
		client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.DefaultProduceTopic(codec.String()),
			kgo.ProducerBatchCompression(compressions[i]), kgo.ProducerBatchMaxBytes(20_000))
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		if err := client.ProduceSync(context.Background(), franzRecords(want)...).FirstErr(); err != nil {
			t.Fatal(err)
		}
		data, _ := scanAll(t, rawFetch(t, client, codec.String()))
		var got []Record
		for _, e := range data {
			if e.Codec() != codec {
				t.Fatalf("%v, want %v", e.Codec(), codec)
			}
			records, err := DecodeAll(e)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, records...)
		}
		wantRecords(t, got, want)
		for _, out := range codecs {
			built, err := Rebatch(data, 7, Options{Codec: out})
			if err != nil {
				t.Fatal(err)
			}
			wantRecords(t, decodeBuilt(t, built, DefaultMaxBytes), want[7:])
		}
	}
}

func franzRecords(records []Record) []*kgo.Record {
	var out []*kgo.Record
	for _, r := range records {
		f := &kgo.Record{Timestamp: time.UnixMilli(r.Timestamp), Key: r.Key, Value: r.Value}
		for _, h := range r.Headers {
			f.Headers = append(f.Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
		}
		out = append(out, f)
	}
	return out
}
