package rest

import (
	"context"
	"slices"
	"strings"

	"crosstide/connect"
	"crosstide/connect/herder"
	"crosstide/connect/state"
)

// FlowHerder is one flow of dedicated mode. Herder is nil while it does not run.
type FlowHerder struct {
	Source, Target string
	Herder         Herder
}

func (f FlowHerder) name() string { return f.Source + "->" + f.Target }

// together shows the connectors of all flows as those of one herder, each named
// flow.connector, such as A->B.MirrorSourceConnector.
type together struct{ flows func() []FlowHerder }

var _ Herder = together{}

// find returns the herder that a name belongs to, the name there, and what to put
// before names that it answers.
func (t together) find(name string) (h Herder, inner, prefix string, err error) {
	for _, f := range t.flows() {
		prefix := f.name() + "."
		inner, found := strings.CutPrefix(name, prefix)
		switch {
		case !found:
		case f.Herder == nil:
			return nil, "", "", notStarted(f)
		default:
			return f.Herder, inner, prefix, nil
		}
	}
	return nil, "", "", &herder.Error{Kind: herder.NotFound, Message: "Connector " + name + " not found"}
}

func notStarted(f FlowHerder) error {
	return &herder.Error{Kind: herder.Unavailable, Message: "The flow " + f.name() + " is still starting up: /health tells what it waits for"}
}

// missing words an unknown name as the resource does.
func missing(err error, message string) error {
	if e, is := err.(*herder.Error); is && e.Kind == herder.NotFound {
		return &herder.Error{Kind: herder.NotFound, Message: message}
	}
	return err
}

func (t together) ConnectorNames() []string {
	names := []string{}
	for _, f := range t.flows() {
		if f.Herder == nil {
			continue
		}
		for _, name := range f.Herder.ConnectorNames() {
			names = append(names, f.name()+"."+name)
		}
	}
	slices.Sort(names)
	return names
}

func (t together) ConnectorInfo(name string) (herder.ConnectorInfo, error) {
	h, inner, prefix, err := t.find(name)
	if err != nil {
		return herder.ConnectorInfo{}, err
	}
	info, err := h.ConnectorInfo(inner)
	return prefixed(info, prefix), err
}

func prefixed(info herder.ConnectorInfo, prefix string) herder.ConnectorInfo {
	info.Name = prefix + info.Name
	tasks := slices.Clone(info.Tasks)
	for i := range tasks {
		tasks[i].Connector = prefix + tasks[i].Connector
	}
	info.Tasks = tasks
	return info
}

func (t together) ConnectorStatus(name string) (herder.ConnectorStatus, error) {
	h, inner, prefix, err := t.find(name)
	if err != nil {
		return herder.ConnectorStatus{}, missing(err, "No status found for connector "+name)
	}
	s, err := h.ConnectorStatus(inner)
	s.Name = prefix + s.Name
	return s, err
}

func (t together) TaskStatus(id connect.TaskID) (state.Status, error) {
	h, inner, _, err := t.find(id.Connector)
	if err != nil {
		return state.Status{}, missing(err, "No status found for task "+id.String())
	}
	return h.TaskStatus(connect.TaskID{Connector: inner, Task: id.Task})
}

func (t together) TaskConfigs(name string) ([]map[string]string, error) {
	h, inner, _, err := t.find(name)
	if err != nil {
		return nil, err
	}
	return h.TaskConfigs(inner)
}

func (t together) ActiveTopics(name string) []string {
	h, inner, _, err := t.find(name)
	if err != nil {
		return []string{}
	}
	return h.ActiveTopics(inner)
}

func (t together) ResetActiveTopics(name string) error {
	h, inner, _, err := t.find(name)
	if err != nil {
		return missing(err, "Unknown connector "+name)
	}
	return h.ResetActiveTopics(inner)
}

