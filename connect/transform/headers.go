package transform

import (
	"slices"

	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connect/data"
)

var dropHeadersBuiltin = builtin{
	name: "DropHeaders", build: newDropHeaders,
	keys: config.NewDef(config.Key{
		Name: "headers", Type: config.List, Required: true, Importance: config.High,
		Validator: config.NonDuplicateList(false, false),
		Doc:       "The names of the headers to remove.",
	}),
}

func newDropHeaders(v *config.Values, _ side) (apply, error) {
	names := v.List("headers")
	return func(r *connect.SourceRecord) (*connect.SourceRecord, error) {
		c := *r
		c.Headers = slices.DeleteFunc(slices.Clone(r.Headers), func(h connect.Header) bool {
			return slices.Contains(names, h.Key)
		})
		return &c, nil
	}, nil
}

var insertHeaderBuiltin = builtin{
	name: "InsertHeader", build: newInsertHeader,
	keys: config.NewDef(
		config.Key{
			Name: "header", Type: config.String, Required: true, Importance: config.High,
			Validator: config.NonNull(), Doc: "The name of the header.",
		},
		config.Key{
			Name: "value.literal", Type: config.String, Required: true, Importance: config.High,
			Validator: config.NonNull(), Doc: "The literal value that is to be set as the header value on all records.",
		},
	),
}

func newInsertHeader(v *config.Values, _ side) (apply, error) {
	h := connect.Header{Key: v.String("header")}
	h.Schema, h.Value = data.ParseString(v.String("value.literal"))
	return func(r *connect.SourceRecord) (*connect.SourceRecord, error) {
		c := *r
		c.Headers = append(slices.Clip(r.Headers), h)
		return &c, nil
	}, nil
}
