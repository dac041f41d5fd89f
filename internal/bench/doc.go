// Command bench measures Java's MirrorMaker 2 and Crosstide side by side on
// real brokers and prints a table with ratios and the targets reached or
// missed.
//
//	make bench                                                  everything: under twenty minutes on two quiet cores
//	make bench BENCH='-write'                                   the same, into docs/benchmarks.md
//	make bench BENCH='-cases 1k,latency -mirrors crosstide'     some cases, ours alone
//	make bench BENCH='-scale 0.2'                               a fifth of the data
//
// Each case feeds topics on the source cluster and then lets each mirror copy
// them to the target, one after the other: Java as shipped, Java tuned for
// throughput, Crosstide with default settings. All get the same properties
// file except for the tuning. Nothing is shared between two runs: each has
// cluster aliases of its own, hence its own internal topics, and when it has
// ended, all topics but the case's input are deleted on both clusters. The
// next starts when the brokers are quiet again.
//
// Speed is what arrives between the first look at the target that finds a
// record and the one that finds all; what was there at the first look does not
// count. So the time a JVM takes to start is a figure of its own. CPU is that
// of the mirror's process tree in the same interval, taken up to all records,
// and "whole" from its start. Memory is the kernel's high-water mark.
//
// A run that does not end in time is stopped, and its figures are of the part
// it did; a case or a mirror that fails leaves a line saying why, and the rest
// goes on. An interrupted bench still prints what it has. All processes die
// with it.
package main
