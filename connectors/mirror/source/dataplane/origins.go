package dataplane

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"crosstide/internal/recordbatch"
)

// Origins tells copies from originals where topic names do not, without touching
// a record. Every batch that a mirror writes carries the mirror's producer id;
// each such id is registered with the clusters that its batches come from before
// it is first used. Who reads from that cluster looks the ids up.
//
// A set of origins is a string that only the implementation reads; "" stands for
// records first produced on the source. One producer id writes batches of one
// set only.
type Origins interface {
	// Of tells where the batches of a producer on the source come from, and
	// whether the target has them already. It may block while it reads what was
	// registered lately. It is safe for concurrent use.
	Of(ctx context.Context, producer int64) (origins string, skip bool, err error)
	// Register notes on the target that producer will write batches of these
	// origins, copied from the source. It returns when that is durable.
	Register(ctx context.Context, producer int64, origins string) error
}

// originsTimeout bounds one look-up, which holds up one broker's fetches.
const originsTimeout = 10 * time.Second

func (p *partition) originsOf(e recordbatch.Entry) (origins string, skip bool, err error) {
	o := p.pl.cfg.Origins
	if o == nil || e.Magic != 2 || e.View().ProducerID() < 0 {
		return "", false, nil
	}
	ctx, cancel := context.WithTimeout(p.pl.readCtx, originsTimeout)
	defer cancel()
	origins, skip, err = o.Of(ctx, e.View().ProducerID())
	if err != nil && p.pl.readCtx.Err() == nil {
		p.pl.log.Warn("the origins of a batch can't be read, trying again", "topic", p.source.topic, "partition", p.source.partition, "err", err)
	}
	if skip {
		p.stats.skipped.Add(1)
	}
	return origins, skip, err
}

// switchOrigins takes the producer id for the batch that begins the queue.
func (p *partition) switchOrigins(ctx context.Context) error {
	p.mu.Lock()
	if len(p.queue) == 0 || len(p.window) > 0 {
		p.mu.Unlock()
		return nil
	}
	origins := p.queue[0].origins
	id, ok := p.idents[origins]
	p.mu.Unlock()
	if !ok {
		var err error
		if id, err = p.pl.freshIdentity(ctx, recordbatch.NoIdentity, origins); err != nil {
			return err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.idents == nil {
		p.idents = map[string]recordbatch.Identity{}
	}
	p.idents[p.origins] = p.ident // its sequence goes on when it is needed again
	p.ident, p.origins = id, origins
	return nil
}

// freshIdentity returns a producer id for some origins other than old's: the one
// that another partition asked for meanwhile, or a new one.
func (pl *Plane) freshIdentity(ctx context.Context, old recordbatch.Identity, origins string) (recordbatch.Identity, error) {
	pl.identMu.Lock()
	defer pl.identMu.Unlock()
	pl.mu.Lock()
	now, ok := pl.idents[origins]
	pl.mu.Unlock()
	if ok && now.ProducerID != old.ProducerID {
		return now, nil
	}
	req := kmsg.NewPtrInitProducerIDRequest()
	req.ProducerID, req.ProducerEpoch = -1, -1
	resp, err := req.RequestWith(ctx, pl.target.Client)
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	if errors.Is(err, kerr.ClusterAuthorizationFailed) {
		return now, &DeniedError{Cluster: "target", Operation: "IDEMPOTENT_WRITE", Resource: "cluster", Err: err}
	}
	if err != nil {
		return now, fmt.Errorf("asking the target for a producer id: %w", err)
	}
	now = recordbatch.Identity{ProducerID: resp.ProducerID, Epoch: resp.ProducerEpoch}
	if pl.cfg.Origins != nil {
		if err := pl.cfg.Origins.Register(ctx, now.ProducerID, origins); err != nil {
			return now, fmt.Errorf("registering producer id %d: %w", now.ProducerID, err)
		}
	}
	pl.mu.Lock()
	pl.idents[origins] = now
	pl.mu.Unlock()
	return now, nil
}
