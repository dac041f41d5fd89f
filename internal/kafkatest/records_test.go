package kafkatest

import (
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func contents(values ...string) Contents {
	c := Contents{0: nil}
	for i, v := range values {
		c[0] = append(c[0], &kgo.Record{Offset: int64(i), Value: []byte(v), Timestamp: time.UnixMilli(1)})
	}
	return c
}

func TestComparisonSeesWhatACopyDidWrong(t *testing.T) {
	for name, test := range map[string]struct {
		target []string
		twice  int
		err    string // part of it; empty: none
	}{
		"the same":               {[]string{"a", "b", "c", "d"}, 0, ""},
		"a stretch twice":        {[]string{"a", "b", "c", "b", "c", "d"}, 2, ""},
		"one missing inside":     {[]string{"a", "c", "d"}, 0, `value "c" comes before the 1`},
		"the end missing":        {[]string{"a", "b"}, 0, "the last 2 records are missing"},
		"two in the other order": {[]string{"a", "c", "b", "d"}, 1, `value "c" comes before`},
		"a stranger":             {[]string{"a", "b", "x", "c", "d"}, 0, "that the source has not"},
	} {
		t.Run(name, func(t *testing.T) {
			twice, err := NothingMissing(contents("a", "b", "c", "d"), contents(test.target...))
			if twice != test.twice {
				t.Errorf("%d came twice, want %d", twice, test.twice)
			}
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("error is %v, want %q", err, test.err)
			}
		})
	}
}

func TestExactComparisonAllowsNothingTwice(t *testing.T) {
	source := contents("a", "b")
	if err := SameContents(source, contents("a", "b")); err != nil {
		t.Error(err)
	}
	for _, target := range [][]string{{"a"}, {"a", "b", "b"}, {"b", "a"}, {}} {
		if err := SameContents(source, contents(target...)); err == nil {
			t.Errorf("%v passes for a copy of a, b", target)
		}
	}
}

func TestComparisonTellsNullFromEmptyAndKnowsTimesAndHeaders(t *testing.T) {
	for name, change := range map[string]func(*kgo.Record){
		"an empty key for none": func(r *kgo.Record) { r.Key = []byte{} },
		"an empty value":        func(r *kgo.Record) { r.Value = []byte{} },
		"a tombstone":           func(r *kgo.Record) { r.Value = nil },
		"another time":          func(r *kgo.Record) { r.Timestamp = time.UnixMilli(2) },
		"a header":              func(r *kgo.Record) { r.Headers = []kgo.RecordHeader{{Key: "h"}} },
	} {
		t.Run(name, func(t *testing.T) {
			changed := contents("a")
			change(changed[0][0])
			if SameContents(contents("a"), changed) == nil {
				t.Error("passes for the same")
			}
		})
	}
}
