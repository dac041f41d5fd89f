package converter

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"crosstide/connect/data"
)

type kind int

const (
	missing kind = iota // there was nothing to parse
	null
	boolean
	number
	text
	array
	object
)

func (k kind) String() string {
	return [...]string{"MISSING", "NULL", "BOOLEAN", "NUMBER", "STRING", "ARRAY", "OBJECT"}[k]
}

// node is a parsed JSON value. Numbers stay as they are written: what they are
// read as depends on the schema.
type node struct {
	kind    kind
	text    string // of strings, numbers and truth values
	list    []*node
	members []member       // in order, names unique
	index   map[string]int // of members by name, once they are many
	raw     []byte         // the value as it stands in the input; of objects only
}

type member struct {
	name  string
	value *node
}

// member returns nil when there is none, or n is not an object.
func (n *node) member(name string) *node {
	if i := n.find(name); i >= 0 {
		return n.members[i].value
	}
	return nil
}

// fewMembers are searched one by one, which is faster than a map.
const fewMembers = 8

func (n *node) find(name string) int {
	if n.index != nil {
		if i, ok := n.index[name]; ok {
			return i
		}
		return -1
	}
	return slices.IndexFunc(n.members, func(m member) bool { return m.name == name })
}

// add keeps the last value of a name, in the place of the first.
func (n *node) add(m member) {
	if i := n.find(m.name); i >= 0 {
		n.members[i] = m
		return
	}
	n.members = append(n.members, m)
	switch {
	case n.index != nil:
		n.index[m.name] = len(n.members) - 1
	case len(n.members) > fewMembers:
		n.index = make(map[string]int)
		for i, m := range n.members {
			n.index[m.name] = i
		}
	}
}

func (n *node) children() []*node {
	if n.kind != object {
		return n.list
	}
	var values []*node
	for _, m := range n.members {
		values = append(values, m.value)
	}
	return values
}

func (n *node) isIntegral() bool { return n.kind == number && !strings.ContainsAny(n.text, ".eE") }

func (n *node) integer() int64 {
	if n.kind != number {
		return 0
	}
	v, _ := n.decimal().Int64()
	return v
}

// decimal is for numbers, whose exponents were checked when they were parsed.
func (n *node) decimal() data.Decimal {
	d, _ := data.ParseDecimal(n.text)
	return d
}

// Limits on input, Jackson's.
const (
	maxNesting      = 1000
	maxNumberLength = 1000
)

// jsonReader parses one JSON value. As Jackson does, it takes leading zeros, and
// ignores whatever follows the value; an empty input is a value of its own kind.
type jsonReader struct {
	in    []byte
	pos   int
	depth int
}

func parseJSON(in []byte) (*node, error) {
	r := &jsonReader{in: bytes.TrimPrefix(in, []byte("\ufeff"))}
	if r.peek(); r.pos == len(r.in) {
		return &node{}, nil
	}
	n, err := r.value()
	if err != nil {
		return nil, err
	}
	if n.kind == number && r.pos < len(r.in) && !isBlank(r.in[r.pos]) {
		return nil, r.fail("expected a space after the number")
	}
	return n, nil
}

