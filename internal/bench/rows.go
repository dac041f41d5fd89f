package main

import (
	"context"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"
)

// A row is one case and what the design asks of Crosstide in it.
type row struct {
	name, what string
	measure    func(*bench, context.Context, row) (result, error)
	without    []string // mirrors that are left out unless they are named
	goals      []goal

	// of cases that drain a topic
	records int
	size    int // of a value
	codec   kgo.CompressionCodec
	feed    func(b *bench, ctx context.Context, topic string, r row) error
	delayed bool // the target is 80 ms away

	// of cases with idle partitions
	partitions int
	prepared   bool // the copies exist before: a mirror that asks for all at once is refused
}

// The figures.
const (
	speed   = "records/s"
	mbytes  = "MB/s"
	cpu     = "CPU s"
	whole   = "CPU s with start"
	peak    = "peak RSS MB"
	resting = "RSS MB"
	cores   = "% of a core"
	first   = "s to first record"
	flowing = "s until every topic flows"
	p50     = "p50 ms"
	p99     = "p99 ms"
)

const memory = 130 // MB, under load

// noTuning is of cases without load: the tuning is for throughput.
var noTuning = []string{javaTuned}

var rows = []row{
	{name: "1k", what: "1 KB records", measure: drain, records: 1_000_000, size: 1000, codec: kgo.NoCompression(), feed: feedBatches,
		goals: slices.Concat(faster(6.5, 2.2), cheaper(12, 5), atMost(peak, memory), atMost(first, 1.5))},
	{name: "100b", what: "100 B records", measure: drain, records: 5_000_000, size: 100, codec: kgo.NoCompression(), feed: feedBatches,
		goals: slices.Concat(faster(10, 10), cheaper(20, 20), atMost(peak, memory))},
	{name: "lz4", what: "130 B records in lz4 batches", measure: drain, records: 3_000_000, size: 130, codec: kgo.Lz4Compression(), feed: feedBatches,
		goals: slices.Concat(faster(14, 14), cheaper(40, 40), atMost(peak, memory))},
	{name: "zstd", what: "130 B records in zstd batches", measure: drain, records: 3_000_000, size: 130, codec: kgo.ZstdCompression(), feed: feedBatches,
		goals: slices.Concat(faster(14, 14), cheaper(40, 40), atMost(peak, memory))},
	{name: "single", what: "200 B records in batches of one", measure: drain, records: 200_000, size: 200, codec: kgo.NoCompression(), feed: feedSingles,
		goals: slices.Concat([]goal{{figure: speed, against: javaTuned, bound: 3}, {figure: cpu, against: javaTuned, bound: 1. / 3, atMost: true}}, atMost(peak, memory))},
	{name: "far", what: "1 KB records, 80 ms round trip to the target", measure: drain, records: 100_000, size: 1000, codec: kgo.NoCompression(), feed: feedBatches, delayed: true,
		goals: slices.Concat(faster(70, 2), atMost(peak, memory))},
	{name: "latency", what: "1 000 records/s, produced to visible", measure: latency, without: noTuning,
		goals: slices.Concat(atMost(p50, 4), atMost(p99, 15))},
	{name: "idle-1k", what: "1 000 idle partitions", measure: idle, partitions: 1000, without: noTuning,
		goals: atMost(resting, 80)},
	{name: "idle-10k", what: "10 000 idle partitions", measure: idle, partitions: 10_000, prepared: true, without: noTuning,
		goals: slices.Concat(atMost(cores, 5), []goal{{figure: resting, versus: "idle-1k", bound: 10, atMost: true}})},
}

func rowNames() []string {
	names := make([]string, len(rows))
	for i, r := range rows {
		names[i] = r.name
	}
	return names
}

// figures are one mirror's of one case; failed says why there are none, or not
// all.
type figures struct {
	values map[string]float64
	failed string
}

// A result is a case with all its mirrors' figures, or why there are none.
type result struct {
	row    row
	by     map[string]figures // by the mirrors' names
	show   []string           // the figures, in the order to show them
	failed string
}
