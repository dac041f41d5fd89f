package transform

import (
	"fmt"
	"maps"

	"crosstide/connect/data"
)

// asMap takes a schemaless value that must be a map of names.
func asMap(v any, purpose string) (map[string]any, error) {
	switch v := v.(type) {
	case map[string]any:
		return v, nil
	case data.Entries:
		m := make(map[string]any, len(v))
		for _, e := range v {
			name, ok := e.Key.(string)
			if !ok {
				return nil, fmt.Errorf("only maps with strings as keys are supported in absence of schema for [%s], found: %T", purpose, e.Key)
			}
			m[name] = e.Value
		}
		return m, nil
	}
	return nil, fmt.Errorf("only Map objects supported in absence of schema for [%s], found: %s", purpose, named(v))
}

// copyOf is asMap for those that change it.
func copyOf(v any, purpose string) (map[string]any, error) {
	m, err := asMap(v, purpose)
	if err != nil {
		return nil, err
	}
	if m = maps.Clone(m); m == nil {
		m = map[string]any{}
	}
	return m, nil
}

func asStruct(v any, purpose string) (*data.Struct, error) {
	s, ok := v.(*data.Struct)
	if !ok {
		return nil, fmt.Errorf("only Struct objects supported for [%s], found: %s", purpose, named(v))
	}
	return s, nil
}

// named says what a value is, without showing it.
func named(v any) string {
	if v == nil {
		return "null"
	}
	if t, ok := data.TypeOf(v); ok {
		return t.String()
	}
	return fmt.Sprintf("%T", v)
}

// basics begins a schema with the name, version, doc and parameters of s.
func basics(s *data.Schema) *data.SchemaBuilder { return data.NewStructSchema().Basics(s) }
