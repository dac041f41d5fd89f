package transform

import (
	"crosstide/connect"
	"crosstide/connect/plugin"
)

const javaPackage = "org.apache.kafka.connect.transforms."

var builtins = []builtin{
	castBuiltin, dropHeadersBuiltin, extractFieldBuiltin, filterBuiltin, flattenBuiltin, headerFromBuiltin,
	hoistFieldBuiltin, insertFieldBuiltin, insertHeaderBuiltin, maskFieldBuiltin, regexRouterBuiltin,
	replaceFieldBuiltin, setSchemaMetadataBuiltin, timestampConverterBuiltin, timestampRouterBuiltin, valueToKeyBuiltin,
}

// Register makes all transformations and predicates of the package known under
// their Java names.
func Register(r *plugin.Registry) {
	for _, b := range builtins {
		if b.sided {
			b.register(r, javaPackage+b.name+"$Key", onKey)
			b.register(r, javaPackage+b.name+"$Value", onValue)
		} else {
			b.register(r, javaPackage+b.name, onValue)
		}
	}
	for _, p := range predicates {
		r.AddPredicate(plugin.Predicate{
			Class: javaPackage + "predicates." + p.name, Keys: p.keys,
			New: func(props map[string]string) (connect.Predicate, error) {
				v, err := p.keys.Parse(props)
				if err != nil {
					return nil, err
				}
				return orNil[connect.Predicate](p.build(v))
			},
		})
	}
}

func (b builtin) register(r *plugin.Registry, class string, on side) {
	r.AddTransformation(plugin.Transformation{
		Class: class, Keys: b.keys,
		New: func(props map[string]string) (connect.Transformation, error) {
			v, err := b.keys.Parse(props)
			if err != nil {
				return nil, err
			}
			return orNil[connect.Transformation](b.build(v, on))
		},
	})
}

// orNil keeps a typed nil from becoming a non-nil interface.
func orNil[I any, T any](t T, err error) (i I, _ error) {
	if err != nil {
		return i, err
	}
	return any(t).(I), nil
}
