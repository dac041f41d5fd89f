package rest

import (
	"net/http"
	"strconv"
	"strings"

	"crosstide/connect"
	"crosstide/connect/state"
)

// connectorRoutes are the resources of a herder's connectors.
func connectorRoutes() []route {
	const one, tasks = "/connectors/{connector}", "/connectors/{connector}/tasks/{task}"
	missing := func(more map[int]string) map[int]string { more[404] = "Error"; return more }
	return []route{
		{method: "GET", path: "/connectors", summary: "List connectors", query: []string{"expand"},
			answers: map[int]string{200: "Connectors"}, handle: listConnectors},
		{method: "POST", path: "/connectors", summary: "Create a connector", body: "CreateConnector",
			answers: map[int]string{201: "ConnectorInfo", 400: "Error", 403: "Error", 409: "Error"}, handle: createConnector},
		{method: "GET", path: one, summary: "A connector's configuration and tasks",
			answers: missing(map[int]string{200: "ConnectorInfo"}), handle: getConnector},
		{method: "DELETE", path: one, summary: "Remove a connector",
			answers: missing(map[int]string{204: "", 403: "Error", 409: "Error"}), handle: deleteConnector},
		{method: "GET", path: one + "/config", summary: "A connector's configuration",
			answers: missing(map[int]string{200: "Config"}), handle: getConfig},
		{method: "PUT", path: one + "/config", summary: "Create or replace a connector's configuration", body: "ConfigChange",
			answers: map[int]string{200: "ConnectorInfo", 201: "ConnectorInfo", 400: "Error", 403: "Error", 409: "Error"}, handle: putConfig},
		{method: "PATCH", path: one + "/config", summary: "Change some keys of a connector's configuration; null removes", body: "ConfigChange",
			answers: missing(map[int]string{200: "ConnectorInfo", 400: "Error", 403: "Error", 409: "Error"}), handle: patchConfig},
		{method: "GET", path: one + "/status", summary: "What a connector and its tasks do",
			answers: missing(map[int]string{200: "ConnectorStatus"}), handle: getStatus},
		{method: "POST", path: one + "/restart", summary: "Restart a connector, and its tasks if asked for", query: []string{"includeTasks", "onlyFailed"},
			answers: missing(map[int]string{202: "ConnectorStatus", 204: "", 409: "Error"}), handle: restartConnector},
		{method: "PUT", path: one + "/pause", summary: "Pause a connector",
			answers: missing(map[int]string{202: ""}), handle: setTarget(state.Paused)},
		{method: "PUT", path: one + "/resume", summary: "Resume a paused or stopped connector",
			answers: missing(map[int]string{202: ""}), handle: setTarget(state.Started)},
		{method: "PUT", path: one + "/stop", summary: "Stop a connector: its tasks end",
			answers: missing(map[int]string{204: "", 409: "Error"}), handle: stopConnector},
		{method: "GET", path: one + "/tasks", summary: "Task configurations",
			answers: missing(map[int]string{200: "Tasks"}), handle: getTasks},
		{method: "GET", path: tasks + "/status", summary: "What a task does",
			answers: missing(map[int]string{200: "TaskStatus"}), handle: getTaskStatus},
		{method: "POST", path: tasks + "/restart", summary: "Restart a task",
			answers: missing(map[int]string{204: "", 409: "Error"}), handle: restartTask},
		{method: "GET", path: one + "/topics", summary: "Topics that a connector has used",
			answers: map[int]string{200: "Topics"}, handle: getTopics},
		{method: "PUT", path: one + "/topics/reset", summary: "Forget which topics a connector has used",
			answers: map[int]string{202: ""}, handle: resetTopics},
		{method: "GET", path: one + "/offsets", summary: "Source offsets",
			answers: missing(map[int]string{200: "Offsets"}), handle: getOffsets},
		{method: "PATCH", path: one + "/offsets", summary: "Change source offsets of a stopped connector; null deletes", body: "Offsets",
			answers: missing(map[int]string{200: "Message", 400: "Error", 409: "Error"}), handle: alterOffsets},
		{method: "DELETE", path: one + "/offsets", summary: "Delete all source offsets of a stopped connector",
			answers: missing(map[int]string{200: "Message", 400: "Error", 409: "Error"}), handle: resetOffsets},
	}
}

