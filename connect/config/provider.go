package config

import (
	"errors"
	"time"
)

// A Provider looks up values that stand outside a configuration.
type Provider interface {
	// Get returns the values of those keys at path that exist. ttl tells for how
	// long they hold; it is negative when that is not known.
	Get(path string, keys []string) (values map[string]string, ttl time.Duration, err error)
}

// A Transformer replaces ${provider:path:key} placeholders in values.
type Transformer struct{}

// NewTransformer makes a transformer with the providers that props declares.
func NewTransformer(props map[string]string) (*Transformer, error) { return nil, errors.New("not yet") }

// Transform returns props with all placeholders replaced that can be.
func (t *Transformer) Transform(props map[string]string) (map[string]string, error) {
	return nil, errors.New("not yet")
}
