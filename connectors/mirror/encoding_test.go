package mirror

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"os"
	"strings"
	"testing"
)

// captured is a record that Java's MirrorMaker 2 4.3.0 wrote.
type captured struct {
	Topic      string
	Timestamp  int64
	Key, Value struct{ B64 []byte }
}

func golden(t testing.TB) []captured {
	t.Helper()
	f, err := os.Open("testdata/mirror-topics.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []captured
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var c captured
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

// recode decodes and encodes a record of any of the three kinds.
var recode = map[string]func(key, value []byte) ([]byte, []byte, error){
	"offset sync": func(k, v []byte) ([]byte, []byte, error) {
		s, err := DecodeOffsetSync(k, v)
		if err != nil {
			return nil, nil, err
		}
		return s.Encode()
	},
	"checkpoint": func(k, v []byte) ([]byte, []byte, error) {
		c, err := DecodeCheckpoint(k, v)
		if err != nil {
			return nil, nil, err
		}
		return c.Encode()
	},
	"heartbeat": func(k, v []byte) ([]byte, []byte, error) {
		h, err := DecodeHeartbeat(k, v)
		if err != nil {
			return nil, nil, err
		}
		return h.Encode()
	},
}

func TestWhatJavaWroteDecodesAndEncodesBackIdentically(t *testing.T) {
	seen := map[string]int{}
	for _, c := range golden(t) {
		kind := "checkpoint"
		switch {
		case strings.HasPrefix(c.Topic, "mm2-offset-syncs"):
			kind = "offset sync"
		case strings.HasSuffix(c.Topic, "heartbeats"):
			kind = "heartbeat"
		}
		seen[kind]++
		k, v, err := recode[kind](c.Key.B64, c.Value.B64)
		if err != nil {
			t.Fatalf("%s: %v", c.Topic, err)
		}
		if !bytes.Equal(k, c.Key.B64) || !bytes.Equal(v, c.Value.B64) {
			t.Errorf("%s %s: %x %x became %x %x", c.Topic, kind, c.Key.B64, c.Value.B64, k, v)
		}
		if kind == "heartbeat" {
			if h, _ := DecodeHeartbeat(k, v); h.Timestamp != c.Timestamp {
				t.Errorf("heartbeat of %d in a record of %d", h.Timestamp, c.Timestamp)
			}
		}
	}
	if seen["heartbeat"] == 0 || seen["offset sync"] == 0 {
		t.Errorf("too little captured: %v", seen)
	}
}

func TestRecordsAreJavasToTheByte(t *testing.T) {
	for _, tc := range []struct {
		name   string
		record interface {
			Encode() (k, v []byte, err error)
		}
		key, value string
	}{
		{"offset sync", OffsetSync{"topic-1", 3, 100, 257}, "0007 746f7069632d31 00000003", "0000000000000064 0000000000000101"},
		{"checkpoint", Checkpoint{"group-1", "A.topic-1", 3, 100, 257, "meta"},
			"0007 67726f75702d31 0009 412e746f7069632d31 00000003", "0000 0000000000000064 0000000000000101 0004 6d657461"},
		{"small checkpoint", Checkpoint{"g", "t", 0, 0, 1, ""}, "0001 67 0001 74 00000000", "0000 0000000000000000 0000000000000001 0000"},
		{"heartbeat", Heartbeat{"A", "B", 1700000000000}, "0001 41 0001 42", "0000 0000018bcfe56800"},
		{"heartbeat of empty aliases", Heartbeat{"", "", 0}, "00000000", "0000 0000000000000000"},
	} {
		k, v, err := tc.record.Encode()
		plain := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if err != nil || hex.EncodeToString(k) != plain(tc.key) || hex.EncodeToString(v) != plain(tc.value) {
			t.Errorf("%s: %x %x %v, want %s %s", tc.name, k, v, err, tc.key, tc.value)
		}
	}
}

func TestARecordOfAnyVersionIsReadAsVersionZero(t *testing.T) {
	key, value, _ := Checkpoint{"g", "t", 1, 2, 3, "m"}.Encode()
	value[1] = 9
	got, err := DecodeCheckpoint(key, append(value, "a later field"...))
	if want := (Checkpoint{"g", "t", 1, 2, 3, "m"}); err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

func TestTombstonesAndTruncatedRecordsAreErrors(t *testing.T) {
	key, value, _ := Checkpoint{"group", "topic", 1, 2, 3, "meta"}.Encode()
	for name, kv := range map[string][2][]byte{
		"tombstone": {key, nil}, "no key": {nil, value},
		"short key": {key[:5], value}, "short value": {key, value[:len(value)-1]},
		"negative length": {[]byte{0xff, 0xff, 0, 0}, value},
	} {
		if _, err := DecodeCheckpoint(kv[0], kv[1]); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestANameLongerThanKafkasStringsIsRefused(t *testing.T) {
	if _, _, err := (OffsetSync{Topic: strings.Repeat("x", math.MaxInt16+1)}).Encode(); err == nil {
		t.Error("no error")
	}
}

func FuzzDecode(f *testing.F) {
	for _, c := range golden(f) {
		f.Add(c.Key.B64, c.Value.B64)
	}
	key, value, _ := Checkpoint{"group", "topic", 1, 2, 3, "meta"}.Encode()
	f.Add(key, value)
	f.Fuzz(func(t *testing.T, key, value []byte) {
		for kind, again := range recode {
			k, v, err := again(key, value)
			if err != nil {
				continue
			}
			// Trailing bytes and the version are not kept; all else is.
			k2, v2, err := again(k, v)
			if err != nil || !bytes.Equal(k, k2) || !bytes.Equal(v, v2) {
				t.Fatalf("%s: %x %x decoded, but encoded to %x %x, then %x %x, %v", kind, key, value, k, v, k2, v2, err)
			}
			if !bytes.HasPrefix(key, k) {
				t.Fatalf("%s: key %x became %x", kind, key, k)
			}
		}
	})
}
