package source

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"
)

// Waits between attempts that failed, doubling from the first to the second.
const (
	unreachableFirst = 500 * time.Millisecond
	unreachableMost  = 5 * time.Second
	creationFirst    = time.Second
	creationMost     = time.Minute
)

// view is what the last refresh saw. It is never changed once published.
type view struct {
	Source topicMap // the replicated source topics
	Target topicMap // their existing target topics, by target name
}

// refresher compares both clusters' topics and acts on the difference. Its
// methods are called from one goroutine, but for the published view.
type refresher struct {
	targets   *Targets
	interval  time.Duration // 0: only until the first refresh succeeds
	attempt   time.Duration
	log       *slog.Logger
	changes   *changes
	metrics   *controlMetrics
	changed   func() // the assignment of partitions is out of date
	refuse    func(error)
	published atomic.Pointer[view]
	loaded    chan struct{} // closed after the first refresh

	failing map[string]failure // by source topic
	misses  int                // refreshes failed in a row
}

// failure is a target topic that could not be made yet.
type failure struct {
	attempts int
	due      time.Time
}

// errSameCluster refuses a flow from a cluster into itself.
var errSameCluster = errors.New("source and target are the same cluster")

// run refreshes until ctx ends.
func (r *refresher) run(ctx context.Context) {
	next := time.Now()
	for ctx.Err() == nil {
		if !time.Now().Before(next) {
			err := r.refreshOnce(ctx)
			if errors.Is(err, errSameCluster) {
				r.refuse(err)
				return
			}
			next = time.Now().Add(r.wait(err))
		}
		wake := next
		if due, any := r.firstDue(); any && due.Before(wake) {
			wake = due
		}
		if !sleepUntil(ctx, wake) {
			return
		}
		if time.Now().Before(next) {
			r.retry(ctx)
		}
	}
}

// never is far enough away.
const never = 100 * 365 * 24 * time.Hour

// wait is how long after a refresh the next one is due.
func (r *refresher) wait(err error) time.Duration {
	switch {
	case err != nil:
		return backoff(unreachableFirst, unreachableMost, r.misses)
	case r.interval == 0:
		return never
	}
	return r.interval
}

// refreshOnce refreshes, and counts and tells how that went.
func (r *refresher) refreshOnce(ctx context.Context) error {
	err := r.refresh(ctx)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		r.misses++
		r.metrics.ran(r.metrics.refreshes, false)
		r.changes.failed("refresh", "topics could not be compared, trying again", err)
	default:
		r.misses = 0
		r.metrics.ran(r.metrics.refreshes, true)
		r.changes.cleared("refresh", "topics can be compared again")
	}
	return err
}

func (r *refresher) refresh(ctx context.Context) error {
	source, target, err := r.readBoth(ctx)
	if err != nil {
		return err
	}
	if source.ClusterID != "" && source.ClusterID == target.ClusterID {
		return fmt.Errorf("%w (cluster id %s): check the bootstrap.servers of both", errSameCluster, source.ClusterID)
	}
	prev := r.published.Load()
	if prev == nil {
		prev = &view{}
	}
	p := planTopics(source.Topics, target.Topics, prev.Source, prev.Target, r.targets.naming)
	if len(p.Gone) > 0 {
		if err := r.confirmGone(ctx, p.Gone, prev.Source, source.Topics); err != nil {
			return err
		}
		p = planTopics(source.Topics, target.Topics, prev.Source, prev.Target, r.targets.naming)
	}
	r.tell(p, prev)
	wants := slices.Concat(p.Create, p.Grow)
	out := r.targets.applyInTurn(ctx, wants)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	r.settle(wants, out)
	r.metrics.refreshed(p, len(r.failing))
	first := r.published.Swap(&view{Source: p.Source, Target: withMade(p.Target, out)}) == nil
	if first {
		close(r.loaded)
	}
	if first || p.partitionsChanged() {
		r.changed()
	}
	return nil
}

func (r *refresher) readBoth(ctx context.Context) (source, target clusterView, err error) {
	ctx, cancel := context.WithTimeout(ctx, r.attempt)
	defer cancel()
	if source, err = r.targets.source.allTopics(ctx); err != nil {
		return source, target, err
	}
	target, err = r.targets.target.allTopics(ctx)
	return source, target, err
}

// confirmGone asks by name for topics that are in no list any more. One that
// the principal just may not see any longer is kept: its partitions must fail
// visibly, not disappear from the tasks in silence.
func (r *refresher) confirmGone(ctx context.Context, gone []string, prev, source topicMap) error {
	ctx, cancel := context.WithTimeout(ctx, r.attempt)
	defer cancel()
	seen, err := r.targets.source.topics(ctx, gone)
	if err != nil {
		return err
	}
	for _, name := range gone {
		if t, there := seen.Topics[name]; there {
			source[name] = t
		} else if err := seen.Refused[name]; err != nil && !isMissing(err) {
			source[name] = prev[name]
			r.changes.failed("hidden "+name, "source topic cannot be seen any more, its partitions stay assigned", err, "topic", name)
			continue
		}
		r.changes.cleared("hidden "+name, "source topic is settled again", "topic", name)
	}
	return nil
}

