package main

import (
	"fmt"
	"strings"

	"crosstide/connect"
	"crosstide/connect/converter"
	"crosstide/connect/herder"
	"crosstide/connect/plugin"
	"crosstide/connect/state"
	"crosstide/connect/transform"
	"crosstide/connectors/mirror/checkpoint"
	"crosstide/connectors/mirror/heartbeat"
	"crosstide/connectors/mirror/maker"
	"crosstide/connectors/mirror/source"
)

// plugins are the connectors, converters and transformations that are built in.
func plugins() *plugin.Registry {
	r := plugin.NewRegistry()
	const tasks = "org.apache.kafka.connect.mirror."
	r.AddSource(plugin.Source{
		Class: maker.SourceClass, TaskClass: tasks + "MirrorSourceTask",
		New: func() connect.SourceConnector { return source.New() },
	})
	r.AddSource(plugin.Source{
		Class: maker.HeartbeatClass, TaskClass: tasks + "MirrorHeartbeatTask",
		New: func() connect.SourceConnector { return heartbeat.New() },
	})
	r.AddSource(plugin.Source{
		Class: maker.CheckpointClass, TaskClass: tasks + "MirrorCheckpointTask",
		New: func() connect.SourceConnector { return checkpoint.New() },
	})
	converter.Register(r)
	transform.Register(r)
	return r
}

// flowHerder tells the driver in words what a snapshot holds.
type flowHerder struct{ *herder.Distributed }

// Troubles says what keeps the flow from being ready.
func (f flowHerder) Troubles() []string {
	s := f.Snapshot()
	var out []string
	if !s.Ready && s.Reason != "" {
		out = append(out, s.Reason)
	}
	for _, c := range s.Connectors {
		for _, status := range append([]state.Status{c.Status}, c.Tasks...) {
			if status.State == state.StatusFailed {
				out = append(out, fmt.Sprintf("%s FAILED: %s", named(status), firstLine(status.Trace)))
			}
		}
	}
	return out
}

func named(s state.Status) string {
	if s.Task == state.ConnectorItself {
		return "connector " + s.Connector
	}
	return fmt.Sprintf("task %s-%d", s.Connector, s.Task)
}

func firstLine(trace string) string {
	line, _, _ := strings.Cut(trace, "\n")
	return line
}
