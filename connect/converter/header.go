package converter

import (
	"crosstide/connect"
	"crosstide/connect/data"
)

// SimpleHeader writes header values as text, and reads the narrowest type that a
// text can be of: see [data.ParseString].
type SimpleHeader struct{}

// FromConnectHeader implements [connect.HeaderConverter].
func (SimpleHeader) FromConnectHeader(_, _ string, _ *data.Schema, value any) ([]byte, error) {
	if value == nil {
		return nil, nil
	}
	text, err := data.Text(value)
	if err != nil {
		return nil, err
	}
	return []byte(text), nil
}

// ToConnectHeader implements [connect.HeaderConverter]. It never fails.
func (SimpleHeader) ToConnectHeader(_, _ string, value []byte) (*data.Schema, any, error) {
	if value == nil {
		return nil, nil, nil
	}
	schema, v := data.ParseString(string(value))
	return schema, v, nil
}

// asHeader uses a converter of keys and values for headers.
type asHeader struct{ connect.Converter }

func (h asHeader) FromConnectHeader(topic, _ string, schema *data.Schema, value any) ([]byte, error) {
	return h.FromConnectData(topic, schema, value)
}

func (h asHeader) ToConnectHeader(topic, _ string, value []byte) (*data.Schema, any, error) {
	return h.ToConnectData(topic, value)
}

// ByteArrayHeader passes bytes on as they are. Other values, which only
// transformations can have put there, are written as text; Java fails at them, so
// that InsertHeader could never be used where headers are copied.
type ByteArrayHeader struct{}

// FromConnectHeader implements [connect.HeaderConverter].
func (ByteArrayHeader) FromConnectHeader(topic, key string, schema *data.Schema, value any) ([]byte, error) {
	if b, ok := value.([]byte); ok {
		return ByteArray{}.FromConnectData(topic, schema, b)
	}
	return SimpleHeader{}.FromConnectHeader(topic, key, schema, value)
}

// ToConnectHeader implements [connect.HeaderConverter].
func (ByteArrayHeader) ToConnectHeader(topic, _ string, value []byte) (*data.Schema, any, error) {
	return ByteArray{}.ToConnectData(topic, value)
}
