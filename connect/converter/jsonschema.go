package converter

import (
	"fmt"
	"strconv"

	"crosstide/connect/data"
)

// jsonTypes are the types' names in JSON schemas, by type.
var jsonTypes = [...]string{
	data.Int8: "int8", data.Int16: "int16", data.Int32: "int32", data.Int64: "int64",
	data.Float32: "float", data.Float64: "double", data.Boolean: "boolean",
	data.String: "string", data.Bytes: "bytes",
	data.Array: "array", data.Map: "map", data.StructType: "struct",
}

// appendSchema writes a schema, null for nil. The order of the members is part of
// what others compare. field is the name under which it stands in a struct, nil
// elsewhere.
func (c *JSON) appendSchema(b []byte, s *data.Schema, field *string) (_ []byte, err error) {
	if s == nil {
		return append(b, "null"...), nil
	}
	b = append(b, `{"type":"`...)
	b = append(append(b, jsonTypes[s.Type]...), '"')
	if b, err = c.appendParts(b, s); err != nil {
		return nil, err
	}
	b = strconv.AppendBool(append(b, `,"optional":`...), s.Optional)
	if s.Name != "" {
		b = appendString(append(b, `,"name":`...), s.Name)
	}
	if s.Version != nil {
		b = strconv.AppendInt(append(b, `,"version":`...), int64(*s.Version), 10)
	}
	if s.Doc != "" {
		b = appendString(append(b, `,"doc":`...), s.Doc)
	}
	b = appendParameters(b, s.Parameters)
	if s.Default != nil {
		if b, err = c.appendValue(append(b, `,"default":`...), s, s.Default); err != nil {
			return nil, err
		}
	}
	if field != nil {
		b = appendString(append(b, `,"field":`...), *field)
	}
	return append(b, '}'), nil
}

// appendParts writes the schemas that a schema is made of.
func (c *JSON) appendParts(b []byte, s *data.Schema) (_ []byte, err error) {
	switch s.Type {
	case data.Array:
		return c.appendSchema(append(b, `,"items":`...), s.ValueSchema, nil)
	case data.Map:
		if b, err = c.appendSchema(append(b, `,"keys":`...), s.KeySchema, nil); err != nil {
			return nil, err
		}
		return c.appendSchema(append(b, `,"values":`...), s.ValueSchema, nil)
	case data.StructType:
		b = append(b, `,"fields":[`...)
		for i, f := range s.Fields {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = c.appendSchema(b, f.Schema, &f.Name); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	}
	return b, nil
}

func appendParameters(b []byte, parameters []data.Parameter) []byte {
	if len(parameters) == 0 {
		return b
	}
	b = append(b, `,"parameters":{`...)
	for i, p := range parameters {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(append(appendString(b, p.Name), ':'), p.Value)
	}
	return append(b, '}')
}

// toSchema reads a schema, nil from null.
func (c *JSON) toSchema(n *node) (*data.Schema, error) {
	if n.kind == null {
		return nil, nil
	}
	b, err := c.schemaBuilder(n)
	if err != nil {
		return nil, err
	}
	if o := n.member("optional"); o != nil && o.kind == boolean && o.text == "true" {
		b.Optional()
	}
	if name := n.member("name"); name != nil && name.kind == text {
		b.Name(name.text)
	}
	if version := n.member("version"); version != nil && version.isIntegral() {
		b.Version(int32(version.integer()))
	}
	if doc := n.member("doc"); doc != nil && doc.kind == text {
		b.Doc(doc.text)
	}
	if parameters := n.member("parameters"); parameters != nil && parameters.kind == object {
		for _, m := range parameters.members {
			if m.value.kind != text {
				return nil, fmt.Errorf("schema parameter %s must be a string", m.name)
			}
			b.Parameter(m.name, m.value.text)
		}
	}
	if err := c.readDefault(b, n); err != nil {
		return nil, err
	}
	return b.Build()
}

func (c *JSON) readDefault(b *data.SchemaBuilder, n *node) error {
	d := n.member("default")
	if d == nil {
		return nil
	}
	soFar, err := b.Build()
	if err != nil {
		return err
	}
	v, err := c.toConnect(soFar, d)
	if err != nil {
		return fmt.Errorf("default of a schema: %w", err)
	}
	b.Default(v)
	return nil
}

func (c *JSON) schemaBuilder(n *node) (*data.SchemaBuilder, error) {
	name := n.member("type")
	if name == nil || name.kind != text {
		return nil, fmt.Errorf("schema must contain 'type' field")
	}
	switch name.text {
	case "array":
		elements, err := c.part(n, "items")
		if err == nil && elements == nil {
			err = fmt.Errorf("array schema did not specify the element type")
		}
		return data.NewArraySchema(elements), err
	case "map":
		keys, err := c.part(n, "keys")
		if err != nil {
			return nil, err
		}
		values, err := c.part(n, "values")
		if err == nil && (keys == nil || values == nil) {
			err = fmt.Errorf("map schema did not specify the types of keys and values")
		}
		return data.NewMapSchema(keys, values), err
	case "struct":
		return c.structBuilder(n)
	}
	for t, known := range jsonTypes {
		if known == name.text {
			return data.NewSchema(data.Type(t)), nil
		}
	}
	return nil, fmt.Errorf("unknown schema type: %s", name.text)
}

func (c *JSON) part(n *node, name string) (*data.Schema, error) {
	p := n.member(name)
	if p == nil {
		return nil, nil
	}
	s, err := c.toSchema(p)
	if err != nil {
		return nil, fmt.Errorf("%s of a schema: %w", name, err)
	}
	return s, nil
}

func (c *JSON) structBuilder(n *node) (*data.SchemaBuilder, error) {
	fields := n.member("fields")
	if fields == nil || fields.kind != array {
		return nil, fmt.Errorf(`struct schema's "fields" argument is not an array`)
	}
	b := data.NewStructSchema()
	for _, f := range fields.list {
		name := f.member("field")
		if name == nil || name.kind != text {
			return nil, fmt.Errorf("struct schema's field name not specified properly")
		}
		s, err := c.toSchema(f)
		if err != nil {
			return nil, fmt.Errorf("field %s of a struct schema: %w", name.text, err)
		}
		b.Field(name.text, s)
	}
	return b, nil
}
