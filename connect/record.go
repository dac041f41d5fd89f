package connect

import "crosstide/connect/data"

// SourceRecord is one record on its way into Kafka. A nil schema with a []byte
// or nil value is a schemaless value, as in Kafka Connect.
type SourceRecord struct {
	SourcePartition map[string]any
	SourceOffset    map[string]any

	Topic       string
	Partition   *int32 // nil: chosen from the key
	KeySchema   *data.Schema
	Key         any
	ValueSchema *data.Schema
	Value       any
	Timestamp   *int64 // milliseconds since the epoch; nil: now
	Headers     []Header
}

// Header is one record header; a key may occur several times.
type Header struct {
	Key    string
	Schema *data.Schema
	Value  any
}
