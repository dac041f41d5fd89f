package converter

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf16"

	"crosstide/connect/data"
)

// appendValue writes a value of a schema, or of none.
func (c *JSON) appendValue(b []byte, s *data.Schema, v any) ([]byte, error) {
	if v == nil {
		switch {
		case s == nil:
		case s.Default != nil && c.replaceNullDefault:
			return c.appendValue(b, s, s.Default)
		case !s.Optional:
			return nil, errors.New("null value for field that is required and has no default value")
		}
		return append(b, "null"...), nil
	}
	if s == nil {
		return c.appendTyped(b, nil, v)
	}
	switch s.Name {
	case data.DecimalName:
		return c.appendDecimal(b, s, v)
	case data.DateName, data.TimeName, data.TimestampName:
		return appendTime(b, s, v)
	}
	if t, ok := data.TypeOf(v); !ok || t != s.Type {
		return nil, invalid(s, v)
	}
	return c.appendTyped(b, s, v)
}

func invalid(s *data.Schema, v any) error { return fmt.Errorf("invalid type for %s: %T", s, v) }

// appendTyped writes a value whose Go type says what it is.
func (c *JSON) appendTyped(b []byte, s *data.Schema, v any) ([]byte, error) {
	switch v := v.(type) {
	case int8, int16, int32, int64:
		n, _ := data.ToInt64(v)
		return strconv.AppendInt(b, n, 10), nil
	case float32:
		return appendFloat(b, float64(v), 32), nil
	case float64:
		return appendFloat(b, v, 64), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return appendString(b, v), nil
	case []byte:
		return appendBase64(b, v), nil
	case []any:
		return c.appendArray(b, s, v)
	case map[string]any, data.Entries:
		return c.appendMap(b, s, data.EntriesOf(v))
	case *data.Struct:
		return c.appendStruct(b, s, v)
	}
	return nil, fmt.Errorf("a %T does not have a corresponding schema type", v)
}

// appendFloat quotes what JSON has no number for.
func appendFloat(b []byte, f float64, bits int) []byte {
	text := data.FormatFloat(f, bits)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(append(append(b, '"'), text...), '"')
	}
	return append(b, text...)
}

func appendBase64(b, bytes []byte) []byte {
	return append(base64.StdEncoding.AppendEncode(append(b, '"'), bytes), '"')
}

func (c *JSON) appendDecimal(b []byte, s *data.Schema, v any) ([]byte, error) {
	d, ok := v.(data.Decimal)
	if !ok {
		return nil, invalid(s, v)
	}
	if c.numericDecimals {
		return append(b, d.String()...), nil
	}
	bytes, err := data.FromDecimal(s, d)
	if err != nil {
		return nil, err
	}
	return appendBase64(b, bytes), nil
}

func appendTime(b []byte, s *data.Schema, v any) ([]byte, error) {
	t, ok := v.(time.Time)
	if !ok {
		return nil, invalid(s, v)
	}
	n, err := t.UnixMilli(), error(nil)
	switch s.Name {
	case data.DateName:
		var days int32
		days, err = data.FromDate(t)
		n = int64(days)
	case data.TimeName:
		_, err = data.FromTime(t)
	}
	return strconv.AppendInt(b, n, 10), err
}

func (c *JSON) appendArray(b []byte, s *data.Schema, list []any) (_ []byte, err error) {
	var elements *data.Schema
	if s != nil {
		elements = s.ValueSchema
	}
	b = append(b, '[')
	for i, e := range list {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = c.appendValue(b, elements, e); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

// appendMap writes an object where all keys are strings, pairs elsewhere.
func (c *JSON) appendMap(b []byte, s *data.Schema, entries data.Entries) ([]byte, error) {
	var keys, values *data.Schema
	asObject := true
	if s != nil {
		keys, values = s.KeySchema, s.ValueSchema
		asObject = keys != nil && keys.Type == data.String
	} else {
		for _, e := range entries {
			_, isString := e.Key.(string)
			asObject = asObject && isString
		}
	}
	if asObject {
		return c.appendObject(b, values, entries)
	}
	return c.appendPairs(b, keys, values, entries)
}

func (c *JSON) appendObject(b []byte, values *data.Schema, entries data.Entries) (_ []byte, err error) {
	b = append(b, '{')
	for i, e := range entries {
		if i > 0 {
			b = append(b, ',')
		}
		key, ok := e.Key.(string)
		if !ok {
			return nil, fmt.Errorf("a map with string keys has a key of type %T", e.Key)
		}
		if b, err = c.appendValue(append(appendString(b, key), ':'), values, e.Value); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

func (c *JSON) appendPairs(b []byte, keys, values *data.Schema, entries data.Entries) (_ []byte, err error) {
	b = append(b, '[')
	for i, e := range entries {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = c.appendValue(append(b, '['), keys, e.Key); err != nil {
			return nil, err
		}
		if b, err = c.appendValue(append(b, ','), values, e.Value); err != nil {
			return nil, err
		}
		b = append(b, ']')
	}
	return append(b, ']'), nil
}

func (c *JSON) appendStruct(b []byte, s *data.Schema, v *data.Struct) (_ []byte, err error) {
	if s == nil || !v.Schema().Equal(s) {
		return nil, errors.New("mismatching schema")
	}
	b = append(b, '{')
	for i, f := range s.Fields {
		if i > 0 {
			b = append(b, ',')
		}
		value := v.AtWithoutDefault(i)
		if c.replaceNullDefault {
			value = v.At(i)
		}
		if b, err = c.appendValue(append(appendString(b, f.Name), ':'), f.Schema, value); err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
	}
	return append(b, '}'), nil
}

const upperHex = "0123456789ABCDEF"

// appendString escapes what must be and, as Jackson does, what takes two units in
// UTF-16.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s { // broken UTF-8 becomes U+FFFD
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			b = fmt.Appendf(b, `\u%04X\u%04X`, high, low)
		case r >= ' ':
			b = append(b, string(r)...)
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
			b = append(b, '\\', 'u', '0', '0', upperHex[r>>4], upperHex[r&15])
		}
	}
	return append(b, '"')
}
