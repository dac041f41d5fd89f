package worker

import (
	"errors"
	"fmt"
	"strings"

	"crosstide/connect"
	"crosstide/connect/data"
)

// Converter turns a record's key, value or header into bytes.
type Converter interface {
	// FromConnectData returns nil for a null.
	FromConnectData(topic string, schema *data.Schema, value any) ([]byte, error)
}

// ByteArray passes bytes on as they are.
type ByteArray struct{}

// FromConnectData implements [Converter].
func (ByteArray) FromConnectData(_ string, schema *data.Schema, value any) ([]byte, error) {
	if schema != nil && schema.Type != data.Bytes {
		return nil, errors.New("invalid schema type for ByteArrayConverter: only bytes pass")
	}
	switch v := value.(type) {
	case nil:
		return nil, nil
	case []byte:
		return v, nil
	}
	return nil, fmt.Errorf("ByteArrayConverter is not compatible with objects of type %T", value)
}

const byteArrayConverter = "org.apache.kafka.connect.converters.ByteArrayConverter"

// checkConverters refuses converters that do not exist here yet, so that nothing
// is written in another form than was asked for.
func checkConverters(connectorConfig, workerProps map[string]string) error {
	var problems []error
	for _, key := range []string{"key.converter", "value.converter"} {
		class := strings.TrimSpace(connectorConfig[key])
		if class == "" {
			class = strings.TrimSpace(workerProps[key])
		}
		switch class {
		case byteArrayConverter, "ByteArrayConverter", "ByteArray", "":
		default:
			problems = append(problems, fmt.Errorf("%s = %s: not available in this version; write %s", key, class, byteArrayConverter))
		}
	}
	return errors.Join(problems...)
}

// converted is a record as it goes to Kafka.
type converted struct {
	topic     string
	partition *int32
	timestamp *int64
	key       []byte
	value     []byte
	headers   []convertedHeader
}

type convertedHeader struct {
	key   string
	value []byte
}

func convert(r *connect.SourceRecord) (c converted, err error) {
	var bytes ByteArray
	c = converted{topic: r.Topic, partition: r.Partition, timestamp: r.Timestamp}
	for _, h := range r.Headers {
		value, err := bytes.FromConnectData(r.Topic, h.Schema, h.Value)
		if err != nil {
			return c, fmt.Errorf("header %s of a record for topic %s: %w", h.Key, r.Topic, err)
		}
		c.headers = append(c.headers, convertedHeader{h.Key, value})
	}
	if c.key, err = bytes.FromConnectData(r.Topic, r.KeySchema, r.Key); err != nil {
		return c, fmt.Errorf("key of a record for topic %s: %w", r.Topic, err)
	}
	if c.value, err = bytes.FromConnectData(r.Topic, r.ValueSchema, r.Value); err != nil {
		return c, fmt.Errorf("value of a record for topic %s: %w", r.Topic, err)
	}
	return c, nil
}
