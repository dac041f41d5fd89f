package main

import (
	"context"
	"flag"
	"fmt"
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
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type options struct {
	only  string
	ours  bool
	scale float64
	out   string
}

func run(ctx context.Context, args []string) error {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&o.only, "only", "", "the rows to run, comma-separated: "+strings.Join(rowNames(), ","))
	flags.BoolVar(&o.ours, "crosstide-only", false, "leave Java out")
	flags.Float64Var(&o.scale, "scale", 1, "how much of the data to use")
	flags.StringVar(&o.out, "out", "", "where the results go; - for the terminal only (default docs/benchmarks.md for a full run, else the terminal)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if o.out == "" {
		o.out = "-"
		if o.only == "" && !o.ours && o.scale == 1 {
			o.out = "docs/benchmarks.md"
		}
	}
	chosen, err := choose(o.only)
	if err != nil {
		return err
	}
	b, err := newBench(ctx, o)
	if err != nil {
		return err
	}
	defer b.close()
	began := time.Now()
	var results []result
	for i, r := range chosen {
		b.say("row %d of %d: %s", i+1, len(chosen), r.what)
		got, err := b.row(ctx, r)
		if err != nil {
			return fmt.Errorf("row %s: %w", r.name, err)
		}
		results = append(results, got)
	}
	text := report(b.machine, o, results, time.Since(began))
	fmt.Println(text)
	if o.out == "-" {
		return nil
	}
	root, err := kafkatest.Root()
	if err != nil {
		return err
	}
	file := filepath.Join(root, o.out)
	return os.WriteFile(file, []byte(text+notes(file)), 0o644)
}

func choose(only string) ([]row, error) {
	if only == "" {
		return rows, nil
	}
	var chosen []row
	for _, name := range strings.Split(only, ",") {
		i := slices.IndexFunc(rows, func(r row) bool { return r.name == strings.TrimSpace(name) })
		if i < 0 {
			return nil, fmt.Errorf("no row %q; there are %s", name, strings.Join(rowNames(), ", "))
		}
		chosen = append(chosen, rows[i])
	}
	return chosen, nil
}

// A bench is the clusters and who runs between them.
type bench struct {
	options
	source, target *kafkatest.Cluster
	contestants    []contestant
	machine        machine
	dir            string
	runs           int
	began          time.Time
}

func newBench(ctx context.Context, o options) (*bench, error) {
	b := &bench{options: o, contestants: contestants, machine: describe(), began: time.Now()}
	if o.ours {
		b.contestants = contestants[len(contestants)-1:]
	}
	var err error
	if b.dir, err = os.MkdirTemp("", "crosstide-bench-"); err != nil {
		return nil, err
	}
	// As Kafka's own scripts start brokers, except for the heap.
	jvm := []string{"-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35"}
	pair, err := kafkatest.StartAll(ctx,
		kafkatest.Options{Name: "bench-source", Heap: "1g", JVM: jvm},
		kafkatest.Options{Name: "bench-target", Heap: "1g", JVM: jvm, Proxied: true})
	if err != nil {
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

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%5.0fs %s\n", time.Since(b.began).Seconds(), fmt.Sprintf(format, args...))
}
