package transform

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connect/data"
)

var castBuiltin = builtin{
	name: "Cast", sided: true, build: newCast,
	keys: config.NewDef(config.Key{
		Name: "spec", Type: config.List, Required: true, Importance: config.High,
		Doc: "Fields with the types to cast them to, as field:type; or one type alone, for the whole key or value. " +
			"Types are int8, int16, int32, int64, float32, float64, boolean and string.",
		Validator: func(name string, value any) error {
			list, _ := value.([]string)
			_, err := parseCasts(list)
			if err != nil {
				return &config.Error{Key: name, Value: strings.Join(list, ","), Reason: err.Error(),
					Remedy: "write field:type,field:type or one type alone"}
			}
			return nil
		},
	}, replaceNull),
}

// casts are types by field; those of the whole value stand under no field.
type casts struct {
	fields []castField
	whole  *data.Type
}

type castField struct {
	name string
	to   data.Type
}

var castTypes = []data.Type{data.Int8, data.Int16, data.Int32, data.Int64, data.Float32, data.Float64, data.Boolean, data.String}

func castType(text string) (data.Type, error) {
	for _, t := range castTypes {
		if strings.EqualFold(strings.TrimSpace(text), t.String()) {
			return t, nil
		}
	}
	return 0, fmt.Errorf("invalid type found in casting spec: %s", text)
}

func parseCasts(list []string) (c casts, err error) {
	if len(list) == 0 {
		return c, errors.New("must specify at least one field to cast")
	}
	for _, entry := range list {
		parts := strings.Split(strings.TrimRight(entry, ":"), ":")
		if len(parts) > 2 {
			return c, fmt.Errorf("invalid mapping: %s", entry)
		}
		t, err := castType(parts[len(parts)-1])
		if err != nil {
			return c, err
		}
		if len(parts) == 1 {
			c.whole = &t
			continue
		}
		c.fields = append(c.fields, castField{strings.TrimSpace(parts[0]), t})
	}
	if c.whole != nil && len(list) > 1 {
		return c, errors.New("a cast of the entire value must stand alone")
	}
	return c, nil
}

// of returns the type for a field; the last that was given counts.
func (c casts) of(field string) (t data.Type, ok bool) {
	for _, f := range c.fields {
		if f.name == field {
			t, ok = f.to, true
		}
	}
	return t, ok
}

type cast struct {
	casts
	on          side
	replaceNull bool
	made        schemas
}

func newCast(v *config.Values, on side) (apply, error) {
	spec, err := parseCasts(v.List("spec"))
	if err != nil {
		return nil, err
	}
	c := &cast{spec, on, v.Bool(replaceNull.Name), schemas{}}
	return c.apply, nil
}

func (c *cast) apply(r *connect.SourceRecord) (*connect.SourceRecord, error) {
	schema, v := c.on.of(r)
	switch {
	case v == nil:
		return r, nil
	case schema == nil:
		return c.schemaless(r, v)
	}
	updated, err := c.made.of(schema, func() (*data.Schema, error) { return c.schema(schema) })
	if err != nil {
		return nil, err
	}
	if c.whole != nil {
		out, err := castValue(schema, v, *c.whole)
		return c.on.with(r, updated, out), err
	}
	s, err := asStruct(v, "cast types")
	if err != nil {
		return nil, err
	}
	out := data.NewStruct(updated)
	for i, f := range schema.Fields {
		value := fieldAt(s, i, c.replaceNull)
		if t, ok := c.of(f.Name); ok {
			if value, err = castValue(f.Schema, value, t); err != nil {
				return nil, fmt.Errorf("field %s: %w", f.Name, err)
			}
		}
		if err := out.PutAt(i, value); err != nil {
			return nil, err
		}
	}
	return c.on.with(r, updated, out), nil
}

func (c *cast) schemaless(r *connect.SourceRecord, v any) (*connect.SourceRecord, error) {
	if c.whole != nil {
		out, err := castValue(nil, v, *c.whole)
		return c.on.with(r, nil, out), err
	}
	m, err := copyOf(v, "cast types")
	if err != nil {
		return nil, err
	}
	for _, f := range c.fields {
		if m[f.name], err = castValue(nil, m[f.name], f.to); err != nil {
			return nil, fmt.Errorf("field %s: %w", f.name, err)
		}
	}
	return c.on.with(r, nil, m), nil
}

