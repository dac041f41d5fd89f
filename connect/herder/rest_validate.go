package herder

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connect/plugin"
	"crosstide/internal/kafka"
)

// ConfigInfos is what a validation found, key by key.
type ConfigInfos struct {
	Name       string // the connector class as sent
	ErrorCount int
	Groups     []string
	Configs    []ConfigInfo
}

// ConfigInfo is one key. Definition is nil for a key that is not known but
// wrong; Value always tells.
type ConfigInfo struct {
	Definition *config.Key
	Value      ConfigValue
}

// ConfigValue is a value as it would be used.
type ConfigValue struct {
	Name        string
	Value       *string // nil for null and for what could not be read
	Recommended []string
	Errors      []string
	Visible     bool
}

// Err is the refusal of a configuration with errors, else nil.
func (c ConfigInfos) Err() error {
	if c.ErrorCount == 0 {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Connector configuration is invalid and contains the following %d error(s):", c.ErrorCount)
	for _, one := range c.Configs {
		for _, text := range one.Value.Errors {
			b.WriteString("\n" + text)
		}
	}
	b.WriteString("\nYou can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`")
	return &Error{Kind: Invalid, Message: b.String()}
}

// Validate checks a connector's configuration as creating it would. The error is
// one that keeps keys from being looked at.
func (p *Plugins) Validate(_ context.Context, given map[string]*string) (ConfigInfos, error) {
	props, nulls := split(given)
	resolved, err := p.resolved(props)
	if err != nil {
		return ConfigInfos{}, &Error{Kind: Invalid, Message: err.Error(), Err: err}
	}
	class, ok := resolved["connector.class"]
	if !ok {
		return ConfigInfos{}, refuse(Invalid, "Connector config %s contains no connector type", describe(props))
	}
	source, err := p.registry.Source(class)
	if err != nil {
		return ConfigInfos{}, refuse(Invalid, "Failed to find any class that implements Connector and which name matches %s, available connectors are: %s",
			props["connector.class"], p.descriptions())
	}
	c := source.New()
	v := &validation{plugins: p, original: props, resolved: resolved, infos: ConfigInfos{Name: props["connector.class"]}}
	for _, name := range nulls {
		v.unknown(name, "Null value can not be supplied as the configuration value.")
	}
	v.keys(connectorDef.Merge(sourceDef, c.ConfigDef()), resolved)
	v.version(source, resolved["connector.plugin.version"])
	for _, alias := range config.SplitList(resolved["transforms"]) {
		v.part("transforms", "Transforms: ", alias, resolved)
	}
	for _, alias := range config.SplitList(resolved["predicates"]) {
		v.part("predicates", "Predicates: ", alias, resolved)
	}
	v.crossFields(c, resolved)
	v.overrides(resolved)
	v.converters(resolved)
	v.conceal()
	v.count()
	return v.infos, nil
}

func split(given map[string]*string) (props map[string]string, nulls []string) {
	props = make(map[string]string, len(given))
	for name, value := range given {
		if value == nil {
			nulls = append(nulls, name)
			continue
		}
		props[name] = *value
	}
	slices.Sort(nulls)
	return props, nulls
}

func (p *Plugins) resolved(props map[string]string) (map[string]string, error) {
	if p.resolve == nil {
		return props, nil
	}
	return p.resolve.Transform(props)
}

// descriptions words the known connectors as Java does, which some tools show.
func (p *Plugins) descriptions() string {
	var all []string
	for _, i := range p.List(true) {
		all = append(all, fmt.Sprintf("PluginDesc{klass=class %s, name='%s', version='%s', encodedVersion=%s, type=%s, typeName='%s', location='classpath'}",
			i.Class, i.Class, i.Version, i.Version, i.Type, i.Type))
	}
	return strings.Join(all, ", ")
}

// describe shows a configuration as Java prints a map, without secrets.
func describe(props map[string]string) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(props)) {
		all = append(all, name+"="+config.Shown(name, props[name]))
	}
	return "{" + strings.Join(all, ", ") + "}"
}

// validation collects what is found.
type validation struct {
	plugins  *Plugins
	original map[string]string
	resolved map[string]string
	infos    ConfigInfos
	known    map[string]int // index in infos.Configs
}

// keys checks the values against a table.
func (v *validation) keys(def *config.Def, resolved map[string]string) {
	v.infos.Groups = def.Groups()
	if v.known == nil {
		v.known = map[string]int{}
	}
	for _, c := range def.Validate(resolved) {
		v.add(c)
	}
}