// tell logs what an operator may want to know of the plan.
func (r *refresher) tell(p plan, prev *view) {
	if prev.Source == nil {
		r.log.Info("topics found", "topics", len(p.Source), "missing", len(p.Create), "short", len(p.Grow))
	} else if p.partitionsChanged() {
		r.log.Info("source topics changed", "appeared", len(p.Appeared), "gone", len(p.Gone), "resized", len(p.Resized),
			"topics", some(p.Appeared, p.Gone, p.Resized))
	}
	for _, c := range p.SourceRecreated {
		r.log.Warn("source topic was deleted and created again", "cluster", sideSource, "topic", c.Topic)
	}
	for _, c := range p.TargetRecreated {
		r.log.Warn("target topic was deleted and created again: records copied before are not in it", "cluster", sideTarget, "topic", c.Topic)
	}
	for _, name := range p.TargetGone {
		r.log.Warn("target topic has disappeared, creating it again", "cluster", sideTarget, "topic", name)
	}
	for _, c := range p.Clashes {
		r.changes.once("clash "+c.Remote, "several source topics have the same target topic", "topic", c.Remote, "sources", c.Sources)
	}
}

// settle remembers which of a refresh's wants failed, and says so once a reason.
func (r *refresher) settle(wants []want, out outcome) {
	if out.Err != nil {
		r.changes.failed("apply", "target topics could not be created or extended, trying again", out.Err)
	} else {
		r.changes.cleared("apply", "target topics can be created again")
	}
	before := r.failing
	r.failing = map[string]failure{}
	for _, w := range wants {
		r.settleOne(w.Source.Name, before[w.Source.Name].attempts, out)
	}
	for name := range before {
		// What failed before and is not wanted any more was made by somebody
		// else, or has lost its source.
		if _, still := r.failing[name]; !still {
			r.succeeded(name)
		}
	}
}

// settleOne notes what an attempt did for one source topic's target.
func (r *refresher) settleOne(name string, attempts int, out outcome) {
	err := out.Failed[name]
	switch {
	case err == nil && (out.Err == nil || out.made(name)), sourceGone(err):
		delete(r.failing, name)
		r.succeeded(name)
	default:
		// A topic that is undecided fails with the whole attempt.
		r.postpone(name, attempts+1)
		if err != nil {
			r.changes.failed(failureKey(name), "target topic could not be created or extended, trying again",
				err, "topic", r.targets.naming.Remote(name))
		}
	}
}

// sourceGone tells that a source topic was deleted meanwhile: the next refresh
// will tell more.
func sourceGone(err error) bool {
	var no *refusal
	return isMissing(err) && errors.As(err, &no) && no.Side == sideSource
}

func failureKey(name string) string { return "target of " + name }

func (r *refresher) succeeded(name string) {
	r.changes.cleared(failureKey(name), "target topic does not fail any more", "topic", r.targets.naming.Remote(name))
}

func (r *refresher) postpone(name string, attempts int) {
	most := creationMost
	if r.interval > 0 {
		most = max(creationFirst, min(most, r.interval))
	}
	wait := backoff(creationFirst, most, attempts)
	r.failing[name] = failure{attempts: attempts, due: time.Now().Add(wait)}
}

func (r *refresher) firstDue() (due time.Time, any bool) {
	for _, f := range r.failing {
		if !any || f.due.Before(due) {
			due, any = f.due, true
		}
	}
	return due, any
}

// retry tries those failed topics again that are due, between refreshes.
func (r *refresher) retry(ctx context.Context) {
	var names []string
	now := time.Now()
	for name, f := range r.failing {
		if !f.due.After(now) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return
	}
	out := r.targets.ensure(ctx, names)
	if ctx.Err() != nil {
		return
	}
	for _, name := range names {
		r.settleOne(name, r.failing[name].attempts, out)
	}
	r.metrics.failing.Set(float64(len(r.failing)))
	r.publishMade(out)
}

// publishMade lets the config sync know topics that a retry has made.
func (r *refresher) publishMade(out outcome) {
	v := r.published.Load()
	r.published.Store(&view{Source: v.Source, Target: withMade(v.Target, out)})
}

// withMade adds the topics that were just made. Their ids come with the next
// refresh.
func withMade(target topicMap, out outcome) topicMap {
	if len(out.Created)+len(out.Grown) == 0 {
		return target
	}
	all := make(topicMap, len(target)+len(out.Created))
	for name, t := range target {
		all[name] = t
	}
	for _, w := range slices.Concat(out.Created, out.Grown) {
		t, known := all[w.Remote]
		t.Name, t.Partitions, t.Unseen = w.Remote, w.Source.Partitions, !known
		all[w.Remote] = t
	}
	return all
}

// backoff doubles from first to most; attempts count from 1.
func backoff(first, most time.Duration, attempts int) time.Duration {
	wait := first
	for i := 1; i < attempts && wait < most; i++ {
		wait *= 2
	}
	return min(wait, most)
}

// sleepUntil returns false if ctx ended.
func sleepUntil(ctx context.Context, at time.Time) bool {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// some joins a few names for a log line.
func some(lists ...[]string) []string {
	const most = 10
	var out []string
	for _, l := range lists {
		for _, name := range l {
			if len(out) == most {
				return append(out, "…")
			}
			out = append(out, name)
		}
	}
	return out
}
