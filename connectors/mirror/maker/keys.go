package maker

import (
	_ "embed"
	"maps"
	"slices"
	"strings"
)

//go:embed keys.txt
var keyTable string

// names is a set of property names.
type names map[string]bool

func (n names) sorted() []string { return slices.Sorted(maps.Keys(n)) }

func union(sets ...names) names {
	out := names{}
	for _, s := range sets {
		maps.Copy(out, s)
	}
	return out
}

// The names that Kafka defines, by who defines them.
var (
	kafkaNames = parseNames(keyTable)

	// clusterNames are those that say how to reach a cluster: bootstrap.servers,
	// security.protocol, and the clients' ssl.* and sasl.*.
	clusterNames = kafkaNames["cluster"]
	// connectorNames are those the three connectors define. They alone pass from
	// the top level of the file to connectors.
	connectorNames = union(kafkaNames["connector"], without(clusterNames, "bootstrap.servers"))
	workerNames    = kafkaNames["worker"]
	topicNames     = kafkaNames["topic"]
	// sourceNames are known to source connectors but not to the three
	// definitions, so that only S->T.<name> reaches them.
	sourceNames = kafkaNames["source"]
	driverNames = kafkaNames["driver"]

	clientNames = map[string]names{
		"consumer": union(kafkaNames["consumer"], clusterNames),
		"producer": union(kafkaNames["producer"], clusterNames),
		"admin":    union(kafkaNames["admin"], clusterNames),
	}
	anyClientNames = union(clientNames["consumer"], clientNames["producer"], clientNames["admin"])
)

// workerPrefixes begin the names that pass from the top level to workers.
var workerPrefixes = []string{
	"offset.storage", "config.storage", "status.storage", "key.converter", "value.converter",
	"header.converter", "task", "worker", "replication.policy",
}

// roles are the kinds of client whose prefixed properties connectors keep apart.
var roles = []string{"consumer", "producer", "admin"}

// renamed maps the names that Kafka 4.0 dropped to those that replaced them.
var renamed = map[string]string{
	"topics.blacklist":            "topics.exclude",
	"groups.blacklist":            "groups.exclude",
	"config.properties.blacklist": "config.properties.exclude",
}

// ownWorkerNames are this program's own: for workers, the first for connectors too.
var ownWorkerNames = names{ownRestart: true, "worker.share.tasks": true, "restart.backoff.ms": true, "restart.backoff.max.ms": true}

const ownRestart = "restart.on.failure"

// ownPrefix begins the names of this program's own connector keys.
const ownPrefix = "mirror."

func parseNames(table string) map[string]names {
	sections := map[string]names{}
	var current names
	for line := range strings.Lines(table) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			current = names{}
			sections[strings.Trim(line, "[]")] = current
		default:
			current[line] = true
		}
	}
	return sections
}

func without(set names, drop ...string) names {
	out := maps.Clone(set)
	for _, d := range drop {
		delete(out, d)
	}
	return out
}

func hasAnyPrefix(s string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}
