// Package data describes record data apart from its serialised form: schemas
// today, structs and logical types with the converters that need them.
package data

// Type is the kind of a value.
type Type int

// The types of Kafka Connect's data model.
const (
	Int8 Type = iota
	Int16
	Int32
	Int64
	Float32
	Float64
	Boolean
	String
	Bytes
	Array
	Map
	Struct
)

// Schema describes a value. Schemas are immutable once shared.
type Schema struct {
	Type     Type
	Optional bool
	Name     string
	Version  int
}

// OptionalBytes is the schema of keys and values that pass through as bytes.
var OptionalBytes = &Schema{Type: Bytes, Optional: true}