func listConnectors(c *call) (answer, error) {
	names := c.herder.ConnectorNames()
	expand, asked := c.r.URL.Query()["expand"]
	if !asked {
		if names == nil {
			names = []string{}
		}
		return ok(names)
	}
	out := map[string]expanded{}
	for _, name := range names {
		if e, whole := expandOne(c.herder, name, expand); whole {
			out[name] = e
		}
	}
	return ok(out)
}

// expandOne leaves out a connector that has vanished meanwhile, or has no status
// yet.
func expandOne(h Herder, name string, expand []string) (e expanded, whole bool) {
	for _, what := range expand {
		switch strings.ToLower(what) {
		case "status":
			s, err := h.ConnectorStatus(name)
			if err != nil {
				return e, false
			}
			body := statusBody(s)
			e.Status = &body
		case "info":
			i, err := h.ConnectorInfo(name)
			if err != nil {
				return e, false
			}
			body := infoOf(i)
			e.Info = &body
		}
	}
	return e, true
}

func createConnector(c *call) (answer, error) {
	name, props, initial, err := parseCreate(c.raw)
	if err != nil {
		return answer{}, err
	}
	info, err := c.herder.CreateConnector(c.ctx(), name, props, initial)
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusCreated, body: infoOf(info), location: locationOf(c, name)}, nil
}

func parseCreate(raw []byte) (name string, props map[string]*string, initial state.TargetState, err error) {
	v, err := parseJSON(raw)
	if err != nil {
		return "", nil, "", err
	}
	o, err := object(v, "the request body", "name", "config", "initial_state")
	if err != nil {
		return "", nil, "", err
	}
	switch n := o["name"].(type) {
	case nil:
	case string:
		name = strings.TrimFunc(n, func(r rune) bool { return r <= ' ' })
	default:
		return "", nil, "", badRequest("Cannot deserialize value: \"name\" must be a string, not %s", kindOf(n))
	}
	if o["config"] == nil {
		return "", nil, "", badRequest("The request body needs \"config\", an object with the connector's configuration")
	}
	if props, err = properties(o["config"], "\"config\""); err != nil {
		return "", nil, "", err
	}
	initial, err = initialState(o["initial_state"])
	return name, props, initial, err
}

func initialState(v any) (state.TargetState, error) {
	if v == nil {
		return "", nil
	}
	text, _ := v.(string)
	switch strings.ToUpper(text) {
	case "RUNNING":
		return state.Started, nil
	case "PAUSED":
		return state.Paused, nil
	case "STOPPED":
		return state.Stopped, nil
	}
	return "", badRequest("Cannot construct instance of the initial state from %v: \"initial_state\" may be RUNNING, PAUSED or STOPPED", v)
}

func getConnector(c *call) (answer, error) {
	info, err := c.herder.ConnectorInfo(c.connector())
	if err != nil {
		return answer{}, err
	}
	return ok(infoOf(info))
}

func getConfig(c *call) (answer, error) {
	info, err := c.herder.ConnectorInfo(c.connector())
	if err != nil {
		return answer{}, err
	}
	return ok(info.Config)
}

func putConfig(c *call) (answer, error) {
	v, err := parseJSON(c.raw)
	if err != nil {
		return answer{}, err
	}
	props, err := properties(v, "the request body")
	if err != nil {
		return answer{}, err
	}
	info, created, err := c.herder.PutConnectorConfig(c.ctx(), c.connector(), props)
	if err != nil {
		return answer{}, err
	}
	if created {
		return answer{status: http.StatusCreated, body: infoOf(info), location: locationOf(c, c.connector())}, nil
	}
	return ok(infoOf(info))
}

