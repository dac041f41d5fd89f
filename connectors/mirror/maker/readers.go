package maker

import "strings"

// Who reads a name, by the part of the file that it stands in.

// topLevelReads reports whether a name without any alias is read. A name that
// is handed on although nobody knows it does not count.
func topLevelReads(name string) bool {
	switch {
	case name == "clusters", clusterNames[name], passesToConnectors(name):
		return true
	case strings.HasPrefix(name, "config.providers."):
		return true
	case hasAnyPrefix(name, workerPrefixes):
		return workerKnows(name)
	}
	return false
}

// workerKnows reports whether a worker does anything with a name.
func workerKnows(name string) bool {
	if workerNames[name] || ownWorkerNames[name] || clusterNames[name] || converterKnows(name) || strings.HasPrefix(name, "config.providers") {
		return true
	}
	for _, topic := range []string{"config.storage.", "offset.storage.", "status.storage."} {
		if setting, ok := strings.CutPrefix(name, topic); ok {
			return topicNames[setting]
		}
	}
	return strings.HasPrefix(name, "metrics.context.")
}

// converterKnows: converters take any name below their own.
func converterKnows(name string) bool {
	return hasAnyPrefix(name, []string{"key.converter.", "value.converter.", "header.converter."})
}

// clientKnows reports whether name is a client's, below the prefix of its kind.
func clientKnows(name string) bool {
	for _, role := range roles {
		if rest, ok := strings.CutPrefix(name, role+"."); ok {
			return clientNames[role][rest]
		}
	}
	return false
}

// clusterReads reports whether T.<name> is read, given that flows lead into T
// or out of it. Names without a client's prefix reach the worker's own clients.
func clusterReads(name string, into, outOf bool) bool {
	switch {
	case clusterNames[name], clientKnows(name), name == "alias":
		return into || outOf
	}
	return into && (workerKnows(name) || anyClientNames[name])
}

// flowReads reports whether S->T.<name> is read.
func flowReads(name string) bool {
	if passesToConnectors(name) || name == ownRestart || sourceNames[name] || clientKnows(name) || converterKnows(name) {
		return true
	}
	for _, open := range []string{"transforms.", "predicates.", "topic.creation.", "config.providers."} {
		if strings.HasPrefix(name, open) {
			return true
		}
	}
	for _, role := range roles {
		if rest, ok := strings.CutPrefix(name, role+".override."); ok {
			return clientNames[role][rest]
		}
	}
	for _, side := range []string{"source.", "target."} {
		if rest, ok := strings.CutPrefix(name, side); ok {
			reached, isCluster := strings.CutPrefix(rest, "cluster.")
			return clientKnows(rest) || isCluster && clusterNames[reached]
		}
	}
	return false
}
