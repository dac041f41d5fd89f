package javaregex

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/dlclark/regexp2"
)

// A Replacer replaces the first match in texts that match as a whole, as Java
// does with matches() and then replaceFirst(). The first match may be less than
// the whole: of a|ab in "ab" it is the a. A Replacer is immutable and safe for
// concurrent use.
type Replacer struct {
	whole *Regex
	first func(s string) (groups []string, start, end int, err error)
	parts []part
}

// part of a replacement: literal text, or a group.
type part struct {
	text  string
	group int // -1 for text
}

// NewReplacer compiles a pattern and a replacement, in which $1 and ${name} stand
// for groups and a backslash makes the next character literal. The error says
// what is wrong with either, also where Java finds out only when it replaces.
func NewReplacer(pattern, replacement string) (*Replacer, error) {
	whole, err := Compile(pattern)
	if err != nil {
		return nil, err
	}
	tree, p, err := parseGroups(pattern)
	if err != nil {
		return nil, err
	}
	r := &Replacer{whole: whole}
	if r.parts, err = parseReplacement(replacement, p); err != nil {
		return nil, err
	}
	return r, r.compile(pattern, tree)
}

func (r *Replacer) compile(pattern string, tree node) error {
	if regular(tree) {
		if re, err := regexp.Compile(spellPart(tree, re2)); err == nil {
			r.first = linearFirst(re)
			return nil
		}
	}
	re, err := regexp2.Compile(spellPart(tree, dotNet), regexp2.None)
	if err != nil {
		return &SyntaxError{pattern, "not supported: " + err.Error(), -1}
	}
	re.MatchTimeout = MatchTimeout
	r.first = generalFirst(re)
	return nil
}

// Replace returns s with its first match replaced; ok is false, and s unchanged,
// when s as a whole does not match.
func (r *Replacer) Replace(s string) (replaced string, ok bool, err error) {
	if ok, err = r.whole.Match(s); !ok || err != nil {
		return s, false, err
	}
	groups, start, end, err := r.first(s)
	if err != nil {
		return s, false, err
	}
	var b strings.Builder
	b.WriteString(s[:start])
	for _, p := range r.parts {
		if p.group < 0 {
			b.WriteString(p.text)
		} else if p.group < len(groups) {
			b.WriteString(groups[p.group])
		}
	}
	b.WriteString(s[end:])
	return b.String(), true, nil
}

// groupIndex is the number in the name that every capture is spelled with.
func groupIndex(name string) (int, bool) {
	n, err := strconv.Atoi(strings.TrimPrefix(name, "g"))
	return n, err == nil && strings.HasPrefix(name, "g")
}

func withGroup(groups []string, index int, text string) []string {
	for len(groups) <= index {
		groups = append(groups, "")
	}
	groups[index] = text
	return groups
}

func linearFirst(re *regexp.Regexp) func(string) ([]string, int, int, error) {
	names := re.SubexpNames()
	return func(s string) ([]string, int, int, error) {
		at := re.FindStringSubmatchIndex(s)
		if at == nil {
			return nil, 0, 0, nil
		}
		groups := []string{s[at[0]:at[1]]}
		for i, name := range names {
			if index, ok := groupIndex(name); ok && at[2*i] >= 0 {
				groups = withGroup(groups, index, s[at[2*i]:at[2*i+1]])
			}
		}
		return groups, at[0], at[1], nil
	}
}

func generalFirst(re *regexp2.Regexp) func(string) ([]string, int, int, error) {
	return func(s string) ([]string, int, int, error) {
		m, err := re.FindStringMatch(s)
		if err != nil {
			return nil, 0, 0, fmt.Errorf("searching %q was given up: it took more than %v", s, MatchTimeout)
		}
		if m == nil {
			return nil, 0, 0, nil
		}
		groups := []string{m.String()}
		for _, g := range m.Groups() {
			if index, ok := groupIndex(g.Name); ok {
				groups = withGroup(groups, index, g.String())
			}
		}
		start := len(string([]rune(s)[:m.Index])) // regexp2 counts runes
		return groups, start, start + len(m.String()), nil
	}
}

// parseReplacement reads a replacement under Java's rules: of the digits after a
// dollar sign it takes as many as make a group that there is.
func parseReplacement(s string, p *parser) ([]part, error) {
	var parts []part
	var text strings.Builder
	for i := 0; i < len(s); {
		c := s[i]
		i++
		switch c {
		case '\\':
			if i == len(s) {
				return nil, fmt.Errorf("character to be escaped is missing in %q", s)
			}
			text.WriteByte(s[i])
			i++
		case '$':
			group, length, err := reference(s[i:], p)
			if err != nil {
				return nil, err
			}
			i += length
			parts = append(parts, part{text.String(), -1}, part{"", group})
			text.Reset()
		default:
			text.WriteByte(c)
		}
	}
	return append(parts, part{text.String(), -1}), nil
}

// reference reads what follows a dollar sign.
func reference(s string, p *parser) (group, length int, err error) {
	if strings.HasPrefix(s, "{") {
		name, _, closed := strings.Cut(s[1:], "}")
		index, known := p.names[name]
		switch {
		case !closed:
			return 0, 0, fmt.Errorf("named capturing group is missing trailing '}'")
		case !known:
			return 0, 0, fmt.Errorf("No group with name {%s}", name) //nolint:staticcheck // Java's words
		}
		return index, len(name) + 2, nil
	}
	if s == "" || s[0] < '0' || s[0] > '9' {
		return 0, 0, fmt.Errorf("illegal group reference: a dollar sign without a group")
	}
	group = int(s[0] - '0')
	if group > p.groups {
		return 0, 0, fmt.Errorf("No group %d", group) //nolint:staticcheck // Java's words
	}
	length = 1
	for length < len(s) && s[length] >= '0' && s[length] <= '9' {
		next := group*10 + int(s[length]-'0')
		if next > p.groups {
			break
		}
		group = next
		length++
	}
	return group, length, nil
}
