package herder

import (
	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connect/state"
)

// ConnectorInfo is a connector as it is configured.
type ConnectorInfo struct {
	Name   string
	Config map[string]string
	Tasks  []connect.TaskID
	Type   string // source, or unknown where this worker does not know the class
}

// ConnectorStatus is what a connector and its tasks say of themselves.
type ConnectorStatus struct {
	Name      string
	Connector state.Status
	Tasks     []state.Status // by number; those that have spoken
	Type      string
}

// ConnectorNames lists the configured connectors, sorted.
func (h *Distributed) ConnectorNames() []string { return h.db.Snapshot().ConnectorNames() }

// ConnectorInfo returns a connector's configuration, placeholders unresolved. In
// dedicated mode secrets in it are hidden: nobody needs to read them back there.
func (h *Distributed) ConnectorInfo(name string) (ConnectorInfo, error) {
	return h.connectorInfo(h.db.Snapshot(), name)
}

func (h *Distributed) connectorInfo(s state.Snapshot, name string) (ConnectorInfo, error) {
	c, ok := s.Connector(name)
	if !ok {
		return ConnectorInfo{}, notFound(name)
	}
	info := ConnectorInfo{Name: name, Config: h.shown(c.Config), Type: h.pluginType(c.Config)}
	for i := range s.Tasks(name).Count {
		info.Tasks = append(info.Tasks, connect.TaskID{Connector: name, Task: i})
	}
	return info, nil
}

// TaskConfigs returns the task configurations in force, by number.
func (h *Distributed) TaskConfigs(name string) ([]map[string]string, error) {
	s := h.db.Snapshot()
	if _, ok := s.Connector(name); !ok {
		return nil, notFound(name)
	}
	var out []map[string]string
	for _, c := range s.Tasks(name).Configs {
		out = append(out, h.shown(c))
	}
	return out, nil
}

// ConnectorStatus returns what is known of a connector and its tasks.
func (h *Distributed) ConnectorStatus(name string) (ConnectorStatus, error) {
	s := h.db.Snapshot()
	h.mu.Lock()
	defer h.mu.Unlock()
	c, ok := s.Connector(name)
	status := h.status(s, name, state.ConnectorItself)
	if !ok || status.State == "" {
		return ConnectorStatus{}, refuse(NotFound, "No status found for connector %s", name)
	}
	out := ConnectorStatus{Name: name, Connector: h.withVersion(c, status), Type: h.pluginType(c.Config)}
	for i := range s.Tasks(name).Count {
		if t := h.status(s, name, i); t.State != "" {
			out.Tasks = append(out.Tasks, h.withVersion(c, t))
		}
	}
	return out, nil
}

// TaskStatus returns what a task last said of itself.
func (h *Distributed) TaskStatus(id connect.TaskID) (state.Status, error) {
	s := h.db.Snapshot()
	h.mu.Lock()
	defer h.mu.Unlock()
	c, ok := s.Connector(id.Connector)
	status := h.status(s, id.Connector, id.Task)
	if !ok || status.State == "" || id.Task < 0 || id.Task >= s.Tasks(id.Connector).Count {
		return state.Status{}, refuse(NotFound, "No status found for task %s", id)
	}
	return h.withVersion(c, status), nil
}

// ActiveTopics lists the topics that a connector has been seen to use. A
// connector that does not exist uses none.
func (h *Distributed) ActiveTopics(connector string) []string {
	topics := []string{}
	for _, t := range h.db.Snapshot().Topics(connector) {
		topics = append(topics, t.Topic)
	}
	return topics
}

// ResetActiveTopics forgets which topics a connector has used. The topic is
// written in the background.
func (h *Distributed) ResetActiveTopics(connector string) error {
	r, err := h.runs()
	if err != nil {
		return err
	}
	for _, topic := range h.ActiveTopics(connector) {
		r.stores.statuses.DeleteTopic(connector, topic)
	}
	return nil
}

// withVersion adds the plugin's version to what this worker said before or after
// the plugin lived.
func (h *Distributed) withVersion(c state.Connector, s state.Status) state.Status {
	if s.Version == "" && s.WorkerID == h.config.WorkerID {
		if p, err := h.config.Plugins.Source(c.Config["connector.class"]); err == nil && p.New != nil {
			s.Version = p.New().Version()
		}
	}
	return s
}

func (h *Distributed) pluginType(config map[string]string) string {
	if h.config.Plugins == nil {
		return "unknown"
	}
	if _, err := h.config.Plugins.Source(config["connector.class"]); err != nil {
		return "unknown"
	}
	return "source"
}

func (h *Distributed) dedicated() bool { return h.config.Connectors != nil }

// shown is a configuration as it may be read over REST. Tools read, change and
// write back what a worker of Connect answers, so there it is as stored; in
// dedicated mode nobody writes it back, and it may hold what the file says.
func (h *Distributed) shown(props map[string]string) map[string]string {
	out := make(map[string]string, len(props))
	for key, value := range props {
		if h.dedicated() {
			value = config.Shown(key, value)
		}
		out[key] = value
	}
	return out
}

// runs returns the running run, or says why there is none.
func (h *Distributed) runs() (*run, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.running == nil {
		return nil, refuse(Unavailable, "This worker is still starting up, or cannot reach its Kafka cluster: %s", h.view.reason)
	}
	return h.running, nil
}

// writes returns the running run if this worker may write configurations. In
// dedicated mode every worker may write what can be written there at all, since
// its workers' public addresses are not known to each other.
func (h *Distributed) writes() (*run, error) {
	r, err := h.runs()
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.view.assigned || !h.view.assignment.Writes && !h.dedicated() {
		return nil, &NotLeaderError{LeaderURL: h.view.assignment.Leader}
	}
	return r, nil
}

// do runs something in the herder's goroutine and waits for it.
func (r *run) do(done <-chan struct{}, what func()) bool {
	ran := make(chan struct{})
	r.queue.put(func() {
		what()
		close(ran)
	})
	select {
	case <-ran:
		return true
	case <-done:
	case <-r.allStopped:
	}
	return false
}

func taskKnown(s state.Snapshot, id connect.TaskID) error {
	if _, ok := s.Connector(id.Connector); !ok {
		return refuse(NotFound, "Unknown connector: %s", id.Connector)
	}
	if id.Task < 0 || id.Task >= s.Tasks(id.Connector).Count {
		return refuse(NotFound, "Unknown task: %s", id)
	}
	return nil
}
