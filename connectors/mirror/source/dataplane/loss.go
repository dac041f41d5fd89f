package dataplane

import (
	"fmt"
	"slices"
	"time"
)

// OnDataLoss says what to do when records can't be copied any more because they
// are gone (mirror.on.data.loss).
type OnDataLoss string

// The two policies.
const (
	// WarnOnDataLoss counts and reports what is missing, and goes on behind it.
	WarnOnDataLoss OnDataLoss = "warn"
	// FailOnDataLoss stops the partition, and only it, until the task restarts.
	FailOnDataLoss OnDataLoss = "fail"
)

// LossKind tells what happened.
type LossKind string

// What can be lost, and where.
const (
	// LossSourceExpired: the source deleted offsets [From, To) before they were copied.
	LossSourceExpired LossKind = "source_expired"
	// LossSourceTruncated: the source cut off offsets [From, To), which had been copied.
	LossSourceTruncated LossKind = "source_truncated"
	// LossSourceRecreated: the source topic was deleted and made anew; what was
	// not copied of the old one, from offset From on, is gone.
	LossSourceRecreated LossKind = "source_recreated"
	// LossTargetTruncated: the target cut off its own offsets [From, To).
	LossTargetTruncated LossKind = "target_truncated"
	// LossTargetRecreated: the target topic was deleted and made anew; it is
	// filled again with what the source still has.
	LossTargetRecreated LossKind = "target_recreated"
)

var lossKinds = [...]LossKind{LossSourceExpired, LossSourceTruncated, LossSourceRecreated, LossTargetTruncated, LossTargetRecreated}

// LossEvent is one loss of one partition. From and To are offsets of the cluster
// that Kind names; To is −1 where nobody can know it.
type LossEvent struct {
	Kind      LossKind
	Topic     string // source topic
	Partition int32
	From, To  int64
	Time      time.Time
}

// Missing is how many source offsets the target will never have, as far as known.
func (e LossEvent) Missing() int64 {
	if e.Kind == LossSourceExpired {
		return e.To - e.From
	}
	return 0
}

func (e LossEvent) String() string {
	return fmt.Sprintf("%s: %s-%d offsets %d to %d", e.Kind, e.Topic, e.Partition, e.From, e.To)
}

// loss reports an event; under [FailOnDataLoss] it also stops the partition. It
// returns whether the partition goes on. The caller holds p.mu.
func (p *partition) loss(e LossEvent) bool {
	e.Topic, e.Partition, e.Time = p.source.topic, p.source.partition, time.Now()
	p.stats.losses[slices.Index(lossKinds[:], e.Kind)].Add(1)
	p.stats.lost.Add(e.Missing())
	p.pl.log.Warn("data loss noticed", "kind", string(e.Kind), "topic", e.Topic, "partition", e.Partition,
		"from", e.From, "to", e.To, "missing", e.Missing(), "policy", string(p.pl.cfg.OnDataLoss))
	p.pl.keepEvent(e)
	if p.pl.cfg.OnDataLoss == FailOnDataLoss {
		p.fail(fmt.Errorf("%s (mirror.on.data.loss=fail); restart the task to go on behind it", e), neverRetry)
		return false
	}
	return true
}
