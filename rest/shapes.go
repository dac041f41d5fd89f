package rest

import (
	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connect/herder"
	"crosstide/connect/state"
)

// The bodies of Connect's answers, fields in Java's order.

type connectorInfo struct {
	Name   string            `json:"name"`
	Config map[string]string `json:"config"`
	Tasks  []taskID          `json:"tasks"`
	Type   string            `json:"type"`
}

type taskID struct {
	Connector string `json:"connector"`
	Task      int    `json:"task"`
}

func infoOf(c herder.ConnectorInfo) connectorInfo {
	out := connectorInfo{Name: c.Name, Config: c.Config, Tasks: []taskID{}, Type: c.Type}
	for _, t := range c.Tasks {
		out.Tasks = append(out.Tasks, taskID{t.Connector, t.Task})
	}
	return out
}

type connectorStatus struct {
	Name      string         `json:"name"`
	Connector instanceStatus `json:"connector"`
	Tasks     []taskStatus   `json:"tasks"`
	Type      string         `json:"type"`
}

type instanceStatus struct {
	State    string `json:"state"`
	WorkerID string `json:"worker_id"`
	Version  string `json:"version,omitempty"`
	Trace    string `json:"trace,omitempty"`
}

type taskStatus struct {
	ID       int    `json:"id"`
	State    string `json:"state"`
	WorkerID string `json:"worker_id"`
	Version  string `json:"version,omitempty"`
	Trace    string `json:"trace,omitempty"`
}

func statusBody(s herder.ConnectorStatus) connectorStatus {
	c := s.Connector
	out := connectorStatus{
		Name: s.Name, Tasks: []taskStatus{}, Type: s.Type,
		Connector: instanceStatus{string(c.State), c.WorkerID, c.Version, c.Trace},
	}
	for _, t := range s.Tasks {
		out.Tasks = append(out.Tasks, taskBody(t))
	}
	return out
}

func taskBody(t state.Status) taskStatus {
	return taskStatus{t.Task, string(t.State), t.WorkerID, t.Version, t.Trace}
}

type taskInfo struct {
	ID     taskID            `json:"id"`
	Config map[string]string `json:"config"`
}

// expanded is one connector of GET /connectors?expand=…
type expanded struct {
	Status *connectorStatus `json:"status,omitempty"`
	Info   *connectorInfo   `json:"info,omitempty"`
}

type topicsBody struct {
	Topics []string `json:"topics"`
}

type offsetsBody struct {
	Offsets []offsetBody `json:"offsets"`
}

type offsetBody struct {
	Partition map[string]any `json:"partition"`
	Offset    map[string]any `json:"offset"`
}

func offsetsOf(offsets []connect.SourceOffset) offsetsBody {
	out := offsetsBody{Offsets: []offsetBody{}}
	for _, o := range offsets {
		if o.Offset != nil {
			out.Offsets = append(out.Offsets, offsetBody{o.Partition, o.Offset})
		}
	}
	return out
}

type messageBody struct {
	Message string `json:"message"`
}

type pluginInfo struct {
	Class   string `json:"class"`
	Type    string `json:"type"`
	Version string `json:"version,omitempty"`
}

type configKeyInfo struct {
	Name          string   `json:"name"`
	Type          string   `json:"type"`
	Required      bool     `json:"required"`
	DefaultValue  *string  `json:"default_value"`
	Importance    string   `json:"importance"`
	Documentation string   `json:"documentation"`
	Group         *string  `json:"group"`
	OrderInGroup  int      `json:"order_in_group"`
	Width         string   `json:"width"`
	DisplayName   string   `json:"display_name"`
	Dependents    []string `json:"dependents"`
}

func keyInfo(k config.Key) configKeyInfo {
	out := configKeyInfo{
		Name: k.Name, Type: k.Type.String(), Required: k.Required, Importance: k.Importance.String(), Documentation: k.Doc,
		OrderInGroup: k.OrderInGroup(), Width: k.Width.String(), DisplayName: k.Display(), Dependents: k.Dependents,
	}
	if text, given := k.DefaultText(); given {
		out.DefaultValue = &text
	}
	if k.Group != "" {
		out.Group = &k.Group
	}
	if out.Dependents == nil {
		out.Dependents = []string{}
	}
	return out
}

type configInfos struct {
	Name       string       `json:"name"`
	ErrorCount int          `json:"error_count"`
	Groups     []string     `json:"groups"`
	Configs    []configInfo `json:"configs"`
}

type configInfo struct {
	Definition *configKeyInfo `json:"definition"`
	Value      configValue    `json:"value"`
}

type configValue struct {
	Name        string   `json:"name"`
	Value       *string  `json:"value"`
	Recommended []string `json:"recommended_values"`
	Errors      []string `json:"errors"`
	Visible     bool     `json:"visible"`
}

func infosOf(c herder.ConfigInfos) configInfos {
	out := configInfos{Name: c.Name, ErrorCount: c.ErrorCount, Groups: c.Groups, Configs: []configInfo{}}
	for _, one := range c.Configs {
		v := one.Value
		info := configInfo{Value: configValue{v.Name, v.Value, v.Recommended, v.Errors, v.Visible}}
		if one.Definition != nil {
			k := keyInfo(*one.Definition)
			info.Definition = &k
		}
		out.Configs = append(out.Configs, info)
	}
	return out
}

type serverInfo struct {
	Version   string  `json:"version"`
	Commit    string  `json:"commit"`
	ClusterID *string `json:"kafka_cluster_id"`
}

type workerHealth struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

type loggerLevel struct {
	Level        string `json:"level"`
	LastModified *int64 `json:"last_modified"`
}
