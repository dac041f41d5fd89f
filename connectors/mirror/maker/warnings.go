package maker

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"crosstide/connect/config"
)

// A Warning is something in the file that is accepted but probably not meant.
type Warning struct {
	Key  string
	What string // what happens to it
	Hint string // what to write instead
}

func (w Warning) String() string { return w.Key + ": " + w.What + "; " + w.Hint }

// Warnings reports, in order of keys, deprecated names and every key that
// nobody will read, with what was probably meant. It shows no values.
func (c *Config) Warnings() []Warning {
	var out []Warning
	for _, key := range sortedKeys(c.props) {
		if w, ok := c.judge(key); ok {
			w.Key = key
			out = append(out, w)
		}
	}
	return append(out, c.strayPlaceholders()...)
}

// strayPlaceholders tells of placeholders that stay text because nobody
// declared their provider. They are no secrets; the lookups would be.
func (c *Config) strayPlaceholders() []Warning {
	var out []Warning
	for _, p := range c.providers.Undeclared(c.props) {
		out = append(out, Warning{
			Key: p.In, What: "the placeholder " + p.Text + " stays as it is, because its provider is not declared",
			Hint: "add " + p.Provider + " to config.providers, and its class as config.providers." + p.Provider + ".class",
		})
	}
	return out
}

const unread = "nobody reads it"

// judge finds what to say about one key.
func (c *Config) judge(key string) (Warning, bool) {
	if f, name, ok := c.splitFlowKey(key); ok {
		return c.judgeFlowKey(f, name)
	}
	owners := c.owners(key)
	for _, alias := range owners {
		if w, ok := c.judgeClusterKey(alias, key[len(alias)+1:]); !ok {
			return w, false // an alias may hold a dot: one reader is enough
		}
	}
	if len(owners) > 0 && !topLevelReads(key) {
		return c.judgeClusterKey(owners[0], key[len(owners[0])+1:])
	}
	if topLevelReads(key) {
		return deprecation(key, "", c.props)
	}
	if w, ok := driverKey(key, c.props); ok {
		return w, w.What != ""
	}
	return Warning{What: unread, Hint: c.meaning(key)}, true
}

// splitFlowKey takes S->T.name apart when both aliases are known.
func (c *Config) splitFlowKey(key string) (f Flow, name string, ok bool) {
	for _, s := range c.aliases {
		for _, t := range c.aliases {
			f := Flow{s, t}
			if name, ok := strings.CutPrefix(key, f.prefix()); ok && s != t {
				return f, name, true
			}
		}
	}
	return f, "", false
}

// owners returns the aliases whose prefix the key has.
func (c *Config) owners(key string) []string {
	var out []string
	for _, alias := range c.aliases {
		if strings.HasPrefix(key, alias+".") {
			out = append(out, alias)
		}
	}
	return out
}

func (c *Config) judgeFlowKey(f Flow, name string) (Warning, bool) {
	runs := slices.Contains(c.flows, f)
	switch {
	case flowReads(name) && !runs && name != "enabled" && name != "emit.heartbeats.enabled":
		return Warning{What: "the flow " + f.String() + " does not run", Hint: "write " + f.prefix() + "enabled=true, or remove the key"}, true
	case name == "enabled" && !runs && strings.EqualFold(strings.TrimSpace(c.props[f.prefix()+name]), "true"):
		return Warning{What: "a blank beside the value keeps it from being true, as with Java", Hint: "remove the blank"}, true
	case flowReads(name):
		return deprecation(name, f.prefix(), c.props)
	}
	return Warning{What: unread, Hint: c.flowMeaning(f, name)}, true
}

func (c *Config) judgeClusterKey(alias, name string) (Warning, bool) {
	into := slices.ContainsFunc(c.flows, func(f Flow) bool { return f.Target == alias })
	outOf := slices.ContainsFunc(c.flows, func(f Flow) bool { return f.Source == alias })
	if clusterReads(name, into, outOf) {
		_, top := c.props[name]
		if top && hasAnyPrefix(name, workerPrefixes) {
			return Warning{What: "the top-level " + name + " wins over it, as with Java", Hint: "remove one of the two"}, true
		}
		return notYet(name, c.props[alias+"."+name])
	}
	if clusterReads(name, true, true) {
		return Warning{What: "no flow that runs would use it", Hint: "enable a flow of " + alias + ", or remove the key"}, true
	}
	return Warning{What: unread, Hint: c.clusterMeaning(alias, name)}, true
}

// notYet tells of a promise that the runtime does not make so far.
func notYet(name, value string) (Warning, bool) {
	if name == "exactly.once.source.support" && !strings.EqualFold(strings.TrimSpace(value), "disabled") {
		return Warning{What: "exactly-once is not there yet; records are copied at least once", Hint: "remove it, or set it to disabled"}, true
	}
	return Warning{}, false
}

// deprecation tells of a name that has been replaced.
func deprecation(name, prefix string, props map[string]string) (Warning, bool) {
	replacement, old := renamed[name]
	if !old {
		return Warning{}, false
	}
	for _, rival := range []string{prefix + replacement, replacement} {
		if _, both := props[rival]; both {
			return Warning{What: "ignored, because " + rival + " is given too", Hint: "remove it"}, true
		}
	}
	return Warning{What: "deprecated name, honoured as " + prefix + replacement, Hint: "rename it: Kafka 4.0 and later ignore the old name"}, true
}

