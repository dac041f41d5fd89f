package demo

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"crosstide/connect/config"
)

// copier mirrors record by record, the simplest way that keeps everything. It
// stands in for the mirror, to test the demo and not the mirror.
type copier struct {
	damage func(*kgo.Record) *kgo.Record // nil: keep
	lead   int64                         // how far group positions are wrongly ahead
}

func (c copier) run(ctx context.Context, path string, watch func(func() []string)) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	file, err := config.ReadProperties(in)
	if err != nil {
		return err
	}
	from, err := kgo.NewClient(kgo.SeedBrokers(file.Map()["primary.bootstrap.servers"]), kgo.ConsumeRegex(), kgo.ConsumeTopics("^[a-z]+$"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.MetadataMinAge(50*time.Millisecond), kgo.MetadataMaxAge(100*time.Millisecond))
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := kgo.NewClient(kgo.SeedBrokers(file.Map()["secondary.bootstrap.servers"]), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		return err
	}
	defer to.Close()
	source, target := kadm.NewClient(from), kadm.NewClient(to)
	for _, t := range demoTopics() {
		if _, err := target.CreateTopic(ctx, t.partitions, 1, nil, t.name); err != nil {
			return err
		}
	}
	watch(func() []string { return nil })
	var synced time.Time
	for ctx.Err() == nil {
		polling, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		fetches := from.PollFetches(polling)
		cancel()
		fetches.EachRecord(func(r *kgo.Record) {
			out := &kgo.Record{Topic: r.Topic, Partition: r.Partition, Key: r.Key, Value: r.Value, Headers: r.Headers, Timestamp: r.Timestamp}
			if c.damage != nil {
				out = c.damage(out)
			}
			if out != nil {
				to.Produce(ctx, out, nil)
			}
		})
		if time.Since(synced) > time.Second {
			synced = time.Now()
			c.syncGroup(ctx, source, target)
		}
	}
	return nil
}

func (c copier) syncGroup(ctx context.Context, source, target *kadm.Client) {
	offsets, err := source.FetchOffsets(ctx, group)
	if err != nil {
		return
	}
	all := kadm.Offsets{}
	offsets.Each(func(o kadm.OffsetResponse) {
		o.At += c.lead
		all.Add(o.Offset)
	})
	_, _ = target.CommitOffsets(ctx, group, all)
}

func runDemo(t *testing.T, c copier) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := Run(t.Context(), Options{Out: &out, Length: 3 * time.Second, Mirror: c.run})
	return out.String(), err
}

func TestTheDemoEndsWellWhenEveryRecordArrives(t *testing.T) {
	out, err := runDemo(t, copier{})
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"primary", "compared one by one", "Failover", "none missed", "latency p50"} {
		if !strings.Contains(out, want) {
			t.Errorf("missing %q in:\n%s", want, out)
		}
	}
}

func TestTheDemoFailsWhenOneHeaderIsLost(t *testing.T) {
	done := false
	out, err := runDemo(t, copier{damage: func(r *kgo.Record) *kgo.Record {
		if r.Topic == "payments" && !done {
			done = true
			r.Headers = r.Headers[:1]
		}
		return r
	}})
	if err == nil || !strings.Contains(err.Error(), "payments-") || !strings.Contains(err.Error(), "differs") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestTheDemoFailsWhenTheGroupWouldSkipRecords(t *testing.T) {
	out, err := runDemo(t, copier{lead: 5})
	if err == nil || !strings.Contains(err.Error(), "would skip") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestTheDemoEndsAtOnceWhenTheMirrorFails(t *testing.T) {
	err := Run(t.Context(), Options{Out: &bytes.Buffer{}, Length: time.Minute, Mirror: func(context.Context, string, func(func() []string)) error {
		return context.DeadlineExceeded
	}})
	if err == nil || !strings.Contains(err.Error(), "the mirror:") {
		t.Error(err)
	}
}

func TestAMissingRecordIsTold(t *testing.T) {
	for _, c := range []struct {
		want, got []uint64
		says      string
	}{
		{[]uint64{1, 2, 3}, []uint64{1, 2, 3}, ""},
		{[]uint64{1, 2, 3}, []uint64{1, 2}, "1 of 3 records are missing"},
		{[]uint64{1, 2, 3}, []uint64{1, 3, 2}, "record 1 differs"},
		{[]uint64{1}, []uint64{1, 1}, "1 records more"},
		{nil, nil, ""},
	} {
		err := compareOrder(c.want, c.got)
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v %v: %v", c.want, c.got, err)
		}
	}
}

func TestThePictureOfATerminalIsRedrawnInPlace(t *testing.T) {
	var out bytes.Buffer
	at := &cluster{addr: "127.0.0.1:1"}
	s := &screen{out: &out, terminal: true, from: at, to: at}
	f := frame{length: 10 * time.Second, elapsed: 5 * time.Second, phase: "copying", atSource: true}
	for _, topic := range demoTopics() {
		f.rows = append(f.rows, row{topic: topic, produced: 12345, mirrored: 12340, perSecond: 600})
	}
	s.show(f)
	first := out.Len()
	s.show(f)
	again := out.String()[first:]
	if !strings.HasPrefix(again, "\x1b[") || strings.Count(again, "\n") != strings.Count(out.String()[:first], "\n") {
		t.Errorf("%q", again)
	}
	for _, want := range []string{"12 345", "orders", "00:05 of 00:10"} {
		if !strings.Contains(again, want) {
			t.Errorf("missing %q in %s", want, again)
		}
	}
}
