package herder

import (
	"context"
	"maps"
	"strings"

	"crosstide/connect/state"
)

// CreateConnector stores the configuration of a connector that does not exist
// yet. An empty initial state means started.
func (h *Distributed) CreateConnector(ctx context.Context, name string, props map[string]*string, initial state.TargetState) (ConnectorInfo, error) {
	info, _, err := h.change(ctx, name, func(s state.Snapshot) (map[string]*string, state.TargetState, error) {
		if _, exists := s.Connector(name); exists {
			return nil, "", refuse(Conflict, "Connector %s already exists", name)
		}
		return props, initial, nil
	})
	return info, err
}

// PutConnectorConfig stores a connector's configuration; created says that there
// was none. The target state of an existing connector stays.
func (h *Distributed) PutConnectorConfig(ctx context.Context, name string, props map[string]*string) (info ConnectorInfo, created bool, err error) {
	return h.change(ctx, name, func(state.Snapshot) (map[string]*string, state.TargetState, error) { return props, "", nil })
}

// PatchConnectorConfig changes the given keys of a connector's configuration; a
// nil value removes its key.
func (h *Distributed) PatchConnectorConfig(ctx context.Context, name string, patch map[string]*string) (ConnectorInfo, error) {
	info, _, err := h.change(ctx, name, func(s state.Snapshot) (map[string]*string, state.TargetState, error) {
		c, ok := s.Connector(name)
		if !ok {
			return nil, "", notFound(name)
		}
		if given, has := patch["name"]; has && (given == nil || *given != name) {
			return nil, "", refuse(Invalid, "The name of connector %s cannot be changed", name)
		}
		return patched(c.Config, patch), "", nil
	})
	return info, err
}

func patched(config map[string]string, patch map[string]*string) map[string]*string {
	out := make(map[string]*string, len(config)+len(patch))
	for key, value := range config {
		out[key] = &value
	}
	for key, value := range patch {
		if value == nil {
			delete(out, key)
			continue
		}
		out[key] = value
	}
	return out
}

// change validates and stores what wanted makes of the newest state. One change
// at a time: the next one sees what this one stored.
func (h *Distributed) change(ctx context.Context, name string, wanted func(state.Snapshot) (map[string]*string, state.TargetState, error)) (info ConnectorInfo, created bool, err error) {
	if err := h.changeable("configured"); err != nil {
		return info, false, err
	}
	r, err := h.writes()
	if err != nil {
		return info, false, err
	}
	h.changes.Lock()
	defer h.changes.Unlock()
	if err := r.stores.config.Refresh(ctx); err != nil {
		return info, false, failed(err)
	}
	s := h.db.Snapshot()
	props, target, err := wanted(s)
	if err != nil {
		return info, false, err
	}
	config, err := h.valid(ctx, name, props)
	if err != nil {
		return info, false, err
	}
	_, existed := s.Connector(name)
	ctx, release := r.fence.bind(ctx)
	defer release()
	if err := r.stores.config.PutConnector(ctx, name, config, target); err != nil {
		return info, false, failed(err)
	}
	h.log.Info("connector configuration stored", "connector", name, "created", !existed)
	info, err = h.ConnectorInfo(name)
	return info, !existed, err
}

// valid returns the configuration as it is to be stored, or what is wrong with it.
func (h *Distributed) valid(ctx context.Context, name string, props map[string]*string) (map[string]string, error) {
	given, has := props["name"]
	if has && given != nil && *given != name {
		return nil, refuse(Invalid, "Connector name configuration (%s) doesn't match connector name in the URL (%s)", *given, name)
	}
	props = maps.Clone(props)
	if props == nil {
		props = map[string]*string{}
	}
	if !has {
		props["name"] = &name
	}
	infos, err := h.plugins().Validate(ctx, props)
	if err != nil {
		return nil, err
	}
	if err := infos.Err(); err != nil {
		return nil, err
	}
	config := make(map[string]string, len(props))
	for key, value := range props {
		if value != nil {
			config[key] = *value
		}
	}
	return config, nil
}

// DeleteConnector removes a connector; its offsets stay.
func (h *Distributed) DeleteConnector(ctx context.Context, name string) error {
	if err := h.changeable("removed"); err != nil {
		return err
	}
	r, err := h.writes()
	if err != nil {
		return err
	}
	h.changes.Lock()
	defer h.changes.Unlock()
	if err := r.stores.config.Refresh(ctx); err != nil {
		return failed(err)
	}
	if _, ok := h.db.Snapshot().Connector(name); !ok {
		return notFound(name)
	}
	if err := r.stores.config.DeleteConnector(ctx, name); err != nil {
		return failed(err)
	}
	h.log.Info("connector removed", "connector", name)
	return h.ResetActiveTopics(name)
}

// changeable refuses what would last only until the file is read again.
func (h *Distributed) changeable(what string) error {
	if !h.dedicated() {
		return nil
	}
	return refuse(Forbidden, "Connectors of dedicated mode are %s by its properties file: change the file and restart. "+
		"Pausing, resuming, stopping, restarting and offsets are possible here", what)
}

// SetTargetState pauses or resumes a connector, on whichever worker it runs.
func (h *Distributed) SetTargetState(ctx context.Context, connector string, target state.TargetState) error {
	r, err := h.runs()
	if err != nil {
		return err
	}
	if _, ok := h.db.Snapshot().Connector(connector); !ok {
		return refuse(NotFound, "Unknown connector %s", connector)
	}
	return failed(r.stores.config.PutTarget(ctx, connector, target))
}

// StopConnector ends a connector's tasks and takes their configurations out of
// force, so that its offsets can be changed.
func (h *Distributed) StopConnector(ctx context.Context, connector string) error {
	r, err := h.writes()
	if err != nil {
		return err
	}
	h.changes.Lock()
	defer h.changes.Unlock()
	if err := r.stores.config.Refresh(ctx); err != nil {
		return failed(err)
	}
	if _, ok := h.db.Snapshot().Connector(connector); !ok {
		return refuse(NotFound, "Unknown connector %s", connector)
	}
	if err := r.stores.config.PutTasks(ctx, connector, nil); err != nil {
		return failed(err)
	}
	if err := r.stores.config.PutTarget(ctx, connector, state.Stopped); err != nil {
		return failed(err)
	}
	// The connector may have published once more between the two.
	if h.db.Snapshot().Tasks(connector).Count > 0 {
		return failed(r.stores.config.PutTasks(ctx, connector, nil))
	}
	return nil
}

// SetLoggerLevel asks all workers of the group to change a level.
func (h *Distributed) SetLoggerLevel(ctx context.Context, namespace, level string) error {
	r, err := h.runs()
	if err != nil {
		return err
	}
	return failed(r.stores.config.Put(ctx, loggerLevel(namespace, strings.ToUpper(level))))
}
