package config

// propertyLines joins natural lines into logical ones: comments and blank lines
// are left out, leading blanks dropped, and a line that ends in an odd number of
// backslashes goes on in the next.
type propertyLines struct {
	text []byte
	pos  int
	line int // of text[pos], from 1

	logical []byte // the last line found
	start   int    // the number of its first natural line
}

// next finds the next logical line; it returns false at the end.
func (p *propertyLines) next() bool {
	p.logical = nil
	continued := false // the natural line before ended in a backslash
	for p.pos < len(p.text) {
		p.skipBlanks(!continued)
		if p.pos == len(p.text) {
			break
		}
		// A lone backslash leaves nothing behind, and Java then takes the line
		// after it for a fresh one: it may be a comment.
		if len(p.logical) == 0 {
			p.start = p.line
			if c := p.text[p.pos]; c == '#' || c == '!' {
				p.skipToLineEnd()
				continued = false
				continue
			}
		}
		from := p.pos
		continued = p.takeNatural()
		if (!continued && len(p.logical) > 0) || isLoneBackslash(p.text[from:]) {
			return true
		}
	}
	return len(p.logical) > 0
}

// isLoneBackslash finds Java's oddity at the end of a file: a backslash with
// nothing before it and at most one character of line end after it is an empty
// entry.
func isLoneBackslash(rest []byte) bool {
	r := string(rest)
	return r == "\\" || r == "\\\n" || r == "\\\r"
}

// skipBlanks skips the blanks that a line begins with and, where a fresh line is
// awaited, blank lines too.
func (p *propertyLines) skipBlanks(linesToo bool) {
	for p.pos < len(p.text) {
		c := p.text[p.pos]
		isEnd := c == '\n' || c == '\r'
		if !isPropertyBlank(c) && (!isEnd || !linesToo) {
			return
		}
		if isEnd {
			p.endLine()
			continue
		}
		p.pos++
	}
}

func (p *propertyLines) skipToLineEnd() {
	for p.pos < len(p.text) && p.text[p.pos] != '\n' && p.text[p.pos] != '\r' {
		p.pos++
	}
}

// takeNatural appends the rest of the natural line, its end consumed, and
// reports whether it goes on in the next.
func (p *propertyLines) takeNatural() (continues bool) {
	from := p.pos
	p.skipToLineEnd()
	part := p.text[from:p.pos]
	backslashes := 0
	for backslashes < len(part) && part[len(part)-1-backslashes] == '\\' {
		backslashes++
	}
	if backslashes%2 == 1 {
		part, continues = part[:len(part)-1], true
	}
	p.logical = append(p.logical, part...)
	p.endLine()
	return continues
}

// endLine consumes \n, \r or \r\n.
func (p *propertyLines) endLine() {
	if p.pos == len(p.text) {
		return
	}
	c := p.text[p.pos]
	p.pos++
	if c == '\r' && p.pos < len(p.text) && p.text[p.pos] == '\n' {
		p.pos++
	}
	p.line++
}
