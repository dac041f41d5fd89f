package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"crosstide/internal/kafkatest"
)

// A machine is what the figures were taken on.
type machine struct {
	cpu, kernel, java, load, commit string
	cores                           int
	memoryGB                        float64
}

func describe() machine {
	m := machine{cores: runtime.NumCPU(), cpu: "unknown", load: "unknown"}
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == "model name" {
				m.cpu = strings.TrimSpace(v)
				break
			}
		}
	}
	if info, err := os.ReadFile("/proc/meminfo"); err == nil {
		var kb float64
		if _, err := fmt.Sscanf(string(info), "MemTotal: %f kB", &kb); err == nil {
			m.memoryGB = kb / (1 << 20)
		}
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.load, _, _ = strings.Cut(string(load), " ")
	}
	m.kernel = output("uname", "-sr")
	m.java, _, _ = strings.Cut(output("java", "-version"), "\n")
	m.commit = output("git", "describe", "--tags", "--always", "--dirty")
	return m
}

func output(name string, args ...string) string {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// report is the document that goes to docs/benchmarks.md.
func report(m machine, o options, results []result, took time.Duration) string {
	var t strings.Builder
	fmt.Fprintf(&t, `# Benchmarks

Java's MirrorMaker 2 of Kafka %s and Crosstide, side by side in one run of `+"`make bench`"+`
(see internal/bench for how). *Plain* is Java as shipped, *tuned* has six tasks, 1 MiB
batches and large fetches; Crosstide runs with default settings. Source and target
broker and the mirror share the machine.

%s, %d cores, %.0f GB, %s, %s, %s; load before the run %s; Crosstide %s;
%s; %v in all.
`, kafkatest.KafkaVersion, m.cpu, m.cores, m.memoryGB, m.kernel, m.java, runtime.Version(), m.load, m.commit,
		scaleText(o.scale), took.Round(time.Second))
	t.WriteString("\n| what | figure | Java plain | Java tuned | Crosstide | to plain | to tuned |\n|---|---|---|---|---|---|---|\n")
	for _, r := range results {
		for _, f := range r.show {
			ours := r.by["Crosstide"]
			fmt.Fprintf(&t, "| %s | %s | %s | %s | **%s** | %s | %s |\n", r.row.what, f,
				r.by["Java plain"].text(f), r.by["Java tuned"].text(f), ours.text(f),
				ratio(ours, r.by["Java plain"], f), ratio(ours, r.by["Java tuned"], f))
		}
	}
	t.WriteString("\n## The numbers to reach\n\n| what | asked | measured | |\n|---|---|---|---|\n")
	for _, r := range results {
		for _, g := range r.row.goals {
			if _, ran := r.by[g.against]; g.against != "" && !ran {
				continue
			}
			asked, measured, verdict := g.judge(r)
			fmt.Fprintf(&t, "| %s | %s | %s | %s |\n", r.row.what, asked, measured, verdict)
		}
	}
	for _, r := range results {
		for name, f := range r.by {
			if f.failed != "" {
				fmt.Fprintf(&t, "\n%s, %s: no figures: %s\n", r.row.what, name, f.failed)
			}
		}
	}
	return t.String()
}

// notes are what somebody wrote below the figures of an earlier run. They stay.
func notes(file string) string {
	old, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	const heading = "\n## Notes\n"
	if i := strings.Index(string(old), heading); i >= 0 {
		return string(old[i:])
	}
	return ""
}

func scaleText(scale float64) string {
	if scale == 1 {
		return "all of the data"
	}
	return fmt.Sprintf("%g of the data", scale)
}

func (f figures) text(figure string) string {
	v, ok := f.values[figure]
	if !ok {
		return "–"
	}
	return number(v)
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

// ratio says how much more, or how many times less.
func ratio(ours, theirs figures, figure string) string {
	a, okA := ours.values[figure]
	b, okB := theirs.values[figure]
	switch {
	case !okA || !okB || b == 0 || a == 0:
		return "–"
	case a >= b:
		return fmt.Sprintf("%.1f ×", a/b)
	default:
		return fmt.Sprintf("1/%.1f", b/a)
	}
}

// judge compares the goal with what was measured.
func (g goal) judge(r result) (asked, measured, verdict string) {
	words := "at least"
	if g.atMost {
		words = "at most"
	}
	value, ok := r.by["Crosstide"].values[g.figure]
	if g.against == "" {
		asked = fmt.Sprintf("%s %s %s", g.figure, words, number(g.bound))
		measured = number(value)
	} else {
		theirs, have := r.by[g.against].values[g.figure]
		ok = ok && have && theirs > 0
		if ok {
			value /= theirs
		}
		asked = fmt.Sprintf("%s %s %s of %s", g.figure, words, times(g.bound), g.against)
		measured = times(value)
	}
	switch {
	case !ok:
		return asked, "–", "not measured"
	case g.atMost == (value <= g.bound) || value == g.bound:
		return asked, measured, "reached"
	default:
		return asked, measured, "**missed**"
	}
}

func times(v float64) string {
	if v > 0 && v < 1 {
		return fmt.Sprintf("1/%.1f", 1/v)
	}
	return fmt.Sprintf("%.1f ×", v)
}
