package kafka

import (
	"crosstide/connect/config"
)

// problems collects what is wrong, so that a user mends a file in one go.
type problems struct{ list config.Problems }

// add notes that key cannot keep value. A secret is not even kept in the error.
func (p *problems) add(key, value, reason, remedy string) {
	e := &config.Error{Key: key, Value: value, Reason: reason, Remedy: remedy, Secret: isSecret(key)}
	if e.Secret {
		e.Value = ""
	}
	p.list.Add(e)
}

func (p *problems) err() error { return p.list.Err() }
