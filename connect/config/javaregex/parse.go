package javaregex

import (
	"math"
	"slices"
)

// parse turns a Java pattern into a tree.
func parse(pattern string) (node, error) {
	n, _, err := parseGroups(pattern)
	return n, err
}

// parseGroups is parse for those that ask for the captures afterwards: the parser
// knows how many there are, and their names.
func parseGroups(pattern string) (node, *parser, error) {
	p := &parser{pattern: pattern, toks: tokens(pattern), names: map[string]int{}}
	n, err := p.alternatives()
	if err != nil {
		return nil, nil, err
	}
	if p.peek() == ')' {
		return nil, nil, p.fail("Unmatched closing ')'")
	}
	return n, p, nil
}

func (p *parser) alternatives() (node, error) {
	var branches []node
	for {
		n, err := p.sequence()
		if err != nil {
			return nil, err
		}
		branches = append(branches, n)
		if !p.take('|') {
			break
		}
	}
	if len(branches) == 1 {
		return branches[0], nil
	}
	return alt{branches}, nil
}

func (p *parser) sequence() (node, error) {
	var parts []node
	for {
		var n node
		var err error
		switch r := p.peek(); r {
		case end, '|', ')':
			if len(parts) == 1 {
				return parts[0], nil
			}
			return cat{parts}, nil
		case '*', '+', '?':
			return nil, p.fail("Dangling meta character '" + string(r) + "'")
		case '{':
			n = cat{} // Java counts nothing here: a{2}{3} is a{2}
		default:
			n, err = p.atom(r)
		}
		if err != nil {
			return nil, err
		}
		if n == nil {
			continue // flags only
		}
		if n, err = p.quantified(n); err != nil {
			return nil, err
		}
		parts = append(parts, n)
	}
}

func (p *parser) atom(r rune) (node, error) {
	switch r {
	case '(':
		p.pos++
		return p.group()
	case '[':
		p.pos++
		s, err := p.class(true)
		return chars{s}, err
	case '\\':
		p.pos++
		return p.escape()
	}
	p.pos++
	switch r {
	case '^':
		return at{place: p.caret()}, nil
	case '$':
		return at{place: p.dollar()}, nil
	case '.':
		return chars{p.dot()}, nil
	}
	return chars{p.literal(p.toks[p.pos-1].r)}, nil
}

func (p *parser) caret() position {
	switch {
	case !p.flags.multiline:
		return textBegin
	case p.flags.unixLines:
		return lineBeginUnix
	}
	return lineBegin
}

func (p *parser) dollar() position {
	switch f := p.flags; {
	case f.multiline && f.unixLines:
		return lineEndUnix
	case f.multiline:
		return lineEnd
	case f.unixLines:
		return lastLineUnix
	}
	return lastLine
}

var (
	lineTerminators = singles('\n', '\r', '\u0085', '\u2028', '\u2029')
	anyButLineEnds  = lineTerminators.negate()
	anyButNewline   = singles('\n').negate()
)

func (p *parser) dot() set {
	switch {
	case p.flags.dotAll:
		return everything
	case p.flags.unixLines:
		return anyButNewline
	}
	return anyButLineEnds
}

// literal is r, in all its cases under (?i).
func (p *parser) literal(r rune) set { return p.folded(singles(r)) }

func (p *parser) folded(s set) set {
	switch {
	case p.flags.fold && p.flags.unicodeFold:
		return s.foldUnicode()
	case p.flags.fold:
		return s.foldASCII()
	}
	return s
}

// quantified wraps n in the quantifier that follows, if any.
func (p *parser) quantified(n node) (node, error) {
	q := repeat{body: n, max: -1}
	switch p.peek() {
	case '?':
		q.max = 1
	case '*':
	case '+':
		q.min = 1
	case '{':
		var err error
		if q.min, q.max, err = p.count(); err != nil {
			return nil, err
		}
	default:
		return n, nil
	}
	p.pos++
	if p.take('?') {
		q.lazy = true
	} else if p.take('+') {
		q.possessive = true
	}
	return q, nil
}

// count reads {min,max} up to its closing brace, which stays.
func (p *parser) count() (minimum, maximum int, err error) {
	p.pos++
	if !isDigit(p.raw(0)) {
		return 0, 0, p.fail("Illegal repetition")
	}
	minimum, ok := p.number()
	maximum = minimum
	if p.raw(0) == ',' {
		p.pos++
		maximum = -1
		if p.raw(0) != '}' {
			var okMax bool
			maximum, okMax = p.number()
			ok = ok && okMax
		}
	}
	if !ok {
		return 0, 0, p.fail("Illegal repetition range")
	}
	if p.raw(0) != '}' {
		return 0, 0, p.fail("Unclosed counted closure")
	}
	if maximum >= 0 && maximum < minimum {
		return 0, 0, p.fail("Illegal repetition range")
	}
	return minimum, maximum, nil
}

