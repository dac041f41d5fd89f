package worker

import (
	"errors"

	"crosstide/connect"
	"crosstide/connect/plugin"
	"crosstide/connect/transform"
)

// chain is the transformations of one task, in order.
type chain []connect.Transformation

// newChain makes what transforms lists. Anything it cannot make is an error:
// records must not go on untransformed.
func newChain(plugins *plugin.Registry, props map[string]string) (chain, error) {
	return transform.NewChain(plugins, props)
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
