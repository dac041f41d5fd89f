package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// Options say how the demo runs.
type Options struct {
	Out      io.Writer
	Terminal bool          // Out can be redrawn
	Length   time.Duration // of the copying
	Keep     bool          // go on after the end, until ctx ends
	// Mirror runs the flows of the properties file at path until ctx ends. Before
	// that it hands over a function that says what keeps the flows from being
	// ready; nothing when they are.
	Mirror func(ctx context.Context, path string, watch func(troubles func() []string)) error
}

// Lengths that make sense: the whole demo ends in under a minute.
const (
	DefaultLength = 15 * time.Second
	MostLength    = 25 * time.Second
)

const (
	startWithin   = 20 * time.Second
	arriveWithin  = 15 * time.Second
	failoverAfter = 2 * time.Second // before the end: so much is left unread
	syncWithin    = 15 * time.Second
	drainWithin   = 8 * time.Second
	frameEvery    = 200 * time.Millisecond
)

// Run runs the demo. It returns nil only if every record arrived, and the
// group that failed over missed none.
func Run(ctx context.Context, o Options) error {
	d, err := newDemo(o)
	if err != nil {
		return err
	}
	defer d.close()
	if err := d.writeProperties(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.runMirror(gctx) })
	g.Go(func() error { return d.original.run(gctx, d.from) })
	g.Go(func() error { return d.copied.run(gctx, d.to) })
	g.Go(func() error {
		defer cancel()
		return d.story(gctx)
	})
	return g.Wait()
}

// demo is the state of one run.
type demo struct {
	Options
	topics           []topic
	from, to         *cluster
	dir, path        string
	traffic          *traffic
	original, copied *tail
	billing          *consumer
	screen           *screen
	troubles         chan func() []string
	began            time.Time
	phase            string
	atSource         bool
	meters           map[string]*meter
}

func newDemo(o Options) (*demo, error) {
	topics := demoTopics()
	d := &demo{
		Options: o, topics: topics, traffic: newTraffic(topics),
		original: newTail(topics), copied: newTail(topics), billing: newConsumer(),
		troubles: make(chan func() []string, 1), meters: map[string]*meter{}, atSource: true,
	}
	var err error
	if d.from, err = startCluster(source); err != nil {
		return nil, err
	}
	if d.to, err = startCluster(target); err != nil {
		d.from.close()
		return nil, err
	}
	if d.dir, err = os.MkdirTemp("", "crosstide-demo-"); err != nil {
		d.close()
		return nil, err
	}
	d.path = filepath.Join(d.dir, "mm2.properties")
	d.screen = &screen{out: o.Out, terminal: o.Terminal, from: d.from, to: d.to}
	return d, nil
}

func (d *demo) close() {
	d.from.close()
	d.to.close()
	if d.dir != "" {
		_ = os.RemoveAll(d.dir)
	}
}

func (d *demo) writeProperties() error {
	text := properties(d.from, d.to)
	d.screen.say("Two in-memory Kafka clusters, in this process:\n  %-10s %s\n  %-10s %s\n\nThe mirror runs from %s:\n",
		source, d.from.addr, target, d.to.addr, d.path)
	for line := range strings.Lines(text) {
		if strings.Contains(line, "->") || strings.HasPrefix(line, "clusters") || strings.Contains(line, "bootstrap") ||
			strings.HasPrefix(line, "topics=") || strings.HasPrefix(line, "sync.group") {
			d.screen.say("  %s", strings.TrimSpace(line))
		}
	}
	d.screen.say("  …")
	return os.WriteFile(d.path, []byte(text), 0o600)
}

// runMirror is an error when the mirror ends before it was told to.
func (d *demo) runMirror(ctx context.Context) error {
	err := d.Mirror(ctx, d.path, func(f func() []string) { d.troubles <- f })
	if ctx.Err() == nil && err == nil {
		err = errors.New("it ended by itself")
	}
	if err != nil {
		return fmt.Errorf("the mirror: %w", err)
	}
	return nil
}

// story is what the demo tells, from the start to the verdict.
func (d *demo) story(ctx context.Context) error {
	d.began = time.Now()
	if err := d.from.createTopics(ctx, d.topics); err != nil {
		return err
	}
	if err := d.awaitReady(ctx); err != nil {
		return err
	}
	if err := d.copying(ctx); err != nil {
		return err
	}
	if err := d.awaitCopies(ctx); err != nil {
		return err
	}
	if err := d.failover(ctx); err != nil {
		return err
	}
	if d.Keep {
		return d.keep(ctx)
	}
	return nil
}

func (d *demo) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	why := []string{"not started"}
	var ask func() []string
	for len(why) > 0 {
		if ask != nil {
			why = ask()
		}
		select {
		case ask = <-d.troubles:
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("the mirror was not ready within %s: %s", startWithin, strings.Join(why, "; "))
		}
	}
	d.screen.say("\nMirror ready %s after its start. Producing to %s.", time.Since(d.began).Round(10*time.Millisecond), source)
	return nil
}

