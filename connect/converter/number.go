package converter

import (
	"encoding/binary"
	"fmt"

	"crosstide/connect/data"
)

// Number writes one type of number in big-endian bytes of its width.
type Number[T int16 | int32 | int64 | float32 | float64] struct {
	name   string
	schema *data.Schema
}

// The converters of the numeric types.
var (
	Short   = Number[int16]{"ShortConverter", data.OptionalInt16}
	Integer = Number[int32]{"IntegerConverter", data.OptionalInt32}
	Long    = Number[int64]{"LongConverter", data.OptionalInt64}
	Float   = Number[float32]{"FloatConverter", data.OptionalFloat32}
	Double  = Number[float64]{"DoubleConverter", data.OptionalFloat64}
)

// FromConnectData implements [connect.Converter].
func (n Number[T]) FromConnectData(_ string, _ *data.Schema, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return nil, nil
	case T:
		return binary.Append(nil, binary.BigEndian, v)
	}
	return nil, fmt.Errorf("%s takes %s, not %T", n.name, n.schema.Type, value)
}

// ToConnectData implements [connect.Converter].
func (n Number[T]) ToConnectData(_ string, value []byte) (*data.Schema, any, error) {
	if value == nil {
		return n.schema, nil, nil
	}
	var v T
	if size := binary.Size(v); len(value) != size {
		return nil, nil, fmt.Errorf("%s reads %d bytes, not %d", n.name, size, len(value))
	}
	if _, err := binary.Decode(value, binary.BigEndian, &v); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", n.name, err)
	}
	return n.schema, v, nil
}

// Boolean writes one byte, 1 for true and 0 for false.
type Boolean struct{}

// FromConnectData implements [connect.Converter].
func (Boolean) FromConnectData(_ string, schema *data.Schema, value any) ([]byte, error) {
	if schema != nil && schema.Type != data.Boolean {
		return nil, fmt.Errorf("invalid schema type for BooleanConverter: %s", schema.Type)
	}
	switch v := value.(type) {
	case nil:
		return nil, nil
	case bool:
		if v {
			return []byte{1}, nil
		}
		return []byte{0}, nil
	}
	return nil, fmt.Errorf("BooleanConverter is not compatible with objects of type %T", value)
}

// ToConnectData implements [connect.Converter].
func (Boolean) ToConnectData(_ string, value []byte) (*data.Schema, any, error) {
	switch {
	case value == nil:
		return data.OptionalBoolean, nil, nil
	case len(value) != 1 || value[0] > 1:
		return nil, nil, fmt.Errorf("BooleanConverter reads one byte, 0 or 1, not %x", value)
	}
	return data.OptionalBoolean, value[0] == 1, nil
}
