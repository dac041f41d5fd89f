package simpledate

import (
	"fmt"
	"strings"
)

// Format is a compiled pattern.
type Format struct {
	pattern string
	parts   []part
}

// part is a run of one pattern letter, or literal text when letter is 0.
type part struct {
	letter  byte
	count   int
	literal string
}

const letters = "GyMwWDdFEaHkKhmsSzZYuXL"

// Compile reads a pattern. The error says which letter or quote is wrong.
func Compile(pattern string) (*Format, error) {
	f := &Format{pattern: pattern}
	for i := 0; i < len(pattern); {
		c := pattern[i]
		switch {
		case c == '\'':
			text, next, err := quoted(pattern, i)
			if err != nil {
				return nil, err
			}
			f.addLiteral(text)
			i = next
		case isLetter(c):
			n := runLength(pattern[i:])
			if !strings.ContainsRune(letters, rune(c)) {
				return nil, fmt.Errorf("illegal pattern character '%c' in %q", c, pattern)
			}
			if c == 'X' && n > 3 {
				return nil, fmt.Errorf("invalid ISO 8601 format %s in %q: at most XXX", pattern[i:i+n], pattern)
			}
			f.parts = append(f.parts, part{letter: c, count: n})
			i += n
		default:
			f.addLiteral(pattern[i : i+1])
			i++
		}
	}
	return f, nil
}

// MustCompile is Compile for patterns written in code.
func MustCompile(pattern string) *Format {
	f, err := Compile(pattern)
	if err != nil {
		panic(err)
	}
	return f
}

// String returns the pattern.
func (f *Format) String() string { return f.pattern }

// quoted reads text in single quotes from at on; two in a row are one quote,
// inside and outside.
func quoted(pattern string, at int) (text string, next int, err error) {
	if strings.HasPrefix(pattern[at+1:], "'") {
		return "'", at + 2, nil
	}
	var b strings.Builder
	for i := at + 1; i < len(pattern); i++ {
		if pattern[i] != '\'' {
			b.WriteByte(pattern[i])
			continue
		}
		if strings.HasPrefix(pattern[i+1:], "'") {
			b.WriteByte('\'')
			i++
			continue
		}
		return b.String(), i + 1, nil
	}
	return "", 0, fmt.Errorf("unterminated quote in %q", pattern)
}

func (f *Format) addLiteral(text string) {
	if n := len(f.parts); n > 0 && f.parts[n-1].letter == 0 {
		f.parts[n-1].literal += text
		return
	}
	f.parts = append(f.parts, part{literal: text})
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func runLength(s string) int {
	n := 1
	for n < len(s) && s[n] == s[0] {
		n++
	}
	return n
}
