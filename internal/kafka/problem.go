package kafka

import (
	"crosstide/connect/config"
)

// problems collects what is wrong, so that a user mends a file in one go.
type problems struct{ list config.Problems }

// add notes that key cannot keep value. An empty value reads as "not given".
func (p *problems) add(key, value, reason, remedy string) {
	k, known := clientKeys[key]
	p.list.Add(&config.Error{
		Key: key, Value: value, Reason: reason, Remedy: remedy,
		Secret: known && k.kind == kindPassword,
	})
}

func (p *problems) err() error { return p.list.Err() }
