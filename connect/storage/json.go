package storage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// object is a JSON object that keeps the order of its members: the topics' bytes
// depend on it.
type object []member

type member struct {
	name  string
	value any
}

// get returns the last member of that name, as Jackson does for duplicates.
func (o object) get(name string) (any, bool) {
	for i := len(o) - 1; i >= 0; i-- {
		if o[i].name == name {
			return o[i].value, true
		}
	}
	return nil, false
}

func (o object) str(name string) (string, bool) {
	v, _ := o.get(name)
	s, ok := v.(string)
	return s, ok
}

func (o object) integer(name string) (int64, bool) {
	v, _ := o.get(name)
	n, ok := v.(int64)
	return n, ok
}

// toMap is the object as Java hands it to connectors. Nested values stay as
// they are.
func (o object) toMap() map[string]any {
	m := make(map[string]any, len(o))
	for _, e := range o {
		m[e.name] = e.value
	}
	return m
}

// appendJSON writes v as Jackson does for Connect's schemaless JSON converter:
// no blanks, nothing escaped that need not be, maps in the order in which a
// Java HashMap iterates.
func appendJSON(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return appendString(b, v), nil
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int8:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int16:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int32:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case float32:
		return appendDouble(b, float64(v), 32), nil
	case float64:
		return appendDouble(b, v, 64), nil
	case object:
		return appendObject(b, v)
	case map[string]any:
		return appendObject(b, hashOrdered(v))
	case map[string]string:
		return appendObject(b, hashOrdered(v))
	case []any:
		return appendArray(b, v)
	default:
		return nil, fmt.Errorf("a %T has no place in Connect's internal JSON", v)
	}
}

func hashOrdered[V any](m map[string]V) object {
	o := make(object, 0, len(m))
	for _, name := range hashMapOrder(m) {
		o = append(o, member{name, m[name]})
	}
	return o
}

func appendObject(b []byte, o object) (_ []byte, err error) {
	b = append(b, '{')
	for i, e := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, e.name), ':')
		if b, err = appendJSON(b, e.value); err != nil {
			return nil, fmt.Errorf("%s: %w", e.name, err)
		}
	}
	return append(b, '}'), nil
}

func appendArray(b []byte, values []any) (_ []byte, err error) {
	b = append(b, '[')
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendJSON(b, v); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

// appendString escapes only the quote, the backslash and control characters.
// encoding/json would also escape <, >, & and two line separators.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r >= 0x20:
			b = utf8.AppendRune(b, r)
		case r == '\b':
			b = append(b, `\b`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\f':
			b = append(b, `\f`...)
		case r == '\r':
			b = append(b, `\r`...)
		default:
			b = append(b, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		}
	}
	return append(b, '"')
}

// appendDouble writes a number as Java's Double.toString does (the shortest
// digits, as since Java 19): plain between 1e-3 and 1e7, else with an exponent,
// always with a digit after the point. Not-a-number and infinities are strings.
func appendDouble(b []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(b, `"-Infinity"`...)
	}
	if a := math.Abs(f); a == 0 || a >= 1e-3 && a < 1e7 {
		s := strconv.FormatFloat(f, 'f', -1, bits)
		if !strings.Contains(s, ".") {
			s += ".0"
		}
		return append(b, s...)
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, bits), "e")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	n, _ := strconv.Atoi(exponent) // FormatFloat always writes one
	return append(append(append(b, mantissa...), 'E'), strconv.Itoa(n)...)
}

// parseJSON reads one value: objects keep their order, integers are int64,
// other numbers float64.
func parseJSON(data []byte) (any, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	v, err := parseValue(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more after the value")
	}
	return v, nil
}

func parseObject(data []byte) (object, error) {
	v, err := parseJSON(data)
	if err != nil {
		return nil, err
	}
	o, ok := v.(object)
	if !ok {
		return nil, errors.New("not a JSON object")
	}
	return o, nil
}

func parseValue(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '{' {
			return parseMembers(d)
		}
		return parseElements(d)
	case json.Number:
		return parseNumber(token)
	default:
		return token, nil
	}
}

func parseMembers(d *json.Decoder) (object, error) {
	o := object{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		value, err := parseValue(d)
		if err != nil {
			return nil, err
		}
		o = append(o, member{token.(string), value}) // the decoder allows only strings here
	}
	_, err := d.Token()
	return o, err
}

func parseElements(d *json.Decoder) ([]any, error) {
	values := []any{}
	for d.More() {
		v, err := parseValue(d)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	_, err := d.Token()
	return values, err
}

func parseNumber(n json.Number) (any, error) {
	if !strings.ContainsAny(n.String(), ".eE") {
		if i, err := n.Int64(); err == nil {
			return i, nil
		}
		// Java keeps the low 64 bits of a larger integer; nobody writes one.
		return nil, fmt.Errorf("number %s does not fit 64 bits", n)
	}
	f, err := n.Float64()
	if err != nil {
		return nil, fmt.Errorf("number %s: %w", n, err)
	}
	return f, nil
}
