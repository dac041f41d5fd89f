package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"crosstide/internal/kafkatest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o, err := parse(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err == nil {
		err = run(ctx, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// reportFile is where -write puts the report, from the module's root.
const reportFile = "docs/benchmarks.md"

type options struct {
	rows    []row
	mirrors []contestant
	picked  bool // the mirrors were named: none is left out of any case
	scale   float64
	bound   time.Duration
	write   bool
}

func parse(args []string, out io.Writer) (options, error) {
	o := options{rows: rows, mirrors: contestants}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(out)
	cases := flags.String("cases", "", "the cases to run, comma-separated; all when empty: "+strings.Join(rowNames(), ","))
	mirrors := flags.String("mirrors", "", "the mirrors to run, comma-separated; all when empty: "+strings.Join(mirrorNames(), ","))
	flags.Float64Var(&o.scale, "scale", 1, "how much of the data to use; partitions stay as many")
	flags.DurationVar(&o.bound, "bound", 25*time.Minute, "stop after this time and print what there is")
	flags.BoolVar(&o.write, "write", false, "write the results to "+reportFile)
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("%q is no flag: see -help", flags.Arg(0))
	}
	if o.scale <= 0 || o.bound <= 0 {
		return o, fmt.Errorf("-scale %g -bound %v: both must be above 0", o.scale, o.bound)
	}
	var err error
	if *cases != "" {
		o.rows, err = pick("-cases", *cases, rows, func(r row) string { return r.name })
	}
	if *mirrors != "" {
		var err2 error
		o.mirrors, err2 = pick("-mirrors", *mirrors, contestants, func(c contestant) string { return c.name })
		o.picked, err = true, errors.Join(err, err2)
	}
	return o, err
}

// pick returns the named ones of all, in the order of all.
func pick[T any](flag, list string, all []T, name func(T) string) ([]T, error) {
	wanted := map[string]bool{}
	for w := range strings.SplitSeq(list, ",") {
		wanted[strings.TrimSpace(w)] = true
	}
	var picked []T
	var names []string
	for _, t := range all {
		if names = append(names, name(t)); wanted[name(t)] {
			picked = append(picked, t)
			delete(wanted, name(t))
		}
	}
	for w := range wanted {
		return nil, fmt.Errorf("%s: there is no %q; there are %s", flag, w, strings.Join(names, ", "))
	}
	return picked, nil
}

func run(ctx context.Context, o options) error {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, o.bound)
	defer cancel()
	m := describe()
	b, err := newBench(ctx, o)
	if err != nil {
		return err
	}
	defer b.close()
	results := b.runAll(ctx)
	text := report(m, o, results, time.Since(began))
	fmt.Println(text)
	if !o.write {
		return nil
	}
	root, err := kafkatest.Root()
	if err != nil {
		return err
	}
	file := filepath.Join(root, reportFile)
	old, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.WriteFile(file, []byte(withNotes(text, string(old))), 0o644)
}

// A bench is the clusters and who runs between them.
type bench struct {
	options
	source, target *kafkatest.Cluster
	dir            string
	runs           int
	began          time.Time
}

// brokerProperties undo what makes the rig's brokers quick in tests but busy
// with thousands of partitions, and free deleted files soon.
var brokerProperties = map[string]string{
	"log.retention.check.interval.ms": "300000",
	"log.cleaner.backoff.ms":          "15000",
	"log.segment.delete.delay.ms":     "500",
}

func newBench(ctx context.Context, o options) (*bench, error) {
	b := &bench{options: o, began: time.Now()}
	var err error
	if b.dir, err = os.MkdirTemp("", "crosstide-bench-"); err != nil {
		return nil, err
	}
	// As Kafka's own scripts start brokers.
	jvm := []string{"-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35"}
	pair, err := kafkatest.StartAll(ctx,
		kafkatest.Options{Name: "bench-source", Heap: "1g", JVM: jvm, Properties: brokerProperties},
		kafkatest.Options{Name: "bench-target", Heap: "1g", JVM: jvm, Properties: brokerProperties, Proxied: true})
	if err != nil {
		os.RemoveAll(b.dir)
		return nil, err
	}
	b.source, b.target = pair[0], pair[1]
	return b, nil
}

func (b *bench) close() {
	b.source.Close()
	b.target.Close()
	os.RemoveAll(b.dir)
}

// runAll measures every chosen case; one that fails leaves its reason.
func (b *bench) runAll(ctx context.Context) []result {
	var results []result
	for i, r := range b.rows {
		if ctx.Err() != nil {
			results = append(results, result{row: r, failed: "not run: " + context.Cause(ctx).Error()})
			continue
		}
		b.say("case %d of %d, %s: %s", i+1, len(b.rows), r.name, r.what)
		res, err := r.measure(b, ctx, r)
		if err != nil {
			b.say("  %v", err)
			res.row, res.failed = r, err.Error()
		}
		results = append(results, res)
		if err := b.sweep(ctx, nil); err != nil && ctx.Err() == nil {
			b.say("  sweeping: %v", err)
		}
	}
	return results
}

// each lets the mirrors run in turn on the topics, which are on the source.
// One that fails has no figures; the others go on.
func (b *bench) each(ctx context.Context, r row, topics []string, show []string, do func(contestant) (figures, error)) (result, error) {
	res := result{row: r, by: map[string]figures{}, show: show}
	for _, c := range b.mirrors {
		if slices.Contains(r.without, c.name) && !b.picked {
			continue
		}
		if err := b.sweep(ctx, topics); err != nil {
			return res, err
		}
		b.quiet(ctx)
		got, err := do(c)
		if ctx.Err() != nil {
			return res, context.Cause(ctx)
		}
		if err != nil {
			got.failed = err.Error()
		}
		res.by[c.name] = got
		b.say("  %-10s%s", c.name, got.line(show))
	}
	return res, nil
}

func (b *bench) scaled(n int) int { return max(int(float64(n)*b.scale), 1000) }

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%5.0fs %s\n", time.Since(b.began).Seconds(), fmt.Sprintf(format, args...))
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
