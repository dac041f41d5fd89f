package rest

import (
	"context"
	"net/http"
	"strings"
	"time"

	"crosstide/connect/herder"
)

// kafkaVersion is the release whose API this is; tools decide by it what they ask.
const kafkaVersion = "4.3.0"

func rootRoute() route {
	return route{method: "GET", path: "/", summary: "Version and cluster", answers: map[int]string{200: "ServerInfo"}, handle: getRoot}
}

func getRoot(c *call) (answer, error) {
	info := serverInfo{Version: kafkaVersion, Commit: "crosstide-" + c.api.config.Version}
	if c.api.config.ClusterID != nil {
		ctx, cancel := context.WithTimeout(c.ctx(), healthTimeout)
		defer cancel()
		if id := c.api.config.ClusterID(ctx); id != "" {
			info.ClusterID = &id
		}
	}
	return ok(info)
}

// healthTimeout is how long /health waits for the herder.
const healthTimeout = 10 * time.Second

func healthRoute() route {
	return route{method: "GET", path: "/health", summary: "Whether the worker can handle requests",
		answers: map[int]string{200: "Health", 503: "Health", 500: "Health"}, handle: getHealth}
}

func getHealth(c *call) (answer, error) {
	ctx, cancel := context.WithTimeout(c.ctx(), healthTimeout)
	defer cancel()
	err := c.herder.Answers(ctx)
	if err == nil {
		return ok(workerHealth{"healthy", "Worker has completed startup and is ready to handle requests."})
	}
	stage := ""
	if doing := c.herder.Doing(); doing != "" {
		stage = " The worker is currently " + doing + "."
	}
	if isUnavailable(err) {
		return answer{status: http.StatusServiceUnavailable, body: workerHealth{"starting", "Worker is still starting up." + stage}}, nil
	}
	return answer{status: http.StatusInternalServerError, body: workerHealth{"unhealthy",
		"Worker was unable to handle this request and may be unable to handle other requests." + stage}}, nil
}

func isUnavailable(err error) bool {
	status, _ := statusOf(err)
	return status == http.StatusServiceUnavailable
}

func pluginRoutes() []route {
	return []route{
		{method: "GET", path: "/connector-plugins", summary: "Installed plugins", query: []string{"connectorsOnly"},
			answers: map[int]string{200: "Plugins"}, handle: listPlugins},
		{method: "GET", path: "/connector-plugins/{plugin}/config", summary: "A plugin's configuration keys", query: []string{"version"},
			answers: map[int]string{200: "ConfigKeys", 400: "Error", 404: "Error"}, handle: getPluginConfig},
		{method: "PUT", path: "/connector-plugins/{plugin}/config/validate", summary: "Check a configuration, key by key", body: "ConfigChange",
			answers: map[int]string{200: "ConfigInfos", 400: "Error"}, handle: validateConfig},
	}
}

func listPlugins(c *call) (answer, error) {
	only := !c.r.URL.Query().Has("connectorsOnly") || c.flag("connectorsOnly")
	out := []pluginInfo{}
	for _, p := range c.api.config.Plugins.List(only) {
		out = append(out, pluginInfo{p.Class, p.Type, p.Version})
	}
	return ok(out)
}

func getPluginConfig(c *call) (answer, error) {
	version := "latest"
	if c.r.URL.Query().Has("version") {
		version = c.r.URL.Query().Get("version")
		if version == "" {
			version = "[,]" // a range that nothing is in
		}
	}
	keys, err := c.api.config.Plugins.Keys(c.vars["plugin"], version)
	if err != nil {
		return answer{}, err
	}
	out := []configKeyInfo{}
	for _, k := range keys {
		out = append(out, keyInfo(k))
	}
	return ok(out)
}

func validateConfig(c *call) (answer, error) {
	v, err := parseJSON(c.raw)
	if err != nil {
		return answer{}, err
	}
	props, err := properties(v, "the request body")
	if err != nil {
		return answer{}, err
	}
	if class := props["connector.class"]; class != nil {
		sent, asked := strings.TrimSuffix(*class, "Connector"), strings.TrimSuffix(c.vars["plugin"], "Connector")
		if !strings.HasSuffix(sent, asked) {
			return answer{}, badRequest("Included connector type %s does not match request type %s", *class, c.vars["plugin"])
		}
	}
	infos, err := c.api.config.Plugins.Validate(c.ctx(), props)
	if err != nil {
		return answer{}, err
	}
	return ok(infosOf(infos))
}

func loggerRoutes() []route {
	return []route{
		{method: "GET", path: "/admin/loggers", summary: "Levels of all loggers",
			answers: map[int]string{200: "Loggers"}, handle: listLoggers},
		{method: "GET", path: "/admin/loggers/{logger}", summary: "Level of a logger",
			answers: map[int]string{200: "LoggerLevel", 404: "Error"}, handle: getLogger},
		{method: "PUT", path: "/admin/loggers/{logger}", summary: "Change the level of a logger and those below it", query: []string{"scope"}, body: "SetLevel",
			answers: map[int]string{200: "ChangedLoggers", 204: "", 400: "Error", 404: "Error"}, handle: setLogger},
	}
}

func listLoggers(c *call) (answer, error) {
	out := map[string]loggerLevel{}
	for name, s := range c.api.config.Loggers.All() {
		out[name] = loggerLevel(s)
	}
	return ok(out)
}

func getLogger(c *call) (answer, error) {
	level, known := c.api.config.Loggers.Level(c.vars["logger"])
	if !known {
		return answer{}, &httpError{status: http.StatusNotFound, message: "Logger " + c.vars["logger"] + " not found."}
	}
	return ok(loggerLevel(level))
}

func setLogger(c *call) (answer, error) {
	v, err := parseJSON(c.raw)
	if err != nil {
		return answer{}, err
	}
	o, err := object(v, "the request body")
	if err != nil {
		return answer{}, err
	}
	level, given := o["level"].(string)
	if !given {
		return answer{}, badRequest("Desired 'level' parameter was not specified in request.")
	}
	name := c.vars["logger"]
	if !knownLevel(level) {
		return answer{}, &httpError{status: http.StatusNotFound, message: "invalid log level '" + level + "'."}
	}
	if strings.EqualFold(c.r.URL.Query().Get("scope"), "cluster") {
		return emptyIf(http.StatusNoContent, c.herder.SetLoggerLevel(c.ctx(), name, level))
	}
	changed, known := c.api.config.Loggers.SetLevel(name, level)
	if !known {
		return answer{}, &herder.Error{Kind: herder.NotFound, Message: "invalid log level '" + level + "'."}
	}
	if changed == nil {
		changed = []string{}
	}
	return ok(changed)
}

func knownLevel(level string) bool {
	return contains([]string{"OFF", "FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE", "ALL"}, strings.ToUpper(level))
}
