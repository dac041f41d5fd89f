package converter

import (
	"fmt"

	"crosstide/connect/data"
)

// ByteArray passes bytes on as they are.
type ByteArray struct{}

// FromConnectData implements [connect.Converter].
func (ByteArray) FromConnectData(_ string, schema *data.Schema, value any) ([]byte, error) {
	if schema != nil && schema.Type != data.Bytes {
		return nil, fmt.Errorf("invalid schema type for ByteArrayConverter: %s; only bytes pass", schema.Type)
	}
	switch v := value.(type) {
	case nil:
		return nil, nil
	case []byte:
		return v, nil
	}
	return nil, fmt.Errorf("ByteArrayConverter is not compatible with objects of type %T", value)
}

// ToConnectData implements [connect.Converter].
func (ByteArray) ToConnectData(_ string, value []byte) (*data.Schema, any, error) {
	if value == nil {
		return data.OptionalBytes, nil, nil
	}
	return data.OptionalBytes, value, nil
}
