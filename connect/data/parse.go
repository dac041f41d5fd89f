package data

import (
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"crosstide/connect/data/simpledate"
)

var (
	dateFormat      = simpledate.MustCompile("yyyy-MM-dd")
	timeFormat      = simpledate.MustCompile("HH:mm:ss.SSS'Z'")
	timestampFormat = simpledate.MustCompile("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'")
)

// ParseString finds the narrowest type that a text can be of: null, a boolean, a
// number, a date or time in ISO 8601, an array or map of such, or else a string.
// null has no schema.
func ParseString(s string) (*Schema, any) {
	if s == "" {
		return StringSchema, ""
	}
	v, err := (&parser{tokens: &tokens{text: s}}).parse(false)
	if err != nil {
		return StringSchema, s
	}
	return v.schema, v.value
}

// parsed is a value with its schema; the zero value is null.
type parsed struct {
	schema *Schema
	value  any
}

type parser struct {
	tokens *tokens
	depth  int
}

// maxDepth bounds the nesting of arrays and maps. Java's stack ends somewhere
// too, and a string that deep is just a string.
const maxDepth = 500

// Errors decide only where parsing goes on; nobody sees them.
var errNotThis = errors.New("not a value of this form")

var literals = []struct {
	text string
	parsed
}{{"null", parsed{}}, {"true", parsed{BooleanSchema, true}}, {"false", parsed{BooleanSchema, false}}}

// parse reads one value. Embedded ones, in arrays and maps, are ended by a
// delimiter, and strings there are quoted.
func (p *parser) parse(embedded bool) (parsed, error) {
	t := p.tokens
	if !t.more() {
		return parsed{}, nil
	}
	if embedded && t.accept(`"`) {
		return p.quoted(), nil
	}
	for _, l := range literals {
		if t.acceptAlone(l.text, embedded) {
			return l.parsed, nil
		}
	}
	start := t.mark()
	if v, ok := p.collection(); ok {
		return v, nil
	}
	t.rewind(start)
	if v, ok := p.scalar(); ok {
		return v, nil
	}
	if embedded {
		return parsed{}, errNotThis
	}
	return parsed{StringSchema, t.text}, nil
}

// quoted reads a string to its closing quote, or to the end without one.
func (p *parser) quoted() parsed {
	var b strings.Builder
	for p.tokens.more() {
		if p.tokens.accept(`"`) {
			break
		}
		b.WriteString(p.tokens.next())
	}
	content := b.String()
	if v, ok := temporalString(content); ok {
		return v
	}
	return parsed{StringSchema, content}
}

// temporalString reads a quoted date or time. Only a text that is nothing else
// from end to end would be parsed as one.
func temporalString(s string) (parsed, bool) {
	trimmed := trim(s)
	if trimmed == "" || !unicode.IsDigit(first(trimmed)) {
		return parsed{}, false
	}
	schema, value := ParseString(s)
	_, isTime := value.(time.Time)
	return parsed{schema, value}, isTime
}

func (p *parser) collection() (parsed, bool) {
	if p.depth >= maxDepth {
		return parsed{}, false
	}
	p.depth++
	defer func() { p.depth-- }()
	var v parsed
	err := errNotThis
	if p.tokens.accept("[") {
		v, err = p.array()
	} else if p.tokens.accept("{") {
		v, err = p.mapping()
	}
	return v, err == nil
}

func (p *parser) array() (parsed, error) {
	t := p.tokens
	var elements common
	values := []any{}
	for t.more() {
		if t.accept("]") {
			return elements.array(values)
		}
		if t.accept(",") {
			return parsed{}, errNotThis
		}
		v, err := p.parse(true)
		if err != nil {
			return parsed{}, err
		}
		elements.add(v)
		values = append(values, v.value)
		mark := t.mark()
		if t.accept("]") {
			t.rewind(mark)
		} else if !t.accept(",") {
			return parsed{}, errNotThis
		}
	}
	return parsed{}, errNotThis
}

func (p *parser) mapping() (parsed, error) {
	t := p.tokens
	var keys, values common
	entries := Entries{}
	for t.more() {
		if t.accept("}") {
			return mapOf(keys, values, entries.Unique())
		}
		if t.accept(",") {
			return parsed{}, errNotThis
		}
		key, err := p.parse(true)
		if err != nil {
			return parsed{}, err
		}
		if key.value == nil || !t.accept(":") {
			return parsed{}, errNotThis
		}
		value, err := p.parse(true)
		if err != nil {
			return parsed{}, err
		}
		entries = append(entries, Entry{key.value, value.value})
		t.accept(",")
		keys.add(key)
		values.add(value)
	}
	return parsed{}, errNotThis
}

// scalar reads a blank string, a time or a number.
func (p *parser) scalar() (parsed, bool) {
	t := p.tokens
	token := t.next()
	trimmed := trim(token)
	if trimmed == "" {
		return parsed{StringSchema, token}, true
	}
	isDigit := unicode.IsDigit(first(trimmed))
	if isDigit {
		mark := t.mark()
		// Colons are tokens of their own, so a time of day is five.
		if rest, ok := t.nextN(4); ok {
			if v, ok := temporal(trimmed + rest); ok {
				return v, true
			}
		}
		t.rewind(mark)
		if v, ok := temporal(trimmed); ok {
			return v, true
		}
	}
	if isDigit || trimmed[0] == '+' || trimmed[0] == '-' {
		return numeric(trimmed)
	}
	return parsed{}, false
}

func temporal(s string) (parsed, bool) {
	s = strings.ReplaceAll(s, `\:`, ":")
	format, schema := dateFormat, DateSchema
	switch utf8.RuneCountInString(s) {
	case len("00:00:00.000Z"):
		format, schema = timeFormat, TimeSchema
	case len("1970-01-01T00:00:00.000Z"):
		format, schema = timestampFormat, TimestampSchema
	case len("1970-01-01"):
	default:
		return parsed{}, false
	}
	t, err := format.Parse(s)
	return parsed{schema, t}, err == nil
}

// numeric takes the narrowest type that holds the number. Numbers with a
// fraction of zero count as whole.
func numeric(s string) (parsed, bool) {
	d, err := ParseDecimal(s)
	if err != nil {
		return parsed{}, false
	}
	if n, exact := d.Int64(); exact {
		switch {
		case n == int64(int8(n)):
			return parsed{Int8Schema, int8(n)}, true
		case n == int64(int16(n)):
			return parsed{Int16Schema, int16(n)}, true
		case n == int64(int32(n)):
			return parsed{Int32Schema, int32(n)}, true
		}
		return parsed{Int64Schema, n}, true
	}
	if f := d.Float32(); d.Scale != 0 && !isInf(float64(f)) {
		return parsed{Float32Schema, f}, true
	}
	if f := d.Float64(); d.Scale != 0 && !isInf(f) {
		return parsed{Float64Schema, f}, true
	}
	return parsed{DecimalSchema(d.Scale), d}, true
}

func isInf(f float64) bool { return f > maxFloat || f < -maxFloat }

func first(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// trim is Java's String.trim: everything up to the space character goes.
func trim(s string) string { return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' }) }
