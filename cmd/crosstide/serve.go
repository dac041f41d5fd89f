package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"crosstide/connect/config"
	"crosstide/connect/herder"
	"crosstide/connectors/mirror/maker"
	"crosstide/connectors/mirror/source"
	"crosstide/internal/loglevel"
	"crosstide/rest"
)

// restConfig is what dedicated mode serves.
func restConfig(o mirrorOptions, c *maker.Config, driver *maker.Driver) rest.Config {
	out := rest.Config{
		Version: version, Metrics: o.metrics, Log: o.log,
		Flows:       func() []rest.Flow { return restFlows(c, driver) },
		FlowHerders: func() []rest.FlowHerder { return flowHerders(driver.Flows()) },
		FlowDetails: func() []rest.FlowDetail { return flowDetails(o, c, driver) },
		Plugins:     herder.NewPlugins(plugins(), nil),
		ReadOnly:    o.readOnly,
		ClusterID:   func(context.Context) string { return driver.ClusterID() },
	}
	if o.levels != nil {
		out.Loggers = o.levels
	}
	return out
}

func flowHerders(flows []maker.FlowView) []rest.FlowHerder {
	out := make([]rest.FlowHerder, 0, len(flows))
	for _, f := range flows {
		one := rest.FlowHerder{Source: f.Flow.Source, Target: f.Flow.Target}
		if h, runs := f.Herder.(flowHerder); runs {
			one.Herder = h.Distributed
		}
		out = append(out, one)
	}
	return out
}

// flowDetails puts together what the driver, its file and the running tasks know.
func flowDetails(o mirrorOptions, c *maker.Config, driver *maker.Driver) []rest.FlowDetail {
	warnings := append(c.Warnings(), c.Unhonoured(o.targets...)...)
	running := source.RunningTasks()
	health := driver.Health()
	var out []rest.FlowDetail
	for i, f := range driver.Flows() {
		d := rest.FlowDetail{
			Name: f.Flow.String(), Source: f.Flow.Source, Target: f.Flow.Target,
			Enabled: f.Enabled, Ready: health[i].Ready, Reasons: health[i].Reasons,
			Configuration: shown(c.Connectors(f.Flow)),
		}
		for _, w := range warnings {
			if c.Concerns(w, f.Flow) {
				d.Ignored = append(d.Ignored, rest.Ignored{Key: w.Key, What: w.What, Hint: w.Hint})
			}
		}
		for _, r := range running {
			if runsIn(r, c, f.Flow) {
				addProgress(&d, r)
			}
		}
		order(&d)
		d.Lag = rest.Total(d.Partitions)
		out = append(out, d)
	}
	return out
}

// restFlows is the driver's health, and what does not keep a flow from being ready
// but somebody should look at.
func restFlows(c *maker.Config, driver *maker.Driver) []rest.Flow {
	running := source.RunningTasks()
	views := driver.Flows()
	health := driver.Health()
	out := make([]rest.Flow, 0, len(health))
	for i, f := range health {
		one := rest.Flow{Name: f.Flow, Enabled: f.Enabled, Ready: f.Ready, Reasons: f.Reasons}
		for _, r := range running {
			if runsIn(r, c, views[i].Flow) {
				one.Warnings = append(one.Warnings, standing(r)...)
			}
		}
		out = append(out, one)
	}
	return out
}

// runsIn reports whether a task copies for a flow. Where both aliases are empty, to
// keep topics' names, the clusters tell.
func runsIn(r source.Running, c *maker.Config, f maker.Flow) bool {
	if r.SourceAlias != "" || r.TargetAlias != "" {
		return r.SourceAlias == f.Source && r.TargetAlias == f.Target
	}
	at := func(alias string) []string {
		cluster, err := c.Cluster(alias)
		if err != nil {
			return nil
		}
		return config.SplitList(cluster["bootstrap.servers"])
	}
	return slices.Equal(r.Source, at(f.Source)) && slices.Equal(r.Target, at(f.Target))
}

// standing says which partitions of a task stand still: how many, and the first.
func standing(r source.Running) []string {
	var first string
	n := 0
	for _, p := range r.Plane.Progress() {
		if p.Failure == nil {
			continue
		}
		if n++; n == 1 {
			first = fmt.Sprintf("%s-%d: %v", p.Topic, p.Partition, p.Failure)
		}
	}
	switch n {
	case 0:
		return nil
	case 1:
		return []string{"a partition stands still: " + first}
	}
	return []string{fmt.Sprintf("%d partitions stand still, the first is %s", n, first)}
}

func shown(connectors map[string]map[string]string) map[string]map[string]string {
	out := map[string]map[string]string{}
	for name, props := range connectors {
		out[name] = map[string]string{}
		for key, value := range props {
			out[name][key] = config.Shown(key, value)
		}
	}
	return out
}

func addProgress(d *rest.FlowDetail, r source.Running) {
	for _, p := range r.Plane.Progress() {
		one := rest.PartitionDetail{
			Topic: p.Topic, Partition: p.Partition, Connector: r.ID.Connector, Task: r.ID.Task, Copied: p.Done,
			Records: p.Records, Bytes: p.Bytes, Missing: p.Missing, Retries: p.Retries, DeadLetters: p.DeadLetters,
		}
		if p.LagRecords >= 0 {
			one.Lag = &rest.Lag{Records: p.LagRecords, Seconds: p.Lag.Seconds()}
		}
		if p.Failure != nil {
			one.Failure = p.Failure.Error()
		}
		d.Partitions = append(d.Partitions, one)
	}
	for _, e := range r.Plane.Events() {
		d.Losses = append(d.Losses, rest.Loss{
			Kind: string(e.Kind), Topic: e.Topic, Partition: e.Partition, From: e.From, To: e.To, Missing: e.Missing(), Time: e.Time.UTC(),
		})
	}
}

// order makes two answers comparable.
func order(d *rest.FlowDetail) {
	slices.SortFunc(d.Partitions, func(a, b rest.PartitionDetail) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	slices.SortFunc(d.Losses, func(a, b rest.Loss) int { return a.Time.Compare(b.Time) })
}

var _ rest.Loggers = (*loglevel.Levels)(nil)

// setter is what hears of levels set for a whole group.
func setter(levels *loglevel.Levels) func(namespace, level string) {
	if levels == nil {
		return nil
	}
	return func(namespace, level string) { levels.SetLevel(namespace, level) }
}
