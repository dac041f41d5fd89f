package main

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
)

// A row is one measurement and what the design asks of Crosstide in it.
type row struct {
	name, what string
	measure    func(*bench, context.Context, row) (result, error)

	// of rows that drain a topic
	records int
	size    int // of a value
	codec   kgo.CompressionCodec
	feed    func(b *bench, ctx context.Context, topic string, r row) error
	delayed bool // the target is 80 ms away

	// of rows with idle partitions
	partitions int

	goals []goal
}

// A goal compares a figure of Crosstide with a bound or with Java's.
type goal struct {
	figure  string
	against string  // a contestant's name; empty: the bound itself
	bound   float64 // at least so many times, or at most so much
	atMost  bool
}

func faster(plain, tuned float64) []goal {
	return []goal{{figure: speed, against: "Java plain", bound: plain}, {figure: speed, against: "Java tuned", bound: tuned}}
}

func cheaper(plain, tuned float64) []goal {
	return []goal{{figure: cpu, against: "Java plain", bound: 1 / plain, atMost: true}, {figure: cpu, against: "Java tuned", bound: 1 / tuned, atMost: true}}
}

// The figures.
const (
	speed   = "records/s"
	mbytes  = "MB/s"
	cpu     = "CPU s"
	peak    = "peak RSS MB"
	resting = "RSS MB"
	cores   = "% of a core"
	first   = "s to first record"
	p50     = "p50 ms"
	p99     = "p99 ms"
)

const memory = 130 // MB, under load

var rows = []row{
	{name: "1k", what: "1 KB records", measure: drain, records: 1_000_000, size: 1000, codec: kgo.NoCompression(), feed: feedBatches,
		goals: append(append(faster(6.5, 2.2), cheaper(12, 5)...), goal{figure: peak, bound: memory, atMost: true}, goal{figure: first, bound: 1.5, atMost: true})},
	{name: "100b", what: "100 B records", measure: drain, records: 5_000_000, size: 90, codec: kgo.NoCompression(), feed: feedBatches,
		goals: append(append(faster(10, 10), cheaper(20, 20)...), goal{figure: peak, bound: memory, atMost: true})},
	{name: "lz4", what: "130 B records in lz4 batches", measure: drain, records: 3_000_000, size: 120, codec: kgo.Lz4Compression(), feed: feedBatches,
		goals: append(append(faster(14, 14), cheaper(40, 40)...), goal{figure: peak, bound: memory, atMost: true})},
	{name: "zstd", what: "130 B records in zstd batches", measure: drain, records: 3_000_000, size: 120, codec: kgo.ZstdCompression(), feed: feedBatches,
		goals: append(append(faster(14, 14), cheaper(40, 40)...), goal{figure: peak, bound: memory, atMost: true})},
	{name: "single", what: "200 B records in batches of one", measure: drain, records: 200_000, size: 200, codec: kgo.NoCompression(), feed: feedSingles,
		goals: []goal{{figure: speed, against: "Java tuned", bound: 3}, {figure: cpu, against: "Java tuned", bound: 1. / 3, atMost: true}, {figure: peak, bound: memory, atMost: true}}},
	{name: "far", what: "1 KB records, 80 ms round trip to the target", measure: drain, records: 100_000, size: 1000, codec: kgo.NoCompression(), feed: feedBatches, delayed: true,
		goals: append(faster(70, 2), goal{figure: peak, bound: memory, atMost: true})},
	{name: "latency", what: "1 000 records/s, produced to visible", measure: latency,
		goals: []goal{{figure: p50, bound: 4, atMost: true}, {figure: p99, bound: 15, atMost: true}}},
	{name: "idle-1k", what: "1 000 idle partitions", measure: idle, partitions: 1000,
		goals: []goal{{figure: resting, bound: 80, atMost: true}}},
	{name: "idle-10k", what: "10 000 idle partitions", measure: idle, partitions: 10_000,
		goals: []goal{{figure: cores, bound: 5, atMost: true}}},
}

func rowNames() []string {
	names := make([]string, len(rows))
	for i, r := range rows {
		names[i] = r.name
	}
	return names
}

// figures are one contestant's of one row; failed says why there are none.
type figures struct {
	values map[string]float64
	failed string
}

// A result is a row with all its contestants' figures.
type result struct {
	row  row
	by   map[string]figures
	show []string // the figures, in the order to show them
}

func (b *bench) row(ctx context.Context, r row) (result, error) { return r.measure(b, ctx, r) }

// each lets the contestants run in turn. One that fails has no figures; the
// others go on.
func (b *bench) each(ctx context.Context, r row, show []string, do func(contestant) (map[string]float64, error)) (result, error) {
	res := result{row: r, by: map[string]figures{}, show: show}
	for _, c := range b.contestants {
		values, err := do(c)
		if ctx.Err() != nil {
			return res, ctx.Err()
		}
		if err != nil {
			b.say("  %s: %v", c.name, err)
			res.by[c.name] = figures{failed: err.Error()}
			continue
		}
		res.by[c.name] = figures{values: values}
		line := ""
		for _, f := range show {
			line += fmt.Sprintf("  %s %s", f, number(values[f]))
		}
		b.say("  %-10s%s", c.name, line)
	}
	return res, nil
}
