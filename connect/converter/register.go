package converter

import (
	"maps"

	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connect/plugin"
)

// Register makes all converters of the package known under their Java names.
func Register(r *plugin.Registry) {
	register(r, "org.apache.kafka.connect.json.JsonConverter", jsonKeys, NewJSON)
	register(r, "org.apache.kafka.connect.storage.StringConverter", stringKeys, NewString)
	register(r, "org.apache.kafka.connect.converters.ByteArrayConverter", typeOnly, plain(ByteArray{}))
	register(r, "org.apache.kafka.connect.converters.BooleanConverter", typeOnly, plain(Boolean{}))
	register(r, "org.apache.kafka.connect.converters.ShortConverter", typeOnly, plain(Short))
	register(r, "org.apache.kafka.connect.converters.IntegerConverter", typeOnly, plain(Integer))
	register(r, "org.apache.kafka.connect.converters.LongConverter", typeOnly, plain(Long))
	register(r, "org.apache.kafka.connect.converters.FloatConverter", typeOnly, plain(Float))
	register(r, "org.apache.kafka.connect.converters.DoubleConverter", typeOnly, plain(Double))
	r.AddHeaderConverter(plugin.HeaderConverter{
		Class: "org.apache.kafka.connect.storage.SimpleHeaderConverter", Keys: config.NewDef(),
		New: func(map[string]string) (connect.HeaderConverter, error) { return SimpleHeader{}, nil },
	})
}

// register adds a converter for keys, values and headers alike.
func register[C connect.Converter](r *plugin.Registry, class string, keys *config.Def, build func(props map[string]string) (C, error)) {
	r.AddConverter(plugin.Converter{
		Class: class, Keys: keys,
		New: func(props map[string]string) (connect.Converter, error) { return checked(keys, props, build) },
	})
	r.AddHeaderConverter(plugin.HeaderConverter{
		Class: class, Keys: keys,
		New: func(props map[string]string) (connect.HeaderConverter, error) {
			c, err := checked(keys, props, build)
			if _, bytes := c.(ByteArray); bytes {
				return ByteArrayHeader{}, err
			}
			return asHeader{c}, err
		},
	})
}

func checked[C connect.Converter](keys *config.Def, props map[string]string, build func(map[string]string) (C, error)) (connect.Converter, error) {
	if _, err := keys.Parse(typed(props)); err != nil {
		return nil, err
	}
	c, err := build(props)
	if err != nil {
		return nil, err
	}
	return c, nil
}

func plain[C connect.Converter](c C) func(map[string]string) (C, error) {
	return func(map[string]string) (C, error) { return c, nil }
}

// typeKey is what the runtime tells every converter; nothing here depends on it.
var typeKey = config.Key{
	Name: "converter.type", Type: config.String, Required: true, Importance: config.Low,
	Validator: config.OneOf("key", "value", "header"),
	Doc:       "What the converter is used for: key, value or header. Set by the worker.",
}

var typeOnly = config.NewDef(typeKey)

// typed fills in the key that is for the runtime to set and that nothing here
// depends on.
func typed(props map[string]string) map[string]string {
	if _, ok := props[typeKey.Name]; ok {
		return props
	}
	all := map[string]string{typeKey.Name: "value"}
	maps.Copy(all, props)
	return all
}
