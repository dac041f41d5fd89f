package recordbatch

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"testing"
)

// javaTopic is one line of testdata/java-4.3.0.jsonl.
type javaTopic struct {
	Topic   string `json:"topic"`
	Fetched []byte `json:"fetched"`
	Records []struct {
		Offset    int64  `json:"offset"`
		Timestamp int64  `json:"timestamp"`
		Key       []byte `json:"key"`
		Value     []byte `json:"value"`
		Headers   []struct {
			Key   []byte `json:"key"`
			Value []byte `json:"value"`
		} `json:"headers"`
	} `json:"records"`
}

func (j javaTopic) want() []Record {
	var out []Record
	for _, r := range j.Records {
		rec := Record{Offset: r.Offset, Timestamp: r.Timestamp, Key: r.Key, Value: r.Value}
		for _, h := range r.Headers {
			rec.Headers = append(rec.Headers, Header{Key: string(h.Key), Value: h.Value})
		}
		out = append(out, rec)
	}
	return out
}

func javaTopics(t testing.TB) []javaTopic {
	t.Helper()
	f, err := os.Open("testdata/java-4.3.0.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []javaTopic
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var topic javaTopic
		if err := json.Unmarshal(lines.Bytes(), &topic); err != nil {
			t.Fatal(err)
		}
		out = append(out, topic)
	}
	if lines.Err() != nil || len(out) == 0 {
		t.Fatal(len(out), lines.Err())
	}
	return out
}

// scanAll returns all entries of whole fetched bytes, verified.
func scanAll(t testing.TB, fetched []byte) (data, control []Entry) {
	t.Helper()
	s := NewScanner(fetched)
	for e, ok := s.Next(); ok; e, ok = s.Next() {
		if err := e.Verify(); err != nil {
			t.Fatal(err)
		}
		if e.Control() {
			control = append(control, e)
		} else {
			data = append(data, e)
		}
	}
	if s.Err() != nil || len(s.Partial()) != 0 {
		t.Fatal(s.Err(), len(s.Partial()))
	}
	return data, control
}

func TestRecordsOfARealBrokerAreReadAsJavaReadsThem(t *testing.T) {
	for _, topic := range javaTopics(t) {
		t.Run(topic.Topic, func(t *testing.T) {
			data, _ := scanAll(t, topic.Fetched)
			var got []Record
			for _, e := range data {
				records, err := DecodeAll(e)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, records...)
			}
			wantRecords(t, got, topic.want())
			for _, codec := range codecs {
				for _, maxBytes := range []int{400, 1 << 20} {
					built, err := Rebatch(data, 0, Options{Codec: codec, MaxBytes: maxBytes})
					if err != nil {
						t.Fatal(err)
					}
					if maxBytes == 1<<20 && len(built) != 1 {
						t.Fatalf("%v: %d batches where one has room", codec, len(built))
					}
					wantRecords(t, decodeBuilt(t, built, maxBytes), topic.want())
				}
			}
		})
	}
}

// What Java's producer wrote uncompressed comes out byte for byte the same, but
// for the producer's identity: the records are written as Java writes them.
func TestUncompressedBatchesOfJavaEncodeBackIdentically(t *testing.T) {
	for _, topic := range javaTopics(t) {
		if topic.Topic != "java-none" && topic.Topic != "java-transactions" {
			continue
		}
		data, _ := scanAll(t, topic.Fetched)
		for _, e := range data {
			built, err := Rebatch([]Entry{e}, 0, Options{})
			if err != nil {
				t.Fatal(err)
			}
			v := View(bytes.Clone(e.Bytes))
			v.FixUp(NoIdentity)
			if len(built) != 1 || !bytes.Equal(v, built[0].Bytes) {
				t.Fatalf("%s at %d:\n% x, want\n% x", topic.Topic, e.FirstOffset, built[0].Bytes, []byte(v))
			}
		}
	}
}

func TestFlagsOfARealBrokerAreSeen(t *testing.T) {
	seen := map[string]int{}
	for _, topic := range javaTopics(t) {
		data, control := scanAll(t, topic.Fetched)
		for _, e := range control {
			kind, err := e.View().ControlType()
			if err != nil {
				t.Fatal(err)
			}
			seen[map[ControlType]string{ControlCommit: "commit", ControlAbort: "abort"}[kind]]++
		}
		for _, e := range data {
			v := e.View()
			for flag, set := range map[string]bool{
				"transactional": v.Transactional(), "holes": !v.Dense(), "delete horizon": v.DeleteHorizon(),
				"log append time": v.LogAppendTime(), v.Codec().String(): true,
			} {
				if set {
					seen[flag]++
				}
			}
		}
	}
	want := map[string]int{"commit": 2, "abort": 1, "transactional": 3, "delete horizon": 2, "log append time": 2}
	for flag, n := range want {
		if seen[flag] != n {
			t.Errorf("%s: %d, want %d", flag, seen[flag], n)
		}
	}
	for _, flag := range []string{"holes", "none", "gzip", "snappy", "lz4", "zstd"} {
		if seen[flag] == 0 {
			t.Errorf("%s: not among the captured batches", flag)
		}
	}
}
