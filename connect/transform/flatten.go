package transform

import (
	"fmt"

	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connect/data"
)

var flattenBuiltin = builtin{
	name: "Flatten", sided: true, build: newFlatten,
	keys: config.NewDef(config.Key{
		Name: "delimiter", Type: config.String, Default: ".", Importance: config.Medium,
		Doc: "What stands between the names that a field's new name is made of.",
	}),
}

type flatten struct {
	on        side
	delimiter string
	made      schemas
}

func newFlatten(v *config.Values, on side) (apply, error) {
	f := &flatten{on, v.String("delimiter"), schemas{}}
	return f.apply, nil
}

func (f *flatten) apply(r *connect.SourceRecord) (*connect.SourceRecord, error) {
	schema, v := f.on.of(r)
	switch {
	case v == nil:
		return r, nil
	case schema == nil:
		m, err := asMap(v, "flattening")
		if err != nil {
			return nil, err
		}
		out := make(map[string]any)
		return f.on.with(r, nil, out), f.flattenMap(m, "", out)
	}
	s, err := asStruct(v, "flattening")
	if err != nil {
		return nil, err
	}
	schema = s.Schema()
	updated, err := f.made.of(schema, func() (*data.Schema, error) {
		b := basics(schema)
		defaults, _ := schema.Default.(*data.Struct)
		if err := f.flattenSchema(b, schema, "", schema.Optional, defaults); err != nil {
			return nil, err
		}
		return b.Build()
	})
	if err != nil {
		return nil, err
	}
	out := data.NewStruct(updated)
	at := 0
	return f.on.with(r, updated, out), flattenStruct(s, schema, out, &at)
}

func (f *flatten) name(prefix, name string) string {
	if prefix == "" {
		return name
	}
	return prefix + f.delimiter + name
}

func (f *flatten) flattenMap(m map[string]any, prefix string, out map[string]any) error {
	for _, e := range data.EntriesOf(m) {
		name, v := f.name(prefix, e.Key.(string)), e.Value
		t, ok := data.TypeOf(v)
		switch {
		case v == nil:
			out[name] = nil
		case ok && t == data.Map:
			inner, err := asMap(v, "flattening")
			if err != nil {
				return err
			}
			if err := f.flattenMap(inner, name, out); err != nil {
				return err
			}
		case !ok || (!t.Primitive() && t != data.Array):
			return fmt.Errorf("Flatten does not support %s for record without schemas (for field %s)", named(v), name) //nolint:staticcheck // a name
		default:
			out[name] = v
		}
	}
	return nil
}

// flattenSchema adds the fields of s. A field is optional if anything around it
// is, and takes its default from there when it has none.
func (f *flatten) flattenSchema(b *data.SchemaBuilder, s *data.Schema, prefix string, optional bool, defaults *data.Struct) error {
	for i, field := range s.Fields {
		name := f.name(prefix, field.Name)
		fieldOptional := optional || field.Schema.Optional
		def := field.Schema.Default
		if def == nil && defaults != nil {
			def = defaults.At(i)
		}
		switch t := field.Schema.Type; {
		case t == data.StructType:
			inner, _ := def.(*data.Struct)
			if err := f.flattenSchema(b, field.Schema, name, fieldOptional, inner); err != nil {
				return err
			}
		case t.Primitive() || t == data.Array:
			flat := field.Schema.Copy()
			flat.Optional, flat.Default = fieldOptional, def
			b.Field(name, flat)
		default:
			return fmt.Errorf("Flatten does not support %s for record with schemas (for field %s)", t, name) //nolint:staticcheck // a name
		}
	}
	return nil
}

// flattenStruct fills out, field by field in the order of flattenSchema. The
// fields of a struct that is null are null.
func flattenStruct(s *data.Struct, schema *data.Schema, out *data.Struct, at *int) error {
	for i, field := range schema.Fields {
		var v any
		if s != nil {
			v = s.At(i)
		}
		if field.Schema.Type == data.StructType {
			inner, _ := v.(*data.Struct)
			if err := flattenStruct(inner, field.Schema, out, at); err != nil {
				return err
			}
			continue
		}
		if err := out.PutAt(*at, v); err != nil {
			return err
		}
		*at++
	}
	return nil
}
