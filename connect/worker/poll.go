package worker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"crosstide/connect"
	"crosstide/connect/state"
)

// producer is what a polling task sends with.
type producer interface {
	// Send hands a record over, waiting while the buffer is full. acked is called
	// later, once, from one goroutine, in the order of acknowledgements.
	Send(ctx context.Context, r converted, acked func(connect.RecordMetadata, error)) error
	// Close drops what is unsent, and returns when acked is not called any more.
	Close()
}

// poller runs a source task that returns its records.
type poller struct {
	task      *Task
	source    connect.SourceTask
	form      form
	producer  producer
	submitted *submitted
	version   string

	mu     sync.Mutex
	failed error // the first failed delivery
}

// pollAgain is the pause after an error that may pass.
const pollAgain = 100 * time.Millisecond

// poll polls and sends until ctx ends, then waits for acknowledgements and
// commits.
func (t *Task) poll(ctx, hard context.Context, source connect.SourceTask, tc *taskContext, version string) error {
	producer, err := newKafkaProducer(tc.ProducerConfig(), t.log)
	if err != nil {
		return connect.Permanent(err)
	}
	p := &poller{
		task: t, source: source, form: tc.form, producer: producer,
		submitted: newSubmitted(), version: version,
	}
	return p.run(ctx, hard)
}

func (p *poller) run(ctx, hard context.Context) error {
	committing, stop := context.WithCancel(ctx)
	committed := make(chan struct{})
	go func() {
		defer close(committed)
		p.commitEvery(committing, p.settings().OffsetFlushInterval)
	}()
	// In case Poll panics, too.
	defer p.producer.Close()
	err := guard(func() error { return p.loop(ctx) })
	stop()
	<-committed
	p.finish(hard)
	return err
}

func (p *poller) settings() Settings { return p.task.worker.config.Settings }

func (p *poller) loop(ctx context.Context) error {
	reported := state.State("")
	for ctx.Err() == nil {
		if err := p.failure(); err != nil {
			return err
		}
		paused, changed := p.task.pause.state()
		if now := runningOr(paused); now != reported {
			reported = now
			p.task.report(now, "", p.version)
		}
		if paused {
			select {
			case <-changed:
			case <-ctx.Done():
			}
			continue
		}
		records, err := p.source.Poll(ctx)
		if err != nil {
			if err := p.pollFailed(ctx, err); err != nil {
				return err
			}
			continue
		}
		for _, r := range records {
			if err := p.send(ctx, r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *poller) pollFailed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil // it was interrupted
	}
	if !connect.IsRetriable(err) {
		return fmt.Errorf("polling: %w", err)
	}
	p.task.log.Warn("poll failed, polling again", "err", err)
	select {
	case <-time.After(pollAgain):
	case <-ctx.Done():
	}
	return nil
}

// send returns nil without sending when ctx ends: the record was not promised.
func (p *poller) send(ctx context.Context, r *connect.SourceRecord) error {
	out, err := p.form.chain.apply(r)
	if err != nil {
		return fmt.Errorf("transforming a record for topic %s: %w", r.Topic, err)
	}
	if out == nil {
		p.commitRecord(ctx, r, nil)
		return nil
	}
	record, err := p.form.converters.convert(out)
	if err != nil {
		return err
	}
	// Transformations cannot change where a record came from.
	sub, err := p.submitted.add(r)
	if err != nil {
		return fmt.Errorf("source partition of a record for topic %s: %w", out.Topic, err)
	}
	err = p.producer.Send(ctx, record, func(meta connect.RecordMetadata, err error) { p.acked(ctx, sub, meta, err) })
	if err == nil {
		return nil
	}
	p.submitted.remove(sub)
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("sending a record to topic %s: %w", out.Topic, err)
}

func (p *poller) acked(ctx context.Context, sub *submission, meta connect.RecordMetadata, err error) {
	if err != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.failed == nil {
			p.failed = fmt.Errorf("unrecoverable error from the producer, for topic %s: %w", meta.Topic, err)
		}
		return // never acknowledged: nothing after it is committed
	}
	for _, done := range p.submitted.ack(sub, meta) {
		p.commitRecord(ctx, done.record, &done.meta)
	}
}

func (p *poller) commitRecord(ctx context.Context, r *connect.SourceRecord, meta *connect.RecordMetadata) {
	committer, ok := p.source.(connect.RecordCommitter)
	if !ok {
		return
	}
	err := guard(func() error {
		committer.CommitRecord(ctx, r, meta)
		return nil
	})
	if err != nil {
		p.task.log.Error("task failed to note a record's acknowledgement", "err", err)
	}
}

func (p *poller) failure() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed
}

func (p *poller) commitEvery(ctx context.Context, interval time.Duration) {
	for {
		select {
		case <-time.After(interval):
			p.commit(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// commit stores what is acknowledged. What could not be stored is kept for the
// next time.
func (p *poller) commit(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, p.settings().OffsetFlushTimeout)
	defer cancel()
	taken := p.submitted.take()
	if err := p.task.offsets.WriteOffsets(ctx, slices.Collect(maps.Values(taken))); err != nil {
		p.submitted.giveBack(taken)
		if !errors.Is(err, context.Canceled) {
			p.task.log.Warn("offset commit failed, it will be tried again", "partitions", len(taken), "err", err)
		}
		return
	}
	if committer, ok := p.source.(connect.Committer); ok {
		if err := guard(func() error { return committer.Commit(ctx) }); err != nil {
			p.task.log.Warn("task failed to commit at the source", "err", err)
		}
	}
}

// finish waits for what is on its way, then commits a last time. hard ends when
// the task is abandoned.
func (p *poller) finish(hard context.Context) {
	waiting, cancel := context.WithTimeout(hard, p.settings().OffsetFlushTimeout)
	defer cancel()
	if p.failure() == nil {
		select {
		case <-p.submitted.allAcked():
		case <-waiting.Done():
			p.task.log.Warn("records were not acknowledged in time, they will be sent again after a restart",
				"pending", p.submitted.pending())
		}
	}
	p.commit(hard)
}
