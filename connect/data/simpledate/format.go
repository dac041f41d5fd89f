package simpledate

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Format writes a time in UTC.
func (f *Format) Format(t time.Time) string {
	m := moment{t.UTC(), civilOf(t.UTC())}
	var b strings.Builder
	for _, p := range f.parts {
		b.WriteString(p.format(m))
	}
	return b.String()
}

func (p part) format(t moment) string {
	switch p.letter {
	case 0:
		return p.literal
	case 'G':
		if t.year <= 0 {
			return "BC"
		}
		return "AD"
	case 'y':
		return p.year(yearOfEra(t.year))
	case 'Y':
		return p.year(weekYear(t.Time))
	case 'M', 'L':
		return p.month(t.month)
	case 'E':
		return p.name(t.Weekday().String())
	case 'a':
		if t.Hour() < 12 {
			return "AM"
		}
		return "PM"
	case 'z':
		if p.count >= 4 {
			return "Coordinated Universal Time"
		}
		return "UTC"
	case 'Z':
		return "+0000"
	case 'X':
		return "Z"
	}
	return p.padded(p.number(t))
}

func (p part) number(t moment) int {
	switch p.letter {
	case 'w':
		return week(t.Time)
	case 'W':
		first := t.AddDate(0, 0, 1-t.day)
		return (t.day+int(first.Weekday())-1)/7 + 1
	case 'D':
		return t.yearDay
	case 'd':
		return t.day
	case 'F':
		return (t.day-1)/7 + 1
	case 'u':
		return (int(t.Weekday())+6)%7 + 1
	case 'H':
		return t.Hour()
	case 'k':
		return oneBased(t.Hour(), 24)
	case 'K':
		return t.Hour() % 12
	case 'h':
		return oneBased(t.Hour()%12, 12)
	case 'm':
		return t.Minute()
	case 's':
		return t.Second()
	}
	return t.Nanosecond() / int(time.Millisecond) // S
}

func oneBased(n, zero int) int {
	if n == 0 {
		return zero
	}
	return n
}

func yearOfEra(year int) int {
	if year <= 0 {
		return 1 - year
	}
	return year
}

// year shortens to two digits only for two letters.
func (p part) year(year int) string {
	if p.count == 2 {
		return fmt.Sprintf("%02d", year%100)
	}
	return p.padded(year)
}

func (p part) month(m time.Month) string {
	if p.count < 3 {
		return p.padded(int(m))
	}
	return p.name(m.String())
}

// name abbreviates to three letters unless there are four pattern letters.
func (p part) name(full string) string {
	if p.count >= 4 {
		return full
	}
	return full[:3]
}

func (p part) padded(n int) string {
	s := strconv.Itoa(n)
	if missing := p.count - len(s); missing > 0 {
		return strings.Repeat("0", missing) + s
	}
	return s
}

// weekYear and week count weeks as in the United States: they begin on Sunday,
// and the first is the one with the first of January.
func weekYear(t time.Time) int {
	saturday := t.AddDate(0, 0, 6-int(t.Weekday()))
	return saturday.Year()
}

func week(t time.Time) int {
	saturday := t.AddDate(0, 0, 6-int(t.Weekday()))
	return (saturday.YearDay()-1)/7 + 1
}