func patchConfig(c *call) (answer, error) {
	v, err := parseJSON(c.raw)
	if err != nil {
		return answer{}, err
	}
	patch, err := properties(v, "the request body")
	if err != nil {
		return answer{}, err
	}
	info, err := c.herder.PatchConnectorConfig(c.ctx(), c.connector(), patch)
	if err != nil {
		return answer{}, err
	}
	return ok(infoOf(info))
}

func deleteConnector(c *call) (answer, error) {
	return emptyIf(http.StatusNoContent, c.herder.DeleteConnector(c.ctx(), c.connector()))
}

func getStatus(c *call) (answer, error) {
	s, err := c.herder.ConnectorStatus(c.connector())
	if err != nil {
		return answer{}, err
	}
	return ok(statusBody(s))
}

func restartConnector(c *call) (answer, error) {
	includeTasks, onlyFailed := c.flag("includeTasks"), c.flag("onlyFailed")
	if !includeTasks && !onlyFailed {
		return emptyIf(http.StatusNoContent, c.herder.RestartConnector(c.ctx(), c.connector()))
	}
	s, err := c.herder.RestartPlanned(c.ctx(), c.connector(), includeTasks, onlyFailed)
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusAccepted, body: statusBody(s)}, nil
}

func setTarget(target state.TargetState) func(*call) (answer, error) {
	return func(c *call) (answer, error) {
		return emptyIf(http.StatusAccepted, c.herder.SetTargetState(c.ctx(), c.connector(), target))
	}
}

func stopConnector(c *call) (answer, error) {
	return emptyIf(http.StatusNoContent, c.herder.StopConnector(c.ctx(), c.connector()))
}

func getTasks(c *call) (answer, error) {
	configs, err := c.herder.TaskConfigs(c.connector())
	if err != nil {
		return answer{}, err
	}
	out := []taskInfo{}
	for i, config := range configs {
		out = append(out, taskInfo{taskID{c.connector(), i}, config})
	}
	return ok(out)
}

// task is the task that the path names.
func (c *call) task() (connect.TaskID, error) {
	n, err := strconv.ParseInt(c.vars["task"], 10, 32)
	if err != nil {
		return connect.TaskID{}, &httpError{status: http.StatusNotFound, message: "HTTP 404 Not Found"}
	}
	return connect.TaskID{Connector: c.connector(), Task: int(n)}, nil
}

func getTaskStatus(c *call) (answer, error) {
	id, err := c.task()
	if err != nil {
		return answer{}, err
	}
	s, err := c.herder.TaskStatus(id)
	if err != nil {
		return answer{}, err
	}
	return ok(taskBody(s))
}

func restartTask(c *call) (answer, error) {
	id, err := c.task()
	if err != nil {
		return answer{}, err
	}
	return emptyIf(http.StatusNoContent, c.herder.RestartTask(c.ctx(), id))
}

func getTopics(c *call) (answer, error) {
	return ok(map[string]topicsBody{c.connector(): {c.herder.ActiveTopics(c.connector())}})
}

func resetTopics(c *call) (answer, error) {
	return emptyIf(http.StatusAccepted, c.herder.ResetActiveTopics(c.connector()))
}

func getOffsets(c *call) (answer, error) {
	offsets, err := c.herder.Offsets(c.ctx(), c.connector())
	if err != nil {
		return answer{}, err
	}
	return ok(offsetsOf(offsets))
}

func alterOffsets(c *call) (answer, error) {
	offsets, err := sourceOffsets(c.raw)
	if err != nil {
		return answer{}, err
	}
	message, err := c.herder.AlterOffsets(c.ctx(), c.connector(), offsets)
	if err != nil {
		return answer{}, err
	}
	return ok(messageBody{message})
}

func resetOffsets(c *call) (answer, error) {
	message, err := c.herder.ResetOffsets(c.ctx(), c.connector())
	if err != nil {
		return answer{}, err
	}
	return ok(messageBody{message})
}
