package worker

import (
	"strings"

	"crosstide/connect"
)

const byteArraySerializer = "org.apache.kafka.common.serialization.ByteArraySerializer"

// ProducerConfig composes the properties of a source task's producer, in Java's
// names: Connect's defaults, the worker's producer.*, the connector's
// producer.override.*. The worker's own security settings are not inherited.
func ProducerConfig(workerProps, connectorConfig map[string]string, id connect.TaskID) map[string]string {
	props := map[string]string{
		"bootstrap.servers":  workerProps["bootstrap.servers"],
		"key.serializer":     byteArraySerializer,
		"value.serializer":   byteArraySerializer,
		"max.block.ms":       "9223372036854775807",
		"enable.idempotence": "false",
		"acks":               "all",
		// One at a time: a retry cannot overtake.
		"max.in.flight.requests.per.connection": "1",
		"delivery.timeout.ms":                   "2147483647",
		"client.id":                             "connector-producer-" + id.String(),
	}
	overlay(props, workerProps, "producer.")
	overlay(props, connectorConfig, "producer.override.")
	return props
}

// overlay copies what begins with prefix, without it.
func overlay(props, from map[string]string, prefix string) {
	for key, value := range from {
		if name, ok := strings.CutPrefix(key, prefix); ok && name != "" {
			props[name] = value
		}
	}
}