// value shows a placeholder instead of what it stands for.
func (v *validation) value(c config.Checked) ConfigValue {
	out := ConfigValue{Name: c.Key.Name, Recommended: []string{}, Errors: c.Errors, Visible: c.Visible}
	if text, ok := c.ValueText(); ok {
		if original := v.original[c.Key.Name]; strings.Contains(original, "${") {
			text = original
		}
		text = config.Shown(c.Key.Name, text)
		out.Value = &text
	}
	for _, r := range c.Recommended {
		out.Recommended = append(out.Recommended, config.Text(r))
	}
	return out
}

// unknown adds an error for a key that no table holds; such keys come first.
func (v *validation) unknown(name, text string) {
	v.infos.Configs = slices.Insert(v.infos.Configs, 0, ConfigInfo{Value: ConfigValue{
		Name: name, Recommended: []string{}, Errors: []string{text}, Visible: true,
	}})
	for key := range v.known {
		v.known[key]++
	}
}

func (v *validation) complain(key, text string) {
	at, ok := v.known[key]
	if !ok {
		v.unknown(key, text)
		return
	}
	errs := &v.infos.Configs[at].Value.Errors
	if !slices.Contains(*errs, text) {
		*errs = append(slices.Clip(*errs), text)
	}
}

func (v *validation) version(s plugin.Source, wanted string) {
	if err := inRange(s.Class, strings.TrimSpace(wanted), sourceVersion(s)); err != nil {
		v.complain("connector.plugin.version", err.Error())
	}
}

// part adds the keys of one transformation or predicate.
func (v *validation) part(list, group, alias string, resolved map[string]string) {
	if alias == "" {
		return
	}
	prefix := list + "." + alias + "."
	group += alias
	v.infos.Groups = append(v.infos.Groups, group)
	classes, find := v.plugins.transformations()
	if list == "predicates" {
		classes, find = v.plugins.predicates()
	}
	kind := connectKey(prefix+"type", config.Class, nil, group, 0, config.WidthLong, "Type of "+alias, config.High,
		func(name string, value any) error {
			if class, given := value.(string); given {
				if _, known := find(class); !known {
					return config.Invalid(name, class, "Class "+class+" could not be found.")
				}
			}
			return nil
		}, "Class of "+alias+".")
	kind.Required = true
	checked := config.NewDef(kind).Validate(resolved)[0]
	for _, class := range classes {
		checked.Recommended = append(checked.Recommended, class)
	}
	v.add(checked)
	if keys, known := find(resolved[prefix+"type"]); known && keys != nil {
		v.below(prefix, keys, resolved)
	}
	if list == "transforms" {
		v.predicate(prefix, group, resolved)
	}
}

// predicate adds what a transformation may ask of predicates.
func (v *validation) predicate(prefix, group string, resolved map[string]string) {
	aliases := config.SplitList(resolved["predicates"])
	name := connectKey(prefix+"predicate", config.String, "", group, 0, config.WidthMedium, "Predicate", config.Medium,
		func(key string, value any) error {
			if alias, given := value.(string); given && alias != "" && !slices.Contains(aliases, alias) {
				return config.Invalid(key, alias, "there is no such alias in predicates")
			}
			return nil
		}, "Alias of the predicate that decides which records pass the transformation.")
	negate := connectKey(prefix+"negate", config.Boolean, false, group, 1, config.WidthMedium, "Negate", config.Medium, nil,
		"Whether the transformation is for the records that the predicate does not hold for.")
	for _, c := range config.NewDef(name, negate).Validate(resolved) {
		v.add(c)
	}
}

// below adds a plugin's own keys, under prefix.
func (v *validation) below(prefix string, keys *config.Def, resolved map[string]string) {
	own := map[string]string{}
	for name, value := range resolved {
		if key, is := strings.CutPrefix(name, prefix); is {
			own[key] = value
		}
	}
	for _, c := range keys.Validate(own) {
		c.Key.DisplayName, c.Key.Name = c.Key.Display(), prefix+c.Key.Name
		v.add(c)
	}
}

func (v *validation) add(c config.Checked) {
	v.known[c.Key.Name] = len(v.infos.Configs)
	v.infos.Configs = append(v.infos.Configs, ConfigInfo{Definition: &c.Key, Value: v.value(c)})
}

// transformations lists the classes, and finds the keys of one.
func (p *Plugins) transformations() (classes []string, find func(class string) (*config.Def, bool)) {
	for _, t := range p.registry.Transformations() {
		classes = append(classes, t.Class)
	}
	return classes, func(class string) (*config.Def, bool) {
		t, err := p.registry.Transformation(class)
		return t.Keys, err == nil
	}
}

