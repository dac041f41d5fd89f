package demo

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// frame is what the picture shows at one moment.
type frame struct {
	elapsed, length time.Duration
	phase           string
	rows            []row
	p50, p99        time.Duration
	handled         int64
	atSource        bool // where the group reads
}

type row struct {
	topic     topic
	produced  int64
	mirrored  int64
	perSecond float64
}

func (r row) lag() int64 { return max(0, r.produced-r.mirrored) }

func (f frame) sum() row {
	var s row
	for _, r := range f.rows {
		s.produced += r.produced
		s.mirrored += r.mirrored
		s.perSecond += r.perSecond
	}
	return s
}

// screen shows frames: redrawn in place on a terminal, else a line now and then.
type screen struct {
	out      io.Writer
	terminal bool
	from, to *cluster
	drawn    int // lines to go back
	last     time.Duration
}

const (
	bold, dim, green, yellow, reset = "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[33m", "\x1b[0m"
)

func (s *screen) show(f frame) {
	if !s.terminal {
		s.line(f)
		return
	}
	var b strings.Builder
	if s.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", s.drawn)
	}
	lines := s.lines(f)
	for _, l := range lines {
		b.WriteString("\r" + l + "\x1b[K\n")
	}
	s.drawn = len(lines)
	_, _ = io.WriteString(s.out, b.String())
}

// say prints below the picture, which begins anew after it.
func (s *screen) say(format string, args ...any) {
	s.drawn = 0
	_, _ = fmt.Fprintf(s.out, format+"\n", args...)
}

const lineEvery = time.Second

func (s *screen) line(f frame) {
	if s.last != 0 && f.elapsed-s.last < lineEvery {
		return
	}
	s.last = f.elapsed
	sum := f.sum()
	_, _ = fmt.Fprintf(s.out, "%s  %-28s produced %s  mirrored %s  %.0f/s  lag %d  latency p50 %s p99 %s\n",
		clock(f.elapsed), f.phase, number(sum.produced), number(sum.mirrored), sum.perSecond, sum.lag(), millis(f.p50), millis(f.p99))
}

func (s *screen) lines(f frame) []string {
	out := []string{
		"",
		fmt.Sprintf("  %sCrosstide demo%s   %s%s%s", bold, reset, dim, f.phase, reset),
		"",
		fmt.Sprintf("  primary %s%s%s  ════ %s ════▶  secondary %s%s%s", bold, s.from.addr, reset, wave(f), bold, s.to.addr, reset),
		"",
		fmt.Sprintf("  %s%-18s %10s %12s %12s %11s %8s%s", dim, "topic", "partitions", "produced", "mirrored", "records/s", "lag", reset),
	}
	for _, r := range f.rows {
		name := r.topic.name + " " + dim + r.topic.codec + reset
		pad := strings.Repeat(" ", max(0, 18-len(r.topic.name)-1-len(r.topic.codec)))
		out = append(out, fmt.Sprintf("  %s%s %10d %12s %12s %11.0f %s", name, pad, r.topic.partitions,
			number(r.produced), number(r.mirrored), r.perSecond, lagText(r.lag())))
	}
	sum := f.sum()
	where := source
	if !f.atSource {
		where = target
	}
	return append(out,
		fmt.Sprintf("  %s%-18s %10s %12s %12s %11.0f %s%s", bold, "all", "", number(sum.produced), number(sum.mirrored), sum.perSecond, lagText(sum.lag()), reset),
		"",
		fmt.Sprintf("  latency   p50 %s%s%s   p99 %s%s%s   %screated on primary to read on secondary%s", green, millis(f.p50), reset, green, millis(f.p99), reset, dim, reset),
		fmt.Sprintf("  group     %s on %s has handled %s orders", group, where, number(f.handled)),
		"  "+bar(f.elapsed, f.length),
		"",
	)
}

func lagText(lag int64) string {
	colour := green
	if lag > 500 {
		colour = yellow
	}
	return colour + fmt.Sprintf("%8d", lag) + reset
}

// wave moves while records do.
func wave(f frame) string {
	const tide = "~-~~-~~~-~~-"
	if f.sum().perSecond < 1 {
		return strings.Repeat("-", 6)
	}
	at := int(f.elapsed/(150*time.Millisecond)) % (len(tide) - 6)
	return tide[at : at+6]
}

func bar(done, of time.Duration) string {
	const width = 40
	if of <= 0 {
		return dim + "until Ctrl-C" + reset
	}
	n := min(width, int(float64(width)*float64(done)/float64(of)))
	return strings.Repeat("█", n) + dim + strings.Repeat("░", width-n) + reset + " " + clock(done) + " of " + clock(of)
}

func clock(d time.Duration) string {
	s := int(d.Round(time.Second).Seconds())
	return fmt.Sprintf("%02d:%02d", s/60, s%60)
}

func millis(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) + " ms" }

// number groups digits by threes.
func number(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + " " + s[i:]
	}
	return s
}
