package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// drainBound is how long one contestant may take for one row.
const drainBound = 10 * time.Minute

// oneWay is half of the round trip of the row that is far.
const oneWay = 40 * time.Millisecond

// drain feeds a topic and measures how fast it is mirrored.
func drain(b *bench, ctx context.Context, r row) (result, error) {
	topic := "bench-" + r.name
	if err := b.source.Create(ctx, topic, topicPartitions, nil); err != nil {
		return result{}, err
	}
	began := time.Now()
	if err := r.feed(b, ctx, topic, r); err != nil {
		return result{}, fmt.Errorf("feeding %s: %w", topic, err)
	}
	want, err := b.source.Ends(ctx, topic)
	if err != nil {
		return result{}, err
	}
	b.say("  %d records fed in %v", want, time.Since(began).Round(time.Second))
	target := b.target.Bootstrap()
	if r.delayed {
		target = b.target.Proxied()
		b.delay(oneWay)
		defer b.delay(0)
	}
	res, err := b.each(ctx, r, []string{speed, mbytes, cpu, peak, first}, func(c contestant) (map[string]float64, error) {
		m, err := b.start(ctx, c, topic, target)
		if err != nil {
			return nil, err
		}
		defer b.end(ctx, m, m.alias+"."+topic)
		return b.watch(ctx, m, m.alias+"."+topic, want, r.size)
	})
	if err == nil {
		err = b.source.Delete(ctx, topic)
	}
	return res, err
}

func (b *bench) delay(d time.Duration) {
	for _, p := range b.target.Proxies() {
		p.SetDelay(d)
	}
}

// watch measures from the first record seen at the target to the last.
func (b *bench) watch(ctx context.Context, m *mirror, topic string, want int64, size int) (map[string]float64, error) {
	ctx, cancel := context.WithTimeout(ctx, drainBound)
	defer cancel()
	cl, err := b.target.Client()
	if err != nil {
		return nil, err
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)

	var firstAt time.Time
	var firstGot int64
	var firstCPU time.Duration
	for {
		got := ends(ctx, adm, topic)
		now := time.Now()
		use, err := m.Usage()
		if err != nil || !m.Running() {
			return nil, fmt.Errorf("it has ended:\n%s", m.Tail(10))
		}
		if firstAt.IsZero() && got > 0 {
			firstAt, firstGot, firstCPU = now, got, use.CPU
		}
		if got >= want {
			took := now.Sub(firstAt).Seconds()
			if took < 0.05 {
				return nil, errors.New("too little data to measure: all was there at once; use a larger -scale")
			}
			rate := float64(got-firstGot) / took
			return map[string]float64{
				speed:  rate,
				mbytes: rate * float64(size) / 1e6,
				// for all the records, by what those cost that were watched
				cpu:   (use.CPU - firstCPU).Seconds() * float64(want) / float64(max(got-firstGot, 1)),
				peak:  float64(use.PeakRSS) / 1e6,
				first: firstAt.Sub(m.began).Seconds(),
			}, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%d of %d records after %v: %w", got, want, time.Since(m.began).Round(time.Second), ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func ends(ctx context.Context, adm *kadm.Client, topics ...string) int64 {
	listed, err := adm.ListEndOffsets(ctx, topics...)
	if err != nil {
		return 0
	}
	var sum int64
	listed.Each(func(o kadm.ListedOffset) {
		if o.Err == nil {
			sum += o.Offset
		}
	})
	return sum
}
