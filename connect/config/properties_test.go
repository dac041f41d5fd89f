package config

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/magiconair/properties"
)

// What Java read from one input; see testdata/PropertiesTable.java.
type javaRead struct {
	Input   string
	Entries map[string]string
	Error   string
}

func javaReads(t testing.TB) []javaRead {
	t.Helper()
	return goldenLines[javaRead](t, "testdata/properties.golden.jsonl")
}

func goldenLines[T any](t testing.TB, name string) []T {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []T
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var one T
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		t.Fatal(name + " is empty")
	}
	return all
}

func (j javaRead) bytes(t testing.TB) []byte {
	t.Helper()
	b, err := hex.DecodeString(j.Input)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPropertiesAreReadAsJavaReadsThem(t *testing.T) {
	for _, java := range javaReads(t) {
		input := java.bytes(t)
		file, err := ReadProperties(bytes.NewReader(input))
		if (err != nil) != (java.Error != "") {
			t.Errorf("%q: error %v, Java has %q", input, err, java.Error)
			continue
		}
		if err == nil && !maps.Equal(file.Map(), java.Entries) {
			t.Errorf("%q:\n got %q\nJava %q", input, file.Map(), java.Entries)
		}
	}
}

// The reason for a reader of our own. Should a new version of the library read
// all of the table right, this test fails and our reader can go.
func TestAReadyMadeLibraryWouldNotReadAsJavaDoes(t *testing.T) {
	loader := properties.Loader{Encoding: properties.ISO_8859_1, DisableExpansion: true}
	different := 0
	var example string
	for _, java := range javaReads(t) {
		input := java.bytes(t)
		p, err := loader.LoadBytes(input)
		if (err != nil) != (java.Error != "") || (err == nil && !maps.Equal(p.Map(), java.Entries)) {
			different++
			if len(input) < len(example) || example == "" {
				example = string(input)
			}
		}
	}
	if different == 0 {
		t.Error("the library is exact now: use it")
	}
	t.Logf("%d inputs are read otherwise, such as %q", different, example)
}

func TestThePropertiesFileTellsOrderLinesAndDuplicates(t *testing.T) {
	file, err := ReadProperties(strings.NewReader("# one\nb=1\r\na=2\\\n  3\n\nb=4\rc\n b=5"))
	if err != nil {
		t.Fatal(err)
	}
	if got := file.Keys(); !slices.Equal(got, []string{"b", "a", "c"}) {
		t.Errorf("keys %q", got)
	}
	if got := file.Duplicates(); !slices.Equal(got, []string{"b"}) {
		t.Errorf("duplicates %q", got)
	}
	for key, line := range map[string]int{"a": 3, "b": 8, "c": 7, "missing": 0} {
		if got := file.Line(key); got != line {
			t.Errorf("line of %s is %d, want %d", key, got, line)
		}
	}
	if got := file.Map()["b"]; got != "5" {
		t.Errorf("b=%s, the last line counts", got)
	}
}

func TestEveryMalformedEscapeIsReportedWithoutItsValue(t *testing.T) {
	_, err := ReadProperties(strings.NewReader("a=1\nssl.key.password=geheim\\u12\nx\\uzz=3\n"))
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"2 problems", "ssl.key.password", "line 2", "line 3"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in: %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "geheim") {
		t.Errorf("shows a secret: %v", err)
	}
}

func FuzzReadProperties(f *testing.F) {
	for _, java := range javaReads(f) {
		f.Add(java.bytes(f))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		file, err := ReadProperties(bytes.NewReader(input))
		if err != nil {
			return
		}
		// Written out with everything escaped, it reads back the same.
		var out strings.Builder
		for _, k := range file.Keys() {
			out.WriteString(escapeAll(k) + "=" + escapeAll(file.Map()[k]) + "\n")
		}
		again, err := ReadProperties(strings.NewReader(out.String()))
		if err != nil || !maps.Equal(file.Map(), again.Map()) || !slices.Equal(file.Keys(), again.Keys()) {
			t.Fatalf("%q -> %q -> %q, %v", file.Map(), out.String(), again.Map(), err)
		}
	})
}
