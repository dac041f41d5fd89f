package data

import "time"

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
	StructType // a value of it is a [Struct]
)

var typeNames = [...]string{
	"INT8", "INT16", "INT32", "INT64", "FLOAT32", "FLOAT64",
	"BOOLEAN", "STRING", "BYTES", "ARRAY", "MAP", "STRUCT",
}

// String returns Kafka's name of the type, such as "INT8".
func (t Type) String() string {
	if t < 0 || int(t) >= len(typeNames) {
		return "UNKNOWN"
	}
	return typeNames[t]
}

// Primitive reports whether values of the type hold no other values.
func (t Type) Primitive() bool { return t <= Bytes }

// TypeOf returns the type of a value that comes without a schema. ok is false
// for Go types without a place in the data model, and for nil and the values of
// logical types, which mean nothing without a schema.
func TypeOf(v any) (t Type, ok bool) {
	switch v.(type) {
	case int8:
		return Int8, true
	case int16:
		return Int16, true
	case int32:
		return Int32, true
	case int64:
		return Int64, true
	case float32:
		return Float32, true
	case float64:
		return Float64, true
	case bool:
		return Boolean, true
	case string:
		return String, true
	case []byte:
		return Bytes, true
	case []any:
		return Array, true
	case map[string]any, Entries:
		return Map, true
	case *Struct:
		return StructType, true
	}
	return 0, false
}

// goType names a value's type for messages.
func goType(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case Decimal:
		return "Decimal"
	case time.Time:
		return "Date"
	}
	if t, ok := TypeOf(v); ok {
		return t.String()
	}
	return typeName(v)
}
