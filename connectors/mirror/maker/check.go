package maker

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"crosstide/connect/config"
	"crosstide/connectors/mirror"
	"crosstide/internal/kafka"
)

// Check looks at every value that the flows into targets (all flows, when none
// is named) will read: types, regular expressions, addresses, keystores. The
// error is a [*config.Problems] with all that is wrong, each named by the key
// of the file. It opens files, but no connection.
func (c *Config) Check(targets ...string) error { return c.inspect(targets).Err() }

// Unhonoured reports client properties that Java's clients know and these do
// not act on. It means something only for a configuration that passes Check.
func (c *Config) Unhonoured(targets ...string) []Warning {
	var out []Warning
	for _, key := range c.inspect(targets).ignored.sorted() {
		out = append(out, Warning{Key: key, What: "this client does not act on it", Hint: "remove it, or see docs/configuration.md"})
	}
	return out
}

func (c *Config) inspect(targets []string) *findings {
	found := newFindings()
	for _, target := range targets {
		if !slices.Contains(c.aliases, target) {
			found.add(nil, &config.Error{
				Key: "--clusters", Value: target, Reason: "no such alias in clusters", Remedy: c.aliasRemedy(target),
			})
		}
	}
	flows := c.Flows(targets...)
	if len(flows) == 0 && len(found.seen) == 0 {
		found.add(nil, &config.Error{
			Key: "--clusters", Value: strings.Join(targets, " "), Reason: "No source->target replication flows",
			Remedy: "name a cluster that a flow leads to: " + join(targetsOf(c.flows)),
		})
	}
	for _, alias := range touched(flows) {
		c.checkCluster(alias, found)
	}
	for _, f := range flows {
		c.checkWorker(f, found)
		c.checkConnectors(f, found)
	}
	return found
}

func (c *Config) checkCluster(alias string, found *findings) {
	s, err := c.clusterClient(alias)
	if err != nil {
		found.add(s, err)
		return
	}
	if strings.TrimSpace(s["bootstrap.servers"].value) == "" {
		found.add(nil, &config.Error{
			Key: alias + ".bootstrap.servers", Missing: true,
			Remedy: "write " + alias + ".bootstrap.servers=host:port,host:port",
		})
		delete(s, "bootstrap.servers")
		s["bootstrap.servers"] = setting{value: "localhost:9092"} // so that the rest is looked at
	}
	found.client(s)
}

func (c *Config) checkWorker(f Flow, found *findings) {
	s, err := c.resolvedWorker(f)
	if err != nil {
		found.add(s, err)
		return
	}
	if s["bootstrap.servers"].value == "" {
		return // told by checkCluster
	}
	for _, role := range roles {
		c.checkClient(s, role+".", clientNames[role], found)
	}
}

// checkClient looks at the properties below prefix as a client would, over the
// cluster's own.
func (c *Config) checkClient(s settings, prefix string, known names, found *findings) {
	client := settings{}
	for name, v := range s {
		if rest, ok := strings.CutPrefix(name, prefix); ok && known[rest] {
			client[rest] = v
		}
	}
	client.setDefault("bootstrap.servers", setting{value: "localhost:9092"})
	found.client(client)
}

func (c *Config) checkConnectors(f Flow, found *findings) {
	for _, class := range c.wanted(f) {
		s := connector(c.props, f, class)
		c.checkFixed(f, s, class, found)
		resolved, err := c.resolve(s)
		if err != nil {
			found.add(s, err)
			continue
		}
		found.add(resolved, validate(class, resolved.values()))
		c.checkPrefixed(resolved, found)
	}
}

// connectKeys are those keys of every connector that the three share with all
// others, as far as they hold anything to check.
var connectKeys = config.NewDef(
	config.Key{Name: "tasks.max", Type: config.Int, Default: 1, Validator: config.AtLeast(1)},
	config.Key{Name: "tasks.max.enforce", Type: config.Boolean, Default: true},
	config.Key{Name: "errors.retry.timeout", Type: config.Long, Default: 0},
	config.Key{Name: "errors.retry.delay.max.ms", Type: config.Long, Default: 60000},
	config.Key{Name: "errors.tolerance", Type: config.String, Default: "none", Validator: config.OneOf("none", "all")},
	config.Key{Name: "errors.log.enable", Type: config.Boolean, Default: false},
	config.Key{Name: "errors.log.include.messages", Type: config.Boolean, Default: false},
	config.Key{Name: "config.action.reload", Type: config.String, Default: "restart", Validator: config.OneOf("none", "restart")},
)