func (r *jsonReader) fail(format string, args ...any) error {
	return fmt.Errorf("%s at byte %d", fmt.Sprintf(format, args...), r.pos)
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// peek skips blanks and returns the next byte, 0 at the end.
func (r *jsonReader) peek() byte {
	for r.pos < len(r.in) && isBlank(r.in[r.pos]) {
		r.pos++
	}
	if r.pos == len(r.in) {
		return 0
	}
	return r.in[r.pos]
}

func (r *jsonReader) value() (*node, error) {
	switch c := r.peek(); {
	case c == '{':
		return r.nested((*jsonReader).object)
	case c == '[':
		return r.nested((*jsonReader).array)
	case c == '"':
		s, err := r.str()
		return &node{kind: text, text: s}, err
	case c == '-' || isDigit(c):
		return r.number()
	case c == 't':
		return r.literal("true", boolean)
	case c == 'f':
		return r.literal("false", boolean)
	case c == 'n':
		return r.literal("null", null)
	case r.pos == len(r.in):
		return nil, r.fail("unexpected end of the input")
	}
	return nil, r.fail("unexpected character %q", r.in[r.pos])
}

func (r *jsonReader) nested(read func(*jsonReader) (*node, error)) (*node, error) {
	if r.depth++; r.depth > maxNesting {
		return nil, r.fail("nested deeper than %d", maxNesting)
	}
	defer func() { r.depth-- }()
	r.pos++
	return read(r)
}

func (r *jsonReader) literal(word string, k kind) (*node, error) {
	if !bytes.HasPrefix(r.in[r.pos:], []byte(word)) {
		return nil, r.fail("unrecognized token, %s was expected", word)
	}
	r.pos += len(word)
	if rest, _ := utf8.DecodeRune(r.in[r.pos:]); rest == '_' || rest == '$' || rest >= '0' && rest <= '9' || rest|0x20 >= 'a' && rest|0x20 <= 'z' {
		return nil, r.fail("unrecognized token, %s was expected", word)
	}
	return &node{kind: k, text: word}, nil
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func (r *jsonReader) digits() int {
	start := r.pos
	for r.pos < len(r.in) && isDigit(r.in[r.pos]) {
		r.pos++
	}
	return r.pos - start
}

func (r *jsonReader) take(set string) bool {
	if r.pos < len(r.in) && strings.IndexByte(set, r.in[r.pos]) >= 0 {
		r.pos++
		return true
	}
	return false
}

func (r *jsonReader) number() (*node, error) {
	start := r.pos
	r.take("-")
	if r.digits() == 0 {
		return nil, r.fail("a digit was expected")
	}
	if r.take(".") && r.digits() == 0 {
		return nil, r.fail("a digit was expected after the point")
	}
	if r.take("eE") {
		r.take("+-")
		if r.digits() == 0 {
			return nil, r.fail("a digit was expected in the exponent")
		}
	}
	n := &node{kind: number, text: string(r.in[start:r.pos])}
	if len(n.text) > maxNumberLength {
		return nil, r.fail("a number is longer than %d characters", maxNumberLength)
	}
	if _, err := data.ParseDecimal(n.text); err != nil {
		return nil, r.fail("the number's exponent is out of range")
	}
	return n, nil
}

func (r *jsonReader) array() (*node, error) {
	n := &node{kind: array}
	if r.peek() == ']' {
		r.pos++
		return n, nil
	}
	for {
		v, err := r.value()
		if err != nil {
			return nil, err
		}
		n.list = append(n.list, v)
		switch r.peek() {
		case ',':
			r.pos++
		case ']':
			r.pos++
			return n, nil
		default:
			return nil, r.fail("',' or ']' was expected")
		}
	}
}

func (r *jsonReader) object() (*node, error) {
	n := &node{kind: object}
	start := r.pos - 1
	if r.peek() == '}' {
		r.pos++
		n.raw = r.in[start:r.pos]
		return n, nil
	}
	for {
		m, err := r.member()
		if err != nil {
			return nil, err
		}
		n.add(m)
		switch r.peek() {
		case ',':
			r.pos++
		case '}':
			r.pos++
			n.raw = r.in[start:r.pos]
			return n, nil
		default:
			return nil, r.fail("',' or '}' was expected")
		}
	}
}

func (r *jsonReader) member() (m member, err error) {
	if r.peek() != '"' {
		return m, r.fail("a field name in double quotes was expected")
	}
	if m.name, err = r.str(); err != nil {
		return m, err
	}
	if r.peek() != ':' {
		return m, r.fail("':' was expected")
	}
	r.pos++
	m.value, err = r.value()
	return m, err
}

// str reads a string from its opening quote on.
func (r *jsonReader) str() (string, error) {
	r.pos++
	var b []byte
	for r.pos < len(r.in) {
		switch c := r.in[r.pos]; {
		case c == '"':
			r.pos++
			if !utf8.Valid(b) {
				return "", r.fail("invalid UTF-8 in a string")
			}
			return string(b), nil
		case c == '\\':
			char, err := r.escape()
			if err != nil {
				return "", err
			}
			b = utf8.AppendRune(b, char)
		case c < ' ':
			return "", r.fail("an unescaped control character in a string")
		default:
			b = append(b, c)
			r.pos++
		}
	}
	return "", r.fail("a string without its closing quote")
}

const escapes = `"\/bfnrt`

func (r *jsonReader) escape() (rune, error) {
	if r.pos++; r.pos == len(r.in) {
		return 0, r.fail("unexpected end of the input")
	}
	c := r.in[r.pos]
	r.pos++
	if i := strings.IndexByte(escapes, c); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), nil
	}
	if c != 'u' {
		return 0, r.fail("unknown escape \\%c", c)
	}
	high, err := r.hex()
	if err != nil || !utf16.IsSurrogate(high) {
		return high, err
	}
	// Half a pair is no character; Go, unlike Java, has no string for it.
	before := r.pos
	if bytes.HasPrefix(r.in[r.pos:], []byte(`\u`)) {
		r.pos += 2
		low, err := r.hex()
		if err != nil {
			return 0, err
		}
		if char := utf16.DecodeRune(high, low); char != utf8.RuneError {
			return char, nil
		}
		r.pos = before
	}
	return utf8.RuneError, nil
}

func (r *jsonReader) hex() (rune, error) {
	if len(r.in)-r.pos < 4 {
		return 0, r.fail("unexpected end of the input")
	}
	n, err := strconv.ParseUint(string(r.in[r.pos:r.pos+4]), 16, 16)
	if err != nil {
		return 0, r.fail("four hexadecimal digits were expected")
	}
	r.pos += 4
	return rune(n), nil
}
