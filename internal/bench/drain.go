package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

const (
	// drainBound is how long one mirror may take for one case.
	drainBound = 150 * time.Second
	// lookEvery is the pause between two looks at the target.
	lookEvery = 10 * time.Millisecond
	// oneWay is half of the round trip of the case that is far.
	oneWay = 40 * time.Millisecond
)

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
	b.say("  %d records fed in %v", want, time.Since(began).Round(100*time.Millisecond))
	return b.each(ctx, r, []string{topic}, []string{speed, mbytes, cpu, whole, peak, first}, func(c contestant) (figures, error) {
		target := b.target.Bootstrap()
		if r.delayed {
			target = b.target.Proxied()
			b.delay(oneWay)
			defer b.delay(0)
		}
		m, err := b.start(ctx, c, topic, target)
		if err != nil {
			return figures{}, err
		}
		defer b.end(m)
		return b.watch(ctx, m, m.copyOf(topic), want, r.size)
	})
}

func (b *bench) delay(d time.Duration) {
	for _, p := range b.target.Proxies() {
		p.SetDelay(d)
	}
}

// A look is what is at the target, and what the mirror has used for it.
type look struct {
	at   time.Duration // since the mirror was started
	got  int64
	cpu  time.Duration
	peak int64
}

// watch measures from the first record seen at the target to the last. When
// time is up, it measures what was done until then.
func (b *bench) watch(ctx context.Context, m *mirror, topic string, want int64, size int) (figures, error) {
	ctx, cancel := context.WithTimeout(ctx, drainBound)
	defer cancel()
	cl, err := b.target.Client()
	if err != nil {
		return figures{}, err
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	var from, now look
	for {
		got := ends(ctx, adm, topic)
		use, err := m.Usage()
		if err != nil || !m.Running() {
			return figures{}, m.ended()
		}
		if ctx.Err() == nil { // else the last answer is no answer
			now = look{at: time.Since(m.began), got: got, cpu: use.CPU, peak: use.PeakRSS}
		}
		if from.got == 0 && got > 0 {
			from = now
		}
		if got >= want {
			return drained(from, now, want, size)
		}
		if pause(ctx, lookEvery) != nil {
			f, err := drained(from, now, want, size)
			return f, errors.Join(fmt.Errorf("stopped after %v with %d of %d records", drainBound, now.got, want), err)
		}
	}
}

// drained says what happened between two looks. CPU is for all the records, by
// what those cost that were watched.
func drained(from, to look, want int64, size int) (figures, error) {
	took, records := (to.at - from.at).Seconds(), to.got-from.got
	if from.got == 0 {
		return figures{}, errors.New("no record has arrived")
	}
	f := figures{values: map[string]float64{
		peak:  float64(to.peak) / 1e6,
		first: from.at.Seconds(),
		whole: to.cpu.Seconds(),
	}}
	if took < 0.05 || records <= 0 {
		return f, errors.New("too little data to tell the speed: use a larger -scale")
	}
	f.values[speed] = float64(records) / took
	f.values[mbytes] = f.values[speed] * float64(size) / 1e6
	f.values[cpu] = (to.cpu - from.cpu).Seconds() * float64(want) / float64(records)
	return f, nil
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
