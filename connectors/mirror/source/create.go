package source

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
)

// fewTopics are told one by one; more of them in one request by their number.
const fewTopics = 20

// creation is a topic on its way into the target cluster.
type creation struct {
	want
	configs map[string]string
}

// create makes the missing topics. It returns those that exist already.
func (t *Targets) create(ctx context.Context, w writer, missing []want, out *outcome) (existing []want) {
	for chunk := range slices.Chunk(missing, describeChunk) {
		if out.Err != nil {
			return existing
		}
		pending := t.withConfigs(ctx, chunk, out)
		for len(pending) > 0 && out.Err == nil {
			var there []want
			pending, there = t.createOnce(ctx, w, pending, out)
			existing = append(existing, there...)
		}
	}
	return existing
}

// withConfigs gives each topic the source's configs. A topic whose configs may
// not be read is not created: a compacted topic made without its cleanup.policy
// would lose records by retention.
func (t *Targets) withConfigs(ctx context.Context, wants []want, out *outcome) []creation {
	names := make([]string, len(wants))
	for i, w := range wants {
		names[i] = w.Source.Name
	}
	if len(names) == 0 {
		return nil
	}
	entries, errs, err := t.source.topicConfigs(ctx, names)
	if err != nil {
		out.Err = err
		return nil
	}
	var pending []creation
	for _, w := range wants {
		if err := errs[w.Source.Name]; err != nil {
			out.fail(w, err)
			continue
		}
		pending = append(pending, creation{want: w, configs: t.rules.atCreation(entries[w.Source.Name])})
	}
	return pending
}

// createOnce sends one creation of all pending topics. again has those that
// were refused for configs, without these; each round takes at least one config
// from each, so rounds end.
func (t *Targets) createOnce(ctx context.Context, w writer, pending []creation, out *outcome) (again []creation, existing []want) {
	specs := make([]newTopic, len(pending))
	for i, c := range pending {
		specs[i] = newTopic{Name: c.Remote, Partitions: c.Source.Partitions, ReplicationFactor: t.factor, Configs: c.configs}
	}
	errs, err := w.createTopics(ctx, specs)
	if err != nil {
		out.Err = err
		return nil, nil
	}
	dropped := map[string][]string{} // config -> topics
	created := slog.LevelInfo
	if made := len(pending) - len(errs); made > fewTopics {
		created = slog.LevelDebug
		t.log.Info("target topics created (each at debug level)", "topics", made, "of", len(pending))
	}
	for _, c := range pending {
		err := errs[c.Remote]
		switch {
		case err == nil:
			out.Created = append(out.Created, c.want)
			t.log.Log(ctx, created, "target topic created", "topic", c.Remote, "partitions", c.Source.Partitions, "configs", configText(c.configs))
		case kerrIs(err, kerr.TopicAlreadyExists):
			existing = append(existing, c.want)
		case kerrIs(err, kerr.InvalidConfig):
			names := refused(brokerMessage(err), sortedNames(c.configs))
			if len(names) == 0 {
				out.fail(c.want, err)
				continue
			}
			c.configs = maps.Clone(c.configs)
			for _, name := range names {
				delete(c.configs, name)
				dropped[name] = append(dropped[name], c.Remote)
				t.reportDropped(name, c.Remote, err, len(dropped[name]))
			}
			again = append(again, c)
		default:
			out.fail(c.want, err)
		}
	}
	return again, existing
}

// reportDropped says once for all topics that a config is left out, and names
// the further topics at debug level.
func (t *Targets) reportDropped(config, topic string, err error, nth int) {
	message := "the target refuses a config of the source topic: the topic is created without it"
	if nth > 1 {
		t.log.Debug(message, "config", config, "topic", topic)
		return
	}
	t.log.Warn(message+" (further topics at debug level)", "config", config, "topic", topic, "err", err)
}

// brokerMessage is the broker's own text, without ours: it is searched for
// names of configs.
func brokerMessage(err error) string {
	var r *refusal
	if errors.As(err, &r) {
		return r.Message
	}
	return err.Error()
}

func configText(configs map[string]string) string {
	parts := make([]string, 0, len(configs))
	for _, name := range sortedNames(configs) {
		parts = append(parts, fmt.Sprintf("%s=%s", name, configs[name]))
	}
	return strings.Join(parts, " ")
}
