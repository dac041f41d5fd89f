package transform

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connect/plugin"
)

// The keys of a transformation in a connector's configuration that are not its
// own.
const (
	typeKey      = "type"
	versionKey   = "plugin.version"
	predicateKey = "predicate"
	negateKey    = "negate"
)

// NewChain makes the transformations that a connector's configuration lists, in
// their order, each with its predicate. The error tells all that is wrong: records
// must not go on untransformed. Whoever takes the chain closes each of them.
func NewChain(plugins *plugin.Registry, props map[string]string) ([]connect.Transformation, error) {
	var chain []connect.Transformation
	var problems config.Problems
	known := config.SplitList(props["predicates"])
	for _, alias := range listed(&problems, props, "transforms") {
		t, err := newLink(plugins, alias, known, props)
		if err != nil {
			problems.Add(err)
			continue
		}
		chain = append(chain, t)
	}
	if err := problems.Err(); err != nil {
		for _, t := range chain {
			_ = t.Close() // the configuration is what is wrong
		}
		return nil, err
	}
	return chain, nil
}

// listed splits a list of aliases.
func listed(problems *config.Problems, props map[string]string, key string) []string {
	var aliases []string
	for _, alias := range config.SplitList(props[key]) {
		if alias == "" || slices.Contains(aliases, alias) {
			e := config.Invalid(key, props[key], "aliases must not be empty or repeated")
			e.Remedy = "give each an alias of its own"
			problems.Add(e)
			continue
		}
		aliases = append(aliases, alias)
	}
	return aliases
}

// newLink makes one transformation.
func newLink(plugins *plugin.Registry, alias string, predicates []string, props map[string]string) (connect.Transformation, error) {
	prefix := "transforms." + alias + "."
	own := withPrefix(props, prefix)
	class := strings.TrimSpace(own[typeKey])
	if class == "" {
		return nil, &config.Error{Key: prefix + typeKey, Missing: true,
			Remedy: fmt.Sprintf("name the transformation's class, or take %s out of transforms", alias)}
	}
	p, err := plugins.Transformation(class)
	if err != nil {
		return nil, invalid(prefix+typeKey, class, err)
	}
	test, err := newCondition(plugins, prefix, predicates, own, props)
	if err != nil {
		return nil, err
	}
	for _, key := range []string{typeKey, versionKey, predicateKey, negateKey} {
		delete(own, key)
	}
	t, err := p.New(own)
	if err != nil {
		return nil, located(prefix, err)
	}
	if test == nil {
		return t, nil
	}
	test.transformation = t
	return test, nil
}

// newCondition is nil for a transformation without a predicate.
func newCondition(plugins *plugin.Registry, prefix string, predicates []string, own, props map[string]string) (*conditional, error) {
	alias, ok := own[predicateKey]
	alias = strings.TrimSpace(alias)
	if !ok || alias == "" {
		if _, negated := own[negateKey]; negated {
			return nil, &config.Error{Key: prefix + negateKey, Value: own[negateKey],
				Reason: "there is no predicate to negate", Remedy: "set " + prefix + predicateKey}
		}
		return nil, nil
	}
	if !slices.Contains(predicates, alias) {
		return nil, &config.Error{Key: prefix + predicateKey, Value: alias,
			Reason: "no such predicate is configured", Remedy: "list " + alias + " in predicates"}
	}
	negate, err := negation.Parse(own)
	if err != nil {
		return nil, located(prefix, err)
	}
	at := "predicates." + alias + "."
	keys := withPrefix(props, at)
	class := strings.TrimSpace(keys[typeKey])
	if class == "" {
		return nil, &config.Error{Key: at + typeKey, Missing: true, Remedy: "name the predicate's class"}
	}
	p, err := plugins.Predicate(class)
	if err != nil {
		return nil, invalid(at+typeKey, class, err)
	}
	delete(keys, typeKey)
	delete(keys, versionKey)
	test, err := p.New(keys)
	if err != nil {
		return nil, located(at, err)
	}
	return &conditional{predicate: test, negate: negate.Bool(negateKey)}, nil
}

var negation = config.NewDef(config.Key{Name: negateKey, Type: config.Boolean, Default: false})

func invalid(key, value string, err error) error {
	return fmt.Errorf("%w", &config.Error{Key: key, Value: value, Reason: err.Error(),
		Remedy: "use a class that is there"})
}

// located puts the prefix before the keys of errors that were made without it.
func located(prefix string, err error) error {
	var many interface{ Unwrap() []error }
	if errors.As(err, &many) {
		var problems config.Problems
		for _, e := range many.Unwrap() {
			problems.Add(located(prefix, e))
		}
		return problems.Err()
	}
	var one *config.Error
	if !errors.As(err, &one) {
		return fmt.Errorf("%s: %w", strings.TrimSuffix(prefix, "."), err)
	}
	full := *one
	if full.Key != "" {
		full.Key = prefix + full.Key
	}
	return &full
}

func withPrefix(props map[string]string, prefix string) map[string]string {
	own := maps.Clone(props)
	clear(own)
	for key, value := range props {
		if rest, ok := strings.CutPrefix(key, prefix); ok {
			own[rest] = value
		}
	}
	return own
}

// conditional applies a transformation to the records that a predicate selects.
type conditional struct {
	predicate      connect.Predicate
	negate         bool
	transformation connect.Transformation
}

// Apply implements [connect.Transformation].
func (c *conditional) Apply(r *connect.SourceRecord) (*connect.SourceRecord, error) {
	selected, err := c.predicate.Test(r)
	if err != nil {
		return nil, err
	}
	if selected == c.negate {
		return r, nil
	}
	return c.transformation.Apply(r)
}

// Close implements [connect.Transformation].
func (c *conditional) Close() error {
	return errors.Join(c.transformation.Close(), c.predicate.Close())
}
