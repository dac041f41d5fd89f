package javaregex

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/dlclark/regexp2"
)

// MatchTimeout limits one match in the backtracking engine. Names that take
// longer are matched by a pattern that no operator meant.
const MatchTimeout = time.Second

// A Regex is a compiled Java pattern.
type Regex struct {
	pattern string
	exact   map[string]bool
	wild    []wildcard
	// For the branches that are neither; at most one is set.
	linear  *regexp.Regexp
	general *regexp2.Regexp
}

// wildcard is prefix.*suffix, where the dot takes no line terminator.
type wildcard struct{ prefix, suffix string }

// Compile reads a Java pattern. The error is a [*SyntaxError].
func Compile(pattern string) (*Regex, error) {
	tree, err := parse(pattern)
	if err != nil {
		return nil, err
	}
	re := &Regex{pattern: pattern, exact: map[string]bool{}}
	var rest []node
	for _, b := range branches(tree) {
		if text, ok := literalText(b); ok {
			re.exact[text] = true
		} else if w, ok := asWildcard(b); ok {
			re.wild = append(re.wild, w)
		} else {
			rest = append(rest, b)
		}
	}
	return re, re.compileRest(rest)
}

// CompileNothing returns a Regex that matches nothing, not even "".
func CompileNothing() *Regex { return &Regex{} }

func (re *Regex) compileRest(rest []node) error {
	if len(rest) == 0 {
		return nil
	}
	tree := node(alt{rest})
	if regular(tree) {
		// Fails for what is too large for it, such as more than 1000 repetitions.
		if linear, err := regexp.Compile(spell(tree, re2)); err == nil {
			re.linear = linear
			return nil
		}
	}
	general, err := regexp2.Compile(spell(tree, dotNet), regexp2.None)
	if err != nil {
		return &SyntaxError{re.pattern, "not supported: " + err.Error(), -1}
	}
	general.MatchTimeout = MatchTimeout
	re.general = general
	return nil
}

// Match reports whether all of s matches. The error says that the attempt was
// given up after [MatchTimeout]; patterns without look-around, back-references,
// atomic and possessive parts never give up.
func (re *Regex) Match(s string) (bool, error) {
	if re.exact[s] {
		return true, nil
	}
	for _, w := range re.wild {
		if w.match(s) {
			return true, nil
		}
	}
	switch {
	case re.linear != nil:
		return re.linear.MatchString(s), nil
	case re.general != nil:
		ok, err := re.general.MatchString(s)
		if err != nil {
			return false, fmt.Errorf("matching %q against %q was given up: it took more than %v", s, re.pattern, MatchTimeout)
		}
		return ok, nil
	}
	return false, nil
}

// String returns the pattern as it was given.
func (re *Regex) String() string { return re.pattern }

func (w wildcard) match(s string) bool {
	if len(s) < len(w.prefix)+len(w.suffix) || !strings.HasPrefix(s, w.prefix) || !strings.HasSuffix(s, w.suffix) {
		return false
	}
	middle := s[len(w.prefix) : len(s)-len(w.suffix)]
	return !strings.ContainsAny(middle, "\n\r\u0085\u2028\u2029")
}

// branches are the alternatives of a whole match, looked for inside anchors and
// groups too.
func branches(n node) []node {
	n = trimAnchors(n)
	switch n := n.(type) {
	case alt:
		var all []node
		for _, b := range n.branches {
			all = append(all, branches(b)...)
		}
		return all
	case capture:
		return branches(n.body)
	}
	return []node{n}
}

// trimAnchors drops ^ at the start and $ at the end, where a whole match makes
// them true.
func trimAnchors(n node) node {
	parts := flatten(n)
	for len(parts) > 0 {
		if a, ok := parts[0].(at); !ok || a.place != textBegin {
			break
		}
		parts = parts[1:]
	}
	for len(parts) > 0 {
		a, ok := parts[len(parts)-1].(at)
		if !ok || (a.place != textEnd && a.place != lastLine && a.place != lastLineUnix) {
			break
		}
		parts = parts[:len(parts)-1]
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return cat{parts}
}

// flatten lists n's parts in order.
func flatten(n node) []node {
	c, ok := n.(cat)
	if !ok {
		return []node{n}
	}
	var all []node
	for _, p := range c.parts {
		all = append(all, flatten(p)...)
	}
	return all
}

func literalText(n node) (string, bool) {
	var b strings.Builder
	for _, p := range flatten(n) {
		c, ok := p.(chars)
		if !ok {
			return "", false
		}
		r, ok := c.set.single()
		if !ok || (r >= 0xD800 && r <= 0xDFFF) {
			return "", false
		}
		b.WriteRune(r)
	}
	return b.String(), true
}

func asWildcard(n node) (w wildcard, ok bool) {
	parts := flatten(n)
	for i, p := range parts {
		r, isRepeat := p.(repeat)
		if !isRepeat {
			continue
		}
		c, isChars := r.body.(chars)
		if !isChars || r.min != 0 || r.max >= 0 || r.possessive || !c.set.equal(anyButLineEnds) {
			return wildcard{}, false
		}
		prefix, okPrefix := literalText(cat{parts[:i]})
		suffix, okSuffix := literalText(cat{parts[i+1:]})
		return wildcard{prefix, suffix}, okPrefix && okSuffix
	}
	return wildcard{}, false
}
