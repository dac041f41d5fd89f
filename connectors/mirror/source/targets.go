package source

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
)

// Targets makes the target topics of one flow what their source topics ask
// for. The connector uses it at every refresh, a task when it finds one of its
// target topics missing. Safe for concurrent use; calls take turns.
type Targets struct {
	source, target topicReader
	openWriter     func(ctx context.Context) (writer, error)
	naming         naming
	rules          configRules
	factor         int16
	log            *slog.Logger
	changes        *changes
	metrics        *controlMetrics
	turn           chan struct{} // holds one token
	closers        []func()
}

// topicReader is what [Targets] asks of a cluster. See [reader].
type topicReader interface {
	allTopics(ctx context.Context) (clusterView, error)
	topics(ctx context.Context, names []string) (clusterView, error)
	topicConfigs(ctx context.Context, names []string) (map[string][]configEntry, map[string]error, error)
	topicACLs(ctx context.Context) ([]aclBinding, error)
}

// outcome tells what became of the wants. Failed is by source topic. Err ended
// the whole attempt: what is in none of the lists is undecided.
type outcome struct {
	Created []want
	Grown   []want
	Failed  map[string]error
	Err     error
}

func (o *outcome) fail(w want, err error) { o.Failed[w.Source.Name] = err }

// made tells whether the target topic of a source topic was created or extended.
func (o *outcome) made(name string) bool {
	is := func(w want) bool { return w.Source.Name == name }
	return slices.ContainsFunc(o.Created, is) || slices.ContainsFunc(o.Grown, is)
}

// Close releases the clients. No call may be under way.
func (t *Targets) Close() {
	for _, c := range t.closers {
		c()
	}
	t.closers = nil
}

// EnsureTarget makes sure that the target topics of the given source topics
// exist with at least the source's partitions; missing ones are created with
// the source's configs, as a refresh would. It returns nil if all are in place,
// otherwise every topic's error joined. A topic just created may take a moment
// to be known by all of the target's brokers.
func (t *Targets) EnsureTarget(ctx context.Context, topics []string) error {
	out := t.ensure(ctx, topics)
	errs := []error{out.Err}
	for _, name := range sortedNames(out.Failed) {
		errs = append(errs, fmt.Errorf("target of %s: %w", name, out.Failed[name]))
	}
	return errors.Join(errs...)
}

func (t *Targets) ensure(ctx context.Context, topics []string) outcome {
	out := outcome{Failed: map[string]error{}}
	select {
	case <-t.turn:
	case <-ctx.Done():
		out.Err = ctx.Err()
		return out
	}
	defer func() { t.turn <- struct{}{} }()
	wants, err := t.lookUp(ctx, topics, &out)
	if err != nil {
		out.Err = err
		return out
	}
	t.apply(ctx, wants, &out)
	return out
}

// lookUp compares both sides for the given source topics.
func (t *Targets) lookUp(ctx context.Context, topics []string, out *outcome) ([]want, error) {
	source, err := t.source.topics(ctx, topics)
	if err != nil {
		return nil, err
	}
	var remotes []string
	for name := range source.Topics {
		remotes = append(remotes, t.naming.Remote(name))
	}
	target, err := t.target.topics(ctx, remotes)
	if err != nil {
		return nil, err
	}
	for name, err := range source.Refused {
		out.Failed[name] = err
	}
	var wants []want
	for _, name := range sortedNames(source.Topics) {
		w := want{Source: source.Topics[name], Remote: t.naming.Remote(name)}
		w.Have = target.Topics[w.Remote].Partitions
		if err := target.Refused[w.Remote]; err != nil && !isMissing(err) {
			out.fail(w, err)
		} else if w.Have < w.Source.Partitions {
			wants = append(wants, w)
		}
	}
	return wants, nil
}

// applyInTurn is apply for callers that have looked at both sides themselves.
func (t *Targets) applyInTurn(ctx context.Context, wants []want) outcome {
	out := outcome{Failed: map[string]error{}}
	select {
	case <-t.turn:
	case <-ctx.Done():
		out.Err = ctx.Err()
		return out
	}
	defer func() { t.turn <- struct{}{} }()
	t.apply(ctx, wants, &out)
	return out
}

// apply creates and extends. The admin client lives only as long: between
// refreshes a flow needs none.
func (t *Targets) apply(ctx context.Context, wants []want, out *outcome) {
	if len(wants) == 0 {
		return
	}
	w, err := t.openWriter(ctx)
	if err != nil {
		out.Err = err
		return
	}
	defer w.Close()
	var missing, short []want
	for _, want := range wants {
		if want.Have == 0 {
			missing = append(missing, want)
		} else {
			short = append(short, want)
		}
	}
	existing := t.create(ctx, w, missing, out)
	short = append(short, t.reconsider(ctx, existing, out)...)
	t.grow(ctx, w, short, out)
	t.metrics.applied(out)
}

// reconsider looks again at topics that turned out to exist: a broker may have
// created them by itself, with its own number of partitions.
func (t *Targets) reconsider(ctx context.Context, existing []want, out *outcome) (short []want) {
	if len(existing) == 0 || out.Err != nil {
		return nil
	}
	names := make([]string, len(existing))
	for i, w := range existing {
		names[i] = w.Remote
	}
	view, err := t.target.topics(ctx, names)
	if err != nil {
		out.Err = err
		return nil
	}
	for _, w := range existing {
		w.Have = view.Topics[w.Remote].Partitions
		switch err := view.Refused[w.Remote]; {
		case err != nil:
			out.fail(w, err)
		case w.Have < w.Source.Partitions:
			short = append(short, w)
		}
	}
	return short
}

func (t *Targets) grow(ctx context.Context, w writer, short []want, out *outcome) {
	if len(short) == 0 || out.Err != nil {
		return
	}
	errs, err := w.growTopics(ctx, short)
	if err != nil {
		out.Err = err
		return
	}
	for _, want := range short {
		err := errs[want.Remote]
		switch {
		case err == nil:
			out.Grown = append(out.Grown, want)
			t.log.Info("partitions added to the target topic", "topic", want.Remote,
				"from", want.Have, "to", want.Source.Partitions)
		case kerrIs(err, kerr.InvalidPartitions):
			// Somebody else has added them meanwhile.
			t.log.Debug("target topic has its partitions already", "topic", want.Remote, "err", err)
		default:
			out.fail(want, err)
		}
	}
}
