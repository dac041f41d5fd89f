// Package protocol is what Connect workers say to each other through Kafka's
// group protocol, as bytes: the metadata a worker joins with and the assignment
// the leader answers, in all three dialects.
//
//	name on the wire  connect.protocol  version  work is handed out
//	default           eager             0        whole, after all has stopped
//	compatible        compatible        1        as differences
//	sessioned         sessioned         2        as differences; requests between workers are signed
//
// The layouts are Kafka Connect's to the byte, so Go and Java workers understand
// each other in one group. As in Java, every reader takes every version: fields
// missing at the end have their defaults, and only negative versions are refused.
//
// The package is pure: no goroutines, no clock, no I/O.
package protocol
