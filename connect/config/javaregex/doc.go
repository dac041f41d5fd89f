// Package javaregex matches whole strings against Java's regular expressions,
// as java.util.regex.Pattern's matches() does.
//
// A pattern is parsed by Java's rules into a tree in which nothing depends on a
// dialect any more: flags are resolved, and every character class, with its
// unions, intersections and properties, is a set of code points. The tree then
// goes to the cheapest matcher that is provably equal:
//
//	literal, prefix.*suffix     string comparison
//	a regular language          Go's regexp (linear time, no time limit needed)
//	look-around, back-references,
//	atomic and possessive parts regexp2, with a limit on time and memory
//
// "Provably" rests on one fact: without the constructs of the last line, a whole
// match depends only on the language that the pattern describes, not on the order
// in which an engine tries things. So alternatives may also be split up.
//
// What cannot be expressed is an error that says so, never a guess: \X, \b{g},
// \N{name}, canonical equivalence, Unicode blocks, emoji properties, and a
// look-behind that is unbounded or holds atomic parts or back-references.
// Unicode data is Go's. As since Java 19, \b takes the ASCII view of a word unless
// (?U) is set. Back-references under (?i) fold Unicode case too.
//
// Three oddities of Java's engine are not imitated: text captured in an abandoned
// alternative stays visible to back-references there, and a counted repetition of
// \R, or of something that may be empty, tries too few ways. Random patterns meet
// them once in some thousands.
//
// regexp2 is version 1 on purpose: version 2.12 matches (?:(?>[^a]+)){2,} against
// "bb", so its atomic groups are not atomic there.
//
// A Regex is immutable and safe for concurrent use.
package javaregex
