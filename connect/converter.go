package connect

import "crosstide/connect/data"

// Converter turns keys or values into bytes and back. Its methods are safe for
// concurrent use. Errors are about the data: the same call fails again.
type Converter interface {
	// FromConnectData returns nil for what goes to Kafka as null.
	FromConnectData(topic string, schema *data.Schema, value any) ([]byte, error)
	// ToConnectData takes nil for null. The schema is nil where nothing is known.
	ToConnectData(topic string, value []byte) (*data.Schema, any, error)
}

// HeaderConverter does for the values of headers what [Converter] does.
type HeaderConverter interface {
	FromConnectHeader(topic, key string, schema *data.Schema, value any) ([]byte, error)
	ToConnectHeader(topic, key string, value []byte) (*data.Schema, any, error)
}
