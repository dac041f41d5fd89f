package worker

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connect/converter"
	"crosstide/connect/plugin"
)

// converters turn a task's records into bytes.
type converters struct {
	key, value connect.Converter
	header     connect.HeaderConverter
	// otherThanBytes names the keys that ask for more than passing bytes on.
	otherThanBytes []string
}

// These two need no registry: they are what the mirror and Java default to.
const (
	byteArrayConverter    = "org.apache.kafka.connect.converters.ByteArrayConverter"
	simpleHeaderConverter = "org.apache.kafka.connect.storage.SimpleHeaderConverter"
)

// newConverters makes the connector's converters or, where it has none, the
// worker's. Their own keys stand under the same prefix, beside the class. Keys and
// values pass as bytes, and headers as text, where nobody says otherwise.
func newConverters(plugins *plugin.Registry, connectorConfig, workerProps map[string]string) (c converters, err error) {
	var problems config.Problems
	named := func(key, byDefault string) (class string, props map[string]string) {
		props = make(map[string]string)
		for _, from := range []map[string]string{connectorConfig, workerProps} {
			if class = strings.TrimSpace(from[key]); class != "" {
				overlay(props, from, key+".")
				break
			}
		}
		delete(props, "plugin.version")
		props["converter.type"], _, _ = strings.Cut(key, ".")
		if class == "" {
			class = byDefault
		}
		if !passesBytes(class) {
			c.otherThanBytes = append(c.otherThanBytes, key)
		}
		return class, props
	}
	class, props := named("key.converter", byteArrayConverter)
	if c.key, err = newConverter(plugins, class, props); err != nil {
		problems.Add(fmt.Errorf("key.converter = %s: %w", class, err))
	}
	class, props = named("value.converter", byteArrayConverter)
	if c.value, err = newConverter(plugins, class, props); err != nil {
		problems.Add(fmt.Errorf("value.converter = %s: %w", class, err))
	}
	class, props = named("header.converter", simpleHeaderConverter)
	if c.header, err = newHeaderConverter(plugins, class, props); err != nil {
		problems.Add(fmt.Errorf("header.converter = %s: %w", class, err))
	}
	return c, problems.Err()
}

// passesBytes knows the converter by its names.
func passesBytes(class string) bool {
	return slices.Contains([]string{byteArrayConverter, "ByteArrayConverter", "ByteArray"}, class)
}

func newConverter(plugins *plugin.Registry, class string, props map[string]string) (connect.Converter, error) {
	if passesBytes(class) {
		return converter.ByteArray{}, nil
	}
	p, err := plugins.Converter(class)
	if err != nil {
		return nil, err
	}
	return p.New(props)
}

func newHeaderConverter(plugins *plugin.Registry, class string, props map[string]string) (connect.HeaderConverter, error) {
	switch {
	case passesBytes(class):
		return converter.ByteArrayHeader{}, nil
	case class == simpleHeaderConverter:
		return converter.SimpleHeader{}, nil
	}
	p, err := plugins.HeaderConverter(class)
	if err != nil {
		return nil, err
	}
	return p.New(props)
}

// errIfOtherThanBytes refuses converters for tasks that copy bytes by themselves,
// so that nothing is written in another form than was asked for. Headers are such
// a task's own affair.
func (c converters) errIfOtherThanBytes() error {
	var problems []error
	for _, key := range c.otherThanBytes {
		if key != "header.converter" {
			problems = append(problems, fmt.Errorf("%s: this connector copies keys and values as bytes; set it to %s", key, byteArrayConverter))
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

func (c converters) convert(r *connect.SourceRecord) (out converted, err error) {
	out = converted{topic: r.Topic, partition: r.Partition, timestamp: r.Timestamp}
	for _, h := range r.Headers {
		value, err := c.header.FromConnectHeader(r.Topic, h.Key, h.Schema, h.Value)
		if err != nil {
			return out, fmt.Errorf("header %s of a record for topic %s: %w", h.Key, r.Topic, err)
		}
		out.headers = append(out.headers, convertedHeader{h.Key, value})
	}
	if out.key, err = c.key.FromConnectData(r.Topic, r.KeySchema, r.Key); err != nil {
		return out, fmt.Errorf("key of a record for topic %s: %w", r.Topic, err)
	}
	if out.value, err = c.value.FromConnectData(r.Topic, r.ValueSchema, r.Value); err != nil {
		return out, fmt.Errorf("value of a record for topic %s: %w", r.Topic, err)
	}
	return out, nil
}
