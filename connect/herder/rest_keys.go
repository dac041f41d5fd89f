package herder

import "crosstide/connect/config"

// connectorDef are the keys that every connector has from Connect itself.
var connectorDef = config.NewDef(
	connectKey("name", config.String, nil, "Common", 1, config.WidthMedium, "Connector name", config.High, config.NonEmptyNoControls(),
		"The connector's name, unique in its cluster."),
	connectKey("connector.class", config.String, nil, "Common", 2, config.WidthLong, "Connector class", config.High, nil,
		"Class of the connector: its full name, its simple name, or that without \"Connector\"."),
	connectKey("connector.plugin.version", config.String, nil, "Common", 3, config.WidthMedium, "Connector version", config.Medium, nil,
		"Version of the connector; only the built-in one is there."),
	connectKey("tasks.max", config.Int, 1, "Common", 4, config.WidthShort, "Tasks max", config.High, config.AtLeast(1),
		"How many tasks there may be at most."),
	connectKey("tasks.max.enforce", config.Boolean, true, "Common", 5, config.WidthShort, "Enforce tasks max", config.Low, nil,
		"Whether a connector that makes more tasks than tasks.max fails."),
	connectKey("key.converter", config.Class, nil, "Common", 6, config.WidthShort, "Key converter class", config.Low, nil,
		"How record keys become bytes; the worker's converter when not set."),
	versionKey("key.converter", 7, "Key converter version"),
	connectKey("value.converter", config.Class, nil, "Common", 8, config.WidthShort, "Value converter class", config.Low, nil,
		"How record values become bytes; the worker's converter when not set."),
	versionKey("value.converter", 9, "Value converter version"),
	connectKey("header.converter", config.Class, nil, "Common", 10, config.WidthShort, "Header converter class", config.Low, nil,
		"How record headers become bytes; the worker's converter when not set."),
	versionKey("header.converter", 11, "Header converter version"),
	connectKey("transforms", config.List, "", "Transforms", 12, config.WidthLong, "Transforms", config.Low, uniqueList,
		"Aliases of the transformations that each record passes, in order."),
	connectKey("predicates", config.List, "", "Predicates", 13, config.WidthLong, "Predicates", config.Low, uniqueList,
		"Aliases of the predicates that transformations may ask."),
	connectKey("config.action.reload", config.String, "restart", "Common", 14, config.WidthMedium, "Reload Action", config.Low, config.OneOf("none", "restart"),
		"What happens when a value behind a placeholder changes: restart or none."),
	connectKey("errors.retry.timeout", config.Long, 0, errorsGroup, 1, config.WidthMedium, "Retry Timeout for Errors", config.Medium, nil,
		"For how long a failed operation is tried again, in milliseconds; -1 for ever, 0 not at all."),
	connectKey("errors.retry.delay.max.ms", config.Long, 60000, errorsGroup, 2, config.WidthMedium, "Maximum Delay Between Retries for Errors", config.Medium, nil,
		"The longest pause between two tries, in milliseconds."),
	connectKey("errors.tolerance", config.String, "none", errorsGroup, 3, config.WidthShort, "Error Tolerance", config.Medium, config.OneOf("none", "all"),
		"Whether a record that cannot be handled fails the task (none) or is passed over (all)."),
	connectKey("errors.log.enable", config.Boolean, false, errorsGroup, 4, config.WidthShort, "Log Errors", config.Medium, nil,
		"Whether each error is logged, also those that are tolerated."),
	connectKey("errors.log.include.messages", config.Boolean, false, errorsGroup, 5, config.WidthShort, "Log Error Details", config.Medium, nil,
		"Whether the log of an error includes the record."),
)

// sourceDef are the keys that source connectors have beside those.
var sourceDef = config.NewDef(
	connectKey("topic.creation.groups", config.List, "", "Topic Creation", 1, config.WidthLong, "Topic Creation Groups", config.Low, uniqueList,
		"Groups of settings for topics that the worker creates."),
	connectKey("exactly.once.support", config.String, "requested", exactlyOnceGroup, 2, config.WidthShort, "Exactly once support", config.Medium, config.OneOfFold("requested", "required"),
		"Whether the connector must be able to deliver exactly once (required) or need not (requested)."),
	connectKey("transaction.boundary", config.String, "poll", exactlyOnceGroup, 3, config.WidthShort, "Transaction Boundary", config.Medium, config.OneOfFold("poll", "interval", "connector"),
		"What ends a transaction of an exactly-once source: each poll, an interval, or the connector."),
	connectKey("transaction.boundary.interval.ms", config.Long, nil, exactlyOnceGroup, 4, config.WidthShort, "Transaction boundary interval", config.Low, positiveOrNull,
		"Length of a transaction when transaction.boundary is interval, in milliseconds."),
	connectKey("offsets.storage.topic", config.String, nil, "offsets.topic", 1, config.WidthLong, "Offsets topic", config.Low, config.NonEmpty(),
		"Topic for this connector's own source offsets; the worker's when not set."),
)

// converterDef are the keys of a converter that has none of its own.
var converterDef = config.NewDef(config.Key{
	Name: "converter.type", Type: config.String, Required: true, Importance: config.Low, Validator: config.OneOf("key", "value", "header"),
	Doc: "What is converted: key, value or header.",
})

const (
	errorsGroup      = "Error Handling"
	exactlyOnceGroup = "Exactly Once Support"
)

func connectKey(name string, t config.Type, byDefault any, group string, order int, width config.Width, display string, rank config.Importance, check config.Validator, doc string) config.Key {
	return config.Key{
		Name: name, Type: t, Default: byDefault, Required: name == "name" || name == "connector.class",
		Group: group, Order: order, Width: width, DisplayName: display, Importance: rank, Validator: check, Doc: doc,
	}
}

// versionKey is shown only beside a converter that is set.
func versionKey(of string, order int, display string) config.Key {
	k := connectKey(of+".plugin.version", config.String, nil, "Common", order, config.WidthShort, display, config.Low, nil,
		"Version of "+of+"; only the built-in one is there.")
	k.Recommender = besideConverter(of)
	return k
}

type besideConverter string

func (besideConverter) ValidValues(string, map[string]any) []any { return nil }
func (c besideConverter) Visible(_ string, parsed map[string]any) bool {
	return parsed[string(c)] != nil
}

func uniqueList(name string, value any) error {
	return config.NonDuplicateList(true, true)(name, value)
}

func positiveOrNull(name string, value any) error {
	if value == nil {
		return nil
	}
	return config.AtLeast(1)(name, value)
}
