package data

import "fmt"

// Struct is a value with named fields, as its schema lists them. It belongs to
// one goroutine.
type Struct struct {
	schema *Schema
	values []any
}

// NewStruct makes a struct of a schema whose fields are all null. It panics when
// the schema is not that of a struct: a mistake in the program.
func NewStruct(schema *Schema) *Struct {
	if schema.Type != StructType {
		panic("data: a struct needs the schema of a struct, not " + schema.String())
	}
	return &Struct{schema, make([]any, len(schema.Fields))}
}

// Schema returns what the struct was made of.
func (s *Struct) Schema() *Schema { return s.schema }

// Put sets a field. The error says that there is no such field or that the value
// does not fit it.
func (s *Struct) Put(name string, value any) error {
	i := s.schema.index(name)
	if i < 0 {
		return noField(name)
	}
	return s.PutAt(i, value)
}

// PutAt is Put for the i-th field of the schema.
func (s *Struct) PutAt(i int, value any) error {
	f := s.schema.Fields[i]
	if err := f.Schema.validate(f.Name, value); err != nil {
		return err
	}
	s.values[i] = value
	return nil
}

// Set is Put for structs filled in code: it returns the struct, and panics where
// Put errs.
func (s *Struct) Set(name string, value any) *Struct {
	if err := s.Put(name, value); err != nil {
		panic("data: " + err.Error())
	}
	return s
}

// Get returns a field's value, or its default where that is null.
func (s *Struct) Get(name string) (any, error) {
	i := s.schema.index(name)
	if i < 0 {
		return nil, noField(name)
	}
	return s.At(i), nil
}

// GetWithoutDefault returns a field's value as it was put.
func (s *Struct) GetWithoutDefault(name string) (any, error) {
	i := s.schema.index(name)
	if i < 0 {
		return nil, noField(name)
	}
	return s.values[i], nil
}

// At is Get for the i-th field of the schema.
func (s *Struct) At(i int) any {
	if v := s.values[i]; v != nil {
		return v
	}
	return s.schema.Fields[i].Schema.Default
}

// AtWithoutDefault is GetWithoutDefault for the i-th field of the schema.
func (s *Struct) AtWithoutDefault(i int) any { return s.values[i] }

func noField(name string) error { return fmt.Errorf("%s is not a valid field name", name) }

// Validate reports the first field that is null without being allowed to, or
// whose value does not fit.
func (s *Struct) Validate() error {
	for i, f := range s.schema.Fields {
		if s.values[i] == nil && f.Schema.Default != nil {
			continue
		}
		if err := f.Schema.validate(f.Name, s.values[i]); err != nil {
			return err
		}
	}
	return nil
}

// Equal reports whether both have equal schemas and equal values.
func (s *Struct) Equal(o *Struct) bool {
	if s == nil || o == nil {
		return s == o
	}
	if !s.schema.Equal(o.schema) {
		return false
	}
	for i := range s.values {
		if !Equal(s.values[i], o.values[i]) {
			return false
		}
	}
	return true
}

// String lists the fields that are not null, as Java does in messages.
func (s *Struct) String() string {
	text, err := ToString(s)
	if err != nil {
		return "Struct{…}"
	}
	return text
}

// entries are the fields that are not null.
func (s *Struct) entries() Entries {
	var entries Entries
	for i, f := range s.schema.Fields {
		if s.values[i] != nil {
			entries = append(entries, Entry{f.Name, s.values[i]})
		}
	}
	return entries
}
