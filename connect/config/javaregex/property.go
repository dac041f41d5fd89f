package javaregex

import (
	"strings"
	"sync"
	"unicode"
)

// property reads the name after \p, bare or in braces.
func (p *parser) property() (set, error) {
	var name []rune
	switch p.raw(0) {
	case end:
		return nil, p.fail("Unclosed character family")
	case '{':
		p.pos++
		for p.raw(0) != '}' {
			if p.raw(0) == end {
				return nil, p.fail("Unclosed character family")
			}
			name = append(name, p.toks[p.pos].r)
			p.pos++
		}
		if len(name) == 0 {
			return nil, p.fail("Empty character family")
		}
	default:
		name = []rune{p.toks[p.pos].r}
	}
	s, known := p.named(string(name))
	if !known {
		return nil, p.fail("Unknown or unsupported character property name {" + string(name) + "}")
	}
	p.pos++
	return s, nil
}

func (p *parser) named(name string) (set, bool) {
	if kind, value, ok := strings.Cut(name, "="); ok {
		switch strings.ToLower(kind) {
		case "sc", "script":
			return script(value)
		case "gc", "general_category":
			return p.plain(value)
		}
		return nil, false
	}
	if short, ok := strings.CutPrefix(name, "Is"); ok {
		if s, ok := p.binary(short); ok {
			return s, true
		}
		if s, ok := p.posixUnicode(short); ok {
			return s, true
		}
		if s, ok := p.plain(short); ok {
			return s, true
		}
		return script(short)
	}
	if p.flags.unicodeClasses {
		if s, ok := p.posixUnicode(name); ok {
			return s, true
		}
	}
	return p.plain(name)
}

// plain knows general categories, POSIX names and Java's own predicates.
func (p *parser) plain(name string) (set, bool) {
	if s, ok := p.posixASCII(name); ok {
		return s, true
	}
	if java, ok := strings.CutPrefix(name, "java"); ok {
		return p.javaPredicate(java)
	}
	switch name {
	case "LC":
		return category("Lu", "Ll", "Lt"), true
	case "LD":
		return category("L", "Nd"), true
	case "L1":
		return newSet(0, 0xFF), true
	case "all":
		return everything, true
	case "Cn":
		return assigned().negate(), true
	case "C":
		return category("Cc", "Cf", "Co", "Cs").union(assigned().negate()), true
	case "Lu", "Ll", "Lt":
		if p.flags.fold {
			return category("Lu", "Ll", "Lt"), true
		}
	}
	if len(name) > 2 || unicode.Categories[name] == nil {
		return nil, false
	}
	return category(name), true
}

func (p *parser) posixASCII(name string) (set, bool) {
	switch name {
	case "ASCII":
		return newSet(0, 0x7F), true
	case "Alnum":
		return letters.union(digits), true
	case "Alpha":
		return letters, true
	case "Blank":
		return singles(' ', '\t'), true
	case "Cntrl":
		return newSet(0, 0x1F, 0x7F, 0x7F), true
	case "Digit":
		return digits, true
	case "Graph":
		return newSet('!', '~'), true
	case "Lower":
		return p.eitherCase(newSet('a', 'z'), letters), true
	case "Print":
		return newSet(' ', '~'), true
	case "Punct":
		return newSet('!', '/', ':', '@', '[', '`', '{', '~'), true
	case "Space":
		return space, true
	case "Upper":
		return p.eitherCase(newSet('A', 'Z'), letters), true
	case "XDigit":
		return newSet('0', '9', 'A', 'F', 'a', 'f'), true
	}
	return nil, false
}

// eitherCase returns folded under (?i), else exact.
func (p *parser) eitherCase(exact, folded set) set {
	if p.flags.fold {
		return folded
	}
	return exact
}

func (p *parser) javaPredicate(name string) (set, bool) {
	switch name {
	case "LowerCase", "UpperCase", "TitleCase", "Alphabetic", "Ideographic", "Letter", "Digit":
		return p.binary(name)
	case "Defined":
		return assigned(), true
	case "LetterOrDigit":
		return category("L", "Nd"), true
	case "SpaceChar":
		return category("Z"), true
	case "Whitespace":
		noBreak := singles(0xA0, 0x2007, 0x202F)
		return category("Z").intersect(noBreak.negate()).union(newSet('\t', '\r', 0x1C, 0x1F)), true
	case "ISOControl":
		return newSet(0, 0x1F, 0x7F, 0x9F), true
	}
	return nil, false
}

