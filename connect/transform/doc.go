// Package transform holds Kafka Connect's transformations and predicates, under
// their Java names and with their keys.
//
// A transformation for keys or values comes as two classes, Name$Key and
// Name$Value. With a schema it works on structs and makes new schemas, which it
// remembers; without one it works on maps. A record is never changed: the result
// is the same record, a new one, or nil when the record is dropped.
//
// [Register] makes all of them known to a registry, and [NewChain] makes a
// connector's chain out of its configuration, predicates included.
//
// Java leaves the order of a schemaless map's entries to chance; so do we.
//
// Everything here belongs to one goroutine at a time, as the runtime promises.
// Nothing does I/O, reads a clock or starts goroutines.
package transform
