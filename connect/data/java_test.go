package data_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"crosstide/connect/data"
	"crosstide/connect/data/datatest"
	"crosstide/connect/data/simpledate"
)

func cases(t *testing.T, do string) []datatest.Case {
	t.Helper()
	f, err := os.Open("testdata/java.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := datatest.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	var those []datatest.Case
	for _, c := range all {
		if c.Do == do {
			those = append(those, c)
		}
	}
	if len(those) < 20 {
		t.Fatalf("only %d cases of %s", len(those), do)
	}
	return those
}

func TestTextsAreParsedAsJavaDoes(t *testing.T) {
	for _, c := range cases(t, "parse") {
		schema, value := data.ParseString(c.Text)
		if c.Error != "" {
			continue // crashes of Java's parser; that we answer is enough
		}
		var want datatest.Pair
		if err := json.Unmarshal(c.Out, &want); err != nil {
			t.Fatal(err)
		}
		if !want.Equal(schema, value) {
			got, _ := json.Marshal(datatest.Pair{Schema: datatest.FromSchema(schema), Value: datatest.FromValue(value)})
			t.Errorf("%q gives\n%s, Java gives\n%s", c.Text, got, c.Out)
			continue
		}
		if text, err := data.Text(value); value != nil && (err != nil || text != want.Text) {
			t.Errorf("%q is written %q, %v, by Java %q", c.Text, text, err, want.Text)
		}
	}
}

func TestTimesAreFormattedAsJavaDoes(t *testing.T) {
	for _, c := range cases(t, "format") {
		if weeks := strings.ContainsAny(c.Pattern, "wWFYD"); weeks && c.Ms < -12200000000000 {
			continue // counted by the Gregorian calendar here
		}
		f, err := simpledate.Compile(c.Pattern)
		if (err != nil) != (c.Error != "") {
			t.Errorf("pattern %q: %v; Java: %s", c.Pattern, err, c.Error)
		}
		if err != nil {
			continue
		}
		var want string
		if err := json.Unmarshal(c.Out, &want); err != nil {
			t.Fatal(err)
		}
		if got := f.Format(time.UnixMilli(c.Ms)); got != want {
			t.Errorf("%d under %q is %q, for Java %q", c.Ms, c.Pattern, got, want)
		}
	}
}

func TestTimesAreReadAsJavaDoes(t *testing.T) {
	for _, c := range cases(t, "parseDate") {
		got, err := simpledate.MustCompile(c.Pattern).Parse(c.Text)
		if (err != nil) != (c.Error != "") {
			t.Errorf("%q under %q: %v, %v; Java: %s%s", c.Text, c.Pattern, got, err, c.Out, c.Error)
			continue
		}
		var want int64
		if err == nil {
			if err := json.Unmarshal(c.Out, &want); err != nil {
				t.Fatal(err)
			}
		}
		if err == nil && got.UnixMilli() != want {
			t.Errorf("%q under %q is %v, for Java %v", c.Text, c.Pattern, got, time.UnixMilli(want).UTC())
		}
	}
}

func FuzzTextsKeepTheirMeaning(f *testing.F) {
	for _, s := range []string{`[1,"a"]`, `{"a":[1.5]}`, "2019-08-23", "1e400", `\"`, strings.Repeat("[", 2000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		schema, value := data.ParseString(s)
		if value == nil {
			return
		}
		if err := schema.Validate(value); err != nil && !strings.Contains(err.Error(), "null") {
			t.Errorf("%q gives a value that is not of its schema: %v", s, err)
		}
		if _, err := data.Text(value); err != nil {
			t.Errorf("%q gives a value without text: %v", s, err)
		}
	})
}
