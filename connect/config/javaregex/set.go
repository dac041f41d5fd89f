package javaregex

import (
	"slices"
	"sync"
	"unicode"
)

// span is a range of code points, both ends included.
type span struct{ lo, hi rune }

// set is a set of code points as sorted spans that neither touch nor overlap.
// Sets are never changed after they were made.
type set []span

var everything = set{{0, unicode.MaxRune}}

// newSet takes pairs of lowest and highest code points.
func newSet(pairs ...rune) set {
	spans := make([]span, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		spans = append(spans, span{pairs[i], pairs[i+1]})
	}
	return tidy(spans)
}

func singles(runes ...rune) set {
	spans := make([]span, len(runes))
	for i, r := range runes {
		spans[i] = span{r, r}
	}
	return tidy(spans)
}

// tidy sorts and joins spans; it takes them over.
func tidy(spans []span) set {
	slices.SortFunc(spans, func(a, b span) int { return int(a.lo - b.lo) })
	out := set{}
	for _, s := range spans {
		if n := len(out); n > 0 && s.lo <= out[n-1].hi+1 {
			out[n-1].hi = max(out[n-1].hi, s.hi)
			continue
		}
		out = append(out, s)
	}
	return out
}

func (s set) union(others ...set) set {
	all := slices.Clone(s)
	for _, o := range others {
		all = append(all, o...)
	}
	return tidy(all)
}

func (s set) negate() set {
	out := set{}
	next := rune(0)
	for _, p := range s {
		if p.lo > next {
			out = append(out, span{next, p.lo - 1})
		}
		next = p.hi + 1
	}
	if next <= unicode.MaxRune {
		out = append(out, span{next, unicode.MaxRune})
	}
	return out
}

func (s set) intersect(o set) set {
	return s.negate().union(o.negate()).negate()
}

func (s set) has(r rune) bool {
	_, found := slices.BinarySearchFunc(s, r, func(p span, r rune) int {
		switch {
		case p.hi < r:
			return -1
		case p.lo > r:
			return 1
		}
		return 0
	})
	return found
}

// single returns the only element of s.
func (s set) single() (rune, bool) {
	if len(s) == 1 && s[0].lo == s[0].hi {
		return s[0].lo, true
	}
	return 0, false
}

func (s set) equal(o set) bool { return slices.Equal(s, o) }

// fromTables joins Unicode tables.
func fromTables(tables ...*unicode.RangeTable) set {
	var spans []span
	for _, t := range tables {
		for _, r := range t.R16 {
			spans = appendStrided(spans, rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
		for _, r := range t.R32 {
			spans = appendStrided(spans, rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
	}
	return tidy(spans)
}

func appendStrided(spans []span, lo, hi, stride rune) []span {
	if stride == 1 {
		return append(spans, span{lo, hi})
	}
	for r := lo; r <= hi; r += stride {
		spans = append(spans, span{r, r})
	}
	return spans
}

// foldASCII adds the other case of ASCII letters: (?i).
func (s set) foldASCII() set {
	var more []rune
	for r := 'a'; r <= 'z'; r++ {
		upper := r - 'a' + 'A'
		if s.has(r) != s.has(upper) {
			more = append(more, r, upper)
		}
	}
	return s.union(singles(more...))
}

// foldUnicode adds all whose upper case, or lower case of that, is in s: (?iu).
func (s set) foldUnicode() set {
	var more []rune
	for _, r := range cased() {
		upper := unicode.ToUpper(r)
		if s.has(upper) || s.has(unicode.ToLower(upper)) {
			more = append(more, r)
		}
	}
	return s.union(singles(more...))
}

var cased = sync.OnceValue(func() []rune {
	var all []rune
	for _, c := range unicode.CaseRanges {
		for r := rune(c.Lo); r <= rune(c.Hi); r++ {
			all = append(all, r)
		}
	}
	return all
})
