package javaregex

// node is one part of a parsed pattern.
type node interface{}

type (
	// chars is one character out of a set.
	chars struct{ set set }
	// cat is its parts one after another; without parts it matches "".
	cat struct{ parts []node }
	// alt is any of its branches.
	alt struct{ branches []node }
	// repeat is body from min to max times; max is -1 for no limit.
	repeat struct {
		body       node
		min, max   int
		lazy       bool
		possessive bool
	}
	// capture is body, whose text back-references may ask for by index.
	capture struct {
		body  node
		index int
	}
	// atomic is body without second thoughts.
	atomic struct{ body node }
	// look is whether body is, or is not, before or behind the position.
	look struct {
		body             node
		behind, negative bool
	}
	// backref is the text of the capture with that index.
	backref struct {
		index int
		fold  bool
	}
	// at is a position.
	at struct {
		place position
		word  set // for wordEdge and notWordEdge
	}
)

type position int

const (
	textBegin position = iota
	textEnd
	lastLine     // before a final line terminator, or at the end
	lastLineUnix // the same where only \n ends lines
	lineBegin
	lineBeginUnix
	lineEnd
	lineEndUnix
	wordEdge
	notWordEdge
)

// walk calls visit for n and everything in it.
func walk(n node, visit func(node)) {
	visit(n)
	switch n := n.(type) {
	case cat:
		for _, p := range n.parts {
			walk(p, visit)
		}
	case alt:
		for _, b := range n.branches {
			walk(b, visit)
		}
	case repeat:
		walk(n.body, visit)
	case capture:
		walk(n.body, visit)
	case atomic:
		walk(n.body, visit)
	case look:
		walk(n.body, visit)
	}
}

// contains reports whether any part of n satisfies is.
func contains(n node, is func(node) bool) bool {
	found := false
	walk(n, func(n node) { found = found || is(n) })
	return found
}

// regular reports whether n describes a regular language in which the order of
// trying does not matter.
func regular(n node) bool {
	return !contains(n, func(n node) bool {
		switch n := n.(type) {
		case look, backref, atomic, at:
			return true
		case repeat:
			return n.possessive
		}
		return false
	})
}

// bounded reports whether there is a limit on how long a text n can match.
func bounded(n node) bool {
	return !contains(n, func(n node) bool {
		r, ok := n.(repeat)
		return ok && r.max < 0
	})
}
