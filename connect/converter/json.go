package converter

import (
	"errors"
	"fmt"
	"sync"

	"crosstide/connect/config"
	"crosstide/connect/data"
)

// JSON writes values as JSON, with their schema in an envelope beside them unless
// schemas are turned off.
type JSON struct {
	schemas            bool
	content            *data.Schema // of schema.content; nil without
	numericDecimals    bool
	replaceNullDefault bool

	mu      sync.Mutex
	limit   int                     // of each cache
	written map[*data.Schema][]byte // schemas are immutable, so they are known by their address
	read    map[string]*data.Schema // by their JSON
}

var jsonKeys = config.NewDef(
	config.Key{
		Name: "schemas.enable", Type: config.Boolean, Default: true, Importance: config.High,
		Group: "Schemas", Order: 0, Width: config.WidthMedium, DisplayName: "Enable Schemas",
		Doc: "Write each value with its schema in an envelope, and expect that when reading.",
	},
	config.Key{
		Name: "schemas.cache.size", Type: config.Int, Default: 1000, Importance: config.High,
		Group: "Schemas", Order: 1, Width: config.WidthMedium, DisplayName: "Schema Cache Size",
		Doc: "How many schemas to remember the JSON of.",
	},
	config.Key{
		Name: "schema.content", Type: config.String, Importance: config.High,
		Group: "Schemas", Order: 2, Width: config.WidthMedium, DisplayName: "Schema Content",
		Doc: "The schema, in JSON, of all values: they are then read without an envelope. Unused when schemas are off.",
	},
	config.Key{
		Name: "decimal.format", Type: config.String, Default: "BASE64", Importance: config.Low,
		Group: "Serialization", Order: 0, Width: config.WidthMedium, DisplayName: "Decimal Format",
		Validator: config.OneOfFold("BASE64", "NUMERIC"),
		Doc:       "How decimals are written: BASE64, the bytes of their unscaled value, or NUMERIC, a JSON number.",
	},
	config.Key{
		Name: "replace.null.with.default", Type: config.Boolean, Default: true, Importance: config.Low,
		Group: "Serialization", Order: 1, Width: config.WidthMedium, DisplayName: "Replace null with default",
		Doc: "Write and read a null as the default of its schema, where that has one.",
	},
	typeKey,
)

// NewJSON makes a converter by its keys.
func NewJSON(props map[string]string) (*JSON, error) {
	v, err := jsonKeys.Parse(typed(props))
	if err != nil {
		return nil, err
	}
	c := &JSON{
		schemas:            v.Bool("schemas.enable"),
		numericDecimals:    len(v.String("decimal.format")) == len("NUMERIC"),
		replaceNullDefault: v.Bool("replace.null.with.default"),
		limit:              max(v.Int("schemas.cache.size"), 1),
		written:            make(map[*data.Schema][]byte),
		read:               make(map[string]*data.Schema),
	}
	if text := v.String("schema.content"); text != "" {
		if c.content, err = c.parseContent(text); err != nil {
			e := config.Invalid("schema.content", text, err.Error())
			e.Remedy = `give a schema such as {"type":"string","optional":true}`
			return nil, e
		}
	}
	return c, nil
}

func (c *JSON) parseContent(text string) (*data.Schema, error) {
	n, err := parseJSON([]byte(text))
	if err != nil {
		return nil, err
	}
	return c.toSchema(n)
}

// FromConnectData implements [connect.Converter].
func (c *JSON) FromConnectData(_ string, schema *data.Schema, value any) ([]byte, error) {
	if schema == nil && value == nil {
		return nil, nil
	}
	if !c.schemas {
		return c.appendValue(nil, schema, value)
	}
	b, err := c.schemaJSON(schema)
	if err != nil {
		return nil, err
	}
	out := append([]byte(`{"schema":`), b...)
	if out, err = c.appendValue(append(out, `,"payload":`...), schema, value); err != nil {
		return nil, err
	}
	return append(out, '}'), nil
}

var errNoEnvelope = errors.New(`JsonConverter with schemas.enable requires "schema" and "payload" fields and may not contain additional fields: ` +
	`if this is plain JSON, set schemas.enable=false in the converter's configuration`)

// ToConnectData implements [connect.Converter].
func (c *JSON) ToConnectData(_ string, value []byte) (*data.Schema, any, error) {
	if value == nil {
		return nil, nil, nil
	}
	n, err := parseJSON(value)
	if err != nil {
		return nil, nil, fmt.Errorf("reading JSON: %w", err)
	}
	var schema *data.Schema
	if c.schemas {
		schema = c.content
	}
	if c.schemas && schema == nil {
		schemaNode, payload := n.member("schema"), n.member("payload")
		if n.kind != object || len(n.members) != 2 || schemaNode == nil || payload == nil {
			return nil, nil, errNoEnvelope
		}
		if schema, err = c.cachedSchema(schemaNode); err != nil {
			return nil, nil, err
		}
		n = payload
	}
	v, err := c.toConnect(schema, n)
	if err != nil {
		return nil, nil, err
	}
	return schema, v, nil
}

// cachedSchema reads a schema, or remembers one with the same text.
func (c *JSON) cachedSchema(n *node) (*data.Schema, error) {
	c.mu.Lock()
	schema, ok := c.read[string(n.raw)]
	c.mu.Unlock()
	if ok {
		return schema, nil
	}
	schema, err := c.toSchema(n)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.read) >= c.limit {
		clear(c.read)
	}
	c.read[string(n.raw)] = schema
	return schema, nil
}

// schemaJSON writes a schema, or remembers what was written.
func (c *JSON) schemaJSON(schema *data.Schema) ([]byte, error) {
	c.mu.Lock()
	b, ok := c.written[schema]
	c.mu.Unlock()
	if ok {
		return b, nil
	}
	b, err := c.appendSchema(nil, schema, nil)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.written) >= c.limit {
		clear(c.written)
	}
	c.written[schema] = b
	return b, nil
}
