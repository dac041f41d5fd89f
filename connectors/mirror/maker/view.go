package maker

// FlowView is one flow of a driver, as the REST API shows it.
type FlowView struct {
	Flow    Flow
	Enabled bool   // false: only heartbeats
	Herder  Herder // nil while it does not run
}

// Flows tells which flows there are. It may be called from any goroutine at any
// time.
func (d *Driver) Flows() []FlowView {
	out := make([]FlowView, 0, len(d.flows))
	for _, f := range d.flows {
		f.mu.Lock()
		out = append(out, FlowView{f.Flow, f.enabled, f.herder})
		f.mu.Unlock()
	}
	return out
}

// ClusterID names the cluster that all flows lead to, "" when they lead to
// several or it has not answered yet.
func (d *Driver) ClusterID() string {
	id := ""
	for _, f := range d.flows {
		one := d.probers[f.Target].clusterID()
		if one == "" || id != "" && id != one {
			return ""
		}
		id = one
	}
	return id
}

// Concerns reports whether a warning is about this flow: by its own prefix, by
// one of its clusters', or at the top level.
func (c *Config) Concerns(w Warning, f Flow) bool {
	if other, _, ok := c.splitFlowKey(w.Key); ok {
		return other == f
	}
	owners := c.owners(w.Key)
	for _, alias := range owners {
		if alias == f.Source || alias == f.Target {
			return true
		}
	}
	return len(owners) == 0
}
