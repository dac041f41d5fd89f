package main

import (
	"fmt"
	"strings"
	"time"

	"crosstide/internal/kafkatest"
)

// report is the document that goes to docs/benchmarks.md.
func report(m machine, o options, results []result, took time.Duration) string {
	var t strings.Builder
	fmt.Fprintf(&t, `# Benchmarks

Java's MirrorMaker 2 of Kafka %s and Crosstide, side by side in one run of `+"`make bench`"+`
(internal/bench/doc.go says how it measures). *Plain* is Java as shipped with two tasks and
2 GiB of heap, *tuned* has six tasks, 1 MiB batches, five requests in flight and large
fetches; Crosstide runs with default settings and two tasks. Source broker, target broker
and the mirror share the machine.

%v.
%s, %v in all.
`, kafkatest.KafkaVersion, m, scaleText(o.scale), took.Round(time.Second))
	figuresTable(&t, results)
	goalsTable(&t, results)
	failures(&t, results)
	return t.String()
}

func figuresTable(t *strings.Builder, results []result) {
	t.WriteString("\n| what | figure | Java plain | Java tuned | Crosstide | to plain | to tuned |\n|---|---|---|---|---|---|---|\n")
	for _, r := range results {
		what := r.row.what
		for _, f := range r.show {
			ours, plain, tuned := r.by[crosstide], r.by[javaPlain], r.by[javaTuned]
			fmt.Fprintf(t, "| %s | %s | %s | %s | **%s** | %s | %s |\n", what, f,
				plain.text(f), tuned.text(f), ours.text(f), ratio(ours, plain, f), ratio(ours, tuned, f))
			what = ""
		}
	}
}

// goalsTable leaves out goals against a mirror that did not take part.
func goalsTable(t *strings.Builder, results []result) {
	t.WriteString("\n## The numbers to reach\n\n| what | asked | measured | |\n|---|---|---|---|\n")
	reached, missed := 0, 0
	for _, r := range results {
		if _, ran := r.by[crosstide]; !ran {
			continue
		}
		for _, g := range r.row.goals {
			if _, ran := r.by[g.against]; g.against != "" && !ran {
				continue
			}
			v := g.judge(r, results)
			fmt.Fprintf(t, "| %s | %s | %s | %s |\n", r.row.what, v.asked, v.measured, v)
			if v.known && v.reached {
				reached++
			} else if v.known {
				missed++
			}
		}
	}
	fmt.Fprintf(t, "\n%d reached, %d missed.\n", reached, missed)
}

func failures(t *strings.Builder, results []result) {
	for _, r := range results {
		if r.failed != "" {
			fmt.Fprintf(t, "\n%s: %s\n", r.row.what, r.failed)
		}
		for _, c := range contestants {
			if f := r.by[c.name]; f.failed != "" {
				fmt.Fprintf(t, "\n%s, %s: %s\n", r.row.what, c.title, f.failed)
			}
		}
	}
}

func scaleText(scale float64) string {
	if scale == 1 {
		return "All of the data"
	}
	return fmt.Sprintf("**Only %g of the data: a quick look, not the result**", scale)
}

// notesHeading begins what somebody wrote below the figures of an earlier run.
const notesHeading = "\n## Notes\n"

// withNotes keeps the notes of the document that is replaced.
func withNotes(text, old string) string {
	if i := strings.Index(old, notesHeading); i >= 0 {
		return text + old[i:]
	}
	return text
}

func (f figures) text(figure string) string {
	v, ok := f.values[figure]
	if !ok {
		return "–"
	}
	return number(v)
}

// line is the figures for the terminal.
func (f figures) line(show []string) string {
	var line strings.Builder
	for _, name := range show {
		if _, ok := f.values[name]; ok {
			fmt.Fprintf(&line, "  %s %s", f.text(name), name)
		}
	}
	if f.failed != "" {
		fmt.Fprintf(&line, "  (%s)", f.failed)
	}
	return line.String()
}

func number(v float64) string {
	switch {
	case v >= 10_000:
		return fmt.Sprintf("%.0f k", v/1000)
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

// ratio says how many times more, or which part.
func ratio(ours, theirs figures, figure string) string {
	a, okA := ours.values[figure]
	b, okB := theirs.values[figure]
	if !okA || !okB || a <= 0 || b <= 0 {
		return "–"
	}
	return times(a / b)
}

func times(v float64) string {
	if v > 0 && v < 1 {
		return fmt.Sprintf("1/%.1f", 1/v)
	}
	return fmt.Sprintf("%.1f ×", v)
}
