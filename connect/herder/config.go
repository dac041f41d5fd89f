package herder

import (
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"crosstide/connect/plugin"
)

// Config says what a herder works with.
type Config struct {
	// WorkerProps are the worker's properties, placeholders resolved.
	WorkerProps map[string]string
	// Plugins are the connectors that may be configured.
	Plugins *plugin.Registry
	// Connectors are the configurations, by name, that dedicated mode wants to
	// run; the herder writes them to the config topic when it becomes owner and
	// they differ. nil in Connect mode.
	Connectors map[string]map[string]string
	// WorkerID names this worker in statuses.
	WorkerID string
	// AdvertisedURL says where other workers reach this one over HTTP; asked before
	// each rebalance. nil or NoURL: nowhere. See [Distributed.PutTaskConfigs].
	AdvertisedURL func() string
	// Namespace is the path, below a worker's URL, of this group's requests; in
	// dedicated mode the aliases of source and target.
	Namespace []string
	// Membership decides what is this worker's; nil makes the Kafka group of
	// group.id decide.
	Membership Membership
	// LoggerLevel, if set, hears the levels that are set for the whole group. It
	// must not block.
	LoggerLevel func(namespace, level string)
	// Metrics may be nil.
	Metrics prometheus.Registerer
	Log     *slog.Logger
}
