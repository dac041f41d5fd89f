package data

import (
	"fmt"
	"slices"
	"strings"
)

// Schema describes a value. Schemas are immutable once shared.
type Schema struct {
	Type     Type
	Optional bool
	Name     string // "" when it has none
	Version  *int32 // nil when it has none
	Doc      string
	// Default stands in for null, in the form that values of the schema have.
	// nil means that there is none.
	Default    any
	Parameters []Parameter // in the order they were added, names unique

	KeySchema   *Schema // of maps
	ValueSchema *Schema // of maps' values and arrays' elements
	Fields      []Field // of structs, names unique
}

// Parameter is one of the strings by which a schema says more about itself.
type Parameter struct{ Name, Value string }

// Field is one field of a struct's schema.
type Field struct {
	Name   string
	Schema *Schema
}

// The schemas of primitive types without names, required and optional.
var (
	Int8Schema    = &Schema{Type: Int8}
	Int16Schema   = &Schema{Type: Int16}
	Int32Schema   = &Schema{Type: Int32}
	Int64Schema   = &Schema{Type: Int64}
	Float32Schema = &Schema{Type: Float32}
	Float64Schema = &Schema{Type: Float64}
	BooleanSchema = &Schema{Type: Boolean}
	StringSchema  = &Schema{Type: String}
	BytesSchema   = &Schema{Type: Bytes}

	OptionalInt8    = &Schema{Type: Int8, Optional: true}
	OptionalInt16   = &Schema{Type: Int16, Optional: true}
	OptionalInt32   = &Schema{Type: Int32, Optional: true}
	OptionalInt64   = &Schema{Type: Int64, Optional: true}
	OptionalFloat32 = &Schema{Type: Float32, Optional: true}
	OptionalFloat64 = &Schema{Type: Float64, Optional: true}
	OptionalBoolean = &Schema{Type: Boolean, Optional: true}
	OptionalString  = &Schema{Type: String, Optional: true}
	// OptionalBytes is the schema of keys and values that pass through as bytes.
	OptionalBytes = &Schema{Type: Bytes, Optional: true}
)

// Field finds a field of a struct's schema by name.
func (s *Schema) Field(name string) (Field, bool) {
	i := s.index(name)
	if i < 0 {
		return Field{}, false
	}
	return s.Fields[i], true
}

func (s *Schema) index(name string) int {
	return slices.IndexFunc(s.Fields, func(f Field) bool { return f.Name == name })
}

// Parameter finds a parameter by name.
func (s *Schema) Parameter(name string) (value string, ok bool) {
	for _, p := range s.Parameters {
		if p.Name == name {
			return p.Value, true
		}
	}
	return "", false
}

// Equal reports whether two schemas describe the same values in every respect,
// names, docs and defaults included. Both may be nil.
func (s *Schema) Equal(o *Schema) bool {
	if s == o {
		return true
	}
	if s == nil || o == nil {
		return false
	}
	return s.Type == o.Type && s.Optional == o.Optional && s.Name == o.Name && s.Doc == o.Doc &&
		equalVersions(s.Version, o.Version) &&
		equalParameters(s.Parameters, o.Parameters) &&
		s.KeySchema.Equal(o.KeySchema) && s.ValueSchema.Equal(o.ValueSchema) &&
		slices.EqualFunc(s.Fields, o.Fields, func(a, b Field) bool {
			return a.Name == b.Name && a.Schema.Equal(b.Schema)
		}) &&
		Equal(s.Default, o.Default)
}

func equalVersions(a, b *int32) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// equalParameters compares them as a map: their order does not count.
func equalParameters(a, b []Parameter) bool {
	if len(a) != len(b) {
		return false
	}
	for _, p := range a {
		if !slices.Contains(b, p) {
			return false
		}
	}
	return true
}

// String shows the schema as Java does in messages.
func (s *Schema) String() string {
	if s == nil {
		return "null"
	}
	if s.Name != "" {
		return fmt.Sprintf("Schema{%s:%s}", s.Name, s.Type)
	}
	return fmt.Sprintf("Schema{%s}", s.Type)
}

// Copy returns a schema that may be changed until it is shared. What it refers
// to is shared with s.
func (s *Schema) Copy() *Schema {
	c := *s
	c.Parameters = slices.Clone(s.Parameters)
	c.Fields = slices.Clone(s.Fields)
	return &c
}

// typeName is a Go type without its package, for messages.
func typeName(v any) string { return strings.TrimPrefix(fmt.Sprintf("%T", v), "data.") }
