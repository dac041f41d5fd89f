package source

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
)

// errNoIncremental ends the connector, as in Java since 4.0: without
// IncrementalAlterConfigs a sync would reset the target's other overrides.
var errNoIncremental = errors.New("the target cluster does not know IncrementalAlterConfigs (Kafka 2.3): " +
	"set sync.topic.configs.enabled=false or upgrade it")

// configSync brings the configs of known target topics to the source's.
type configSync struct {
	targets *Targets
	known   func() *view
	log     *slog.Logger
	changes *changes
	metrics *controlMetrics
}

// run looks at every known topic once. Topics that fail are logged and do not
// end the run; an error is for the run as a whole.
func (s *configSync) run(ctx context.Context) error {
	v := s.known()
	var topics []string
	for _, name := range sortedNames(v.Source) {
		if _, exists := v.Target[s.targets.naming.Remote(name)]; exists {
			topics = append(topics, name)
		}
	}
	var w writer
	defer func() {
		if w != nil {
			w.Close()
		}
	}()
	failed := 0
	for chunk := range slices.Chunk(topics, describeChunk) {
		ops, bad, err := s.differences(ctx, chunk)
		failed += bad
		if err != nil {
			return err
		}
		if len(ops) == 0 {
			continue
		}
		if w == nil {
			if w, err = s.targets.openWriter(ctx); err != nil {
				return err
			}
		}
		bad, err = s.alter(ctx, w, ops)
		failed += bad
		if err != nil {
			return err
		}
	}
	s.metrics.ran(s.metrics.configSyncs, failed == 0)
	return nil
}

// differences returns what is to be altered, by target topic.
func (s *configSync) differences(ctx context.Context, topics []string) (ops map[string][]configOp, failed int, err error) {
	source, sourceErrs, err := s.targets.source.topicConfigs(ctx, topics)
	if err != nil {
		return nil, 0, err
	}
	remotes := make([]string, len(topics))
	for i, name := range topics {
		remotes[i] = s.targets.naming.Remote(name)
	}
	target, targetErrs, err := s.targets.target.topicConfigs(ctx, remotes)
	if err != nil {
		return nil, 0, err
	}
	ops = map[string][]configOp{}
	for i, name := range topics {
		remote := remotes[i]
		if err := sourceErrs[name]; err != nil {
			failed += s.topicFailed("source configs of "+name, name, err)
			continue
		}
		s.changes.cleared("source configs of "+name, "source topic's configs can be read again", "topic", name)
		if isMissing(targetErrs[remote]) {
			continue // the next refresh creates it, with the configs
		}
		s.tellBlind(remote, targetErrs[remote])
		todo, unknown := s.targets.rules.diff(source[name], target[remote])
		for _, config := range unknown {
			s.changes.once("unknown config "+config, "the target's version does not know a config: it is not synced", "config", config, "topic", remote)
		}
		if len(todo) > 0 {
			ops[remote] = todo
		}
	}
	return ops, failed, nil
}

// tellBlind reports that a target topic's configs may not be read: then
// everything is set each time, as Java does.
func (s *configSync) tellBlind(remote string, err error) {
	if err != nil {
		s.changes.once("blind", "target topics' configs cannot be read: they are set at every sync without comparing", "topic", remote, "err", err)
	}
}

// topicFailed counts 1, but 0 for a topic that has been deleted meanwhile.
func (s *configSync) topicFailed(key, topic string, err error) int {
	if isMissing(err) {
		return 0
	}
	s.changes.failed(key, "topic configs were not synced, trying again", err, "topic", topic)
	return 1
}

// alter sends ops, and sends what was refused for one config again without it.
func (s *configSync) alter(ctx context.Context, w writer, ops map[string][]configOp) (failed int, err error) {
	trouble := map[string]bool{}
	for len(ops) > 0 {
		errs, err := w.alterConfigs(ctx, ops)
		if kerrIs(err, kerr.UnsupportedVersion) {
			return failed, fmt.Errorf("%w: %w", errNoIncremental, err)
		}
		if err != nil {
			return failed, err
		}
		again := map[string][]configOp{}
		for remote, todo := range ops {
			err := errs[remote]
			if err == nil {
				s.altered(remote, todo, trouble[remote])
				continue
			}
			if kerrIs(err, kerr.UnsupportedVersion) {
				return failed, fmt.Errorf("%w: %w", errNoIncremental, err)
			}
			failed += s.topicFailed(targetConfigsKey(remote), remote, err)
			trouble[remote] = true
			if rest := withoutRefused(todo, err); len(rest) > 0 && len(rest) < len(todo) {
				again[remote] = rest
			}
		}
		ops = again
	}
	return failed, nil
}

func targetConfigsKey(remote string) string { return "target configs of " + remote }

// altered tells of success, unless it is the rest of a change that was refused.
func (s *configSync) altered(remote string, ops []configOp, partly bool) {
	if !partly {
		s.changes.cleared(targetConfigsKey(remote), "target topic's configs can be synced again", "topic", remote)
	}
	names := make([]string, len(ops))
	for i, op := range ops {
		names[i] = op.Name
	}
	s.log.Info("target topic's configs synced", "topic", remote, "configs", names)
	s.metrics.configsAltered.Inc()
}

// withoutRefused leaves out the configs that an INVALID_CONFIG answer names.
func withoutRefused(ops []configOp, err error) []configOp {
	if !kerrIs(err, kerr.InvalidConfig) {
		return nil
	}
	names := make([]string, len(ops))
	for i, op := range ops {
		names[i] = op.Name
	}
	bad := refused(brokerMessage(err), names)
	return slices.DeleteFunc(slices.Clone(ops), func(op configOp) bool { return slices.Contains(bad, op.Name) })
}
