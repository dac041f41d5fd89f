package data

import (
	"errors"
	"fmt"
)

// SchemaBuilder puts a schema together step by step. What goes wrong on the way
// is told by [SchemaBuilder.Build]. It belongs to one goroutine.
type SchemaBuilder struct {
	schema Schema
	fields map[string]bool
	errs   []error
}

// NewSchema begins a schema of a primitive type or, to be filled with fields, of
// [StructType].
func NewSchema(t Type) *SchemaBuilder { return &SchemaBuilder{schema: Schema{Type: t}} }

// NewStructSchema begins the schema of a struct.
func NewStructSchema() *SchemaBuilder { return NewSchema(StructType) }

// NewArraySchema begins the schema of an array. A nil element schema is for
// arrays that hold only nulls.
func NewArraySchema(elements *Schema) *SchemaBuilder {
	b := NewSchema(Array)
	b.schema.ValueSchema = elements
	return b
}

// NewMapSchema begins the schema of a map.
func NewMapSchema(keys, values *Schema) *SchemaBuilder {
	b := NewSchema(Map)
	b.schema.KeySchema, b.schema.ValueSchema = keys, values
	return b
}

// Optional allows null.
func (b *SchemaBuilder) Optional() *SchemaBuilder {
	b.schema.Optional = true
	return b
}

// Name sets the name.
func (b *SchemaBuilder) Name(name string) *SchemaBuilder {
	b.schema.Name = name
	return b
}

// Version sets the version.
func (b *SchemaBuilder) Version(v int32) *SchemaBuilder {
	b.schema.Version = &v
	return b
}

// Doc sets the documentation.
func (b *SchemaBuilder) Doc(doc string) *SchemaBuilder {
	b.schema.Doc = doc
	return b
}

// Parameter adds a parameter; the same name twice is an error.
func (b *SchemaBuilder) Parameter(name, value string) *SchemaBuilder {
	if _, ok := b.schema.Parameter(name); ok {
		return b.fail("parameter %s is set twice", name)
	}
	b.schema.Parameters = append(b.schema.Parameters, Parameter{name, value})
	return b
}

// Field adds a field to a struct's schema; the same name twice is an error.
func (b *SchemaBuilder) Field(name string, schema *Schema) *SchemaBuilder {
	switch {
	case b.schema.Type != StructType:
		return b.fail("cannot create fields on type %s", b.schema.Type)
	case name == "":
		return b.fail("a field has no name")
	case schema == nil:
		return b.fail("field %s has no schema", name)
	case b.fields[name]:
		return b.fail("field %s is defined twice", name)
	}
	if b.fields == nil {
		b.fields = make(map[string]bool)
	}
	b.fields[name] = true
	b.schema.Fields = append(b.schema.Fields, Field{name, schema})
	return b
}

// Default sets the value that stands in for null. It must fit the schema as
// built so far: set it last.
func (b *SchemaBuilder) Default(value any) *SchemaBuilder {
	if err := b.schema.Validate(value); err != nil {
		return b.fail("invalid default value: %w", err)
	}
	b.schema.Default = value
	return b
}

// Basics takes over name, version, doc and parameters, but neither type,
// optionality nor default.
func (b *SchemaBuilder) Basics(from *Schema) *SchemaBuilder {
	b.schema.Name, b.schema.Version, b.schema.Doc = from.Name, from.Version, from.Doc
	for _, p := range from.Parameters {
		b.Parameter(p.Name, p.Value)
	}
	return b
}

func (b *SchemaBuilder) fail(format string, args ...any) *SchemaBuilder {
	b.errs = append(b.errs, fmt.Errorf(format, args...))
	return b
}

// Build returns the schema. The builder may be used on; what it returned stays
// as it is.
func (b *SchemaBuilder) Build() (*Schema, error) {
	if len(b.errs) > 0 {
		return nil, fmt.Errorf("invalid schema: %w", errors.Join(b.errs...))
	}
	return b.schema.Copy(), nil
}

// MustBuild is Build for schemas written in code: it panics on an error.
func (b *SchemaBuilder) MustBuild() *Schema {
	s, err := b.Build()
	if err != nil {
		panic("data: " + err.Error())
	}
	return s
}
