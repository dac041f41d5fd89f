package transform

import (
	"fmt"
	"slices"
	"time"

	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connect/data"
)

var maskFieldBuiltin = builtin{
	name: "MaskField", sided: true, build: newMaskField,
	keys: config.NewDef(
		config.Key{
			Name: "fields", Type: config.List, Required: true, Importance: config.High, Validator: nonEmptyList,
			Doc: "The fields to mask.",
		},
		config.Key{
			Name: "replacement", Type: config.String, Importance: config.Low, Validator: config.NonEmpty(),
			Doc: "What numbers and strings are replaced with, instead of 0 and the empty string.",
		},
		replaceNull,
	),
}

type maskField struct {
	on          side
	fields      []string
	replacement any // text, or nil
	replaceNull bool
}

func newMaskField(v *config.Values, on side) (apply, error) {
	m := &maskField{on, v.List("fields"), v.Get("replacement"), v.Bool(replaceNull.Name)}
	return m.apply, nil
}

func (m *maskField) apply(r *connect.SourceRecord) (*connect.SourceRecord, error) {
	schema, v := m.on.of(r)
	if schema == nil {
		out, err := copyOf(v, "mask fields")
		if err != nil {
			return nil, err
		}
		for _, name := range m.fields {
			if out[name], err = m.masked(out[name]); err != nil {
				return nil, fmt.Errorf("field %s: %w", name, err)
			}
		}
		return m.on.with(r, nil, out), nil
	}
	s, err := asStruct(v, "mask fields")
	if err != nil {
		return nil, err
	}
	out := data.NewStruct(s.Schema())
	for i, f := range s.Schema().Fields {
		value := fieldAt(s, i, m.replaceNull)
		if slices.Contains(m.fields, f.Name) {
			if value, err = m.masked(value); err != nil {
				return nil, fmt.Errorf("field %s: %w", f.Name, err)
			}
		}
		if err := out.PutAt(i, value); err != nil {
			return nil, err
		}
	}
	return m.on.with(r, schema, out), nil
}

// masked returns a value of the same type that tells nothing.
func (m *maskField) masked(v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	if text, ok := m.replacement.(string); ok {
		return replaced(v, text)
	}
	switch v.(type) {
	case bool:
		return false, nil
	case string:
		return "", nil
	case time.Time:
		return time.UnixMilli(0).UTC(), nil
	case data.Decimal:
		return data.NewDecimalValue(0, 0), nil
	case []any:
		return []any{}, nil
	case map[string]any, data.Entries:
		return map[string]any{}, nil
	}
	t, _ := data.TypeOf(v)
	if _, isNumber := data.ToInt64(v); isNumber {
		return castNumber(int8(0), t)
	}
	return nil, fmt.Errorf("cannot mask a value of type %s", named(v))
}

func replaced(v any, text string) (any, error) {
	switch v.(type) {
	case string:
		return text, nil
	case data.Decimal:
		return data.ParseDecimal(text)
	}
	t, _ := data.TypeOf(v)
	if _, isNumber := data.ToInt64(v); isNumber {
		return data.Convert(&data.Schema{Type: t}, nil, text)
	}
	return nil, fmt.Errorf("cannot mask a value of type %s with a custom replacement", named(v))
}
