package herder

import (
	"crosstide/connect"
	"crosstide/connect/config"
)

// dummyConnector has no keys of its own and no tasks.
type dummyConnector struct{}

func dummy() connect.SourceConnector { return dummyConnector{} }

func (dummyConnector) Version() string                                         { return "1" }
func (dummyConnector) ConfigDef() *config.Def                                  { return config.NewDef() }
func (dummyConnector) Start(connect.ConnectorContext, map[string]string) error { return nil }
func (dummyConnector) TaskConfigs(int) ([]map[string]string, error)            { return nil, nil }
func (dummyConnector) Stop() error                                             { return nil }
func (dummyConnector) NewTask() connect.SourceTask                             { return nil }
