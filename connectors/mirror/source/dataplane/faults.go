package dataplane

import (
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
)

// DeniedError says which permission is missing, without naming a principal.
type DeniedError struct {
	Cluster   string // "source" or "target"
	Operation string // as ACLs name it: READ, WRITE, …
	Resource  string
	Err       error
}

func (e *DeniedError) Error() string {
	return fmt.Sprintf("not authorized on the %s cluster: %s on %s is missing (%v)", e.Cluster, e.Operation, e.Resource, e.Err)
}
func (e *DeniedError) Unwrap() error { return e.Err }

// How long a partition that stands still waits before it tries again.
const (
	deniedRetry  = 30 * time.Second
	refusedRetry = 60 * time.Second
	neverRetry   = 0
)

// fail stops the partition, and only this one, and says why. After retry it
// tries again; [neverRetry] leaves that to a restart. The caller holds p.mu.
func (p *partition) fail(err error, retry time.Duration) {
	first := p.failure == nil || p.failure.Error() != err.Error()
	p.failure, p.retryAt = err, time.Time{}
	if first {
		p.pl.log.Error("partition stands still", "topic", p.source.topic, "partition", p.source.partition,
			"offset", p.done+1, "err", err, "retry", retry)
		p.pl.failures.Add(1)
	}
	if retry > 0 {
		p.retryAt = time.Now().Add(retry)
		p.pl.after(retry, p.tryAgain)
	}
}

// tryAgain lifts a failure to see whether its cause has passed.
func (p *partition) tryAgain() {
	p.mu.Lock()
	if p.failure == nil || p.retryAt.IsZero() || time.Now().Before(p.retryAt) {
		p.mu.Unlock()
		return
	}
	p.failure = nil
	p.corrupt = 0
	p.limit, p.limitSure = defaultMaxMessageBytes, false
	p.mu.Unlock()
	p.pl.sourceTopology.stale(p.source.topic)
	p.pl.targetTopology.stale(p.target.topic)
	p.pl.place(p)
	p.kick()
	p.touch()
}

// answered takes in what the target said of one flight.
func (p *partition) answered(f *flight, a produceAnswer) {
	p.mu.Lock()
	p.wired--
	f.onWire = false
	switch a.code {
	case 0:
		p.landed(f, a.base)
	case kerr.DuplicateSequenceNumber.Code:
		// The broker has it, but no longer remembers where (KIP-98).
		f.done, f.base = true, -1
		p.progress()
	default:
		p.refused(f, a)
	}
	p.goOn()
}

// unanswered takes in that the connection ended before an answer.
func (p *partition) unanswered(f *flight) {
	p.mu.Lock()
	p.wired--
	f.onWire = false
	p.resend = true
	p.backoff()
	p.pl.targetTopology.stale(p.target.topic)
	p.goOn()
}

// goOn goes on after an answer: with a chore that waited for the wire to be
// empty, with sending, with reading. It releases p.mu.
func (p *partition) goOn() {
	start := p.chore != choreNone && !p.working && p.wired == 0 && !p.building
	if start {
		p.working = true
	}
	s := p.list()
	f := p.fetcher
	wake := p.stalled
	p.mu.Unlock()
	if start {
		p.pl.startChore(p)
	}
	s.push(p)
	if wake {
		f.touch(p)
	}
}

// landed counts a flight as written at target offset base. The caller holds p.mu.
func (p *partition) landed(f *flight, base int64) {
	if p.downEnd >= 0 && base >= 0 && base < p.downEnd {
		p.loss(LossEvent{Kind: LossTargetTruncated, From: base, To: p.downEnd})
		p.pl.targetTopology.stale(p.target.topic) // it may be another topic by now
		p.downEnd = base
	}
	f.done, f.base = true, base
	p.progress()
}

// refused decides what an error code of the target means. The caller holds p.mu.
func (p *partition) refused(f *flight, a produceAnswer) {
	err := kerr.ErrorForCode(a.code)
	if a.message != "" {
		err = fmt.Errorf("%w (%s)", err, a.message)
	}
	p.stats.retries.Add(1)
	p.resend = true
	// Batches behind one that failed are out of order by consequence.
	follows := p.window[0] != f
	switch {
	case errors.Is(err, kerr.OutOfOrderSequenceNumber), errors.Is(err, kerr.UnknownProducerID), errors.Is(err, kerr.InvalidProducerEpoch),
		errors.Is(err, kerr.ProducerFenced), errors.Is(err, kerr.InvalidProducerIDMapping):
		if !follows {
			p.pl.log.Warn("target lost track of our producer, finding the true end", "topic", p.target.topic, "partition", p.target.partition, "err", err)
			p.want(choreTrueEnd)
		}
	case follows && p.chore != choreNone:
	case errors.Is(err, kerr.MessageTooLarge), errors.Is(err, kerr.RecordListTooLarge):
		p.limit = min(p.limit, len(f.batch)-1)
		p.want(choreSplit)
	case errors.Is(err, kerr.TopicAuthorizationFailed), errors.Is(err, kerr.ClusterAuthorizationFailed):
		p.fail(&DeniedError{Cluster: "target", Operation: "WRITE", Resource: "topic " + p.target.topic, Err: err}, deniedRetry)
	case errors.Is(err, kerr.InvalidTimestamp):
		p.fail(fmt.Errorf("the target refuses the records' timestamps: %w; raise message.timestamp.before.max.ms and message.timestamp.after.max.ms of target topic %s, or exclude the topic", err, p.target.topic), refusedRetry)
	case errors.Is(err, kerr.UnsupportedCompressionType):
		p.pl.refuseCodec(f)
		p.want(choreRecode)
	case kerr.IsRetriable(err), errors.Is(err, kerr.UnknownServerError):
		p.backoff()
		p.pl.targetTopology.stale(p.target.topic)
	default:
		p.fail(fmt.Errorf("the target refuses a batch of source offsets %d to %d: %w", f.first, f.last, err), refusedRetry)
	}
}

// backoff lets the partition wait, twice as long after each failure in a row.
// The caller holds p.mu.
func (p *partition) backoff() {
	wait := min(20*time.Millisecond<<min(p.attempts, 12), 5*time.Second)
	p.attempts++
	if until := time.Now().Add(wait); until.After(p.blocked) {
		p.blocked = until
	}
}

// want halts sending until a chore has been done. The caller holds p.mu and
// calls goOn afterwards.
func (p *partition) want(c chore) {
	p.halted = true
	if p.chore == choreNone || c > p.chore { // the later kinds include the earlier
		p.chore = c
	}
}