func (together) refuse(what string) error {
	return &herder.Error{Kind: herder.Forbidden, Message: "Connectors of dedicated mode are " + what + " by its properties file: change the file and restart. " +
		"Pausing, resuming, stopping, restarting and offsets are possible here"}
}

func (t together) CreateConnector(context.Context, string, map[string]*string, state.TargetState) (herder.ConnectorInfo, error) {
	return herder.ConnectorInfo{}, t.refuse("configured")
}

func (t together) PutConnectorConfig(context.Context, string, map[string]*string) (herder.ConnectorInfo, bool, error) {
	return herder.ConnectorInfo{}, false, t.refuse("configured")
}

func (t together) PatchConnectorConfig(context.Context, string, map[string]*string) (herder.ConnectorInfo, error) {
	return herder.ConnectorInfo{}, t.refuse("configured")
}

func (t together) DeleteConnector(context.Context, string) error { return t.refuse("removed") }

func (t together) SetTargetState(ctx context.Context, name string, target state.TargetState) error {
	h, inner, _, err := t.find(name)
	if err != nil {
		return missing(err, "Unknown connector "+name)
	}
	return h.SetTargetState(ctx, inner, target)
}

func (t together) StopConnector(ctx context.Context, name string) error {
	h, inner, _, err := t.find(name)
	if err != nil {
		return missing(err, "Unknown connector "+name)
	}
	return h.StopConnector(ctx, inner)
}

func (t together) RestartConnector(ctx context.Context, name string) error {
	h, inner, _, err := t.find(name)
	if err != nil {
		return missing(err, "Unknown connector: "+name)
	}
	return h.RestartConnector(ctx, inner)
}

func (t together) RestartPlanned(ctx context.Context, name string, includeTasks, onlyFailed bool) (herder.ConnectorStatus, error) {
	h, inner, prefix, err := t.find(name)
	if err != nil {
		return herder.ConnectorStatus{}, missing(err, "Unknown connector: "+name)
	}
	s, err := h.RestartPlanned(ctx, inner, includeTasks, onlyFailed)
	s.Name = prefix + s.Name
	return s, err
}

func (t together) RestartTask(ctx context.Context, id connect.TaskID) error {
	h, inner, _, err := t.find(id.Connector)
	if err != nil {
		return missing(err, "Unknown connector: "+id.Connector)
	}
	return h.RestartTask(ctx, connect.TaskID{Connector: inner, Task: id.Task})
}

func (t together) Offsets(ctx context.Context, name string) ([]connect.SourceOffset, error) {
	h, inner, _, err := t.find(name)
	if err != nil {
		return nil, err
	}
	return h.Offsets(ctx, inner)
}

func (t together) AlterOffsets(ctx context.Context, name string, offsets []connect.SourceOffset) (string, error) {
	h, inner, _, err := t.find(name)
	if err != nil {
		return "", err
	}
	return h.AlterOffsets(ctx, inner, offsets)
}

func (t together) ResetOffsets(ctx context.Context, name string) (string, error) {
	h, inner, _, err := t.find(name)
	if err != nil {
		return "", err
	}
	return h.ResetOffsets(ctx, inner)
}

// SetLoggerLevel asks one flow's group: every process hears it once.
func (t together) SetLoggerLevel(ctx context.Context, namespace, level string) error {
	for _, f := range t.flows() {
		if f.Herder != nil {
			return f.Herder.SetLoggerLevel(ctx, namespace, level)
		}
	}
	return &herder.Error{Kind: herder.Unavailable, Message: "No flow runs yet: /health tells what they wait for"}
}

func (t together) Answers(ctx context.Context) error {
	for _, f := range t.flows() {
		if f.Herder == nil {
			return notStarted(f)
		}
		if err := f.Herder.Answers(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (t together) Doing() string {
	for _, f := range t.flows() {
		if f.Herder == nil {
			return f.name() + " starts"
		}
		if doing := f.Herder.Doing(); doing != "" {
			return f.name() + ": " + doing
		}
	}
	return ""
}
