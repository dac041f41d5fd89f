package maker

import (
	"slices"
	"strings"
)

// A Flow is one direction between two clusters, named by their aliases.
type Flow struct{ Source, Target string }

// String is the name that properties, logs and client ids use: "S->T".
func (f Flow) String() string { return f.Source + "->" + f.Target }

// prefix begins the properties that belong to this flow alone.
func (f Flow) prefix() string { return f.String() + "." }

// flows returns the pairs that get a herder. By default that is every ordered
// pair: a direction that is not enabled still emits heartbeats into its target,
// which the opposite direction replicates.
func flows(props map[string]string, aliases []string) []Flow {
	heartbeats := parseBool(props, "emit.heartbeats.enabled", true)
	var out []Flow
	for _, s := range aliases {
		for _, t := range aliases {
			f := Flow{s, t}
			if s != t && (parseBool(props, f.prefix()+"enabled", false) ||
				parseBool(props, f.prefix()+"emit.heartbeats.enabled", heartbeats)) {
				out = append(out, f)
			}
		}
	}
	return out
}

// parseBool is Java's Boolean.parseBoolean: no trimming, and anything that is
// not "true" is false. The connectors trim, the driver never did.
func parseBool(props map[string]string, key string, byDefault bool) bool {
	if v, ok := props[key]; ok {
		return strings.EqualFold(v, "true")
	}
	return byDefault
}

// targeting keeps the flows into one of targets; no targets keep all.
func targeting(all []Flow, targets []string) []Flow {
	if len(targets) == 0 {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(f Flow) bool { return !slices.Contains(targets, f.Target) })
}

// touched returns the aliases that the flows connect, in order of appearance.
func touched(flows []Flow) []string {
	var out []string
	for _, f := range flows {
		for _, alias := range []string{f.Source, f.Target} {
			if !slices.Contains(out, alias) {
				out = append(out, alias)
			}
		}
	}
	return out
}

// targetsOf returns the aliases that the flows lead to.
func targetsOf(flows []Flow) []string {
	var out []string
	for _, f := range flows {
		if !slices.Contains(out, f.Target) {
			out = append(out, f.Target)
		}
	}
	return out
}

func join(list []string) string { return strings.Join(list, ", ") }
