// Package loglevel lets levels of loggers change while a program runs.
//
// Loggers are named as Java names those of Kafka Connect, because the tools that
// set levels know those names: each Go package logs under the name of the Java
// package whose work it does, and under its own import path. A [Levels] holds
// what was set; its [Levels.Handler] asks it about each record.
//
// The package starts no goroutines. All is safe for concurrent use.
package loglevel
