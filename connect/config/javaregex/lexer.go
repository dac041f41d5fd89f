package javaregex

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// A SyntaxError tells what is wrong with a pattern, in Java's words where Java
// objects as well.
type SyntaxError struct {
	Pattern string
	Reason  string
	Index   int // in characters; -1 when there is no one place
}

func (e *SyntaxError) Error() string {
	if e.Index < 0 {
		return e.Reason
	}
	return fmt.Sprintf("%s near index %d", e.Reason, e.Index)
}

// token is one character of the pattern. quoted ones stood between \Q and \E and
// mean themselves.
type token struct {
	r      rune
	quoted bool
	index  int
}

const end rune = -1

func tokens(pattern string) []token {
	runes := []rune(pattern)
	out := make([]token, 0, len(runes))
	quoting := false
	for i := 0; i < len(runes); i++ {
		pair := runes[i] == '\\' && i+1 < len(runes)
		switch {
		case quoting && pair && runes[i+1] == 'E':
			quoting = false
			i++
		case quoting:
			out = append(out, token{runes[i], true, i})
		case pair && runes[i+1] == 'Q':
			quoting = true
			i++
		case pair:
			out = append(out, token{runes[i], false, i}, token{runes[i+1], false, i + 1})
			i++
		default:
			out = append(out, token{runes[i], false, i})
		}
	}
	return out
}

type flags struct {
	fold, multiline, dotAll, unixLines, unicodeFold, comments, unicodeClasses bool
}

type parser struct {
	pattern string
	toks    []token
	pos     int
	flags   flags
	groups  int            // captures opened so far
	names   map[string]int // of captures
}

func (p *parser) fail(reason string) error {
	index := len([]rune(p.pattern))
	if p.pos < len(p.toks) {
		index = p.toks[p.pos].index
	}
	return &SyntaxError{p.pattern, reason, index}
}

// raw returns the unquoted character ahead by n, or end. A quoted one is never
// an operator: it reads as -2.
func (p *parser) raw(n int) rune {
	if p.pos+n >= len(p.toks) {
		return end
	}
	if t := p.toks[p.pos+n]; !t.quoted {
		return t.r
	}
	return quoted
}

const quoted rune = -2

// peek is raw(0) after blanks and comments where those are allowed.
func (p *parser) peek() rune {
	for p.flags.comments {
		switch r := p.raw(0); {
		case r == ' ' || (r >= '\t' && r <= '\r'):
			p.pos++
		case r == '#':
			for p.pos < len(p.toks) && !p.endsLine(p.toks[p.pos].r) {
				p.pos++
			}
		default:
			return r
		}
	}
	return p.raw(0)
}

func (p *parser) endsLine(r rune) bool {
	return r == '\n' || (!p.flags.unixLines && strings.ContainsRune("\r\u0085\u2028\u2029", r))
}

// take consumes the next character if it is r.
func (p *parser) take(r rune) bool {
	if p.peek() != r {
		return false
	}
	p.pos++
	return true
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func isLetter(r rune) bool { return (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z') }

// codeEscape reads the rest of an escape that names one character by number;
// kind is the character after the backslash, already consumed.
func (p *parser) codeEscape(kind rune) (rune, error) {
	switch kind {
	case '0':
		return p.octal()
	case 'x':
		return p.hex()
	case 'u':
		return p.utf16Escape()
	}
	if p.pos == len(p.toks) {
		return 0, p.fail("Illegal control escape sequence")
	}
	p.pos++
	return p.toks[p.pos-1].r ^ 64, nil
}

func (p *parser) octal() (rune, error) {
	isOctal := func(r rune) bool { return r >= '0' && r <= '7' }
	if !isOctal(p.raw(0)) {
		return 0, p.fail("Illegal octal escape sequence")
	}
	most := 2
	if p.raw(0) <= '3' {
		most = 3
	}
	var n rune
	for i := 0; i < most && isOctal(p.raw(0)); i++ {
		n = n*8 + p.raw(0) - '0'
		p.pos++
	}
	return n, nil
}

func (p *parser) hex() (rune, error) {
	const illegal = "Illegal hexadecimal escape sequence"
	if p.raw(0) != '{' {
		n, ok := p.hexDigits(2)
		if !ok {
			return 0, p.fail(illegal)
		}
		return n, nil
	}
	p.pos++
	var n rune
	from := p.pos
	for hexValue(p.raw(0)) >= 0 {
		n = n<<4 | hexValue(p.raw(0))
		if n > 0x10FFFF {
			return 0, p.fail("Hexadecimal codepoint is too big")
		}
		p.pos++
	}
	if p.pos == from || p.raw(0) != '}' {
		return 0, p.fail("Unclosed hexadecimal escape sequence")
	}
	p.pos++
	return n, nil
}

// utf16Escape reads hhhh, and a second \uhhhh where both make one character.
func (p *parser) utf16Escape() (rune, error) {
	high, ok := p.hexDigits(4)
	if !ok {
		return 0, p.fail("Illegal Unicode escape sequence")
	}
	if !utf16.IsSurrogate(high) || p.raw(0) != '\\' || p.raw(1) != 'u' {
		return high, nil
	}
	before := p.pos
	p.pos += 2
	if low, ok := p.hexDigits(4); ok {
		if r := utf16.DecodeRune(high, low); r != '\uFFFD' {
			return r, nil
		}
	}
	p.pos = before
	return high, nil
}

func (p *parser) hexDigits(count int) (rune, bool) {
	var n rune
	for i := range count {
		v := hexValue(p.raw(i))
		if v < 0 {
			return 0, false
		}
		n = n<<4 | v
	}
	p.pos += count
	return n, true
}

func hexValue(r rune) rune {
	switch {
	case isDigit(r):
		return r - '0'
	case r >= 'a' && r <= 'f':
		return r - 'a' + 10
	case r >= 'A' && r <= 'F':
		return r - 'A' + 10
	}
	return -1
}