func (c *cast) schema(s *data.Schema) (*data.Schema, error) {
	if c.whole != nil {
		return castSchema(s, *c.whole, true)
	}
	if s.Type != data.StructType {
		return nil, fmt.Errorf("only Struct objects supported for [cast types], found: %s", s.Type)
	}
	b := basics(s)
	for _, f := range s.Fields {
		t, ok := c.of(f.Name)
		if !ok {
			b.Field(f.Name, f.Schema)
			continue
		}
		field, err := castSchema(f.Schema, t, false)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
		b.Field(f.Name, field)
	}
	if s.Optional {
		b.Optional()
	}
	return b.Build()
}

// castSchema keeps optionality and, cast too, the default. The whole value's
// schema keeps its name and the like too.
func castSchema(s *data.Schema, t data.Type, whole bool) (*data.Schema, error) {
	b := data.NewSchema(t)
	if whole {
		b.Basics(s)
	}
	if s.Optional {
		b.Optional()
	}
	if s.Default != nil {
		v, err := castValue(s, s.Default, t)
		if err != nil {
			return nil, err
		}
		b.Default(v)
	}
	return b.Build()
}

func castValue(s *data.Schema, v any, to data.Type) (any, error) {
	if v == nil {
		return nil, nil
	}
	from, ok := data.TypeOf(v)
	if s != nil {
		from, ok = s.Type, true
	}
	if !ok || from > data.Bytes {
		return nil, fmt.Errorf("a %s cannot be cast", named(v))
	}
	if to == data.String {
		return castToString(v)
	}
	if t, isTime := v.(time.Time); isTime && s != nil {
		n, err := timeNumber(s, t)
		if err != nil {
			return nil, err
		}
		v = n
	}
	switch v := v.(type) {
	case bool:
		return castBool(v, to), nil
	case string:
		return castString(v, to)
	}
	return castNumber(v, to)
}

// timeNumber is the number that stands for a time under its schema.
func timeNumber(s *data.Schema, t time.Time) (any, error) {
	switch s.Name {
	case data.DateName:
		return data.FromDate(t)
	case data.TimeName:
		return data.FromTime(t)
	}
	return t.UnixMilli(), nil
}

func castToString(v any) (any, error) {
	switch v := v.(type) {
	case time.Time:
		return data.TimeText(v), nil
	case []byte:
		return base64.StdEncoding.EncodeToString(v), nil
	}
	return data.ToString(v)
}

func castBool(v bool, to data.Type) any {
	if to == data.Boolean {
		return v
	}
	n := int8(0)
	if v {
		n = 1
	}
	out, _ := castNumber(n, to) // a number can be cast to any number
	return out
}

func castNumber(v any, to data.Type) (any, error) {
	whole, ok := data.ToInt64(v)
	if !ok {
		return nil, fmt.Errorf("unexpected type in Cast transformation: %s", named(v))
	}
	low, _ := data.ToInt32(v)
	float, _ := data.ToFloat64(v)
	switch to {
	case data.Int8:
		return int8(low), nil
	case data.Int16:
		return int16(low), nil
	case data.Int32:
		return low, nil
	case data.Int64:
		return whole, nil
	case data.Float32:
		return float32(float), nil
	case data.Float64:
		return float, nil
	}
	return whole != 0, nil
}

func castString(s string, to data.Type) (any, error) {
	bits := map[data.Type]int{data.Int8: 8, data.Int16: 16, data.Int32: 32, data.Int64: 64, data.Float32: 32, data.Float64: 64}[to]
	switch to {
	case data.Boolean:
		return strings.EqualFold(s, "true"), nil
	case data.Float32, data.Float64:
		f, err := parseFloat(s, bits)
		if err != nil {
			return nil, err
		}
		return castNumber(f, to)
	}
	n, err := strconv.ParseInt(s, 10, bits)
	if err != nil {
		return nil, fmt.Errorf("value (%s) was out of range for requested data type %s", s, to)
	}
	return castNumber(n, to)
}

// parseFloat reads Java's floats: blanks around them, a type suffix, NaN and
// Infinity in this spelling only.
func parseFloat(s string, bits int) (float64, error) {
	text := strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	unsigned := strings.TrimLeft(text, "+-")
	switch {
	case unsigned == "NaN" || unsigned == "Infinity":
		text = strings.TrimPrefix(text, "+")
		if unsigned == "NaN" {
			text = unsigned
		}
	case strings.HasPrefix(strings.ToLower(unsigned), "0x"):
		text = strings.TrimRight(text, "fFdD")
	case strings.Trim(unsigned, "0123456789.eE+-fFdD") != "":
		return 0, fmt.Errorf("%q is not a number", s)
	case unsigned != "" && strings.Contains("fFdD", unsigned[len(unsigned)-1:]):
		text = text[:len(text)-1]
	}
	f, err := strconv.ParseFloat(text, bits)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, fmt.Errorf("%q is not a number", s)
	}
	return f, nil
}
