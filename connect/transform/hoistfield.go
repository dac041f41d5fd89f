package transform

import (
	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connect/data"
)

var hoistFieldBuiltin = builtin{
	name: "HoistField", sided: true, build: newHoistField,
	keys: config.NewDef(config.Key{
		Name: "field", Type: config.String, Required: true, Importance: config.Medium,
		Doc: "The name of the only field that the whole is put into.",
	}),
}

func newHoistField(v *config.Values, on side) (apply, error) {
	name, made := v.String("field"), schemas{}
	return func(r *connect.SourceRecord) (*connect.SourceRecord, error) {
		schema, value := on.of(r)
		if schema == nil {
			return on.with(r, nil, map[string]any{name: value}), nil
		}
		updated, err := made.of(schema, func() (*data.Schema, error) {
			return data.NewStructSchema().Field(name, schema).Build()
		})
		if err != nil {
			return nil, err
		}
		out := data.NewStruct(updated)
		return on.with(r, updated, out), out.PutAt(0, value)
	}, nil
}
