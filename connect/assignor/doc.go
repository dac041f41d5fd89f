// Package assignor decides which worker runs which connector and task.
//
// It is a function of what it is given: members, what each runs now, what should
// run, the time. It never reads a clock and never talks to Kafka.
//
//   - [Eager] deals everything out anew (connect.protocol=eager).
//   - [Cooperative] moves as little as it can, over several rounds (KIP-415): a
//     worker first gives up work in one round and another takes it in the next;
//     work whose worker went away waits for it a while. Given the same input it
//     yields what Java's leader yields, so leaders of either kind can follow each
//     other.
//   - [SoleOwner] gives one worker all and lets the others stand by.
//
// A Cooperative or SoleOwner belongs to one goroutine.
package assignor
