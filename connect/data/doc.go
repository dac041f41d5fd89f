// Package data describes record data apart from its serialised form: schemas,
// the values they describe, and the logical types of Kafka Connect.
//
// Values are plain Go values. Each schema type has one Go type:
//
//	INT8…INT64, FLOAT32, FLOAT64   int8…int64, float32, float64
//	BOOLEAN, STRING, BYTES         bool, string, []byte
//	ARRAY                          []any
//	MAP                            map[string]any, or [Entries] (any keys, keeps its order)
//	STRUCT                         *[Struct]
//	Decimal                        [Decimal]
//	Date, Time, Timestamp          [time.Time], in UTC, to the millisecond
//
// nil is null. A nil *[Schema] means that nothing is known about a value beyond
// its Go type.
//
// [ParseString] and [Text] turn values into text and back under the rules of
// Java's org.apache.kafka.connect.data.Values, which simple header conversion,
// literals in configurations and casts rest on. Times are in UTC there, where
// Java takes the time zone of its process.
//
// Empty names and docs of schemas are not told from absent ones.
//
// The package does no I/O and starts no goroutines. Schemas are immutable once
// shared, everything else belongs to whoever holds it.
package data
