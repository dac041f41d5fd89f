package transform

import (
	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connect/data"
)

// apply is a transformation that holds nothing to close.
type apply func(r *connect.SourceRecord) (*connect.SourceRecord, error)

// Apply implements [connect.Transformation].
func (a apply) Apply(r *connect.SourceRecord) (*connect.SourceRecord, error) { return a(r) }

// Close implements [connect.Transformation].
func (a apply) Close() error { return nil }

// builtin is one of Kafka's transformations: what it is called, its keys, and how
// to make one.
type builtin struct {
	name  string
	sided bool // comes for keys and for values
	keys  *config.Def
	build func(v *config.Values, on side) (apply, error)
}

// side is the part of a record that a transformation works on.
type side bool

const (
	onValue side = false
	onKey   side = true
)

func (s side) of(r *connect.SourceRecord) (*data.Schema, any) {
	if s == onKey {
		return r.KeySchema, r.Key
	}
	return r.ValueSchema, r.Value
}

// with returns a record with another key or value.
func (s side) with(r *connect.SourceRecord, schema *data.Schema, v any) *connect.SourceRecord {
	c := *r
	if s == onKey {
		c.KeySchema, c.Key = schema, v
	} else {
		c.ValueSchema, c.Value = schema, v
	}
	return &c
}

// replaceNull is the key by which most transformations choose what they see
// where a field is null and its schema has a default.
var replaceNull = config.Key{
	Name: "replace.null.with.default", Type: config.Boolean, Default: true, Importance: config.Medium,
	Doc: "Whether a field that is null counts as the default of its schema, where that has one.",
}

// fieldAt reads the i-th field of a struct under that choice.
func fieldAt(s *data.Struct, i int, replaceNull bool) any {
	if replaceNull {
		return s.At(i)
	}
	return s.AtWithoutDefault(i)
}

// rememberedSchemas bounds what a transformation remembers of the schemas it
// made.
const rememberedSchemas = 16

// schemas are the schemas that a transformation made of others. These are
// immutable, so they are known by their address.
type schemas map[*data.Schema]*data.Schema

// of returns the schema made of s, made now if it is not known.
func (m schemas) of(s *data.Schema, build func() (*data.Schema, error)) (*data.Schema, error) {
	if made, ok := m[s]; ok {
		return made, nil
	}
	made, err := build()
	if err != nil {
		return nil, err
	}
	if len(m) >= rememberedSchemas {
		clear(m)
	}
	m[s] = made
	return made, nil
}
