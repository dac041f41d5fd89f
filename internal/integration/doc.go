// Package integration is the stories that the mirror must hold on real Kafka:
// the built binary as a process of its own between two real clusters, some of
// them, or the binary, killed on the way.
//
// The stories have the build tag integration and run by `make integration`.
// They share one pair of single-node clusters, since brokers are what takes
// time to start; each story has its own cluster aliases and so its own
// internal topics, groups and topic names, and none runs beside another.
package integration
