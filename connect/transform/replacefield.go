package transform

import (
	"slices"
	"strings"

	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connect/data"
)

var replaceFieldBuiltin = builtin{
	name: "ReplaceField", sided: true, build: newReplaceField,
	keys: config.NewDef(
		config.Key{
			Name: "exclude", Type: config.List, Default: []string{}, Importance: config.Medium,
			Doc: "The fields to leave out, also when they are included.",
		},
		config.Key{
			Name: "include", Type: config.List, Default: []string{}, Importance: config.Medium,
			Doc: "The only fields to keep; all when empty.",
		},
		config.Key{
			Name: "renames", Type: config.List, Default: []string{}, Importance: config.Medium,
			Doc: "Fields with their new names, as old:new.",
			Validator: func(name string, value any) error {
				list, _ := value.([]string)
				for _, entry := range list {
					if parts := strings.Split(strings.TrimRight(entry, ":"), ":"); len(parts) != 2 {
						return &config.Error{Key: name, Value: config.Text(list), Reason: "Invalid rename mapping: " + entry,
							Remedy: "write old:new,old:new"}
					}
				}
				return nil
			},
		},
		replaceNull,
	),
}

type replaceField struct {
	on               side
	exclude, include []string
	renames, origins map[string]string // to and from new names
	replaceNull      bool
	made             schemas
}

func newReplaceField(v *config.Values, on side) (apply, error) {
	f := &replaceField{
		on: on, exclude: v.List("exclude"), include: v.List("include"), renames: map[string]string{}, origins: map[string]string{},
		replaceNull: v.Bool(replaceNull.Name), made: schemas{},
	}
	for _, entry := range v.List("renames") {
		from, to, _ := strings.Cut(strings.TrimRight(entry, ":"), ":")
		f.renames[from], f.origins[to] = to, from
	}
	return f.apply, nil
}

func (f *replaceField) keeps(name string) bool {
	return !slices.Contains(f.exclude, name) && (len(f.include) == 0 || slices.Contains(f.include, name))
}

func (f *replaceField) renamed(name string) string {
	if to, ok := f.renames[name]; ok {
		return to
	}
	return name
}

// read returns the field that has become name.
func (f *replaceField) read(s *data.Struct, name string) (any, error) {
	if from, ok := f.origins[name]; ok {
		name = from
	}
	if f.replaceNull {
		return s.Get(name)
	}
	return s.GetWithoutDefault(name)
}

func (f *replaceField) apply(r *connect.SourceRecord) (*connect.SourceRecord, error) {
	schema, v := f.on.of(r)
	switch {
	case v == nil:
		return r, nil
	case schema == nil:
		m, err := asMap(v, "field replacement")
		if err != nil {
			return nil, err
		}
		out := make(map[string]any, len(m))
		for _, e := range data.EntriesOf(m) { // when two become one, Java's order says which stays
			if name := e.Key.(string); f.keeps(name) {
				out[f.renamed(name)] = e.Value
			}
		}
		return f.on.with(r, nil, out), nil
	}
	s, err := asStruct(v, "field replacement")
	if err != nil {
		return nil, err
	}
	schema = s.Schema()
	updated, err := f.made.of(schema, func() (*data.Schema, error) {
		b := basics(schema)
		for _, field := range schema.Fields {
			if f.keeps(field.Name) {
				b.Field(f.renamed(field.Name), field.Schema)
			}
		}
		return b.Build()
	})
	if err != nil {
		return nil, err
	}
	out := data.NewStruct(updated)
	for i, field := range updated.Fields {
		value, err := f.read(s, field.Name)
		if err != nil {
			return nil, err
		}
		if err := out.PutAt(i, value); err != nil {
			return nil, err
		}
	}
	return f.on.with(r, updated, out), nil
}
