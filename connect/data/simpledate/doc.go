// Package simpledate formats and parses times under patterns of Java's
// java.text.SimpleDateFormat, in UTC and in English.
//
// Parsing is as lenient as Java's: text after what the pattern asks for is
// ignored, numbers may have more or fewer digits than letters, and values out of
// range move on to the next larger unit (the 32nd of January is the first of
// February).
//
// Differences from Java: the calendar is Gregorian before October 1582 too, week
// years (Y) and the fields of weeks (w, W, F) are only written, not read, and
// names of time zones other than UTC, GMT, UT and Z are not read.
//
// A Format is immutable and safe for concurrent use.
package simpledate
