// Package datatest reads and writes schemas, values and records in the tagged
// JSON of the tables of Java's answers, for the tests of the packages that hold
// themselves against these. See connect/data/testdata/java.
package datatest
