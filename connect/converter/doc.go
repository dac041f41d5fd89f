// Package converter turns records' keys, values and headers into bytes and back,
// with the bytes of Kafka Connect's own converters.
//
//	Json          with the schema in an envelope beside the payload, or without
//	String        text in a charset, UTF-8 unless told otherwise
//	ByteArray     bytes as they are
//	Boolean, Short, Integer, Long, Float, Double
//	              big-endian, of exactly the type's width
//	SimpleHeader  headers only: text whose look says what type it is
//
// Each answers to its Java class name, see [Register]. All are immutable after
// their construction (Json keeps a cache of schemas, under a lock) and safe for
// concurrent use. They do no I/O and start no goroutines.
package converter
