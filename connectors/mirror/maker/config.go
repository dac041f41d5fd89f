package maker

import (
	"maps"
	"slices"
	"strings"

	"crosstide/connect/config"
	"crosstide/connectors/mirror"
)

// Config is one mm2.properties, understood. It does not change and is safe for
// concurrent use.
type Config struct {
	props     map[string]string
	aliases   []string
	flows     []Flow
	providers *config.Transformer
}

// Parse reads the properties of dedicated mode. It fails, with all problems at
// once, when they name no clusters or no flow could be meant; [Config.Check]
// looks at the values.
func Parse(props map[string]string) (*Config, error) {
	var bad config.Problems
	c := &Config{props: maps.Clone(props)}
	c.aliases = aliases(c.props, &bad)
	c.flows = flows(c.props, c.aliases)
	c.checkFlowAliases(&bad)
	if len(c.aliases) > 0 && len(c.flows) == 0 && bad.Len() == 0 {
		bad.Add(noFlow(c.aliases))
	}
	t, err := config.NewTransformer(c.providerProps())
	bad.Add(err)
	c.providers = t
	if err := bad.Err(); err != nil {
		return nil, err
	}
	return c, nil
}

// Aliases returns the clusters in the order of the file.
func (c *Config) Aliases() []string { return slices.Clone(c.aliases) }

// Flows returns the flows into one of targets, or all when no target is named.
func (c *Config) Flows(targets ...string) []Flow { return targeting(slices.Clone(c.flows), targets) }

// Enabled reports whether the flow copies records; a flow that does not only
// emits heartbeats.
func (c *Config) Enabled(f Flow) bool {
	return strings.EqualFold(strings.TrimSpace(connector(c.props, f, SourceClass)["enabled"].value), "true")
}

// Worker returns the worker configuration of a flow's herder with every
// placeholder resolved. It holds secrets in the clear.
func (c *Config) Worker(f Flow) (map[string]string, error) {
	s, err := c.resolvedWorker(f)
	return s.values(), err
}

func (c *Config) resolvedWorker(f Flow) (settings, error) {
	s, err := c.resolve(worker(c.props, f))
	for name, value := range c.providerProps() {
		s[name] = setting{value, name}
	}
	s.setDefaults(workerDefaults(f))
	return s, err
}

// Connectors returns the configurations of a flow's connectors, by name: source,
// heartbeat, and checkpoint unless it is switched off. Placeholders in them
// stand as written: the worker resolves them, and the config topic never holds
// the secret.
func (c *Config) Connectors(f Flow) map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, class := range c.wanted(f) {
		out[simpleName(class)] = connector(c.props, f, class).values()
	}
	return out
}

// wanted leaves out the checkpoint connector where its own validation refuses
// to exist: Java too goes on without it then.
func (c *Config) wanted(f Flow) []string {
	s := connector(c.props, f, CheckpointClass)
	off := func(key string) bool { return s[key].value == "false" }
	if !off(mirror.Enabled) && (off(mirror.EmitCheckpointsEnabled) || off(mirror.EmitOffsetSyncsEnabled)) {
		return []string{SourceClass, HeartbeatClass}
	}
	return Classes
}

// Cluster returns the properties by which a client reaches the cluster called
// alias, placeholders resolved. It holds secrets in the clear.
func (c *Config) Cluster(alias string) (map[string]string, error) {
	s, err := c.clusterClient(alias)
	return s.values(), err
}

func (c *Config) clusterClient(alias string) (settings, error) {
	s := settings{}
	for name, v := range cluster(c.props, alias) {
		if clusterNames[name] {
			s[name] = v
		}
	}
	return c.resolve(s)
}

// resolve replaces placeholders. Where one fails, the text stays as it is.
func (c *Config) resolve(s settings) (settings, error) {
	values, err := c.providers.Transform(s.values())
	if err != nil {
		return s, err
	}
	out := make(settings, len(s))
	for name, v := range s {
		out[name] = setting{values[name], v.from}
	}
	return out, nil
}

func (c *Config) providerProps() map[string]string {
	return selected(c.props, func(name string) bool { return strings.HasPrefix(name, "config.providers") }).values()
}

func aliases(props map[string]string, bad *config.Problems) []string {
	const remedy = "list the aliases of two or more clusters, such as clusters=primary, secondary"
	text, given := props["clusters"]
	if !given {
		bad.Add(&config.Error{Key: "clusters", Missing: true, Remedy: remedy})
		return nil
	}
	var out []string
	for _, alias := range config.SplitList(text) {
		if alias == "" {
			bad.Add(&config.Error{Key: "clusters", Value: text, Reason: "an alias is empty", Remedy: remedy})
		} else if !slices.Contains(out, alias) {
			out = append(out, alias)
		}
	}
	if len(out) < 2 && bad.Len() == 0 {
		bad.Add(&config.Error{Key: "clusters", Value: text, Reason: "a flow needs two clusters", Remedy: remedy})
	}
	return out
}

func noFlow(aliases []string) error {
	f := Flow{aliases[0], aliases[1]}
	return &config.Error{
		Key: "clusters", Value: join(aliases), Reason: "No source->target replication flows",
		Remedy: "write " + f.prefix() + "enabled=true for the direction that is wanted",
	}
}
