package javaregex

import "strings"

// escape reads what follows a backslash outside classes.
func (p *parser) escape() (node, error) {
	r := p.raw(0)
	switch r {
	case end:
		return nil, p.fail("Unexpected internal error")
	case '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return p.numberedRef(), nil
	case 'k':
		p.pos++
		return p.namedRef()
	case 'R':
		p.pos++
		crlf := cat{[]node{chars{singles('\r')}, chars{singles('\n')}}}
		return alt{[]node{crlf, chars{vertical}}}, nil
	case 'X':
		return nil, p.fail(`\X (grapheme cluster) is not supported`)
	}
	if place, ok := p.positionEscape(r); ok {
		p.pos++
		if r == 'b' && p.raw(0) == '{' && p.raw(1) == 'g' {
			return nil, p.fail(`\b{g} is not supported`)
		}
		return place, nil
	}
	s, one, isSet, err := p.charEscape()
	if err != nil {
		return nil, err
	}
	if !isSet {
		s = p.literal(one)
	}
	return chars{s}, nil
}

func (p *parser) positionEscape(r rune) (at, bool) {
	switch r {
	case 'A', 'G': // \G is where the last match ended, for matches() the begin
		return at{place: textBegin}, true
	case 'z':
		return at{place: textEnd}, true
	case 'Z':
		if p.flags.unixLines {
			return at{place: lastLineUnix}, true
		}
		return at{place: lastLine}, true
	case 'b':
		return at{wordEdge, p.word()}, true
	case 'B':
		return at{notWordEdge, p.word()}, true
	}
	return at{}, false
}

// numberedRef reads as many digits as name a group opened so far, but at least
// one.
func (p *parser) numberedRef() node {
	n := int(p.raw(0) - '0')
	p.pos++
	for isDigit(p.raw(0)) {
		longer := n*10 + int(p.raw(0)-'0')
		if longer > p.groups {
			break
		}
		n = longer
		p.pos++
	}
	return backref{n, p.flags.fold}
}

func (p *parser) namedRef() (node, error) {
	if p.raw(0) != '<' {
		return nil, p.fail(`\k is not followed by '<' for named capturing group`)
	}
	p.pos++
	name, err := p.groupName()
	if err != nil {
		return nil, err
	}
	index, ok := p.names[name]
	if !ok {
		return nil, p.fail("named capturing group <" + name + "> does not exist")
	}
	return backref{index, p.flags.fold}, nil
}

var (
	horizontal = newSet('\t', '\t', ' ', ' ', 0xA0, 0xA0, 0x1680, 0x1680, 0x180E, 0x180E,
		0x2000, 0x200A, 0x202F, 0x202F, 0x205F, 0x205F, 0x3000, 0x3000)
	vertical = newSet('\n', '\r', 0x85, 0x85, 0x2028, 0x2029)
	space    = newSet('\t', '\r', ' ', ' ')
	digits   = newSet('0', '9')
	letters  = newSet('A', 'Z', 'a', 'z')
)

func (p *parser) word() set {
	if p.flags.unicodeClasses {
		return unicodeWord()
	}
	return letters.union(digits, singles('_'))
}

// charEscape reads what follows a backslash where it means a set of characters
// or one character; r is unset for the former.
func (p *parser) charEscape() (s set, r rune, isSet bool, err error) {
	t := p.raw(0)
	if t == quoted { // a quotation cannot follow a single backslash
		return nil, 0, false, p.fail("Illegal/unsupported escape sequence")
	}
	if t == end {
		return nil, 0, false, p.fail("Unexpected internal error")
	}
	p.pos++
	if s, ok := p.shorthand(t); ok {
		return s, 0, true, nil
	}
	switch t {
	case 'p', 'P':
		s, err = p.property()
		if t == 'P' {
			s = s.negate()
		}
		return s, 0, true, err
	case '0', 'x', 'u', 'c':
		r, err = p.codeEscape(t)
		return nil, r, false, err
	}
	if i := strings.IndexRune("aefnrt", t); i >= 0 {
		return nil, rune("\a\x1b\f\n\r\t"[i]), false, nil
	}
	if isLetter(t) || isDigit(t) {
		p.pos--
		if t == 'N' {
			return nil, 0, false, p.fail(`\N{name} is not supported`)
		}
		return nil, 0, false, p.fail("Illegal/unsupported escape sequence")
	}
	return nil, t, false, nil
}

// shorthand knows \d, \s and so on, and their capital complements.
func (p *parser) shorthand(r rune) (set, bool) {
	var s set
	switch r {
	case 'd', 'D':
		s = digits
		if p.flags.unicodeClasses {
			s = category("Nd")
		}
	case 's', 'S':
		s = space
		if p.flags.unicodeClasses {
			s = unicodeSpace()
		}
	case 'w', 'W':
		s = p.word()
	case 'h', 'H':
		s = horizontal
	case 'v', 'V':
		s = vertical
	default:
		return nil, false
	}
	if r < 'a' {
		s = s.negate()
	}
	return s, true
}
