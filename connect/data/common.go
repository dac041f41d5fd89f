package data

import "math"

const maxFloat = math.MaxFloat64

// common finds the one schema that fits all elements of a collection.
type common struct {
	schema *Schema // nil while only nulls were seen, and where none fits
	mixed  bool    // none fits
}

// add widens the schema to a further element's.
func (c *common) add(v parsed) {
	switch {
	case v.schema == nil || c.mixed:
	case c.schema == nil:
		c.schema = v.schema
	case c.schema.Type != v.schema.Type:
		c.schema = wider(c.schema, v.schema)
		c.mixed = c.schema == nil
	default:
		c.schema = v.schema
	}
}

// wider returns the wider of two numeric types, nil when one is not numeric.
func wider(a, b *Schema) *Schema {
	if a.Type > Float64 || b.Type > Float64 {
		return nil
	}
	if a.Type > b.Type {
		return a
	}
	return b
}

// array aligns the values with what fits all of them.
func (c *common) array(values []any) (parsed, error) {
	if c.schema == nil {
		return parsed{NewArraySchema(nil).MustBuild(), values}, nil
	}
	for i, v := range values {
		aligned, err := Convert(c.schema, nil, v)
		if err != nil {
			return parsed{}, err
		}
		values[i] = aligned
	}
	return parsed{NewArraySchema(c.schema).MustBuild(), values}, nil
}

func mapOf(keys, values common, entries Entries) (parsed, error) {
	if keys.schema == nil {
		return parsed{NewMapSchema(nil, nil).MustBuild(), entries}, nil
	}
	aligned := make(Entries, 0, len(entries))
	for _, e := range entries {
		key, err := Convert(keys.schema, nil, e.Key)
		if err != nil {
			return parsed{}, err
		}
		value := e.Value
		if values.schema != nil {
			if value, err = Convert(values.schema, nil, e.Value); err != nil {
				return parsed{}, err
			}
		}
		aligned = append(aligned, Entry{key, value})
	}
	return parsed{NewMapSchema(keys.schema, values.schema).MustBuild(), aligned.Unique()}, nil
}