// copying produces for the demo's length. The group reads along, and leaves a
// little before the end, so that it has something left to find on the target.
func (d *demo) copying(ctx context.Context) error {
	d.began = time.Now()
	producing, stop := context.WithTimeout(ctx, d.Length)
	defer stop()
	reading, leave := context.WithTimeout(ctx, d.Length-failoverAfter)
	defer leave()
	d.phase = "copying"
	g := errgroup.Group{}
	g.Go(func() error { return d.traffic.run(producing, d.from) })
	g.Go(func() error { return d.billing.run(reading, d.from) })
	d.watch(producing)
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// watch draws until ctx ends.
func (d *demo) watch(ctx context.Context) {
	frames := time.NewTicker(frameEvery)
	defer frames.Stop()
	for {
		d.screen.show(d.frame())
		select {
		case <-ctx.Done():
			return
		case <-frames.C:
		}
	}
}

func (d *demo) frame() frame {
	f := frame{elapsed: time.Since(d.began), length: d.Length, phase: d.phase, atSource: d.atSource}
	mirrored, _ := d.copied.counts()
	for i, t := range d.topics {
		m := d.meters[t.name]
		if m == nil {
			m = &meter{}
			d.meters[t.name] = m
		}
		f.rows = append(f.rows, row{
			topic: t, produced: d.traffic.acked[i].Load(), mirrored: mirrored[t.name],
			perSecond: m.rate(mirrored[t.name]),
		})
	}
	f.p50, f.p99 = d.copied.latency()
	f.handled, _ = d.billing.progress()
	return f
}

// meter tells a rate over the last second or so.
type meter struct {
	at     []time.Time
	counts []int64
}

func (m *meter) rate(n int64) float64 {
	now := time.Now()
	m.at, m.counts = append(m.at, now), append(m.counts, n)
	for len(m.at) > 2 && now.Sub(m.at[0]) > 1500*time.Millisecond {
		m.at, m.counts = m.at[1:], m.counts[1:]
	}
	passed := now.Sub(m.at[0]).Seconds()
	if passed == 0 {
		return 0
	}
	return float64(n-m.counts[0]) / passed
}

// awaitCopies waits for everything produced to be read on both sides, and
// compares it.
func (d *demo) awaitCopies(ctx context.Context) error {
	d.phase = "waiting for the last records"
	ctx, cancel := context.WithTimeout(ctx, arriveWithin)
	defer cancel()
	for ctx.Err() == nil {
		_, here := d.original.counts()
		_, there := d.copied.counts()
		if here >= d.traffic.total() && there >= here {
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
	d.screen.show(d.frame())
	_, here := d.original.counts()
	if n := d.traffic.total(); here != n {
		return fmt.Errorf("%d records were acknowledged on %s, but %d can be read there", n, source, here)
	}
	if err := compare(d.topics, d.original, d.copied); err != nil {
		return fmt.Errorf("not every record arrived:\n%w", err)
	}
	d.screen.say("✔ %s records compared one by one: keys, values, headers, timestamps and order are the same on both sides.", number(here))
	return nil
}

// failover moves the group to the target and lets it read on.
func (d *demo) failover(ctx context.Context) error {
	syncing, cancel := context.WithTimeout(ctx, syncWithin)
	defer cancel()
	partitions := d.topics[0].partitions
	was, is, err := awaitPositions(syncing, d.from, d.to, partitions)
	if err != nil {
		return err
	}
	ends, err := d.to.ends(ctx, d.topics[:1])
	if err != nil {
		return err
	}
	d.tellPositions(was, is, ends[groupTopic])
	if err := ahead(was, is); err != nil {
		return err
	}
	before, _ := d.billing.progress()
	if err := d.readOn(ctx); err != nil {
		return err
	}
	handled, again := d.billing.progress()
	if produced := d.traffic.acked[0].Load(); handled != produced {
		return fmt.Errorf("after the failover group %s has handled %d of %d orders", group, handled, produced)
	}
	d.screen.say("✔ Group %s went on at its position on %s: %s orders left were handled, none missed, %s handled again.",
		group, target, number(handled-before), number(again))
	return nil
}

func (d *demo) tellPositions(was, is, ends []int64) {
	d.screen.say("\nFailover: %s is gone for group %s, which reads %s. Its position on both sides:\n", source, group, groupTopic)
	d.screen.say("  partition  on %-10s on %-10s end", source, target)
	for p := range was {
		d.screen.say("  %9d  %-13s %-13s %s", p, number(was[p]), number(is[p]), number(ends[p]))
	}
	d.screen.say("")
}

// readOn runs the group on the target until it has handled every order.
func (d *demo) readOn(ctx context.Context) error {
	d.atSource = false
	reading, stop := context.WithTimeout(ctx, drainWithin)
	defer stop()
	left := make(chan error, 1)
	go func() { left <- d.billing.run(reading, d.to) }()
	want := d.traffic.acked[0].Load()
	for reading.Err() == nil {
		if handled, _ := d.billing.progress(); handled >= want {
			stop()
		}
		select {
		case <-reading.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
	return <-left
}

// keep goes on at a hundredth of the rate until ctx ends.
func (d *demo) keep(ctx context.Context) error {
	d.screen.say("\nStill running: point kcat or Kafka's tools at %s (%s) and %s (%s). Ctrl-C ends it.", d.from.addr, source, d.to.addr, target)
	d.traffic.slower.Store(true)
	d.phase, d.Length, d.meters = "kept running", 0, map[string]*meter{}
	g := errgroup.Group{}
	g.Go(func() error { return d.traffic.run(ctx, d.from) })
	if d.Terminal {
		d.watch(ctx)
	}
	return g.Wait()
}
