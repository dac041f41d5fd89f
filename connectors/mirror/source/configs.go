package source

import (
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// configEntry is one entry of a topic's described configuration.
type configEntry struct {
	Name      string
	Value     *string
	Source    kmsg.ConfigSource
	ReadOnly  bool
	Sensitive bool
}

// configRules say which entries travel.
type configRules struct {
	// Accepts is the config property filter.
	Accepts func(name string) bool
	// SourceDefaults is use.defaults.from=source: what is a default on the
	// source is set explicitly on the target.
	SourceDefaults bool
}

// travels is the part of the rule that creation and sync share. A static
// broker value belongs to the source's broker, not to the topic.
func (r configRules) travels(e configEntry) bool {
	return !e.ReadOnly && !e.Sensitive && e.Value != nil &&
		e.Source != kmsg.ConfigSourceStaticBrokerConfig && r.Accepts(e.Name)
}

// atCreation returns the configs that a new target topic starts with.
func (r configRules) atCreation(source []configEntry) map[string]string {
	out := map[string]string{}
	for _, e := range source {
		if r.travels(e) && (e.Source != kmsg.ConfigSourceDefaultConfig || r.SourceDefaults) {
			out[e.Name] = *e.Value
		}
	}
	return out
}

// configOp sets or deletes one config of a target topic.
type configOp struct {
	Name   string
	Value  string
	Delete bool
}

// diff returns the operations that bring a target topic to where Java's
// incremental sync brings it: what is a default on the source loses its
// override on the target, everything else is set. Java sends all of them every
// time; here target tells what is in place already, so that a quiet run alters
// nothing. A nil target (it may not be described) yields all of them.
//
// Properties that the target does not list are unknown to its version; they
// are returned apart, since one of them makes the broker refuse the topic's
// whole change.
func (r configRules) diff(source, target []configEntry) (ops []configOp, unknown []string) {
	at := make(map[string]configEntry, len(target))
	for _, e := range target {
		at[e.Name] = e
	}
	for _, e := range source {
		if !r.travels(e) {
			continue
		}
		there, listed := at[e.Name]
		overridden := listed && there.Source == kmsg.ConfigSourceDynamicTopicConfig
		toDefault := e.Source == kmsg.ConfigSourceDefaultConfig && !r.SourceDefaults
		switch {
		case target == nil:
			ops = append(ops, opFor(e, toDefault))
		case toDefault && overridden:
			ops = append(ops, opFor(e, true))
		case toDefault:
		case !listed:
			unknown = append(unknown, e.Name)
		case overridden && there.Value != nil && *there.Value == *e.Value:
		default:
			ops = append(ops, opFor(e, false))
		}
	}
	return ops, unknown
}

func opFor(e configEntry, toDefault bool) configOp {
	if toDefault {
		return configOp{Name: e.Name, Delete: true}
	}
	return configOp{Name: e.Name, Value: *e.Value}
}

// tieredHints appear in brokers' refusals that speak of tiered storage without
// naming the config.
var tieredHints = []string{"tiered storage", "remote log storage", "remote storage"}

// refused returns those of names that a broker's INVALID_CONFIG message speaks
// of: the longest names first claim their words, so that "retention.ms" is not
// taken from "delete.retention.ms". None means that the message does not tell.
func refused(message string, names []string) []string {
	byLength := slices.Clone(names)
	slices.SortFunc(byLength, func(a, b string) int { return len(b) - len(a) })
	var out []string
	rest := message
	for _, name := range byLength {
		if i := indexName(rest, name); i >= 0 {
			out = append(out, name)
			rest = strings.ReplaceAll(rest, name, "")
		}
	}
	if len(out) == 0 {
		out = refusedTiering(message, names)
	}
	slices.Sort(out)
	return out
}

func refusedTiering(message string, names []string) []string {
	lower := strings.ToLower(message)
	if !slices.ContainsFunc(tieredHints, func(h string) bool { return strings.Contains(lower, h) }) {
		return nil
	}
	var out []string
	for _, name := range names {
		if strings.HasPrefix(name, "remote.") || strings.HasPrefix(name, "local.retention.") {
			out = append(out, name)
		}
	}
	return out
}

// indexName finds name in text where no longer config name surrounds it.
func indexName(text, name string) int {
	for from := 0; ; {
		i := strings.Index(text[from:], name)
		if i < 0 {
			return -1
		}
		i += from
		end := i + len(name)
		startsWord := i == 0 || !isNameByte(text[i-1])
		// A full stop may end the sentence rather than go on with the name.
		endsWord := end == len(text) || !isNameByte(text[end]) ||
			(text[end] == '.' && (end+1 == len(text) || !isNameByte(text[end+1])))
		if startsWord && endsWord {
			return i
		}
		from = end
	}
}

func isNameByte(c byte) bool {
	return c == '.' || c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
