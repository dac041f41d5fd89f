package dataplane

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	"crosstide/internal/kafka/wire"
)

// recorder keeps what readFetch found.
type recorder struct {
	heads  []fetchHead
	topics []string
	ids    []topicID
	parts  []fetchedPartition
	raw    [][]byte
}

func (r *recorder) head(h fetchHead) { r.heads = append(r.heads, h) }
func (r *recorder) topic(name string, id topicID) {
	r.topics, r.ids = append(r.topics, name), append(r.ids, id)
}
func (r *recorder) done(fp *fetchedPartition) { r.parts = append(r.parts, *fp) }
func (r *recorder) records(fp *fetchedPartition, body *wire.Body) {
	b := make([]byte, min(fp.recordBytes, body.Left()))
	body.Full(b)
	r.raw = append(r.raw, b)
}

func TestFetchAnswersOfEveryVersionAreReadAsFranzGoWritesThem(t *testing.T) {
	for version := int16(fetchLowest); version <= fetchHighest; version++ {
		resp := kmsg.NewPtrFetchResponse()
		resp.Version, resp.ThrottleMillis, resp.ErrorCode, resp.SessionID = version, 7, 0, 99
		rt := kmsg.NewFetchResponseTopic()
		rt.Topic, rt.TopicID = "orders", [16]byte{1, 2}
		for i := range int32(3) {
			rp := kmsg.NewFetchResponseTopicPartition()
			rp.Partition, rp.ErrorCode, rp.HighWatermark, rp.LastStableOffset, rp.LogStartOffset = i, int16(i), 100+int64(i), 90, 5
			rp.PreferredReadReplica = 3
			rp.AbortedTransactions = []kmsg.FetchResponseTopicPartitionAbortedTransaction{{ProducerID: 4, FirstOffset: 8}}
			if i == 1 {
				rp.RecordBatches = []byte("not really records")
				rp.DivergingEpoch.Epoch, rp.DivergingEpoch.EndOffset = 2, 77
			}
			rt.Partitions = append(rt.Partitions, rp)
		}
		resp.Topics = append(resp.Topics, rt)
		raw := resp.AppendTo(nil)
		r := &recorder{}
		body := wire.NewBody(bytes.NewReader(raw), len(raw))
		if err := readFetch(version, body, r); err != nil || body.Left() != 0 {
			t.Fatalf("version %d: %v, %d bytes left", version, err, body.Left())
		}
		if r.heads[0].throttleMs != 7 || (version >= 7 && r.heads[0].sessionID != 99) {
			t.Errorf("version %d: head %+v", version, r.heads[0])
		}
		if version < 13 && r.topics[0] != "orders" || version >= 13 && r.ids[0] != (topicID{1, 2}) {
			t.Errorf("version %d: topic %q, id %v", version, r.topics[0], r.ids[0])
		}
		p := r.parts[1]
		if len(r.parts) != 3 || p.partition != 1 || p.errorCode != 1 || p.highWater != 101 || p.lastStable != 90 || string(r.raw[0]) != "not really records" {
			t.Errorf("version %d: partition %+v", version, p)
		}
		if !reflect.DeepEqual(p.aborted, []abortedTxn{{4, 8}}) {
			t.Errorf("version %d: aborted %v", version, p.aborted)
		}
		if version >= 5 && p.logStart != 5 || version >= 11 && p.replica != 3 || version >= 12 && (!p.diverging || p.divergeEnd != 77) {
			t.Errorf("version %d: partition %+v", version, p)
		}
	}
}

func FuzzFetchAnswersNeverPanicOrOverread(f *testing.F) {
	resp := kmsg.NewPtrFetchResponse()
	resp.Version = 12
	f.Add(int16(12), resp.AppendTo(nil))
	f.Add(int16(4), []byte{0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 'a', 0x7f, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, version int16, raw []byte) {
		version = fetchLowest + int16(uint16(version)%uint16(fetchHighest-fetchLowest+1))
		r := &recorder{}
		_ = readFetch(version, wire.NewBody(bytes.NewReader(raw), len(raw)), r)
		total := 0
		for _, b := range r.raw {
			total += len(b)
		}
		if total > len(raw) {
			t.Fatalf("%d bytes of records out of %d", total, len(raw))
		}
	})
}

func TestProduceRequestsOfEveryVersionAreReadAsFranzGoReadsThem(t *testing.T) {
	for version := int16(produceLowest); version <= produceHighest; version++ {
		var load []cargo
		want := map[topicPartition]string{}
		for i, topic := range []string{"b", "a", "b", "c", "a"} {
			tp := topicPartition{topic, int32(i)}
			batch := []byte("batch " + topic)
			want[tp] = string(batch)
			load = append(load, cargo{&partition{target: tp}, &flight{batch: batch, topic: topicID{topic[0]}}})
		}
		raw := bytes.Join([][]byte(encodeProduce(version, 1500, load)), nil)
		req := kmsg.NewPtrProduceRequest()
		req.Version = version
		if err := req.ReadFrom(raw); err != nil {
			t.Fatalf("version %d: %v", version, err)
		}
		if req.TransactionID != nil || req.Acks != -1 || req.TimeoutMillis != 1500 || len(req.Topics) != 3 {
			t.Errorf("version %d: %+v", version, req)
		}
		got := map[topicPartition]string{}
		for _, rt := range req.Topics {
			if version > produceByName {
				rt.Topic = string(rt.TopicID[:1])
			}
			for _, rp := range rt.Partitions {
				got[topicPartition{rt.Topic, rp.Partition}] = string(rp.Records)
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("version %d: %v, want %v", version, got, want)
		}
	}
}
