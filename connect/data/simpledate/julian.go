package simpledate

import "time"

// The first day of the Gregorian calendar.
var gregorian = time.Date(1582, time.October, 15, 0, 0, 0, 0, time.UTC)

// Days from the first of March of the year 0 in the Julian calendar to 1970.
const julianEpoch = 719470

// moment is a time with its date as the calendar of its day has it.
type moment struct {
	time.Time
	civil
}

type civil struct {
	year         int
	month        time.Month
	day, yearDay int
}

// civilDay is midnight of a date whose parts may be out of range.
func civilDay(year, month, day int) time.Time {
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if !t.Before(gregorian) {
		return t
	}
	return time.Unix(int64(julianDays(year, month, day))*86400, 0).UTC()
}

// julianDays counts from 1970. Years begin in March, so that a leap day is their
// last.
func julianDays(year, month, day int) int {
	months := year*12 + month - 3
	year, month = floorDiv(months, 12), months-12*floorDiv(months, 12)
	return 365*year + floorDiv(year, 4) + (153*month+2)/5 + day - 1 - julianEpoch
}

func civilOf(t time.Time) civil {
	if !t.Before(gregorian) {
		return civil{t.Year(), t.Month(), t.Day(), t.YearDay()}
	}
	days := floorDiv(int(t.Unix()), 86400) + julianEpoch
	cycle := floorDiv(days, 1461)
	inCycle := days - 1461*cycle
	yearInCycle := min(inCycle/365, 3)
	inYear := inCycle - 365*yearInCycle
	month := (5*inYear + 2) / 153
	c := civil{
		year: 4*cycle + yearInCycle, month: time.Month(month + 3), day: inYear - (153*month+2)/5 + 1,
	}
	if c.month > 12 {
		c.month -= 12
		c.year++
	}
	c.yearDay = floorDiv(int(t.Unix()), 86400) - julianDays(c.year, 1, 1) + 1
	return c
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
