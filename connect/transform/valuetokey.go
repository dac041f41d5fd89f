package transform

import (
	"fmt"

	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connect/data"
)

var valueToKeyBuiltin = builtin{
	name: "ValueToKey", build: newValueToKey,
	keys: config.NewDef(
		config.Key{
			Name: "fields", Type: config.List, Required: true, Importance: config.High, Validator: config.NonDuplicateList(false, false),
			Doc: "The fields of the value that make the new key.",
		},
		replaceNull,
	),
}

type valueToKey struct {
	fields      []string
	replaceNull bool
	made        schemas
}

func newValueToKey(v *config.Values, _ side) (apply, error) {
	k := &valueToKey{v.List("fields"), v.Bool(replaceNull.Name), schemas{}}
	return k.apply, nil
}

func (k *valueToKey) apply(r *connect.SourceRecord) (*connect.SourceRecord, error) {
	if r.ValueSchema == nil {
		m, err := asMap(r.Value, "copying fields from value to key")
		if err != nil {
			return nil, err
		}
		key := make(map[string]any, len(k.fields))
		for _, name := range k.fields {
			key[name] = m[name]
		}
		return onKey.with(r, nil, key), nil
	}
	s, err := asStruct(r.Value, "copying fields from value to key")
	if err != nil {
		return nil, err
	}
	schema, err := k.made.of(s.Schema(), func() (*data.Schema, error) { return k.schema(s.Schema()) })
	if err != nil {
		return nil, err
	}
	key := data.NewStruct(schema)
	for _, name := range k.fields {
		v, err := s.GetWithoutDefault(name)
		if k.replaceNull {
			v, err = s.Get(name)
		}
		if err != nil {
			return nil, err
		}
		if err := key.Put(name, v); err != nil {
			return nil, err
		}
	}
	return onKey.with(r, schema, key), nil
}

func (k *valueToKey) schema(s *data.Schema) (*data.Schema, error) {
	b := data.NewStructSchema()
	for _, name := range k.fields {
		f, ok := s.Field(name)
		if !ok {
			return nil, fmt.Errorf("field does not exist: %s", name)
		}
		b.Field(name, f.Schema)
	}
	return b.Build()
}
