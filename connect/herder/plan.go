package herder

import (
	"maps"
	"slices"

	"crosstide/connect"
	"crosstide/connect/state"
)

// wanted is what should run on this worker.
type wanted struct {
	connectors map[string]wantedConnector
	tasks      map[connect.TaskID]wantedTask
}

type wantedConnector struct {
	config map[string]string
	target state.TargetState
}

type wantedTask struct {
	config    map[string]string
	connector map[string]string // the connector's configuration that it belongs to
	paused    bool
	// early: others may still run what these tasks are to take over. They start
	// after the next rebalance, before which everybody has stopped what changed.
	early bool
}

// want finds what should run here: what is configured, consistent, not stopped,
// and assigned.
func want(s state.Snapshot, a Assignment) wanted {
	w := wanted{connectors: make(map[string]wantedConnector), tasks: make(map[connect.TaskID]wantedTask)}
	holdsConnector, holdsTask := a.holds()
	for _, name := range s.ConnectorNames() {
		c, _ := s.Connector(name)
		target := s.Target(name)
		if holdsConnector(name) {
			w.connectors[name] = wantedConnector{config: c.Config, target: target}
		}
		if target == state.Stopped {
			continue
		}
		set := s.Tasks(name)
		for i, config := range set.Configs {
			id := connect.TaskID{Connector: name, Task: i}
			if holdsTask(id) {
				w.tasks[id] = wantedTask{
					config: config, connector: set.Applied, paused: target == state.Paused,
					early: a.Shared && set.CommitOffset > a.ConfigOffset,
				}
			}
		}
	}
	return w
}

func (w wantedTask) same(config, connector map[string]string) bool {
	return maps.Equal(w.config, config) && maps.Equal(w.connector, connector)
}

// taskConfigsChanged reports whether a connector's fresh task configurations must
// be published: they differ, or the connector's own configuration has changed
// since the last time (its converters and transformations are its tasks').
func taskConfigsChanged(s state.Snapshot, connector string, fresh []map[string]string) bool {
	set := s.Tasks(connector)
	c, _ := s.Connector(connector)
	return set.Inconsistent || set.Count != len(fresh) || len(set.Configs) != len(fresh) ||
		!slices.EqualFunc(set.Configs, fresh, maps.Equal[map[string]string, map[string]string]) ||
		set.Applied == nil || !maps.Equal(set.Applied, c.Config)
}

// staleStatuses lists the statuses of what is no longer configured.
func staleStatuses(s state.Snapshot) []state.Status {
	var stale []state.Status
	for _, status := range s.AllStatuses() {
		_, configured := s.Connector(status.Connector)
		if !configured || status.Task >= s.Tasks(status.Connector).Count {
			stale = append(stale, status)
		}
	}
	return stale
}

// differing lists the connectors whose stored configuration is not the wanted
// one, sorted.
func differing(s state.Snapshot, configs map[string]map[string]string) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(configs)) {
		if stored, ok := s.Connector(name); !ok || !maps.Equal(stored.Config, configs[name]) {
			names = append(names, name)
		}
	}
	return names
}
