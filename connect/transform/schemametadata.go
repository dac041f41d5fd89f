package transform

import (
	"errors"

	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connect/data"
)

var setSchemaMetadataBuiltin = builtin{
	name: "SetSchemaMetadata", sided: true, build: newSetSchemaMetadata,
	keys: config.NewDef(
		config.Key{Name: "schema.name", Type: config.String, Importance: config.High, Doc: "The name to give to the schema."},
		config.Key{Name: "schema.version", Type: config.Int, Importance: config.High, Doc: "The version to give to the schema."},
		replaceNull,
	),
}

func newSetSchemaMetadata(v *config.Values, on side) (apply, error) {
	if v.IsNull("schema.name") && v.IsNull("schema.version") {
		return nil, &config.Error{Key: "schema.name", Missing: true, Remedy: "set schema.name, schema.version or both"}
	}
	made, replace := schemas{}, v.Bool(replaceNull.Name)
	change := func(s *data.Schema) (*data.Schema, error) {
		c := s.Copy()
		if !v.IsNull("schema.name") {
			c.Name = v.String("schema.name")
		}
		if !v.IsNull("schema.version") {
			version := int32(v.Int("schema.version"))
			c.Version = &version
		}
		return c, nil
	}
	return func(r *connect.SourceRecord) (*connect.SourceRecord, error) {
		schema, value := on.of(r)
		switch {
		case schema == nil && value == nil:
			return r, nil
		case schema == nil:
			return nil, errors.New("schema required for [updating schema metadata]")
		}
		updated, err := made.of(schema, func() (*data.Schema, error) { return change(schema) })
		if err != nil {
			return nil, err
		}
		if s, ok := value.(*data.Struct); ok {
			out := data.NewStruct(updated)
			for i := range updated.Fields {
				if err := out.PutAt(i, fieldAt(s, i, replace)); err != nil {
					return nil, err
				}
			}
			value = out
		}
		return on.with(r, updated, value), nil
	}, nil
}