// validate is what the connector itself would say at its start, and more: it
// looks at filters and policy even where a type is wrong already.
func validate(class string, props map[string]string) error {
	_, err := connectKeys.Parse(props)
	errs := []error{err}
	switch class {
	case SourceClass:
		_, err = mirror.ParseSource(props)
	case CheckpointClass:
		_, err = mirror.ParseCheckpoint(props)
	case HeartbeatClass:
		_, err = mirror.ParseHeartbeat(props)
	}
	errs = append(errs, err)
	_, errTopics := mirror.NewTopicFilter(props)
	_, errGroups := mirror.NewGroupFilter(props)
	_, errProperties := mirror.NewConfigPropertyFilter(props)
	_, errPolicy := mirror.NewPolicy(props)
	return errors.Join(append(errs, errTopics, errGroups, errProperties, errPolicy)...)
}

// checkPrefixed looks at the flow's own client overrides.
func (c *Config) checkPrefixed(s settings, found *findings) {
	for _, role := range roles {
		for _, prefix := range []string{"source." + role + ".", "target." + role + ".", role + ".override."} {
			c.checkClient(s, prefix, clientNames[role], found)
		}
	}
}

// checkFixed refuses what would make the herder look for a connector under one
// name and find it under another.
func (c *Config) checkFixed(f Flow, s settings, class string, found *findings) {
	for name, want := range map[string]string{"name": simpleName(class), "connector.class": class} {
		if v := s[name]; v.from != "" && v.value != want {
			found.add(nil, &config.Error{
				Key: v.from, Value: v.value, Reason: "all three connectors of " + f.String() + " would get it",
				Remedy: "remove it: the connectors have fixed names and classes",
			})
		}
	}
}

// checkFlowAliases refuses flows that are asked for between clusters that the
// file does not have. Other keys of such flows are only reported.
func (c *Config) checkFlowAliases(bad *config.Problems) {
	for _, key := range sortedKeys(c.props) {
		pair, ok := strings.CutSuffix(key, ".enabled")
		source, target, isFlow := strings.Cut(pair, "->")
		if !ok || !isFlow || c.aliases == nil || !parseBool(c.props, key, false) || c.isFlowKey(key) {
			continue
		}
		for _, alias := range []string{source, target} {
			if !slices.Contains(c.aliases, alias) {
				bad.Add(&config.Error{
					Key: key, Value: c.props[key], Reason: fmt.Sprintf("%q is not among clusters", alias), Remedy: c.aliasRemedy(alias),
				})
			}
		}
		if source == target && slices.Contains(c.aliases, source) {
			bad.Add(&config.Error{
				Key: key, Value: c.props[key], Reason: "a cluster cannot be mirrored into itself", Remedy: "name two different clusters",
			})
		}
	}
}

func (c *Config) isFlowKey(key string) bool {
	_, _, ok := c.splitFlowKey(key)
	return ok
}

func (c *Config) aliasRemedy(alias string) string {
	if near, ok := c.suggestAlias(alias); ok {
		return fmt.Sprintf("did you mean %q? Otherwise add it to clusters", near)
	}
	return "add it to clusters, or use one of " + join(c.aliases)
}

// suggestAlias has no opinion about a single letter, which is near to every other.
func (c *Config) suggestAlias(text string) (string, bool) {
	if len(text) < 2 {
		return "", false
	}
	return config.Suggest(text, c.aliases)
}

// findings collects problems under the names that the file uses, each once:
// three connectors and several flows read the same key.
type findings struct {
	config.Problems
	seen    map[string]bool
	ignored names // keys of client properties that no client acts on
}

func newFindings() *findings { return &findings{seen: map[string]bool{}, ignored: names{}} }

// client looks at the properties as a client does.
func (fs *findings) client(s settings) {
	parsed, err := kafka.ParseSettings(s.values())
	if err != nil {
		fs.add(s, err)
		return
	}
	for _, name := range parsed.Unhonoured() {
		if from := s[name].from; from != "" {
			fs.ignored[from] = true
		}
	}
}

func (fs *findings) add(s settings, err error) {
	if err == nil {
		return
	}
	// Many within one that only says where they were met come one by one too.
	var many interface{ Unwrap() []error }
	if errors.As(err, &many) {
		for _, e := range many.Unwrap() {
			fs.add(s, e)
		}
		return
	}
	err = inFile(s, err)
	if text := err.Error(); !fs.seen[text] {
		fs.seen[text] = true
		fs.Add(err)
	}
}

// inFile words a problem with a derived key as one with the key it came from.
func inFile(s settings, err error) error {
	var c *config.Error
	if errors.As(err, &c) {
		moved := *c
		moved.Key = s.origin(c.Key)
		if moved.Key != c.Key && moved.Message != "" {
			moved.Reason, moved.Message = cutReason(moved), ""
		}
		return &moved
	}
	return err
}

func cutReason(e config.Error) string {
	if e.Reason != "" {
		return e.Reason
	}
	return e.Message
}