// predicates is transformations for predicates.
func (p *Plugins) predicates() (classes []string, find func(class string) (*config.Def, bool)) {
	for _, c := range p.registry.Predicates() {
		classes = append(classes, c.Class)
	}
	return classes, func(class string) (*config.Def, bool) {
		c, err := p.registry.Predicate(class)
		return c.Keys, err == nil
	}
}

// crossFields asks the connector what it thinks of the whole.
func (v *validation) crossFields(c connect.Connector, resolved map[string]string) {
	checker, ok := c.(connect.ConfigValidator)
	if !ok {
		return
	}
	for _, err := range flatten(checker.ValidateConfig(resolved)) {
		var e *config.Error
		if errors.As(err, &e) {
			v.complain(e.Key, e.Error())
			continue
		}
		v.complain("connector.class", err.Error())
	}
}

func flatten(err error) []error {
	if err == nil {
		return nil
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range many.Unwrap() {
			all = append(all, flatten(e)...)
		}
		return all
	}
	return []error{err}
}

// overrides lists the client properties that the configuration overrides.
func (v *validation) overrides(resolved map[string]string) {
	for _, client := range []string{"producer", "consumer", "admin"} {
		prefix := client + ".override."
		props := map[string]string{}
		for name, value := range resolved {
			if key, ok := strings.CutPrefix(name, prefix); ok && key != "" {
				props[key] = value
			}
		}
		if len(props) > 0 {
			v.client(prefix, props)
		}
	}
}

func (v *validation) client(prefix string, props map[string]string) {
	first := len(v.infos.Configs)
	for _, key := range slices.Sorted(maps.Keys(props)) {
		name := prefix + key
		shown := config.Shown(name, v.original[name])
		v.known[name] = len(v.infos.Configs)
		v.infos.Configs = append(v.infos.Configs, ConfigInfo{Value: ConfigValue{
			Name: name, Value: &shown, Recommended: []string{}, Errors: []string{}, Visible: true,
		}})
	}
	if props["bootstrap.servers"] == "" {
		props["bootstrap.servers"] = "localhost:9092" // only so that the rest is looked at
	}
	_, err := kafka.ParseSettings(props)
	for _, e := range flatten(err) {
		var one *config.Error
		if !errors.As(e, &one) {
			continue
		}
		if _, mine := v.known[prefix+one.Key]; mine {
			v.complain(prefix+one.Key, e.Error())
		} else if first < len(v.infos.Configs) {
			v.complain(v.infos.Configs[first].Value.Name, e.Error())
		}
	}
}

// converters checks the converters that the configuration names, and their keys.
func (v *validation) converters(resolved map[string]string) {
	for _, kind := range []string{"key", "value", "header"} {
		name := kind + ".converter"
		class, named := resolved[name]
		if !named {
			continue
		}
		_, keys, known := v.plugins.converter(name, class)
		if !known {
			e := config.Invalid(name, class, "Class "+class+" could not be found.")
			v.complain(name, e.Error())
			continue
		}
		own := maps.Clone(resolved)
		if own[name+".converter.type"] == "" {
			own[name+".converter.type"] = kind
		}
		keys = typeRequired(keys)
		v.below(name+".", keys, own)
		for _, group := range keys.Groups() {
			if !slices.Contains(v.infos.Groups, group) {
				v.infos.Groups = append(v.infos.Groups, group)
			}
		}
	}
}

// conceal takes out of errors what placeholders stand for: whoever may validate may
// not therefore read the files that providers read.
func (v *validation) conceal() {
	for i := range v.infos.Configs {
		name := v.infos.Configs[i].Value.Name
		original, resolved := v.original[name], strings.TrimSpace(v.resolved[name])
		if original == v.resolved[name] || resolved == "" {
			continue
		}
		errs := v.infos.Configs[i].Value.Errors
		for j, text := range errs {
			if !strings.Contains(text, resolved) {
				continue
			}
			known := "Invalid value " + resolved + " for configuration " + name
			rest, usual := strings.CutPrefix(text, known)
			if !usual || strings.Contains(rest, resolved) && len(resolved) > 3 {
				rest = ": the value behind the placeholder cannot be used"
			}
			errs[j] = "Invalid value " + original + " for configuration " + name + rest
		}
	}
}

func (v *validation) count() {
	for _, c := range v.infos.Configs {
		v.infos.ErrorCount += len(c.Value.Errors)
	}
}
