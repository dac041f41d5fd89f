package converter

import (
	"encoding/base64"
	"fmt"
	"strings"

	"crosstide/connect/data"
)

// toConnect reads a value of a schema, or of none. n is nil for a member that is
// not there. What fits a schema badly is read as Java does: text where a number
// belongs is 0, anything where a truth value belongs is false.
func (c *JSON) toConnect(s *data.Schema, n *node) (any, error) {
	if s == nil {
		return c.schemaless(n)
	}
	if n == nil || n.kind == null {
		switch {
		case s.Default != nil && c.replaceNullDefault:
			return s.Default, nil
		case s.Optional:
			return nil, nil
		}
		return nil, fmt.Errorf("invalid null value for required %s field", s.Type)
	}
	switch s.Name {
	case data.DecimalName:
		return decimal(s, n)
	case data.DateName, data.TimeName, data.TimestampName:
		return temporal(s, n)
	}
	switch s.Type {
	case data.Array:
		return c.array(s.ValueSchema, n)
	case data.Map:
		return c.mapping(s, n)
	case data.StructType:
		return c.structure(s, n)
	case data.Bytes:
		return bytesOf(n)
	case data.String:
		if n.kind != text {
			return nil, nil
		}
		return n.text, nil
	case data.Boolean:
		return n.kind == boolean && n.text == "true", nil
	}
	return numberOf(s.Type, n), nil
}

func (c *JSON) schemaless(n *node) (any, error) {
	switch n.kind {
	case boolean:
		return n.text == "true", nil
	case text:
		return n.text, nil
	case array:
		return c.array(nil, n)
	case object:
		m := make(map[string]any, len(n.members))
		for _, e := range n.members {
			v, err := c.schemaless(e.value)
			if err != nil {
				return nil, err
			}
			m[e.name] = v
		}
		return m, nil
	case number:
		if n.isIntegral() {
			return n.integer(), nil
		}
		return n.decimal().Float64(), nil
	}
	return nil, nil
}

func numberOf(t data.Type, n *node) any {
	var d data.Decimal
	if n.kind == number {
		d = n.decimal()
	}
	whole, _ := d.Int64()
	switch t {
	case data.Int8:
		return int8(whole)
	case data.Int16:
		return int16(whole)
	case data.Int32:
		return int32(whole)
	case data.Int64:
		return whole
	case data.Float32:
		return d.Float32()
	}
	return d.Float64()
}

// bytesOf reads base64. Anything but text is null.
func bytesOf(n *node) (any, error) {
	if n.kind != text {
		return nil, nil
	}
	b, err := base64.StdEncoding.DecodeString(withoutBlanks(n.text))
	if err != nil {
		return nil, fmt.Errorf("invalid bytes field: %w", err)
	}
	return b, nil
}

// withoutBlanks drops those between groups of four characters. Others stay, for
// the decoder to refuse; it would pass over line ends by itself.
func withoutBlanks(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r <= ' ' {
			if b.Len()%4 == 0 {
				continue
			}
			r = '?'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// decimal reads both formats, whichever is configured. A number keeps the scale
// it is written with.
func decimal(s *data.Schema, n *node) (any, error) {
	switch n.kind {
	case number:
		return n.decimal(), nil
	case text:
		b, err := bytesOf(n)
		if err != nil {
			return nil, err
		}
		return data.ToDecimal(s, b.([]byte))
	}
	return nil, fmt.Errorf("invalid type for Decimal: numeric or binary in base64 expected, but found %s", n.kind)
}

func temporal(s *data.Schema, n *node) (any, error) {
	v := n.integer()
	if !n.isIntegral() || (s.Name != data.TimestampName && int64(int32(v)) != v) {
		return nil, fmt.Errorf("invalid type for %s: a whole number expected, but found %s", s, n.kind)
	}
	switch s.Name {
	case data.DateName:
		return data.ToDate(int32(v)), nil
	case data.TimeName:
		return data.ToTime(int32(v))
	}
	return data.ToTimestamp(v), nil
}

// array takes the values of an object too, and nothing from anything else.
func (c *JSON) array(elements *data.Schema, n *node) (any, error) {
	list := make([]any, 0, len(n.list)+len(n.members))
	for _, e := range n.children() {
		v, err := c.toConnect(elements, e)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

func (c *JSON) mapping(s *data.Schema, n *node) (any, error) {
	if s.KeySchema.Type != data.String {
		return c.pairs(s, n)
	}
	if n.kind != object {
		return nil, fmt.Errorf("maps with string fields should be encoded as JSON objects, but found %s", n.kind)
	}
	m := make(map[string]any, len(n.members))
	for _, e := range n.members {
		v, err := c.toConnect(s.ValueSchema, e.value)
		if err != nil {
			return nil, err
		}
		m[e.name] = v
	}
	return m, nil
}

func (c *JSON) pairs(s *data.Schema, n *node) (any, error) {
	if n.kind != array {
		return nil, fmt.Errorf("maps with non-string fields should be encoded as JSON array of tuples, but found %s", n.kind)
	}
	entries := data.Entries{}
	for _, e := range n.list {
		if e.kind != array || len(e.list) != 2 {
			return nil, fmt.Errorf("found an invalid map entry: not an array of two")
		}
		key, err := c.toConnect(s.KeySchema, e.list[0])
		if err != nil {
			return nil, err
		}
		value, err := c.toConnect(s.ValueSchema, e.list[1])
		if err != nil {
			return nil, err
		}
		entries = append(entries, data.Entry{Key: key, Value: value})
	}
	return entries.Unique().HashOrdered(), nil
}

func (c *JSON) structure(s *data.Schema, n *node) (any, error) {
	if n.kind != object {
		return nil, fmt.Errorf("structs should be encoded as JSON objects, but found %s", n.kind)
	}
	out := data.NewStruct(s)
	for i, f := range s.Fields {
		v, err := c.toConnect(f.Schema, n.member(f.Name))
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
		if err := out.PutAt(i, v); err != nil {
			return nil, err
		}
	}
	return out, nil
}
