package worker

import (
	"errors"
	"fmt"
	"strings"

	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connect/plugin"
)

// chain is the transformations of one task, in order.
type chain []connect.Transformation

// newChain makes what transforms lists. Anything it cannot make is an error:
// records must not go on untransformed.
func newChain(plugins *plugin.Registry, props map[string]string) (chain, error) {
	var c chain
	var problems []error
	for _, alias := range config.SplitList(props["transforms"]) {
		if alias == "" {
			continue
		}
		t, err := newTransformation(plugins, alias, props)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		c = append(c, t)
	}
	if len(problems) > 0 {
		return nil, errors.Join(append(problems, c.close())...)
	}
	return c, nil
}

func newTransformation(plugins *plugin.Registry, alias string, props map[string]string) (connect.Transformation, error) {
	prefix := "transforms." + alias + "."
	own := make(map[string]string)
	overlay(own, props, prefix)
	class := strings.TrimSpace(own["type"])
	if class == "" {
		return nil, fmt.Errorf("%stype is not set: name the transformation's class, or take %q out of transforms", prefix, alias)
	}
	if predicate, ok := own["predicate"]; ok {
		return nil, fmt.Errorf("%spredicate = %s: predicates are not available in this version", prefix, predicate)
	}
	t, err := plugins.Transformation(class)
	if err != nil {
		return nil, fmt.Errorf("%stype = %s: %w", prefix, class, err)
	}
	delete(own, "type")
	return t.New(own)
}

// apply returns nil when the record is dropped.
func (c chain) apply(r *connect.SourceRecord) (*connect.SourceRecord, error) {
	for _, t := range c {
		var err error
		if r, err = t.Apply(r); err != nil || r == nil {
			return nil, err
		}
	}
	return r, nil
}

func (c chain) close() error {
	var problems []error
	for _, t := range c {
		problems = append(problems, t.Close())
	}
	return errors.Join(problems...)
}
