package transform

import (
	"fmt"
	"slices"

	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connect/data"
)

var headerFromBuiltin = builtin{
	name: "HeaderFrom", sided: true, build: newHeaderFrom,
	keys: config.NewDef(
		config.Key{
			Name: "fields", Type: config.List, Required: true, Importance: config.High, Validator: nonEmptyList,
			Doc: "The fields whose values become headers.",
		},
		config.Key{
			Name: "headers", Type: config.List, Required: true, Importance: config.High, Validator: nonEmptyList,
			Doc: "The names of the headers, in the order of the fields.",
		},
		config.Key{
			Name: "operation", Type: config.String, Required: true, Importance: config.High,
			Validator: config.OneOf("move", "copy"),
			Doc:       "Whether the fields go from the record (move) or stay in it (copy).",
		},
		replaceNull,
	),
}

// nonEmptyList allows repeated elements.
func nonEmptyList(name string, value any) error {
	if list, ok := value.([]string); !ok || len(list) == 0 {
		return &config.Error{Key: name, Reason: "Empty list", Remedy: "name at least one"}
	}
	return nil
}

type headerFrom struct {
	on              side
	fields, headers []string
	move            bool
	replaceNull     bool
	made            schemas
}

func newHeaderFrom(v *config.Values, on side) (apply, error) {
	h := &headerFrom{
		on: on, fields: v.List("fields"), headers: v.List("headers"), move: v.String("operation") == "move",
		replaceNull: v.Bool(replaceNull.Name), made: schemas{},
	}
	if len(h.fields) != len(h.headers) {
		return nil, &config.Error{
			Key: "headers", Value: config.Text(h.headers),
			Reason: "'fields' config must have the same number of elements as 'headers' config.",
			Remedy: fmt.Sprintf("name %d headers, one for each field", len(h.fields)),
		}
	}
	return h.apply, nil
}

func (h *headerFrom) apply(r *connect.SourceRecord) (*connect.SourceRecord, error) {
	schema, v := h.on.of(r)
	if schema == nil {
		return h.schemaless(r, v)
	}
	s, err := asStruct(v, "header from field")
	if err != nil {
		return nil, err
	}
	updated, out := schema, s
	if h.move {
		if updated, out, err = h.without(schema, s); err != nil {
			return nil, err
		}
	}
	c := h.on.with(r, updated, out)
	c.Headers = slices.Clone(r.Headers)
	for i, name := range h.fields {
		f, ok := schema.Field(name)
		if !ok {
			return nil, fmt.Errorf("unknown field: %s", name)
		}
		value, err := s.GetWithoutDefault(name)
		if err == nil && value == nil && h.replaceNull {
			value = f.Schema.Default
		}
		if err != nil {
			return nil, err
		}
		c.Headers = append(c.Headers, connect.Header{Key: h.headers[i], Schema: f.Schema, Value: value})
	}
	return c, nil
}

// without returns the struct without the fields that move.
func (h *headerFrom) without(schema *data.Schema, s *data.Struct) (*data.Schema, *data.Struct, error) {
	updated, err := h.made.of(schema, func() (*data.Schema, error) {
		b := basics(schema)
		for _, f := range schema.Fields {
			if !slices.Contains(h.fields, f.Name) {
				b.Field(f.Name, f.Schema)
			}
		}
		return b.Build()
	})
	if err != nil {
		return nil, nil, err
	}
	out := data.NewStruct(updated)
	at := 0
	for i, f := range schema.Fields {
		if slices.Contains(h.fields, f.Name) {
			continue
		}
		if err := out.PutAt(at, fieldAt(s, i, h.replaceNull)); err != nil {
			return nil, nil, err
		}
		at++
	}
	return updated, out, nil
}

func (h *headerFrom) schemaless(r *connect.SourceRecord, v any) (*connect.SourceRecord, error) {
	m, err := asMap(v, "header from field")
	if err != nil {
		return nil, err
	}
	left, _ := copyOf(m, "")
	headers := slices.Clone(r.Headers)
	for i, name := range h.fields {
		if h.move {
			delete(left, name)
		}
		headers = append(headers, header(h.headers[i], m[name]))
	}
	c := h.on.with(r, nil, left)
	c.Headers = headers
	return c, nil
}

// header makes a header of a value without a schema.
func header(name string, v any) connect.Header { return connect.Header{Key: name, Value: v} }
