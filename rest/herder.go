package rest

import (
	"context"

	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connect/herder"
	"crosstide/connect/state"
	"crosstide/internal/loglevel"
)

// Herder is what the connector resources ask of a herder.
type Herder interface {
	ConnectorNames() []string
	ConnectorInfo(name string) (herder.ConnectorInfo, error)
	ConnectorStatus(name string) (herder.ConnectorStatus, error)
	TaskStatus(id connect.TaskID) (state.Status, error)
	TaskConfigs(connector string) ([]map[string]string, error)
	ActiveTopics(connector string) []string
	ResetActiveTopics(connector string) error

	CreateConnector(ctx context.Context, name string, props map[string]*string, initial state.TargetState) (herder.ConnectorInfo, error)
	PutConnectorConfig(ctx context.Context, name string, props map[string]*string) (info herder.ConnectorInfo, created bool, err error)
	PatchConnectorConfig(ctx context.Context, name string, patch map[string]*string) (herder.ConnectorInfo, error)
	DeleteConnector(ctx context.Context, name string) error

	SetTargetState(ctx context.Context, connector string, target state.TargetState) error
	StopConnector(ctx context.Context, connector string) error
	RestartConnector(ctx context.Context, name string) error
	RestartPlanned(ctx context.Context, name string, includeTasks, onlyFailed bool) (herder.ConnectorStatus, error)
	RestartTask(ctx context.Context, id connect.TaskID) error

	Offsets(ctx context.Context, connector string) ([]connect.SourceOffset, error)
	AlterOffsets(ctx context.Context, connector string, offsets []connect.SourceOffset) (string, error)
	ResetOffsets(ctx context.Context, connector string) (string, error)

	SetLoggerLevel(ctx context.Context, namespace, level string) error
	// Answers returns nil when the herder is at work, and Doing what it waits for.
	Answers(ctx context.Context) error
	Doing() string
}

var _ Herder = (*herder.Distributed)(nil)

// Plugins is what the plugin resources ask.
type Plugins interface {
	List(connectorsOnly bool) []herder.PluginInfo
	Keys(class, version string) ([]config.Key, error)
	Validate(ctx context.Context, props map[string]*string) (herder.ConfigInfos, error)
}

// Loggers holds the levels of this process's loggers.
type Loggers interface {
	All() map[string]loglevel.Setting
	Level(name string) (loglevel.Setting, bool)
	// SetLevel changes a logger and the known ones below it, and returns the names
	// of those that changed. known is false for a level that does not exist.
	SetLevel(name, level string) (changed []string, known bool)
}
