package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestGoalsAreJudgedAgainstTheBoundOrAgainstJava(t *testing.T) {
	r := result{by: map[string]figures{
		"Java plain": {values: map[string]float64{speed: 100, cpu: 12}},
		"Crosstide":  {values: map[string]float64{speed: 650, cpu: 2, peak: 131}},
	}}
	for _, test := range []struct {
		goal    goal
		verdict string
	}{
		{goal{figure: speed, against: "Java plain", bound: 6.5}, "reached"},
		{goal{figure: speed, against: "Java plain", bound: 6.6}, "**missed**"},
		{goal{figure: cpu, against: "Java plain", bound: 1. / 6, atMost: true}, "reached"},
		{goal{figure: cpu, against: "Java plain", bound: 1. / 12, atMost: true}, "**missed**"},
		{goal{figure: peak, bound: 130, atMost: true}, "**missed**"},
		{goal{figure: peak, bound: 131, atMost: true}, "reached"},
		{goal{figure: speed, against: "Java tuned", bound: 1}, "not measured"},
		{goal{figure: p50, bound: 4, atMost: true}, "not measured"},
	} {
		if _, _, verdict := test.goal.judge(r); verdict != test.verdict {
			t.Errorf("%+v: %s, want %s", test.goal, verdict, test.verdict)
		}
	}
}

func TestReportHoldsEveryFigureAndKeepsTheNotes(t *testing.T) {
	r := result{row: rows[0], show: []string{speed}, by: map[string]figures{
		"Java plain": {values: map[string]float64{speed: 50_000}},
		"Java tuned": {failed: "it has ended"},
		"Crosstide":  {values: map[string]float64{speed: 500_000}},
	}}
	text := report(machine{cpu: "some CPU", cores: 2}, options{scale: 1}, []result{r}, time.Minute)
	for _, want := range []string{"some CPU, 2 cores", "| 1 KB records | records/s | 50 k | – | **500 k** | 10.0 × | – |", "Java tuned: no figures: it has ended"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report has no %q:\n%s", want, text)
		}
	}
	file := filepath.Join(t.TempDir(), "benchmarks.md")
	if err := os.WriteFile(file, []byte(text+"\n## Notes\n\nA note.\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := notes(file); got != "\n## Notes\n\nA note.\n" {
		t.Errorf("notes are %q", got)
	}
}
