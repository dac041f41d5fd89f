package transform

import (
	"slices"

	"crosstide/connect"
	"crosstide/connect/config"
)

// test is a predicate that holds nothing to close.
type test func(r *connect.SourceRecord) (bool, error)

// Test implements [connect.Predicate].
func (t test) Test(r *connect.SourceRecord) (bool, error) { return t(r) }

// Close implements [connect.Predicate].
func (t test) Close() error { return nil }

// builtinPredicate is one of Kafka's predicates.
type builtinPredicate struct {
	name  string
	keys  *config.Def
	build func(v *config.Values) (test, error)
}

var predicates = []builtinPredicate{
	{
		name: "HasHeaderKey", build: hasHeaderKey,
		keys: config.NewDef(config.Key{
			Name: "name", Type: config.String, Required: true, Importance: config.Medium, Validator: config.NonEmpty(),
			Doc: "The name of the header.",
		}),
	},
	{
		name: "RecordIsTombstone", keys: config.NewDef(),
		build: func(*config.Values) (test, error) {
			return func(r *connect.SourceRecord) (bool, error) { return r.Value == nil, nil }, nil
		},
	},
	{
		name: "TopicNameMatches", build: topicNameMatches,
		keys: config.NewDef(config.Key{
			Name: "pattern", Type: config.String, Required: true, Importance: config.Medium,
			Validator: config.All(config.NonEmpty(), config.OnePattern()),
			Doc:       "A Java regular expression that the whole topic name must match.",
		}),
	},
}

func hasHeaderKey(v *config.Values) (test, error) {
	name := v.String("name")
	return func(r *connect.SourceRecord) (bool, error) {
		return slices.ContainsFunc(r.Headers, func(h connect.Header) bool { return h.Key == name }), nil
	}, nil
}

func topicNameMatches(v *config.Values) (test, error) {
	pattern, err := config.CompilePattern(v.String("pattern"))
	if err != nil {
		return nil, err
	}
	return func(r *connect.SourceRecord) (bool, error) { return pattern.Match(r.Topic) }, nil
}
