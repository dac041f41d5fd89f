package protocol

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"crosstide/connect"
)

// golden holds what Java Connect 4.3.0 workers joined with and were assigned,
// as DescribeGroups showed it.
type golden struct {
	Assignment, Metadata, Member, Protocol string
}

func goldens(t testing.TB) []golden {
	t.Helper()
	f, err := os.Open("testdata/group.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []golden
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var g golden
		if err := json.Unmarshal(lines.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		all = append(all, g)
	}
	if len(all) == 0 {
		t.Fatal("no golden lines")
	}
	return all
}

func raw(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestJavasBytesDecodeAndEncodeBackIdentically(t *testing.T) {
	for _, g := range goldens(t) {
		b := raw(t, g.Metadata)
		m, err := DecodeMetadata(b)
		if err != nil {
			t.Fatalf("%s: %v", g.Member, err)
		}
		if got := m.Encode(); !slices.Equal(got, b) {
			t.Errorf("metadata of %s:\n got %x\nwant %x", g.Member, got, b)
		}
		if m.Version != VersionOf(g.Protocol) {
			t.Errorf("metadata of %s: version %d under %s", g.Member, m.Version, g.Protocol)
		}
		b = raw(t, g.Assignment)
		a, err := DecodeAssignment(b)
		if err != nil {
			t.Fatalf("%s: %v", g.Member, err)
		}
		if got := a.Encode(); !slices.Equal(got, b) {
			t.Errorf("assignment of %s:\n got %x\nwant %x", g.Member, got, b)
		}
	}
}

func TestTheFirstGoldenWorkerHoldsWhatJavaSaidItHolds(t *testing.T) {
	m, err := DecodeMetadata(raw(t, goldens(t)[0].Metadata))
	if err != nil {
		t.Fatal(err)
	}
	want := Work{Connectors: []string{"ghb", "gsrc"}, Tasks: []connect.TaskID{{Connector: "gsrc", Task: 0}, {Connector: "gsrc", Task: 1}}}
	if m.URL != "http://127.0.0.1:18084/" || m.ConfigOffset != 88 || m.Allocation.ConfigOffset != 86 {
		t.Errorf("got %+v", m)
	}
	if h := m.Holds(); !reflect.DeepEqual(h, want) {
		t.Errorf("holds %v, want %v", h, want)
	}
}

func TestMissingTrailingFieldsHaveTheirDefaults(t *testing.T) {
	full := Assignment{Version: 2, Leader: "l", LeaderURL: "u", ConfigOffset: 7, Assigned: Work{Connectors: []string{"c"}},
		Revoked: Work{Tasks: []connect.TaskID{{Connector: "c", Task: 3}}}, Delay: 5 * time.Second}
	b := full.Encode()
	withoutDelay, err := DecodeAssignment(b[:len(b)-4])
	if err != nil || withoutDelay.Delay != 0 || !withoutDelay.Revoked.Equal(full.Revoked) {
		t.Errorf("without delay: %+v, %v", withoutDelay, err)
	}
	eager := full
	eager.Version = 0
	a, err := DecodeAssignment(eager.Encode())
	if err != nil || !a.Revoked.Empty() || a.Delay != 0 || !a.Assigned.Equal(full.Assigned) {
		t.Errorf("version 0: %+v, %v", a, err)
	}
}

func TestNullArraysReadAsEmpty(t *testing.T) {
	var w writer
	w.int16(1)
	w.int16(0)
	w.string("l")
	w.string("u")
	w.int64(1)
	w.int32(-1)
	w.int32(-1)
	w.int32(0)
	a, err := DecodeAssignment(w)
	if err != nil || !a.Assigned.Empty() || !a.Revoked.Empty() {
		t.Errorf("got %+v, %v", a, err)
	}
}

func TestOnlyNegativeVersionsAreRefused(t *testing.T) {
	m := Metadata{Version: 9, URL: "u", Allocation: &Assignment{Version: 9}}
	if got, err := DecodeMetadata(m.Encode()); err != nil || !reflect.DeepEqual(got, m) {
		t.Errorf("version 9: %+v, %v", got, err)
	}
	m.Version = -1
	if _, err := DecodeMetadata(m.Encode()); err == nil {
		t.Error("version -1 was accepted")
	}
	if _, err := DecodeAssignment(Assignment{Version: -1}.Encode()); err == nil {
		t.Error("version -1 was accepted")
	}
}

func TestModesOfferTheirDialectAndAllOlderOnes(t *testing.T) {
	for mode, want := range map[Mode][]string{
		Eager:      {"default"},
		Compatible: {"compatible", "default"},
		Sessioned:  {"sessioned", "compatible", "default"},
	} {
		if got := mode.Names(); !slices.Equal(got, want) {
			t.Errorf("%v offers %v, want %v", mode, got, want)
		}
		if back, err := ParseMode(mode.String()); err != nil || back != mode {
			t.Errorf("%v parses back as %v, %v", mode, back, err)
		}
	}
	if _, err := ParseMode("lazy"); err == nil {
		t.Error("lazy was accepted")
	}
}

func FuzzWhateverDecodesEncodesBack(f *testing.F) {
	for _, g := range goldens(f) {
		f.Add(raw(f, g.Metadata))
		f.Add(raw(f, g.Assignment))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := DecodeMetadata(b); err == nil {
			once := m.Encode()
			back, err := DecodeMetadata(once)
			if err != nil {
				t.Fatalf("%+v does not decode again: %v", m, err)
			}
			if twice := back.Encode(); !slices.Equal(once, twice) {
				t.Fatalf("%x became %x", once, twice)
			}
		}
		if a, err := DecodeAssignment(b); err == nil {
			once := a.Encode()
			back, err := DecodeAssignment(once)
			if err != nil {
				t.Fatalf("%+v does not decode again: %v", a, err)
			}
			if !back.Assigned.Equal(a.Assigned) || (a.Version > 0 && (!back.Revoked.Equal(a.Revoked) || back.Delay != a.Delay)) {
				t.Fatalf("%+v became %+v", a, back)
			}
		}
	})
}
