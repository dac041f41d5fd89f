package transform

import (
	"fmt"

	"crosstide/connect"
	"crosstide/connect/config"
)

var extractFieldBuiltin = builtin{
	name: "ExtractField", sided: true, build: newExtractField,
	keys: config.NewDef(
		config.Key{
			Name: "field", Type: config.String, Required: true, Importance: config.Medium,
			Doc: "The field to put in the place of the whole.",
		},
		config.Key{
			Name: "field.syntax.version", Type: config.String, Default: "V1", Importance: config.High,
			Validator: config.OneOfFold("V1", "V2"),
			Doc:       "How field is read: V1 takes it as a name, V2 as a path of names with dots between them, back-ticks around names with dots.",
		},
		replaceNull,
	),
}

func newExtractField(v *config.Values, on side) (apply, error) {
	name, replace := v.String("field"), v.Bool(replaceNull.Name)
	path, err := parsePath(name, v.String("field.syntax.version"))
	if err != nil {
		return nil, err
	}
	return func(r *connect.SourceRecord) (*connect.SourceRecord, error) {
		schema, value := on.of(r)
		if schema == nil {
			if value == nil {
				return on.with(r, nil, nil), nil
			}
			out, err := path.inMap(value)
			return on.with(r, nil, out), err
		}
		if value != nil {
			if _, err := asStruct(value, "field extraction"); err != nil {
				return nil, err
			}
		}
		field := path.schema(schema)
		if field == nil {
			return nil, fmt.Errorf("unknown field: %s", name)
		}
		if value == nil {
			return on.with(r, field, nil), nil
		}
		out, err := path.inStruct(value, replace)
		return on.with(r, field, out), err
	}, nil
}
