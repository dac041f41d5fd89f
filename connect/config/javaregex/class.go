package javaregex

// class reads a character class from after its opening bracket. Java's grammar
// is looser than its documentation, and this follows the grammar: the right side
// of && runs to the closing bracket, which consume tells to take.
func (p *parser) class(consume bool) (set, error) {
	negate := consume && p.peekIs('^')
	if negate {
		p.pos++
	}
	var c classBuilder
	for {
		switch r := p.peek(); {
		case r == end:
			return nil, p.fail("Unclosed character class")
		case r == '[':
			p.pos++
			inner, err := p.class(true)
			if err != nil {
				return nil, err
			}
			c.add(inner)
		case r == '&' && p.raw(1) == '&':
			p.pos += 2
			if err := p.intersection(&c); err != nil {
				return nil, err
			}
		case r == ']' && c.begun():
			if consume {
				p.pos++
			}
			s := c.result()
			if negate {
				s = s.negate()
			}
			return s, nil
		default:
			if err := p.classItem(&c); err != nil {
				return nil, err
			}
		}
	}
}

// peekIs looks at the very next character, without skipping blanks.
func (p *parser) peekIs(r rune) bool { return p.raw(0) == r }

// classBuilder gathers a class. Single characters wait apart, as in Java, where
// they join at && or at the end.
type classBuilder struct {
	set      set
	started  bool // set is meaningful
	last     set  // the item read last; nil when it waits
	waiting  set  // single characters, in all their cases
	hasLoose bool
}

func (c *classBuilder) begun() bool { return c.started || c.hasLoose }

func (c *classBuilder) add(s set) {
	c.set, c.started, c.last = c.set.union(s), true, s
}

func (c *classBuilder) addLoose(s set) {
	c.waiting, c.hasLoose, c.last = c.waiting.union(s), true, nil
}

func (c *classBuilder) settle() {
	if c.hasLoose {
		c.set, c.started, c.hasLoose = c.set.union(c.waiting), true, false
	}
}

func (c *classBuilder) result() set {
	c.settle()
	return c.set
}

// intersection reads the right side of && and applies it.
func (p *parser) intersection(c *classBuilder) error {
	var right set
	some := false
	for r := p.peek(); r != ']' && r != '&'; r = p.peek() {
		nested := r == '['
		if nested {
			p.pos++
		}
		s, err := p.class(nested)
		if err != nil {
			return err
		}
		right, some = right.union(s), true
	}
	if !some {
		return p.danglingIntersection(c)
	}
	c.settle()
	switch {
	case !c.started:
		c.add(right)
	default:
		c.set = c.set.intersect(right)
	}
	c.last = right
	return nil
}

// danglingIntersection is && with nothing on its right. Java then takes what it
// read last for the right side.
func (p *parser) danglingIntersection(c *classBuilder) error {
	wasStarted := c.started
	c.settle()
	switch {
	case !c.started:
		return p.fail("Bad class syntax")
	case !wasStarted: // [ab&&] is [ab]
		c.last = c.set
	case c.last == nil:
		return p.fail("Bad intersection syntax")
	default:
		c.set = c.set.intersect(c.last)
	}
	return nil
}

// classItem reads one character, escape or range.
func (p *parser) classItem(c *classBuilder) error {
	from, isSet, s, err := p.classChar(false)
	if err != nil {
		return err
	}
	if isSet {
		c.add(s)
		return nil
	}
	if p.peek() != '-' || p.raw(1) == '[' || p.raw(1) == ']' {
		c.addLoose(p.literal(from))
		return nil
	}
	p.pos++
	if p.peek() == end {
		return p.fail("Illegal character range")
	}
	to, isSet, _, err := p.classChar(true)
	if err != nil {
		return err
	}
	if isSet || to < from {
		return p.fail("Illegal character range")
	}
	c.add(p.folded(newSet(from, to)))
	return nil
}

// classChar reads one character or escape; rangeEnd says that it ends a range.
func (p *parser) classChar(rangeEnd bool) (r rune, isSet bool, s set, err error) {
	if p.peek() != '\\' {
		r = p.toks[p.pos].r
		p.pos++
		return r, false, nil, nil
	}
	p.pos++
	// As an end of a range, \v is the vertical tab that it once was.
	if p.raw(0) == 'v' && (rangeEnd || p.raw(1) == '-') {
		p.pos++
		return '\v', false, nil, nil
	}
	s, r, isSet, err = p.charEscape()
	return r, isSet, s, err
}