func (p *parser) number() (n int, ok bool) {
	ok = true
	for isDigit(p.raw(0)) {
		n = n*10 + int(p.raw(0)-'0')
		if n > math.MaxInt32 {
			n, ok = math.MaxInt32, false
		}
		p.pos++
	}
	return n, ok
}

// group reads what follows an opening parenthesis. It returns nil for a group
// that only sets flags.
func (p *parser) group() (node, error) {
	saved := p.flags
	if !p.take('?') {
		p.groups++
		return p.captured(p.groups, saved)
	}
	kind := p.raw(0)
	p.pos++
	switch kind {
	case ':':
		return p.body(saved)
	case '=', '!':
		n, err := p.body(saved)
		return look{body: n, negative: kind == '!'}, err
	case '>':
		n, err := p.body(saved)
		return atomic{n}, err
	case '<':
		return p.behindOrNamed(saved)
	}
	p.pos--
	return p.flagGroup(saved)
}

// body reads up to the closing parenthesis; flags set inside end there.
func (p *parser) body(saved flags) (node, error) {
	n, err := p.alternatives()
	if err != nil {
		return nil, err
	}
	if !p.take(')') {
		return nil, p.fail("Unclosed group")
	}
	p.flags = saved
	return n, nil
}

func (p *parser) captured(index int, saved flags) (node, error) {
	n, err := p.body(saved)
	return capture{n, index}, err
}

func (p *parser) behindOrNamed(saved flags) (node, error) {
	if r := p.raw(0); r == '=' || r == '!' {
		p.pos++
		n, err := p.body(saved)
		if err == nil {
			err = p.checkBehind(n)
		}
		return look{body: n, behind: true, negative: r == '!'}, err
	}
	name, err := p.groupName()
	if err != nil {
		return nil, err
	}
	if _, taken := p.names[name]; taken {
		return nil, p.fail("Named capturing group <" + name + "> is already defined")
	}
	p.groups++
	p.names[name] = p.groups
	return p.captured(p.groups, saved)
}

// checkBehind refuses what Java refuses, and what an engine that reads
// backwards would match otherwise than Java, which reads forwards.
func (p *parser) checkBehind(n node) error {
	isBackref := func(n node) bool { _, ok := n.(backref); return ok }
	if !bounded(n) || contains(n, isBackref) {
		return p.fail("Look-behind group does not have an obvious maximum length")
	}
	ordered := func(n node) bool {
		r, isRepeat := n.(repeat)
		_, isAtomic := n.(atomic)
		return isAtomic || isRepeat && r.possessive
	}
	if contains(n, ordered) {
		return p.fail("Atomic groups and possessive quantifiers inside a look-behind are not supported")
	}
	return nil
}

func (p *parser) groupName() (string, error) {
	if !isLetter(p.raw(0)) {
		return "", p.fail("capturing group name does not start with a Latin letter")
	}
	var name []rune
	for r := p.raw(0); isLetter(r) || isDigit(r); r = p.raw(0) {
		name = append(name, r)
		p.pos++
	}
	if p.raw(0) != '>' {
		return "", p.fail("named capturing group is missing trailing '>'")
	}
	p.pos++
	return string(name), nil
}

// flagGroup reads (?flags) and (?flags:body) from after the question mark.
func (p *parser) flagGroup(saved flags) (node, error) {
	on := true
	for {
		r := p.raw(0)
		p.pos++
		switch r {
		case ')':
			return nil, nil
		case ':':
			return p.body(saved)
		case '-':
			if !on {
				return nil, p.fail("Unknown inline modifier")
			}
			on = false
		default:
			if err := p.setFlag(r, on); err != nil {
				return nil, err
			}
		}
	}
}

func (p *parser) setFlag(r rune, on bool) error {
	switch r {
	case 'i':
		p.flags.fold = on
	case 'm':
		p.flags.multiline = on
	case 's':
		p.flags.dotAll = on
	case 'd':
		p.flags.unixLines = on
	case 'u':
		p.flags.unicodeFold = on
	case 'x':
		p.flags.comments = on
	case 'U':
		p.flags.unicodeClasses, p.flags.unicodeFold = on, on
	case 'c':
		if on {
			return p.fail("Canonical equivalence, (?c), is not supported")
		}
	default:
		p.pos--
		if slices.Contains([]rune{end, '$', '@'}, r) {
			return p.fail("Unknown group type")
		}
		return p.fail("Unknown inline modifier")
	}
	return nil
}
