// Package simpledate formats and parses times under patterns of Java's
// java.text.SimpleDateFormat, in UTC and in English.
//
// Parsing is as lenient as Java's: text after what the pattern asks for is
// ignored, numbers may have more or fewer digits than letters, and values out of
// range move on to the next larger unit (the 32nd of January is the first of
// February).
//
// As in Java, the calendar is the Julian before the 15th of October 1582.
//
// Differences from Java: week years (Y) and the fields of weeks (w, W, F) are only
// written, not read, and Gregorian throughout; the days of the year 1582 (D) are
// counted without the gap; and names of time zones other than
// UTC, GMT, UT and Z are not read.
//
// A Format is immutable and safe for concurrent use.
package simpledate
