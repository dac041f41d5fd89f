// Package worker runs connectors and source tasks.
//
// A herder says what to run; a worker runs it, says how it goes (Report), and
// stops it when told. It promises:
//
//   - a source offset is committed only when the record it belongs to, and all
//     before it of the same source partition, are acknowledged by Kafka;
//   - a panic in a connector or task is a FAILED status with its stack, never
//     the end of the process;
//   - what failed for a reason that may pass is started again, after a growing
//     pause; errors marked with connect.Permanent wait for somebody to act;
//   - Stop returns at once; what has not ended when its grace is over is
//     abandoned: it may report and commit nothing more.
//
// Each connector and each task has one goroutine, in which all of its methods
// are called; a polling task has one more that commits, and its producer one
// that takes acknowledgements. Locks are leaves: nothing is called while one is
// held.
package worker
