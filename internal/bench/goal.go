package main

import "fmt"

// A goal compares a figure of Crosstide with a bound, with Java's figure, or
// with its own in another case.
type goal struct {
	figure  string
	against string  // a mirror's name
	versus  string  // or another case's name
	bound   float64 // at least so many times, or at most; without either the figure itself
	atMost  bool
}

func faster(plain, tuned float64) []goal {
	return []goal{{figure: speed, against: javaPlain, bound: plain}, {figure: speed, against: javaTuned, bound: tuned}}
}

// cheaper says which part of Java's CPU is allowed: one in so many.
func cheaper(plain, tuned float64) []goal {
	return []goal{{figure: cpu, against: javaPlain, bound: 1 / plain, atMost: true}, {figure: cpu, against: javaTuned, bound: 1 / tuned, atMost: true}}
}

func atMost(figure string, bound float64) []goal {
	return []goal{{figure: figure, bound: bound, atMost: true}}
}

// A verdict is a goal held against what was measured.
type verdict struct {
	asked, measured string
	known, reached  bool
	off             float64 // by how much it was missed: 1.25 is a quarter
}

func (v verdict) String() string {
	switch {
	case !v.known:
		return "not measured"
	case v.reached:
		return "reached"
	default:
		return fmt.Sprintf("**missed** by %.0f %%", 100*(v.off-1))
	}
}

func (g goal) judge(r result, all []result) verdict {
	value, ok := r.by[crosstide].values[g.figure]
	base, relative, of := 1.0, true, ""
	switch {
	case g.against != "":
		theirs, have := r.by[g.against].values[g.figure]
		base, ok, of = theirs, ok && have && theirs > 0, g.against
	case g.versus != "":
		other := caseNamed(all, g.versus)
		theirs, have := other.by[crosstide].values[g.figure]
		base, ok, of = theirs, ok && have && theirs > 0, "that of "+other.row.what
	default:
		relative = false
	}
	v := verdict{asked: g.words(relative, of), measured: "–", known: ok}
	if !ok {
		return v
	}
	value /= base
	v.measured = number(value)
	if relative {
		v.measured = times(value)
	}
	if g.atMost {
		v.reached, v.off = value <= g.bound, value/g.bound
	} else {
		v.reached, v.off = value >= g.bound, g.bound/max(value, 1e-9)
	}
	return v
}

func (g goal) words(relative bool, of string) string {
	bound := "at least"
	if g.atMost {
		bound = "at most"
	}
	if relative {
		return fmt.Sprintf("%s %s %s of %s", g.figure, bound, times(g.bound), of)
	}
	return fmt.Sprintf("%s %s %s", g.figure, bound, number(g.bound))
}

func caseNamed(all []result, name string) result {
	for _, r := range all {
		if r.row.name == name {
			return r
		}
	}
	return result{row: row{what: name}}
}
