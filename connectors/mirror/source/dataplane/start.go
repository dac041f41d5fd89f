package dataplane

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"golang.org/x/sync/errgroup"

	"crosstide/internal/recordbatch"
)

// begin gets what nothing can be done without, trying until ctx ends.
func (pl *Plane) begin(ctx context.Context) error {
	said := ""
	for n := 0; ; n++ {
		err := pl.tryBegin(ctx)
		var denied *DeniedError
		if err == nil || errors.As(err, &denied) {
			return err
		}
		if err.Error() != said {
			pl.log.Warn("mirror task waits for its clusters", "err", err)
			said = err.Error()
		}
		pause(ctx, min(100*time.Millisecond<<min(n, 6), 5*time.Second))
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

func (pl *Plane) tryBegin(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { _, err := pl.sourceTopology.refresh(gctx, true); return err })
	g.Go(func() error { _, err := pl.targetTopology.refresh(gctx, true); return err })
	g.Go(func() error {
		id, err := pl.freshIdentity(gctx, recordbatch.NoIdentity, "")
		for _, p := range pl.partitions {
			p.mu.Lock()
			p.ident = id
			p.mu.Unlock()
		}
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	g, gctx = errgroup.WithContext(ctx)
	g.Go(func() error { return pl.findStarts(gctx) })
	g.Go(func() error { pl.findEnds(gctx); return nil })
	return g.Wait()
}

// findStarts finds the positions of partitions without committed offset, with
// one request a broker; those that can't be found now are resolved one by one.
func (pl *Plane) findStarts(ctx context.Context) error {
	if pl.cfg.Reset == ResetNone {
		return nil
	}
	var topics []string
	for topic, ps := range pl.bySource {
		for _, p := range ps {
			if p.position < 0 {
				topics = append(topics, topic)
				break
			}
		}
	}
	if len(topics) == 0 {
		return nil
	}
	list := kadm.NewClient(pl.source.Client).ListStartOffsets
	if pl.cfg.Reset == ResetLatest {
		list = kadm.NewClient(pl.source.Client).ListEndOffsets
	}
	offsets, err := list(ctx, topics...)
	var shards *kadm.ShardErrors
	if err != nil && !errors.As(err, &shards) {
		return fmt.Errorf("listing source offsets: %w", err)
	}
	for _, p := range pl.partitions {
		o, ok := offsets.Lookup(p.source.topic, p.source.partition)
		p.mu.Lock()
		if p.position < 0 && ok && o.Err == nil && o.Offset >= 0 {
			p.done, p.committed = o.Offset-1, o.Offset-1
			if pl.cfg.Reset == ResetLatest {
				p.committed = -2 // remember the choice: a restart must not skip what comes meanwhile
				pl.dirty(p)
			}
			p.seek(o.Offset)
		}
		p.mu.Unlock()
	}
	return nil
}

// findEnds notes where the target partitions end now: our batches lie behind.
func (pl *Plane) findEnds(ctx context.Context) {
	var topics []string
	for topic := range pl.byTarget {
		if pl.targetTopology.place(topicPartition{topic, 0}).err == nil {
			topics = append(topics, topic)
		}
	}
	if len(topics) == 0 {
		return
	}
	offsets, err := kadm.NewClient(pl.target.Client).ListEndOffsets(ctx, topics...)
	if err != nil {
		pl.log.Debug("listing target offsets", "err", err)
	}
	for _, p := range pl.partitions {
		if o, ok := offsets.Lookup(p.target.topic, p.target.partition); ok && o.Err == nil && o.Offset >= 0 {
			p.mu.Lock()
			p.downEnd = o.Offset
			p.mu.Unlock()
		}
	}
}
