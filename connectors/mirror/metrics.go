package mirror

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Names of the mirror's metrics. All of them carry the labels source and target
// (aliases), and from the runtime connector and task.
const (
	MetricCheckpointLatency = "crosstide_mirror_checkpoint_latency_seconds"
	MetricCheckpoints       = "crosstide_mirror_checkpoints_total"
	MetricCheckpointAge     = "crosstide_mirror_checkpoint_age_seconds"
	MetricCheckpointGroups  = "crosstide_mirror_checkpoint_groups"
	MetricCheckpointFailed  = "crosstide_mirror_checkpoint_failures_total"
	MetricGroupSyncs        = "crosstide_mirror_group_offset_syncs_total"
	MetricHeartbeats        = "crosstide_mirror_heartbeats_total"
	MetricSyncsWritten      = "crosstide_mirror_offset_syncs_total"
	MetricSyncsFailed       = "crosstide_mirror_offset_sync_failures_total"
)

// GroupSyncResult is the value of the label result of [MetricGroupSyncs].
type GroupSyncResult string

// What a round of group offset sync did with a group.
const (
	GroupWritten   GroupSyncResult = "written"
	GroupUnchanged GroupSyncResult = "unchanged"
	GroupActive    GroupSyncResult = "active"  // somebody uses it on the target
	GroupUnknown   GroupSyncResult = "unknown" // its state could not be told
	GroupFailed    GroupSyncResult = "failed"
)

// CheckpointMetrics are a checkpoint task's metrics. It is safe for concurrent
// use; methods of a nil pointer do nothing.
type CheckpointMetrics struct {
	latency    prometheus.Histogram
	emitted    prometheus.Counter
	failed     prometheus.Counter
	groups     prometheus.Gauge
	groupSyncs *prometheus.CounterVec
	age        *ages
}

// NewCheckpointMetrics registers a checkpoint task's metrics.
func NewCheckpointMetrics(reg prometheus.Registerer, sourceAlias, targetAlias string) (*CheckpointMetrics, error) {
	labels := flowLabels(sourceAlias, targetAlias)
	m := &CheckpointMetrics{
		latency: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: MetricCheckpointLatency, ConstLabels: labels,
			Help:    "Time from reading a group's offsets on the source to its checkpoint being acknowledged by the target.",
			Buckets: []float64{.001, .005, .025, .1, .5, 2, 10, 60},
		}),
		emitted:    prometheus.NewCounter(opts(MetricCheckpoints, "Checkpoints emitted.", labels)),
		failed:     prometheus.NewCounter(opts(MetricCheckpointFailed, "Groups whose offsets could not be read on the source, counted each round.", labels)),
		groups:     prometheus.NewGauge(prometheus.GaugeOpts(opts(MetricCheckpointGroups, "Consumer groups that the task makes checkpoints of.", labels))),
		groupSyncs: prometheus.NewCounterVec(opts(MetricGroupSyncs, "Groups looked at to write their offsets on the target, by result.", labels), []string{"result"}),
		age: &ages{
			seen: map[string]time.Time{},
			desc: prometheus.NewDesc(MetricCheckpointAge, "Seconds since a group's checkpoints were last made or found unchanged.", []string{"group"}, labels),
		},
	}
	return m, register(reg, m.latency, m.emitted, m.failed, m.groups, m.groupSyncs, m.age)
}

// Acknowledged observes a checkpoint that took d to be written.
func (m *CheckpointMetrics) Acknowledged(d time.Duration) {
	if m != nil {
		m.latency.Observe(d.Seconds())
	}
}

// Round notes that a group's checkpoints are those of time at; emitted is how
// many of them are new.
func (m *CheckpointMetrics) Round(group string, at time.Time, emitted int) {
	if m != nil {
		m.age.set(group, at)
		m.emitted.Add(float64(emitted))
	}
}

// Failed counts a group whose offsets could not be read.
func (m *CheckpointMetrics) Failed() {
	if m != nil {
		m.failed.Inc()
	}
}

// Groups sets how many groups the task has.
func (m *CheckpointMetrics) Groups(n int) {
	if m != nil {
		m.groups.Set(float64(n))
	}
}

// GroupSync counts what group offset sync did with a group.
func (m *CheckpointMetrics) GroupSync(result GroupSyncResult) {
	if m != nil {
		m.groupSyncs.WithLabelValues(string(result)).Inc()
	}
}

// NewHeartbeatCounter registers the count of heartbeats written.
func NewHeartbeatCounter(reg prometheus.Registerer, sourceAlias, targetAlias string) (prometheus.Counter, error) {
	c := prometheus.NewCounter(opts(MetricHeartbeats, "Heartbeats acknowledged by the target.", flowLabels(sourceAlias, targetAlias)))
	return c, register(reg, c)
}

// NewSyncCounters registers the counts of offset syncs written and failed.
func NewSyncCounters(reg prometheus.Registerer, sourceAlias, targetAlias string) (written, failed prometheus.Counter, err error) {
	labels := flowLabels(sourceAlias, targetAlias)
	written = prometheus.NewCounter(opts(MetricSyncsWritten, "Offset syncs written.", labels))
	failed = prometheus.NewCounter(opts(MetricSyncsFailed, "Offset syncs whose write failed; they are tried again unless a newer one was sent.", labels))
	return written, failed, register(reg, written, failed)
}

func flowLabels(source, target string) prometheus.Labels {
	return prometheus.Labels{"source": source, "target": target}
}

func opts(name, help string, labels prometheus.Labels) prometheus.CounterOpts {
	return prometheus.CounterOpts{Name: name, Help: help, ConstLabels: labels}
}

func register(reg prometheus.Registerer, all ...prometheus.Collector) error {
	if reg == nil {
		return nil
	}
	for _, c := range all {
		if err := reg.Register(c); err != nil {
			return err
		}
	}
	return nil
}

// ages collects the seconds since each group was seen. They grow between
// rounds, so they are computed when asked for.
type ages struct {
	desc *prometheus.Desc
	mu   sync.Mutex
	seen map[string]time.Time
}

func (a *ages) set(group string, at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen[group] = at
}

// Describe implements [prometheus.Collector].
func (a *ages) Describe(ch chan<- *prometheus.Desc) { ch <- a.desc }

// Collect implements [prometheus.Collector].
func (a *ages) Collect(ch chan<- prometheus.Metric) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for group, at := range a.seen {
		ch <- prometheus.MustNewConstMetric(a.desc, prometheus.GaugeValue, time.Since(at).Seconds(), group)
	}
}