// driverKey tells of keys that Java's driver has and this one has no use for.
func driverKey(name string, props map[string]string) (Warning, bool) {
	switch {
	case name == "dedicated.mode.enable.internal.rest", name == "rest.advertised.host.name", name == "rest.advertised.port":
		return Warning{}, true // workers speak among themselves, by default on a free port
	case name == "listeners" && parseBool(props, "dedicated.mode.enable.internal.rest", false):
		return Warning{}, true
	case driverNames[name], strings.HasPrefix(name, "listeners."), strings.HasPrefix(name, "admin.listeners."):
		return Warning{What: "dedicated mode serves its REST API only where --listen says", Hint: "use --listen host:port; for what workers say to each other, dedicated.mode.enable.internal.rest=true fixes the port"}, true
	}
	return Warning{}, false
}

// meaning guesses what a top-level key that nobody reads was meant to be.
func (c *Config) meaning(key string) string {
	if hint, ok := c.arrowMeaning(key); ok {
		return hint
	}
	f := c.exampleFlow()
	switch {
	case flowReads(key) && strings.HasPrefix(key, "consumer."):
		return write(f.Source+"."+key, f.prefix()+key)
	case clientKnows(key), workerKnows(key):
		return write(f.Target + "." + key)
	case flowReads(key):
		return write(f.prefix() + key)
	case clientNames["consumer"][key]:
		return write(f.Source + ".consumer." + key)
	case clientNames["producer"][key]:
		return write(f.Target + ".producer." + key)
	}
	if hint, ok := c.misspeltAlias(key); ok {
		return hint
	}
	return suggestion("", key, union(connectorNames, clusterNames, workerTopLevel(), names{"clusters": true}))
}

func workerTopLevel() names {
	out := names{}
	for name := range workerNames {
		if hasAnyPrefix(name, workerPrefixes) {
			out[name] = true
		}
	}
	return out
}

// clusterMeaning guesses for T.<name>.
func (c *Config) clusterMeaning(alias, name string) string {
	if hint, ok := c.arrowMeaning(alias + "." + name); ok {
		return hint
	}
	f := c.flowOf(alias)
	if flowReads(name) {
		return write(f.prefix() + name)
	}
	return suggestion(alias+".", name, union(clusterNames, workerNames, prefixedClients(), storageNames()))
}

// flowMeaning guesses for S->T.<name>.
func (c *Config) flowMeaning(f Flow, name string) string {
	switch {
	case clusterNames[name]:
		return write(f.Source+"."+name, f.Target+"."+name)
	case workerKnows(name):
		return write(f.Target + "." + name)
	case clientNames["consumer"][name]:
		return write(f.prefix() + "consumer." + name)
	case clientNames["producer"][name]:
		return write(f.prefix() + "producer.override." + name)
	}
	return suggestion(f.prefix(), name, union(connectorNames, sourceNames, prefixedClients(), overrides()))
}

// arrowMeaning guesses for keys that hold an arrow where it does not belong:
// S.name->T, S->T without a name, or aliases that do not exist.
func (c *Config) arrowMeaning(key string) (string, bool) {
	left, right, ok := strings.Cut(key, "->")
	if !ok {
		return "", false
	}
	source, name, _ := strings.Cut(left, ".")
	target := right
	if t, rest, dotted := strings.Cut(right, "."); dotted && !slices.Contains(c.aliases, right) {
		target, name = t, rest
	}
	if slices.Contains(c.aliases, left) {
		source = left
	}
	if name == "" {
		name = "enabled"
	}
	s, okSource := c.nearAlias(source)
	t, okTarget := c.nearAlias(target)
	if !okSource || !okTarget || s == t || !flowReads(name) {
		return "flows are named source->target by aliases of clusters (" + join(c.aliases) + ")", true
	}
	return fmt.Sprintf("did you mean %s%s?", Flow{s, t}.prefix(), name), true
}

func (c *Config) nearAlias(text string) (string, bool) {
	text = strings.TrimSpace(text)
	if slices.Contains(c.aliases, text) {
		return text, true
	}
	return c.suggestAlias(text)
}

// misspeltAlias guesses for keys whose first part is nearly an alias.
func (c *Config) misspeltAlias(key string) (string, bool) {
	first, name, ok := strings.Cut(key, ".")
	if !ok || !clusterReads(name, true, true) {
		return "", false
	}
	if alias, near := c.suggestAlias(first); near {
		return fmt.Sprintf("did you mean %s.%s?", alias, name), true
	}
	return fmt.Sprintf("%q is not among clusters; add it there or remove the key", first), true
}

// exampleFlow is the flow to speak of where any would do: the first that copies.
func (c *Config) exampleFlow() Flow {
	for _, f := range c.flows {
		if c.Enabled(f) {
			return f
		}
	}
	return c.flows[0]
}

func (c *Config) flowOf(alias string) Flow {
	for _, f := range c.flows {
		if c.Enabled(f) && (f.Source == alias || f.Target == alias) {
			return f
		}
	}
	return c.exampleFlow()
}

func write(keys ...string) string { return "write " + strings.Join(keys, " or ") }

func suggestion(prefix, name string, known names) string {
	if near, ok := config.Suggest(name, known.sorted()); ok {
		return fmt.Sprintf("did you mean %s%s?", prefix, near)
	}
	return "remove it, or check its spelling"
}

func prefixedClients() names {
	out := names{}
	for role, known := range clientNames {
		for name := range known {
			out[role+"."+name] = true
		}
	}
	return out
}

func overrides() names {
	out := names{}
	for role, known := range clientNames {
		for name := range known {
			out[role+".override."+name] = true
		}
	}
	return out
}

func storageNames() names {
	out := names{}
	for _, store := range []string{"config", "offset", "status"} {
		for name := range topicNames {
			out[store+".storage."+name] = true
		}
	}
	return out
}

func sortedKeys(props map[string]string) []string { return slices.Sorted(maps.Keys(props)) }
