package transform

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connect/data"
	"crosstide/connect/data/simpledate"
)

var timestampConverterBuiltin = builtin{
	name: "TimestampConverter", sided: true, build: newTimestampConverter,
	keys: config.NewDef(
		config.Key{
			Name: "field", Type: config.String, Default: "", Importance: config.High,
			Doc: "The field that holds the timestamp; empty when the whole key or value is one.",
		},
		config.Key{
			Name: "target.type", Type: config.String, Required: true, Importance: config.High,
			Validator: config.OneOf("string", "unix", "Date", "Time", "Timestamp"),
			Doc:       "What to make of the timestamp: string, unix, Date, Time or Timestamp.",
		},
		config.Key{
			Name: "format", Type: config.String, Default: "", Importance: config.Medium,
			Doc: "The pattern, as for Java's SimpleDateFormat, by which strings are written and read.",
		},
		config.Key{
			Name: "unix.precision", Type: config.String, Default: "milliseconds", Importance: config.Low,
			Validator: config.OneOf("nanoseconds", "microseconds", "milliseconds", "seconds"),
			Doc:       "What numbers count: seconds, milliseconds, microseconds or nanoseconds. Less than a millisecond is lost.",
		},
		replaceNull,
	),
}

type timestampConverter struct {
	on          side
	field       string
	target      string
	format      *simpledate.Format // nil without one
	perMilli    int64              // units in a millisecond; 0 when the unit is longer
	replaceNull bool
	made        schemas
}

func newTimestampConverter(v *config.Values, on side) (apply, error) {
	c := &timestampConverter{
		on: on, field: v.String("field"), target: v.String("target.type"),
		perMilli:    map[string]int64{"milliseconds": 1, "microseconds": 1000, "nanoseconds": 1_000_000}[v.String("unix.precision")],
		replaceNull: v.Bool(replaceNull.Name), made: schemas{},
	}
	pattern := v.String("format")
	if strings.TrimSpace(pattern) == "" {
		if c.target == "string" {
			return nil, &config.Error{Key: "format", Value: pattern,
				Reason: "TimestampConverter requires format option to be specified when using string timestamps",
				Remedy: "set a pattern such as yyyy-MM-dd'T'HH:mm:ss.SSS"}
		}
		return c.apply, nil
	}
	var err error
	if c.format, err = simpledate.Compile(pattern); err != nil {
		return nil, &config.Error{Key: "format", Value: pattern, Reason: err.Error(),
			Remedy: "use a pattern of Java's SimpleDateFormat"}
	}
	return c.apply, nil
}

func (c *timestampConverter) apply(r *connect.SourceRecord) (*connect.SourceRecord, error) {
	schema, v := c.on.of(r)
	switch {
	case schema == nil:
		return c.schemaless(r, v)
	case c.field == "":
		out, err := c.convert(schema, v)
		return c.on.with(r, c.schemaFor(schema.Optional), out), err
	case schema.Type != data.StructType:
		return nil, fmt.Errorf("only Struct objects supported for [converting timestamp formats], found: %s", schema.Type)
	}
	updated, err := c.made.of(schema, func() (*data.Schema, error) { return c.structSchema(schema) })
	if err != nil {
		return nil, err
	}
	if v == nil {
		return c.on.with(r, updated, nil), nil
	}
	s, err := asStruct(v, "converting timestamp formats")
	if err != nil {
		return nil, err
	}
	out, err := c.structure(s, updated)
	return c.on.with(r, updated, out), err
}

func (c *timestampConverter) schemaless(r *connect.SourceRecord, v any) (*connect.SourceRecord, error) {
	if v == nil || c.field == "" {
		out, err := c.convert(nil, v)
		return c.on.with(r, nil, out), err
	}
	m, err := copyOf(v, "converting timestamp formats")
	if err != nil {
		return nil, err
	}
	if m[c.field], err = c.convert(nil, m[c.field]); err != nil {
		return nil, fmt.Errorf("field %s: %w", c.field, err)
	}
	return c.on.with(r, nil, m), nil
}

func (c *timestampConverter) schemaFor(optional bool) *data.Schema {
	required, orNull := data.TimestampSchema, data.OptionalTimestamp
	switch c.target {
	case "string":
		required, orNull = data.StringSchema, data.OptionalString
	case "unix":
		required, orNull = data.Int64Schema, data.OptionalInt64
	case "Date":
		required, orNull = data.DateSchema, data.OptionalDate
	case "Time":
		required, orNull = data.TimeSchema, data.OptionalTime
	}
	if optional {
		return orNull
	}
	return required
}

func (c *timestampConverter) structSchema(s *data.Schema) (*data.Schema, error) {
	b := basics(s)
	for _, f := range s.Fields {
		if f.Name == c.field {
			b.Field(f.Name, c.schemaFor(f.Schema.Optional))
		} else {
			b.Field(f.Name, f.Schema)
		}
	}
	if s.Optional {
		b.Optional()
	}
	return b.Build()
}

func (c *timestampConverter) structure(s *data.Struct, updated *data.Schema) (any, error) {
	out := data.NewStruct(updated)
	for i, f := range s.Schema().Fields {
		v := fieldAt(s, i, c.replaceNull)
		if f.Name == c.field {
			var err error
			if v, err = c.convert(f.Schema, v); err != nil {
				return nil, fmt.Errorf("field %s: %w", f.Name, err)
			}
		}
		if err := out.PutAt(i, v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// convert reads a timestamp as its schema says, or without one as its type says,
// and writes it as the target says.
func (c *timestampConverter) convert(s *data.Schema, v any) (any, error) {
	if s != nil && s.Type != data.String && s.Type != data.Int64 && s.Name != data.DateName && s.Name != data.TimeName {
		return nil, fmt.Errorf("%s does not correspond to a known timestamp type format", s)
	}
	if v == nil {
		return nil, nil
	}
	t, err := c.read(v)
	if err != nil {
		return nil, err
	}
	switch c.target {
	case "string":
		return c.format.Format(t), nil
	case "unix":
		return c.toUnix(t.UnixMilli()), nil
	case "Date":
		return t.Truncate(24 * time.Hour), nil
	case "Time":
		return time.UnixMilli(0).UTC().Add(t.Sub(t.Truncate(24 * time.Hour))), nil
	}
	return t, nil
}

func (c *timestampConverter) read(v any) (time.Time, error) {
	switch v := v.(type) {
	case time.Time:
		return v.UTC(), nil
	case int64:
		return data.ToTimestamp(c.fromUnix(v)), nil
	case string:
		if c.format == nil {
			return time.Time{}, errors.New("format is not set, so no string can be read as a timestamp")
		}
		t, err := c.format.Parse(v)
		if err != nil {
			return t, fmt.Errorf("could not parse timestamp: %w", err)
		}
		return t, nil
	}
	return time.Time{}, fmt.Errorf("TimestampConverter does not support %s as timestamps", named(v))
}

func (c *timestampConverter) fromUnix(n int64) int64 {
	if c.perMilli == 0 {
		return saturatingTimes(n, 1000)
	}
	return n / c.perMilli
}

func (c *timestampConverter) toUnix(ms int64) int64 {
	if c.perMilli == 0 {
		return ms / 1000
	}
	return saturatingTimes(ms, c.perMilli)
}

// saturatingTimes stops at the limits of 64 bits, as Java's TimeUnit does.
func saturatingTimes(n, by int64) int64 {
	const most = 1<<63 - 1
	switch {
	case n > most/by:
		return most
	case n < -most/by:
		return -most - 1
	}
	return n * by
}
