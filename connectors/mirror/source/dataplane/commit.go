package dataplane

import (
	"context"
	"time"
)

// maxCommits bounds the offsets written a round: at two rounds a second ten
// thousand busy partitions cost the offsets topic four thousand records a second,
// not twenty; each then commits every few seconds.
const maxCommits = 2000

func (pl *Plane) dirty(p *partition) {
	pl.dirtyMu.Lock()
	pl.dirtySet[p] = struct{}{}
	pl.dirtyMu.Unlock()
}

func (pl *Plane) commitEvery(ctx context.Context) {
	tick := time.NewTicker(pl.cfg.CommitInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := pl.commit(ctx, maxCommits); err != nil && ctx.Err() == nil {
			pl.log.Warn("offset commit failed, trying again", "err", err)
		}
	}
}

// commit stores how far up to most partitions have come.
//
// A partition's offset is committed only up to the oldest batch that is not
// acknowledged: one after it may be in the target already, but committing past
// the gap would lose the gap after a crash, and sending again is only a repeat.
//
// Offset syncs hear of records only here, after their offsets are durable. A
// sync ahead of the committed offset would be followed, after a crash, by one
// that is behind it: readers take that for a rewind of the source and throw away
// the history that group offsets are translated by.
func (pl *Plane) commit(ctx context.Context, most int) error {
	pl.dirtyMu.Lock()
	var chosen []*partition
	for p := range pl.dirtySet {
		if len(chosen) >= most {
			break
		}
		chosen = append(chosen, p)
		delete(pl.dirtySet, p)
	}
	pl.dirtyMu.Unlock()

	var offsets []Committed
	var owners []*partition
	var runs [][]ackRun
	for _, p := range chosen {
		p.mu.Lock()
		if at := p.reached(); at != p.committed && (at >= 0 || p.committed == -2) {
			offsets = append(offsets, Committed{Topic: p.source.topic, Partition: p.source.partition, Offset: at, SourceID: p.sourceID, TargetID: p.targetID})
			owners = append(owners, p)
			runs = append(runs, p.runs)
			p.runs = nil
		}
		p.mu.Unlock()
	}
	if len(offsets) == 0 || pl.cfg.Commit == nil {
		return nil
	}
	if err := pl.cfg.Commit(ctx, offsets); err != nil {
		for i, p := range owners {
			p.mu.Lock()
			p.runs = append(runs[i], p.runs...)
			p.mu.Unlock()
			pl.dirty(p)
		}
		return err
	}
	for i, p := range owners {
		p.mu.Lock()
		p.committed = offsets[i].Offset
		p.mu.Unlock()
		for _, r := range runs[i] {
			pl.cfg.Acked(p.source.topic, p.source.partition, r.up, r.down, r.n)
		}
	}
	return nil
}
