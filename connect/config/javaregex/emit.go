package javaregex

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// A dialect is how an engine spells code points.
type dialect struct {
	char    func(r rune) string
	nothing string // never matches
}

var (
	re2 = dialect{
		char:    func(r rune) string { return fmt.Sprintf(`\x{%x}`, r) },
		nothing: `[^\x{0}-\x{10ffff}]`,
	}
	dotNet = dialect{
		char: func(r rune) string {
			if r > 0xFFFF {
				return string(r) // there is no escape for these
			}
			return fmt.Sprintf(`\u%04x`, r)
		},
		nothing: `(?!)`,
	}
)

// writer spells a tree in a dialect. Nothing is left to the engine's defaults:
// no flags, no shorthand classes, no predefined positions but \A and \z.
type writer struct {
	strings.Builder
	dialect
	wanted map[int]bool // captures that back-references ask for
	groups map[int]bool // captures there are
}

func spell(n node, d dialect) string {
	w := newWriter(n, d)
	w.WriteString(`\A(?:`)
	w.node(n)
	w.WriteString(`)\z`)
	return w.String()
}

// spellPart spells what may stand anywhere in a text, with all captures.
func spellPart(n node, d dialect) string {
	w := newWriter(n, d)
	w.wanted = w.groups
	w.node(n)
	return w.String()
}

func newWriter(n node, d dialect) *writer {
	w := &writer{dialect: d, wanted: map[int]bool{}, groups: map[int]bool{}}
	walk(n, func(n node) {
		switch n := n.(type) {
		case backref:
			w.wanted[n.index] = true
		case capture:
			w.groups[n.index] = true
		}
	})
	return w
}

func (w *writer) node(n node) {
	switch n := n.(type) {
	case chars:
		w.set(n.set)
	case cat:
		for _, p := range n.parts {
			w.node(p)
		}
	case alt:
		w.alternatives(n)
	case repeat:
		w.repeat(n)
	case capture:
		if w.wanted[n.index] {
			w.wrap("(?<g"+strconv.Itoa(n.index)+">", n.body)
		} else {
			w.wrap("(?:", n.body)
		}
	case atomic:
		w.wrap("(?>", n.body)
	case look:
		w.wrap(n.opening(), n.body)
	case backref:
		w.backref(n)
	case at:
		w.position(n)
	}
}

func (w *writer) wrap(opening string, n node) {
	w.WriteString(opening)
	w.node(n)
	w.WriteByte(')')
}

func (w *writer) alternatives(n alt) {
	w.WriteString("(?:")
	for i, b := range n.branches {
		if i > 0 {
			w.WriteByte('|')
		}
		w.node(b)
	}
	w.WriteByte(')')
}

func (w *writer) repeat(n repeat) {
	if n.possessive {
		n.possessive = false
		w.wrap("(?>", n)
		return
	}
	w.wrap("(?:", n.body)
	switch {
	case n.min == 0 && n.max < 0:
		w.WriteByte('*')
	case n.min == 1 && n.max < 0:
		w.WriteByte('+')
	case n.max < 0:
		fmt.Fprintf(w, "{%d,}", n.min)
	default:
		fmt.Fprintf(w, "{%d,%d}", n.min, n.max)
	}
	if n.lazy {
		w.WriteByte('?')
	}
}

func (n look) opening() string {
	s := "(?"
	if n.behind {
		s += "<"
	}
	if n.negative {
		return s + "!"
	}
	return s + "="
}

// backref asks for a capture; one that does not exist never matches.
func (w *writer) backref(n backref) {
	switch {
	case !w.groups[n.index]:
		w.WriteString(w.nothing)
	case n.fold:
		fmt.Fprintf(w, `(?i:\k<g%d>)`, n.index)
	default:
		fmt.Fprintf(w, `\k<g%d>`, n.index)
	}
}

// The positions, in terms of what stands before and behind them. Java sees no
// line end between \r and \n.
var positions = map[position]string{
	textBegin:     `\A`,
	textEnd:       `\z`,
	lastLine:      `(?:(?=(?:\r\n|[\n\r\u0085\u2028\u2029])?\z)(?<!\r(?=\n)))`,
	lastLineUnix:  `(?=\n?\z)`,
	lineBegin:     `(?:(?:\A|(?<=[\n\u0085\u2028\u2029]|\r(?!\n)))(?!\z))`,
	lineBeginUnix: `(?:(?:\A|(?<=\n))(?!\z))`,
	lineEnd:       `(?:(?=[\n\r\u0085\u2028\u2029]|\z)(?<!\r(?=\n)))`,
	lineEndUnix:   `(?=\n|\z)`,
}

func (w *writer) position(n at) {
	if n.place != wordEdge && n.place != notWordEdge {
		w.WriteString(positions[n.place])
		return
	}
	other := "!"
	if n.place == notWordEdge {
		other = "="
	}
	opposite := map[string]string{"!": "=", "=": "!"}[other]
	word := spellSet(n.word, w.dialect)
	// An edge is a word character on exactly one side.
	fmt.Fprintf(w, `(?:(?<=%s)(?%s%s)|(?<!%s)(?%s%s))`, word, other, word, word, opposite, word)
}

func (w *writer) set(s set) { w.WriteString(spellSet(s, w.dialect)) }

func spellSet(s set, d dialect) string {
	if r, ok := s.single(); ok {
		return spellRune(r, d)
	}
	switch {
	case len(s) == 0:
		return d.nothing
	case s.equal(everything):
		return `[\s\S]`
	}
	var b strings.Builder
	b.WriteByte('[')
	// The shorter of the two spellings; it also keeps the last code point, which
	// ends most complements, out of the pattern.
	if s[len(s)-1].hi == unicode.MaxRune {
		b.WriteByte('^')
		s = s.negate()
	}
	for _, p := range s {
		b.WriteString(spellRune(p.lo, d))
		if p.hi > p.lo {
			b.WriteString("-" + spellRune(p.hi, d))
		}
	}
	b.WriteByte(']')
	return b.String()
}

func spellRune(r rune, d dialect) string {
	if isLetter(r) || isDigit(r) {
		return string(r)
	}
	return d.char(r)
}
