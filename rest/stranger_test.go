package rest_test

import (
	"context"

	"crosstide/connect"
	"crosstide/connect/herder"
	"crosstide/connect/state"
)

// stranger is a herder that knows no connector and refuses all.
type stranger struct{}

var errUnknown = &herder.Error{Kind: herder.NotFound, Message: "unknown"}

func (stranger) ConnectorNames() []string { return nil }
func (stranger) ConnectorInfo(string) (herder.ConnectorInfo, error) {
	return herder.ConnectorInfo{}, errUnknown
}
func (stranger) ConnectorStatus(string) (herder.ConnectorStatus, error) {
	return herder.ConnectorStatus{}, errUnknown
}
func (stranger) TaskStatus(connect.TaskID) (state.Status, error)      { return state.Status{}, errUnknown }
func (stranger) TaskConfigs(string) ([]map[string]string, error)      { return nil, errUnknown }
func (stranger) ActiveTopics(string) []string                         { return []string{} }
func (stranger) ResetActiveTopics(string) error                       { return nil }
func (stranger) DeleteConnector(context.Context, string) error        { return errUnknown }
func (stranger) StopConnector(context.Context, string) error          { return errUnknown }
func (stranger) RestartConnector(context.Context, string) error       { return errUnknown }
func (stranger) RestartTask(context.Context, connect.TaskID) error    { return errUnknown }
func (stranger) SetLoggerLevel(context.Context, string, string) error { return nil }
func (stranger) Answers(context.Context) error                        { return nil }
func (stranger) Doing() string                                        { return "" }
func (stranger) CreateConnector(context.Context, string, map[string]*string, state.TargetState) (herder.ConnectorInfo, error) {
	return herder.ConnectorInfo{}, errUnknown
}
func (stranger) PutConnectorConfig(context.Context, string, map[string]*string) (herder.ConnectorInfo, bool, error) {
	return herder.ConnectorInfo{}, false, errUnknown
}
func (stranger) PatchConnectorConfig(context.Context, string, map[string]*string) (herder.ConnectorInfo, error) {
	return herder.ConnectorInfo{}, errUnknown
}
func (stranger) SetTargetState(context.Context, string, state.TargetState) error { return errUnknown }
func (stranger) RestartPlanned(context.Context, string, bool, bool) (herder.ConnectorStatus, error) {
	return herder.ConnectorStatus{}, errUnknown
}
func (stranger) Offsets(context.Context, string) ([]connect.SourceOffset, error) {
	return nil, errUnknown
}
func (stranger) AlterOffsets(context.Context, string, []connect.SourceOffset) (string, error) {
	return "", errUnknown
}
func (stranger) ResetOffsets(context.Context, string) (string, error) { return "", errUnknown }
