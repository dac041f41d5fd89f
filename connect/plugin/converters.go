package plugin

import (
	"fmt"

	"crosstide/connect"
	"crosstide/connect/config"
)

// Predicate describes a predicate of transformations.
type Predicate struct {
	Class string // the Java class name, in full
	Keys  *config.Def
	// New makes a predicate from its own keys, their prefix removed.
	New func(props map[string]string) (connect.Predicate, error)
}

// Converter describes a converter of keys and values.
type Converter struct {
	Class string // the Java class name, in full
	Keys  *config.Def
	// New makes a converter from its own keys, their prefix removed.
	New func(props map[string]string) (connect.Converter, error)
}

// HeaderConverter describes a converter of headers.
type HeaderConverter struct {
	Class string // the Java class name, in full
	Keys  *config.Def
	// New makes a converter from its own keys, their prefix removed.
	New func(props map[string]string) (connect.HeaderConverter, error)
}

// AddPredicate makes a predicate known.
func (r *Registry) AddPredicate(p Predicate) { r.predicates.add(p.Class, p) }

// AddConverter makes a converter known.
func (r *Registry) AddConverter(c Converter) { r.converters.add(c.Class, c) }

// AddHeaderConverter makes a header converter known.
func (r *Registry) AddHeaderConverter(c HeaderConverter) { r.headers.add(c.Class, c) }

// Transformations lists the transformations by class name.
func (r *Registry) Transformations() []Transformation { return r.transforms.sorted() }

// Predicates lists the predicates by class name.
func (r *Registry) Predicates() []Predicate { return r.predicates.sorted() }

// Converters lists the converters by class name.
func (r *Registry) Converters() []Converter { return r.converters.sorted() }

// HeaderConverters lists the header converters by class name.
func (r *Registry) HeaderConverters() []HeaderConverter { return r.headers.sorted() }

// Predicate finds what predicates.<alias>.type names. The error wraps
// [ErrUnknownClass].
func (r *Registry) Predicate(class string) (Predicate, error) {
	return named(r.predicates, class)
}

// Converter finds what key.converter or value.converter names. The error wraps
// [ErrUnknownClass].
func (r *Registry) Converter(class string) (Converter, error) {
	return named(r.converters, class)
}

// HeaderConverter finds what header.converter names, also by the alias that the
// same class has as a [Converter]. The error wraps [ErrUnknownClass].
func (r *Registry) HeaderConverter(class string) (HeaderConverter, error) {
	if c, ok := r.converters.find(class); ok {
		class = c.Class
	}
	return named(r.headers, class)
}

func named[P any](k kind[P], class string) (P, error) {
	p, ok := k.find(class)
	if !ok {
		return p, fmt.Errorf("%w that implements %s and which name matches %s; known are: %s",
			ErrUnknownClass, k.word, class, k.names())
	}
	return p, nil
}
