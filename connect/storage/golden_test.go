package storage_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"crosstide/connect/storage"
)

type goldenBytes struct {
	B64 string `json:"b64"`
}

func (g *goldenBytes) bytes(t *testing.T) []byte {
	t.Helper()
	if g == nil {
		return nil
	}
	b, err := base64.StdEncoding.DecodeString(g.B64)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// golden calls check with every record of the topics of that kind.
func golden(t *testing.T, file, kind string, check func(key, value []byte)) {
	t.Helper()
	f, err := os.Open("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	n := 0
	for lines.Scan() {
		var r struct {
			Topic      string
			Key, Value *goldenBytes
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(r.Topic, kind) {
			continue
		}
		n++
		check(r.Key.bytes(t), r.Value.bytes(t))
	}
	if n == 0 {
		t.Fatalf("no %s records in %s", kind, file)
	}
	t.Logf("%d records", n)
}

func TestConfigRecordsOfJavaDecodeAndEncodeBackIdentically(t *testing.T) {
	golden(t, "connect-topics.jsonl", "configs", func(key, value []byte) {
		r, err := storage.DecodeConfig(string(key), value)
		if err != nil {
			t.Error(err)
			return
		}
		if _, unknown := r.(storage.UnknownConfig); unknown {
			t.Errorf("%s is unknown", key)
		}
		again, err := storage.EncodeConfig(r)
		if err != nil || !bytes.Equal(again, value) || (again == nil) != (value == nil) || r.Key() != string(key) {
			t.Errorf("%s became %s\nhad %s\ngot %s, %v", key, r.Key(), value, again, err)
		}
	})
}

func TestStatusRecordsOfJavaDecodeAndEncodeBackIdentically(t *testing.T) {
	golden(t, "connect-topics.jsonl", "status", func(key, value []byte) {
		r, err := storage.DecodeStatus(string(key), value)
		if err != nil {
			t.Error(err)
			return
		}
		again, err := storage.EncodeStatus(r)
		if err != nil || !bytes.Equal(again, value) || (again == nil) != (value == nil) || r.Key() != string(key) {
			t.Errorf("%s became %s\nhad %s\ngot %s, %v", key, r.Key(), value, again, err)
		}
	})
}

func TestOffsetRecordsOfJavaDecodeAndEncodeBackIdentically(t *testing.T) {
	for _, file := range []string{"connect-topics.jsonl", "mirror-offsets.jsonl"} {
		golden(t, file, "offsets", func(key, value []byte) {
			connector, partition, err := storage.DecodeOffsetKey(key)
			if err != nil {
				t.Error(err)
				return
			}
			if again, err := storage.EncodeOffsetKey(connector, partition); err != nil || !bytes.Equal(again, key) {
				t.Errorf("had %s\ngot %s, %v", key, again, err)
			}
			offset, err := storage.DecodeOffset(value)
			if err != nil {
				t.Error(err)
				return
			}
			if again, err := storage.EncodeOffset(offset); err != nil || !bytes.Equal(again, value) || (again == nil) != (value == nil) {
				t.Errorf("%s: had %s\ngot %s, %v", key, value, again, err)
			}
		})
	}
}
