// Command bench measures Java's MirrorMaker 2 and Crosstide side by side on
// real brokers and writes the table of docs/benchmarks.md.
//
//	make bench                                         everything: about half an hour on two quiet cores
//	make bench BENCH='-only 1k,latency -crosstide-only'  some rows, ours alone
//	make bench BENCH='-scale 0.1'                        a tenth of the data
//
// Each row feeds one topic on the source cluster and then lets each contestant
// mirror it to the target under cluster aliases of its own, one after the
// other: Java as shipped, Java tuned for throughput, Crosstide with default
// settings. All three get the same properties file except for the tuning.
//
// Speed is what arrives between the first record seen at the target and the
// last, so the time a JVM takes to start is a row of its own. CPU and memory
// are those of the contestant's process tree alone, from /proc.
package main
