// Package recordbatch reads, patches and writes Kafka's record batches as
// bytes: magic 2 (the only format written), and magic 0 and 1 (read only).
//
// It is pure: bytes in, bytes out. It never talks to Kafka, reads no clock,
// starts no goroutine and logs nothing. All functions may be called
// concurrently as long as they do not share the bytes being written.
//
// # What is here
//
//	NewScanner(fetched)     the whole batches of a fetch response, one Entry each
//	Entry.Verify            sizes and checksum, any magic
//	View                    the header fields of one magic 2 batch
//	View.FixUp              the fast path: new identity and checksum, in place
//	Rebatch                 the slow path: drop, renumber, join, split, recompress
//	Decode, DecodeAll       records, for what has to look into them
//	Encode                  records to batches
//
// # Two ways through
//
// A batch that the target would take as it is goes the fast path: Verify as
// read, FixUp, send. 61 bytes of header change, the records do not.
//
//	0        8      12     16    17   21     23       27     35     43    51     53     57     61
//	baseOffset length epoch magic crc  attrs  lastOff  baseTs maxTs  pid   pepoch baseSeq count  records…
//	i64      i32    i32    i8    u32  i16    i32      i64    i64    i64   i16    i32    i32
//	                                  `---- the checksum (CRC-32C) covers from here to the end -----
//
// All others go through [Rebatch]. It parses only what stands before the key
// of each record (length, attributes, timestamp and offset deltas), so that
// keys, values and headers are copied and never looked at. The output is dense
// (offset deltas 0, 1, 2 …), carries create time, and comes with [Run]s that
// say which source offset each record had.
//
// # Times
//
// Timestamps are milliseconds since the epoch; −1 is "no timestamp" (magic 0)
// and stays −1. Where the log-append-time bit is set, every record has the
// batch's MaxTimestamp (magic 1: the wrapper's timestamp), as Java reads it.
//
// # Hostile input
//
// Whatever the bytes are, nothing panics, no allocation is larger than what
// the input can justify, and compressed data is inflated to at most
// [DefaultMaxDecompressed] bytes (or Options.MaxDecompressed). Malformed bytes
// give a [*CorruptError].
//
// # Codecs
//
// Snappy is written in the block framing of Java's library and read with or
// without it. LZ4 frames have independent 64 KiB blocks without checksums, as
// Java's producer writes them; in magic 0 and 1 the header checksum of many
// old clients is wrong (KAFKA-3160) and is not checked. Levels are near Java's
// defaults. Encoders and decoders are pooled.
package recordbatch
