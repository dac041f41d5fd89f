package storage

import (
	"fmt"
)

// Properties is a configuration as a config record holds it: in the order of its
// bytes, values possibly null.
type Properties []Property

// Property is one entry; a nil Value is a JSON null.
type Property struct {
	Key   string
	Value *string
}

// PropertiesOf orders a configuration as Java would write it.
func PropertiesOf(m map[string]string) Properties {
	p := make(Properties, 0, len(m))
	for _, key := range hashMapOrder(m) {
		value := m[key]
		p = append(p, Property{Key: key, Value: &value})
	}
	return p
}

// Map returns the entries that are not null.
func (p Properties) Map() map[string]string {
	m := make(map[string]string, len(p))
	for _, e := range p {
		if e.Value != nil {
			m[e.Key] = *e.Value
		}
	}
	return m
}

// Nulls returns the keys whose value is null.
func (p Properties) Nulls() []string {
	var keys []string
	for _, e := range p {
		if e.Value == nil {
			keys = append(keys, e.Key)
		}
	}
	return keys
}

func (p Properties) encode() object {
	o := make(object, 0, len(p))
	for _, e := range p {
		if e.Value == nil {
			o = append(o, member{e.Key, nil})
		} else {
			o = append(o, member{e.Key, *e.Value})
		}
	}
	return object{{"properties", o}}
}

func decodeProperties(o object) (Properties, error) {
	raw, _ := o.get("properties")
	members, ok := raw.(object)
	if !ok {
		return nil, fmt.Errorf(`"properties" is not an object`)
	}
	p := make(Properties, 0, len(members))
	for _, e := range members {
		switch v := e.value.(type) {
		case nil:
			p = append(p, Property{Key: e.name})
		case string:
			p = append(p, Property{Key: e.name, Value: &v})
		default:
			return nil, fmt.Errorf("property %q is not a string", e.name)
		}
	}
	return p, nil
}
