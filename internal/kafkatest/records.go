package kafkatest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// A Contents is a topic's records by partition, in the order of their offsets.
type Contents map[int32][]*kgo.Record

// Count is the number of records in all partitions.
func (c Contents) Count() int {
	n := 0
	for _, records := range c {
		n += len(records)
	}
	return n
}

// readBound is how long reading a topic to its end may take.
const readBound = time.Minute

// Read returns what a committed reader sees of a topic, from the log starts to
// the ends as they are now.
func (c *Cluster) Read(ctx context.Context, topic string) (Contents, error) {
	cl, err := c.Client(
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		// Markers and aborted records at the end would otherwise look like
		// records that are still to come.
		kgo.KeepControlRecords(),
		kgo.FetchMaxWait(100*time.Millisecond),
	)
	if err != nil {
		return nil, err
	}
	defer cl.Close()
	ctx, cancel := context.WithTimeout(ctx, readBound)
	defer cancel()
	got, err := read(ctx, cl, topic)
	if err != nil {
		return nil, fmt.Errorf("reading %s of %s: %w", topic, c.name, err)
	}
	return got, nil
}

func read(ctx context.Context, cl *kgo.Client, topic string) (Contents, error) {
	adm := kadm.NewClient(cl)
	starts, err := adm.ListStartOffsets(ctx, topic)
	if err == nil {
		err = starts.Error()
	}
	if err != nil {
		return nil, err
	}
	ends, err := adm.ListCommittedOffsets(ctx, topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return nil, err
	}
	got, from, missing := Contents{}, map[int32]kgo.Offset{}, map[int32]int64{}
	ends.Each(func(end kadm.ListedOffset) {
		got[end.Partition] = nil
		start, _ := starts.Lookup(topic, end.Partition)
		if start.Offset < end.Offset {
			from[end.Partition] = kgo.NewOffset().At(start.Offset)
			missing[end.Partition] = end.Offset
		}
	})
	cl.AddConsumePartitions(map[string]map[int32]kgo.Offset{topic: from})
	for len(missing) > 0 {
		fetches := cl.PollFetches(ctx)
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("%w with %d records read, waiting for the ends of partitions %v", err, got.Count(), missing)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			end, wanted := missing[r.Partition]
			if !wanted {
				return
			}
			if r.Offset < end && !r.Attrs.IsControl() {
				got[r.Partition] = append(got[r.Partition], r)
			}
			if r.Offset >= end-1 {
				delete(missing, r.Partition)
			}
		})
	}
	return got, nil
}

// Ends returns the sum of a topic's end offsets, 0 when there is no such topic.
func (c *Cluster) Ends(ctx context.Context, topics ...string) (int64, error) {
	cl, err := c.Client()
	if err != nil {
		return 0, err
	}
	defer cl.Close()
	listed, err := kadm.NewClient(cl).ListEndOffsets(ctx, topics...)
	if err != nil {
		return 0, err
	}
	var sum int64
	listed.Each(func(o kadm.ListedOffset) {
		if o.Err == nil {
			sum += o.Offset
		}
	})
	return sum, nil
}

// SameContents returns what differs between a topic and its copy, which must
// hold the same records in the same order, none twice: nil when they are equal.
func SameContents(source, target Contents) error {
	var found problems
	for p := range partitions(source, target) {
		s, t := source[p], target[p]
		for i := range min(len(s), len(t)) {
			if d := differs(s[i], t[i]); d != "" {
				found.add("partition %d, record %d: %s: source %s, target %s", p, i, d, describe(s[i]), describe(t[i]))
			}
		}
		if len(t) < len(s) {
			found.add("partition %d: the last %d records are missing, from %s", p, len(s)-len(t), describe(s[len(t)]))
		}
		if len(s) < len(t) {
			found.add("partition %d: %d records too many, from %s", p, len(t)-len(s), describe(t[len(s)]))
		}
	}
	return found.err()
}

// NothingMissing compares a topic whose values are all different with its copy
// when some records may have been copied twice. It returns how many were, and
// an error when one is missing, changed, strange, or comes for the first time
// after one that stood behind it.
func NothingMissing(source, target Contents) (twice int, err error) {
	var found problems
	for p := range partitions(source, target) {
		place := make(map[string]int, len(source[p]))
		for i, r := range source[p] {
			place[string(r.Value)] = i
		}
		if len(place) != len(source[p]) {
			return 0, fmt.Errorf("partition %d of the source has equal values: they cannot tell records apart", p)
		}
		next := 0 // the place of the first record that has not come yet
		for _, r := range target[p] {
			i, known := place[string(r.Value)]
			switch {
			case !known:
				found.add("partition %d: a record that the source has not: %s", p, describe(r))
			case i < next:
				twice++
			case i > next:
				found.add("partition %d: %s comes before the %d records that stand before it", p, describe(r), i-next)
				next = i + 1
			default:
				next++
			}
			if known {
				if d := differs(source[p][i], r); d != "" {
					found.add("partition %d: %s: source %s, target %s", p, d, describe(source[p][i]), describe(r))
				}
			}
		}
		if next < len(source[p]) {
			found.add("partition %d: the last %d records are missing, from %s", p, len(source[p])-next, describe(source[p][next]))
		}
	}
	return twice, found.err()
}

// differs names the first thing in which a copy is not its original.
func differs(a, b *kgo.Record) string {
	switch {
	case !sameBytes(a.Key, b.Key):
		return "another key"
	case !sameBytes(a.Value, b.Value):
		return "another value"
	case a.Timestamp.UnixMilli() != b.Timestamp.UnixMilli():
		return fmt.Sprintf("another time (%d became %d)", a.Timestamp.UnixMilli(), b.Timestamp.UnixMilli())
	case len(a.Headers) != len(b.Headers):
		return "other headers"
	}
	for i, h := range a.Headers {
		if h.Key != b.Headers[i].Key || !sameBytes(h.Value, b.Headers[i].Value) {
			return "another header " + h.Key
		}
	}
	return ""
}

// sameBytes tells null from empty.
func sameBytes(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }

func describe(r *kgo.Record) string {
	short := func(b []byte) string {
		switch {
		case b == nil:
			return "null"
		case len(b) > 40:
			return fmt.Sprintf("%q… (%d bytes)", b[:40], len(b))
		default:
			return fmt.Sprintf("%q", b)
		}
	}
	return fmt.Sprintf("offset %d key %s value %s", r.Offset, short(r.Key), short(r.Value))
}

// partitions yields the partitions of both, in order.
func partitions(a, b Contents) func(func(int32) bool) {
	var all []int32
	for _, c := range []Contents{a, b} {
		for p := range c {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, cmp.Compare[int32])
	return slices.Values(slices.Compact(all))
}

// problems collects differences and tells the first few.
type problems struct {
	first []string
	count int
}

func (p *problems) add(format string, args ...any) {
	p.count++
	if len(p.first) < 8 {
		p.first = append(p.first, fmt.Sprintf(format, args...))
	}
}

func (p *problems) err() error {
	if p.count == 0 {
		return nil
	}
	return fmt.Errorf("%d differences:\n  %s", p.count, strings.Join(p.first, "\n  "))
}
