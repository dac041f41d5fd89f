package transform

import (
	"errors"
	"fmt"
	"strings"

	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connect/data"
)

var insertFieldBuiltin = builtin{
	name: "InsertField", sided: true, build: newInsertField,
	keys: config.NewDef(
		insertKey("topic.field", "the topic"),
		insertKey("partition.field", "the partition"),
		insertKey("offset.field", "the offset, for sink connectors only"),
		insertKey("timestamp.field", "the timestamp"),
		insertKey("static.field", "static.value"),
		config.Key{
			Name: "static.value", Type: config.String, Importance: config.Medium,
			Doc: "What static.field is set to.",
		},
		replaceNull,
	),
}

func insertKey(name, what string) config.Key {
	return config.Key{
		Name: name, Type: config.String, Importance: config.Medium,
		Doc: "The field for " + what + ". With ! at its end the field is required, with ? or nothing it is optional.",
	}
}

// insertion is one field to be added.
type insertion struct {
	name   string
	schema *data.Schema
	value  func(r *connect.SourceRecord) any // nil leaves the field out, or null
}

type insertField struct {
	on          side
	insertions  []insertion
	replaceNull bool
	made        schemas
}

func newInsertField(v *config.Values, on side) (apply, error) {
	f := &insertField{on: on, replaceNull: v.Bool(replaceNull.Name), made: schemas{}}
	if !v.IsNull("offset.field") {
		return func(r *connect.SourceRecord) (*connect.SourceRecord, error) {
			if _, v := on.of(r); v == nil {
				return r, nil
			}
			return nil, errors.New("offset.field: offset insertion is only supported for sink connectors")
		}, nil
	}
	if !v.IsNull("static.field") && v.IsNull("static.value") {
		return nil, &config.Error{Key: "static.value", Missing: true, Remedy: "set the value of static.field"}
	}
	f.add(v, "topic.field", data.StringSchema, data.OptionalString, func(r *connect.SourceRecord) any { return r.Topic })
	f.add(v, "partition.field", data.Int32Schema, data.OptionalInt32, func(r *connect.SourceRecord) any {
		if r.Partition == nil {
			return nil
		}
		return *r.Partition
	})
	f.add(v, "timestamp.field", data.TimestampSchema, data.OptionalTimestamp, func(r *connect.SourceRecord) any {
		if r.Timestamp == nil {
			return nil
		}
		return *r.Timestamp
	})
	f.add(v, "static.field", data.StringSchema, data.OptionalString, func(*connect.SourceRecord) any { return v.Get("static.value") })
	if len(f.insertions) == 0 {
		return nil, &config.Error{Key: "topic.field", Missing: true,
			Remedy: "set at least one of topic.field, partition.field, timestamp.field and static.field"}
	}
	return f.apply, nil
}

func (f *insertField) add(v *config.Values, key string, required, optional *data.Schema, value func(*connect.SourceRecord) any) {
	if v.IsNull(key) {
		return
	}
	name := v.String(key)
	i := insertion{strings.TrimSuffix(name, "?"), optional, value}
	if i.name == name && strings.HasSuffix(name, "!") {
		i.name, i.schema = name[:len(name)-1], required
	}
	f.insertions = append(f.insertions, i)
}

func (f *insertField) apply(r *connect.SourceRecord) (*connect.SourceRecord, error) {
	schema, v := f.on.of(r)
	if v == nil {
		return r, nil
	}
	if schema == nil {
		m, err := copyOf(v, "field insertion")
		if err != nil {
			return nil, err
		}
		for _, i := range f.insertions {
			if v := i.value(r); v != nil {
				m[i.name] = v
			}
		}
		return f.on.with(r, nil, m), nil
	}
	s, err := asStruct(v, "field insertion")
	if err != nil {
		return nil, err
	}
	updated, err := f.made.of(schema, func() (*data.Schema, error) { return f.schema(schema) })
	if err != nil {
		return nil, err
	}
	out := data.NewStruct(updated)
	for i := range schema.Fields {
		if err := out.PutAt(i, fieldAt(s, i, f.replaceNull)); err != nil {
			return nil, err
		}
	}
	for n, i := range f.insertions {
		v := i.value(r)
		if ms, ok := v.(int64); ok {
			v = data.ToTimestamp(ms)
		}
		if v == nil {
			continue // a required field is found missing when the record is converted
		}
		if err := out.PutAt(len(schema.Fields)+n, v); err != nil {
			return nil, fmt.Errorf("inserting a field: %w", err)
		}
	}
	return f.on.with(r, updated, out), nil
}

func (f *insertField) schema(s *data.Schema) (*data.Schema, error) {
	b := basics(s)
	for _, field := range s.Fields {
		b.Field(field.Name, field.Schema)
	}
	for _, i := range f.insertions {
		b.Field(i.name, i.schema)
	}
	return b.Build()
}
