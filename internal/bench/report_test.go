package main

import (
	"strings"
	"testing"
	"time"
)

func result1k(by map[string]figures) result {
	return result{row: rows[0], show: []string{speed, cpu}, by: by}
}

func TestGoalsAreJudgedAgainstTheBoundOrAgainstJava(t *testing.T) {
	r := result1k(map[string]figures{
		javaPlain: {values: map[string]float64{speed: 100, cpu: 12}},
		crosstide: {values: map[string]float64{speed: 650, cpu: 2, peak: 131}},
	})
	for _, test := range []struct {
		goal goal
		want string
	}{
		{goal{figure: speed, against: javaPlain, bound: 6.5}, "reached"},
		{goal{figure: speed, against: javaPlain, bound: 13}, "**missed** by 100 %"},
		{goal{figure: cpu, against: javaPlain, bound: 1. / 6, atMost: true}, "reached"},
		{goal{figure: cpu, against: javaPlain, bound: 1. / 12, atMost: true}, "**missed** by 100 %"},
		{goal{figure: peak, bound: 130, atMost: true}, "**missed** by 1 %"},
		{goal{figure: peak, bound: 131, atMost: true}, "reached"},
		{goal{figure: speed, against: javaTuned, bound: 1}, "not measured"},
		{goal{figure: p50, bound: 4, atMost: true}, "not measured"},
	} {
		if got := test.goal.judge(r, nil).String(); got != test.want {
			t.Errorf("%+v: %s, want %s", test.goal, got, test.want)
		}
	}
}

func TestAGoalMayCompareTwoCases(t *testing.T) {
	small := result{row: row{name: "idle-1k", what: "1 000"}, by: map[string]figures{crosstide: {values: map[string]float64{resting: 40}}}}
	large := result{row: row{name: "idle-10k"}, by: map[string]figures{crosstide: {values: map[string]float64{resting: 200}}}}
	g := goal{figure: resting, versus: "idle-1k", bound: 10, atMost: true}
	v := g.judge(large, []result{small, large})
	if v.String() != "reached" || v.measured != "5.0 ×" || v.asked != "RSS MB at most 10.0 × of that of 1 000" {
		t.Errorf("%+v: %v", v, v)
	}
	if v := g.judge(large, []result{large}); v.String() != "not measured" {
		t.Errorf("without the other case: %v", v)
	}
}

func TestRatiosReadAsTimesOrParts(t *testing.T) {
	ours := figures{values: map[string]float64{speed: 500, cpu: 1, p50: 0}}
	theirs := figures{values: map[string]float64{speed: 50, cpu: 25, p50: 3}}
	for figure, want := range map[string]string{speed: "10.0 ×", cpu: "1/25.0", p50: "–", peak: "–"} {
		if got := ratio(ours, theirs, figure); got != want {
			t.Errorf("%s: %s, want %s", figure, got, want)
		}
	}
}

func TestTheReportHoldsEveryFigureAndEveryFailure(t *testing.T) {
	results := []result{
		result1k(map[string]figures{
			javaPlain: {values: map[string]float64{speed: 50_000, cpu: 24}},
			javaTuned: {failed: "it has ended"},
			crosstide: {values: map[string]float64{speed: 500_000, cpu: 1}},
		}),
		{row: rows[1], failed: "not run: time was up"},
	}
	text := report(machine{cpu: "some CPU", cores: 2}, options{scale: 0.2}, results, time.Minute)
	for _, want := range []string{
		"some CPU, 2 cores", "Only 0.2 of the data",
		"| 1 KB records | records/s | 50 k | – | **500 k** | 10.0 × | – |",
		"|  | CPU s | 24.0 | – | **1.00** | 1/24.0 | – |",
		"| 1 KB records | records/s at least 6.5 × of java-plain | 10.0 × | reached |",
		"| 1 KB records | records/s at least 2.2 × of java-tuned | – | not measured |",
		"1 KB records, Java tuned: it has ended", "100 B records: not run: time was up", "2 reached, 0 missed.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report has no %q:\n%s", want, text)
		}
	}
}

func TestGoalsAgainstAMirrorThatWasNotRunAreLeftOut(t *testing.T) {
	r := result1k(map[string]figures{crosstide: {values: map[string]float64{speed: 1}}})
	text := report(machine{}, options{scale: 1}, []result{r}, time.Minute)
	if strings.Contains(text, "of java-plain") {
		t.Errorf("Java did not run, yet:\n%s", text)
	}
}

func TestNotesOfTheDocumentThatIsReplacedStay(t *testing.T) {
	if got := withNotes("new\n", "old\n\n## Notes\n\nA note.\n"); got != "new\n\n## Notes\n\nA note.\n" {
		t.Errorf("%q", got)
	}
	if got := withNotes("new\n", "old\n"); got != "new\n" {
		t.Errorf("%q", got)
	}
}