// binary knows Unicode's binary properties, by names in any case.
func (p *parser) binary(name string) (set, bool) {
	cased := category("Lt").union(lowercase(), uppercase())
	switch strings.ReplaceAll(strings.ToUpper(name), "_", "") {
	case "ALPHABETIC":
		return alphabetic(), true
	case "ASSIGNED":
		return assigned(), true
	case "CONTROL":
		return category("Cc"), true
	case "HEXDIGIT":
		return unicodeHexDigits(), true
	case "IDEOGRAPHIC":
		return fromTables(unicode.Ideographic), true
	case "JOINCONTROL":
		return newSet(0x200C, 0x200D), true
	case "LETTER":
		return category("L"), true
	case "DIGIT":
		return category("Nd"), true
	case "LOWERCASE":
		return p.eitherCase(lowercase(), cased), true
	case "UPPERCASE":
		return p.eitherCase(uppercase(), cased), true
	case "TITLECASE":
		return p.eitherCase(category("Lt"), cased), true
	case "NONCHARACTERCODEPOINT":
		return fromTables(unicode.Noncharacter_Code_Point), true
	case "PUNCTUATION":
		return category("P"), true
	case "WHITESPACE":
		return unicodeSpace(), true
	case "WORD":
		return unicodeWord(), true
	}
	return nil, false
}

// posixUnicode knows POSIX names as Unicode means them, in any case.
func (p *parser) posixUnicode(name string) (set, bool) {
	control := category("Cc")
	graph := unicodeSpace().union(category("Cc", "Cs"), assigned().negate()).negate()
	blank := category("Zs").union(singles('\t'))
	switch strings.ToUpper(name) {
	case "ALPHA":
		return alphabetic(), true
	case "LOWER":
		return p.binary("LOWERCASE")
	case "UPPER":
		return p.binary("UPPERCASE")
	case "SPACE":
		return unicodeSpace(), true
	case "PUNCT":
		return category("P"), true
	case "XDIGIT":
		return unicodeHexDigits(), true
	case "ALNUM":
		return alphabetic().union(category("Nd")), true
	case "CNTRL":
		return control, true
	case "DIGIT":
		return category("Nd"), true
	case "BLANK":
		return blank, true
	case "GRAPH":
		return graph, true
	case "PRINT":
		return graph.union(blank).intersect(control.negate()), true
	}
	return nil, false
}

// category joins general categories by their short names.
func category(names ...string) set {
	tables := make([]*unicode.RangeTable, len(names))
	for i, n := range names {
		tables[i] = unicode.Categories[n]
	}
	return fromTables(tables...)
}

func script(name string) (set, bool) {
	for known, table := range unicode.Scripts {
		if strings.EqualFold(known, name) {
			return fromTables(table), true
		}
	}
	return nil, false
}

var (
	assigned = sync.OnceValue(func() set { return category("L", "M", "N", "P", "S", "Z", "Cc", "Cf", "Co", "Cs") })

	alphabetic = sync.OnceValue(func() set {
		return category("L", "Nl").union(fromTables(unicode.Other_Alphabetic))
	})
	lowercase = sync.OnceValue(func() set {
		return category("Ll").union(fromTables(unicode.Other_Lowercase))
	})
	uppercase = sync.OnceValue(func() set {
		return category("Lu").union(fromTables(unicode.Other_Uppercase))
	})
	unicodeSpace = sync.OnceValue(func() set {
		return category("Z").union(newSet('\t', '\r', 0x85, 0x85))
	})
	unicodeHexDigits = sync.OnceValue(func() set {
		return category("Nd").union(fromTables(unicode.Hex_Digit))
	})
	unicodeWord = sync.OnceValue(func() set {
		return alphabetic().union(category("M", "Nd", "Pc"), newSet(0x200C, 0x200D))
	})
)
