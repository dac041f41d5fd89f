package simpledate

import (
	"fmt"
	"strings"
	"time"
)

// fields are what a text said, before they make a time.
type fields struct {
	year, month, day, yearDay int
	hour, minute, second, ms  int
	hasYearDay                bool
	bc, halfDay, pm           bool
	offset                    time.Duration // of the time zone
}

// Parse reads a time. What the pattern does not mention is as on the first of
// January 1970 at midnight, in UTC.
func (f *Format) Parse(s string) (time.Time, error) {
	r := &reader{text: s}
	v := fields{year: 1970, month: 1, day: 1}
	for i, p := range f.parts {
		if !p.parse(r, &v, f.adjacent(i)) {
			return time.Time{}, fmt.Errorf("%q does not match the pattern %s at position %d", s, f.pattern, r.pos)
		}
	}
	return v.time(), nil
}

// adjacent reports whether a numeric field directly follows, so that this one
// takes only as many digits as it has letters.
func (f *Format) adjacent(i int) bool {
	return i+1 < len(f.parts) && f.parts[i].letter != 0 && f.parts[i+1].letter != 0
}

func (v fields) time() time.Time {
	hour, year := v.hour, v.year
	if v.halfDay && v.pm {
		hour += 12
	}
	if v.bc {
		year = 1 - year
	}
	month, day := v.month, v.day
	if v.hasYearDay {
		month, day = 1, v.yearDay
	}
	// Days, hours and the rest are added one after the other: each may be far out
	// of range.
	ms := civilDay(year, month, day).UnixMilli() + int64(hour)*3_600_000 + int64(v.minute)*60_000 + int64(v.second)*1000 + int64(v.ms)
	return time.UnixMilli(ms - v.offset.Milliseconds()).UTC()
}

// parse reads what p stands for; false says that it is not there.
func (p part) parse(r *reader, v *fields, exact bool) bool {
	if p.letter == 0 {
		return r.literal(p.literal)
	}
	r.blanks()
	digits := 0
	if exact {
		digits = p.count
	}
	switch p.letter {
	case 'G':
		n, ok := r.name([]string{"BC", "AD"}, 2)
		v.bc = n == 0
		return ok
	case 'M', 'L':
		if p.count >= 3 {
			return p.monthName(r, v)
		}
	case 'E':
		_, ok := r.name(weekdays, 3)
		return ok
	case 'a':
		n, ok := r.name([]string{"AM", "PM"}, 2)
		v.halfDay, v.pm = true, n == 1
		return ok
	case 'z', 'Z', 'X':
		return r.zone(v, p.letter == 'X')
	}
	start := r.pos
	n, ok := r.number(digits)
	if ok {
		p.set(v, n, r.pos-start)
	}
	return ok
}

func (p part) monthName(r *reader, v *fields) bool {
	n, ok := r.name(months, 3)
	v.month = n + 1
	return ok
}

func (p part) set(v *fields, n, digits int) {
	switch p.letter {
	case 'y':
		if p.count <= 2 && digits == 2 {
			n = century(n, time.Now())
		}
		v.year = n
	case 'M', 'L':
		v.month = n
	case 'D':
		v.yearDay, v.hasYearDay = n, true
	case 'd':
		v.day = n
	case 'H':
		v.hour = n
	case 'k':
		v.hour = n % 24
	case 'K':
		v.hour, v.halfDay = n, true
	case 'h':
		if n == 12 {
			n = 0
		}
		v.hour, v.halfDay = n, true
	case 'm':
		v.minute = n
	case 's':
		v.second = n
	case 'S':
		v.ms = n
	}
}

// century places two digits in the hundred years that began 80 years ago.
func century(n int, now time.Time) int {
	start := now.Year() - 80
	year := start - start%100 + n
	if year < start {
		year += 100
	}
	return year
}

// reader goes through the text.
type reader struct {
	text string
	pos  int
}

func (r *reader) rest() string { return r.text[r.pos:] }

func (r *reader) blanks() {
	for r.pos < len(r.text) && (r.text[r.pos] == ' ' || r.text[r.pos] == '\t') {
		r.pos++
	}
}

func (r *reader) literal(s string) bool {
	if !strings.HasPrefix(r.rest(), s) {
		return false
	}
	r.pos += len(s)
	return true
}

// number reads digits, at most limit of them unless that is 0, and a minus sign
// before them.
func (r *reader) number(limit int) (n int, ok bool) {
	end := len(r.text)
	if limit > 0 {
		if end-r.pos < limit {
			return 0, false
		}
		end = r.pos + limit
	}
	i, negative := r.pos, false
	if i < end && r.text[i] == '-' {
		negative = true
		i++
	}
	first := i
	for ; i < end && r.text[i] >= '0' && r.text[i] <= '9'; i++ {
		if n < 1<<40 { // no calendar gets that far
			n = n*10 + int(r.text[i]-'0')
		}
	}
	if i == first {
		return 0, false
	}
	r.pos = i
	if negative {
		n = -n
	}
	return n, true
}

var (
	months = []string{"January", "February", "March", "April", "May", "June", "July", "August",
		"September", "October", "November", "December"}
	weekdays = []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
)

// name reads one of the names in any case, in full or cut to short letters.
func (r *reader) name(names []string, short int) (index int, ok bool) {
	for _, length := range []int{0, short} {
		for i, name := range names {
			if length > 0 {
				name = name[:length]
			}
			if len(r.rest()) >= len(name) && strings.EqualFold(r.rest()[:len(name)], name) {
				r.pos += len(name)
				return i, true
			}
		}
	}
	return 0, false
}

// zone reads Z, UTC, GMT, +hhmm, +hh:mm, GMT+hh:mm; with iso also +hh.
func (r *reader) zone(v *fields, iso bool) bool {
	if iso && r.literal("Z") {
		return true
	}
	named := false
	for _, name := range []string{"GMT", "UTC", "UT"} {
		if !iso && len(r.rest()) >= len(name) && strings.EqualFold(r.rest()[:len(name)], name) {
			r.pos += len(name)
			named = true
			break
		}
	}
	rest := r.rest()
	if rest == "" || (rest[0] != '+' && rest[0] != '-') {
		return named
	}
	sign := time.Duration(1)
	if rest[0] == '-' {
		sign = -1
	}
	r.pos++
	hours, ok := r.number(2)
	if !ok {
		return false
	}
	r.literal(":")
	minutes, ok := r.number(2)
	if !ok && !iso {
		return false
	}
	v.offset = sign * (time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute)
	return true
}
