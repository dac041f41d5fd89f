package herder

import (
	"slices"
	"strings"

	"crosstide/connect/config"
	"crosstide/connect/plugin"
)

// Plugins answers what can be configured, and whether a configuration would be
// accepted. It needs no running herder and no connection.
type Plugins struct {
	registry *plugin.Registry
	resolve  *config.Transformer
}

// NewPlugins makes it from what a program has built in. resolve may be nil:
// placeholders then stay as they are.
func NewPlugins(registry *plugin.Registry, resolve *config.Transformer) *Plugins {
	return &Plugins{registry, resolve}
}

func (h *Distributed) plugins() *Plugins { return NewPlugins(h.config.Plugins, h.settings.resolve) }

// Plugins returns what this herder's connectors are made from.
func (h *Distributed) Plugins() *Plugins { return h.plugins() }

// PluginInfo is one plugin.
type PluginInfo struct {
	Class   string
	Type    string // source, transformation, converter, header_converter
	Version string // "" where there is none
}

const (
	kafkaVersion       = "4.3.0" // whose plugins those without a version of their own stand in for
	byteArrayConverter = "org.apache.kafka.connect.converters.ByteArrayConverter"
)

// List returns the connectors by class, and the other plugins if asked for.
func (p *Plugins) List(connectorsOnly bool) []PluginInfo {
	out := []PluginInfo{}
	for _, s := range p.registry.Sources() {
		out = append(out, PluginInfo{s.Class, "source", sourceVersion(s)})
	}
	if connectorsOnly {
		return out
	}
	for _, t := range p.registry.Transformations() {
		out = append(out, PluginInfo{t.Class, "transformation", kafkaVersion})
	}
	for _, c := range p.registry.Predicates() {
		out = append(out, PluginInfo{c.Class, "predicate", kafkaVersion})
	}
	for _, class := range p.converters("converter") {
		out = append(out, PluginInfo{class, "converter", kafkaVersion})
	}
	for _, class := range p.converters("header_converter") {
		out = append(out, PluginInfo{class, "header_converter", kafkaVersion})
	}
	return out
}

// converters lists the classes of one kind. What passes bytes on is always there.
func (p *Plugins) converters(kind string) []string {
	var out []string
	if kind == "converter" {
		for _, c := range p.registry.Converters() {
			out = append(out, c.Class)
		}
	} else {
		for _, c := range p.registry.HeaderConverters() {
			out = append(out, c.Class)
		}
	}
	if !slices.Contains(out, byteArrayConverter) {
		out = append(out, byteArrayConverter)
	}
	return out
}

// converter finds a converter by its class or an alias.
func (p *Plugins) converter(key, class string) (found string, keys *config.Def, known bool) {
	class = strings.TrimSpace(class)
	if key == "header.converter" {
		if c, err := p.registry.HeaderConverter(class); err == nil {
			return c.Class, c.Keys, true
		}
	} else if c, err := p.registry.Converter(class); err == nil {
		return c.Class, c.Keys, true
	}
	known = slices.Contains([]string{byteArrayConverter, "ByteArrayConverter", "ByteArray"}, class)
	return byteArrayConverter, converterDef, known
}

func sourceVersion(s plugin.Source) string {
	if s.New == nil {
		return ""
	}
	return s.New().Version()
}

// Keys returns the configuration keys of a plugin, by its class or an alias:
// of a connector also those that every source connector has. version is a range
// as Maven writes it, empty for any.
func (p *Plugins) Keys(class, version string) ([]config.Key, error) {
	if s, err := p.registry.Source(class); err == nil {
		if err := inRange(s.Class, version, sourceVersion(s)); err != nil {
			return nil, err
		}
		return connectorDef.Merge(s.New().ConfigDef(), sourceDef).Keys(), nil
	}
	found, def, known := p.other(class)
	if !known {
		return nil, refuse(NotFound, "Unknown plugin %s.", class)
	}
	if err := inRange(found, version, kafkaVersion); err != nil || def == nil {
		return nil, err
	}
	return typeRequired(def).Keys(), nil
}

// other finds a plugin that is no connector.
func (p *Plugins) other(class string) (found string, keys *config.Def, known bool) {
	if t, err := p.registry.Transformation(class); err == nil {
		return t.Class, t.Keys, true
	}
	if c, err := p.registry.Predicate(class); err == nil {
		return c.Class, c.Keys, true
	}
	if found, keys, known = p.converter("", class); known {
		return found, keys, true
	}
	return p.converter("header.converter", class)
}

// typeRequired is a converter's table as Kafka shows it: the worker, not the user,
// sets what it requires.
func typeRequired(def *config.Def) *config.Def {
	keys := def.Keys()
	for i := range keys {
		if keys[i].Name == "converter.type" {
			keys[i] = converterDef.Keys()[0]
		}
	}
	return config.NewDef(keys...)
}

// inRange accepts "latest" and every range that holds the one version there is.
func inRange(class, wanted, have string) error {
	if wanted == "" || wanted == "latest" {
		return nil
	}
	low, high, includesLow, includesHigh, ok := parseRange(wanted)
	if !ok {
		return refuse(Invalid, "Invalid version specification: %s", wanted)
	}
	if low == "" && high == "" || low != "" && (compareVersions(have, low) < 0 || !includesLow && compareVersions(have, low) == 0) ||
		high != "" && (compareVersions(have, high) > 0 || !includesHigh && compareVersions(have, high) == 0) {
		if !strings.ContainsAny(wanted, "[(") {
			wanted = "[" + wanted + "," + wanted + "]"
		}
		return refuse(Invalid, "Plugin %s not found that matches the version range %s, available versions: [%s]", class, wanted, have)
	}
	return nil
}

func parseRange(text string) (low, high string, includesLow, includesHigh, ok bool) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", "", false, false, false
	}
	if !strings.ContainsAny(text, "[](),") {
		return text, text, true, true, true
	}
	first, last := text[0], text[len(text)-1]
	if len(text) < 3 || first != '[' && first != '(' || last != ']' && last != ')' {
		return "", "", false, false, false
	}
	inner := text[1 : len(text)-1]
	low, high, two := strings.Cut(inner, ",")
	if !two {
		high = low
	}
	return strings.TrimSpace(low), strings.TrimSpace(high), first == '[', last == ']', !strings.ContainsAny(high, ",[]()")
}

// compareVersions compares part by part, numbers as numbers.
func compareVersions(a, b string) int {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(as), len(bs)) {
		x, y := "0", "0"
		if i < len(as) {
			x = as[i]
		}
		if i < len(bs) {
			y = bs[i]
		}
		if c := comparePart(x, y); c != 0 {
			return c
		}
	}
	return 0
}

func comparePart(x, y string) int {
	x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
	if len(x) != len(y) && digits(x) && digits(y) {
		return len(x) - len(y)
	}
	return strings.Compare(x, y)
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }
