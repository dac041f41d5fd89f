package herder

import (
	"slices"
	"strings"

	"crosstide/internal/kafka"
)

// othersRead begin the names of worker properties that somebody else reads: the
// server, connectors' clients, providers, converters, topics.
var othersRead = []string{
	"producer.", "consumer.", "admin.", "config.providers", "key.converter", "value.converter", "header.converter",
	"config.storage.", "offset.storage.", "status.storage.", "rest.advertised.", "listeners", "group.instance.id",
	// Java's own housekeeping, which has no counterpart here and is missed by nobody.
	"metrics.", "metric.reporters", "plugin.path", "plugin.discovery", "ssl.", "sasl.", "security.",
}

// Unread lists the worker properties that have no effect, sorted.
func Unread(props map[string]string) []string {
	settings, err := kafka.ParseSettings(props)
	if err != nil {
		return nil // told by New
	}
	def := Def()
	return slices.DeleteFunc(settings.Unhonoured(), func(name string) bool {
		return def.Has(name) || slices.ContainsFunc(othersRead, func(p string) bool { return strings.HasPrefix(name, p) })
	})
}
