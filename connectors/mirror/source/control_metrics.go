package source

import (
	"github.com/prometheus/client_golang/prometheus"
)

// Names of the control half's metrics.
const (
	metricTopics           = "crosstide_mirror_topics"
	metricPartitions       = "crosstide_mirror_partitions"
	metricTopicsMissing    = "crosstide_mirror_target_topics_failing"
	metricTopicChanges     = "crosstide_mirror_target_topic_changes_total"
	metricTopicFailures    = "crosstide_mirror_target_topic_failures_total"
	metricRecreations      = "crosstide_mirror_topic_recreations_total"
	metricRefreshes        = "crosstide_mirror_topic_refreshes_total"
	metricConfigSyncs      = "crosstide_mirror_config_syncs_total"
	metricConfigsAltered   = "crosstide_mirror_config_topics_altered_total"
	metricACLSyncs         = "crosstide_mirror_acl_syncs_total"
	metricACLsCreated      = "crosstide_mirror_acls_created_total"
	resultOK, resultFailed = "ok", "failed"
)

// controlMetrics counts what the control half does. A nil pointer counts
// nothing. Safe for concurrent use.
type controlMetrics struct {
	topics, partitions, failing prometheus.Gauge

	changes        *prometheus.CounterVec // by change
	failures       prometheus.Counter
	recreations    *prometheus.CounterVec // by cluster
	refreshes      *prometheus.CounterVec // by result
	configSyncs    *prometheus.CounterVec // by result
	configsAltered prometheus.Counter
	aclSyncs       *prometheus.CounterVec // by result
	aclsCreated    prometheus.Counter
}

// newControlMetrics registers the metrics, labelled with the flow's aliases.
func newControlMetrics(r prometheus.Registerer, sourceAlias, targetAlias string) (*controlMetrics, error) {
	labels := prometheus.Labels{"source": sourceAlias, "target": targetAlias}
	var all []prometheus.Collector
	gauge := func(name, help string) prometheus.Gauge {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: labels})
		all = append(all, g)
		return g
	}
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help, ConstLabels: labels})
		all = append(all, c)
		return c
	}
	vector := func(name, help, label string, values ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help, ConstLabels: labels}, []string{label})
		for _, v := range values {
			c.WithLabelValues(v)
		}
		all = append(all, c)
		return c
	}
	m := &controlMetrics{
		topics:         gauge(metricTopics, "Source topics that the flow replicates."),
		partitions:     gauge(metricPartitions, "Source partitions that the flow replicates."),
		failing:        gauge(metricTopicsMissing, "Target topics that could not be created or extended, and are tried again."),
		changes:        vector(metricTopicChanges, "Target topics created or given more partitions.", "change", "created", "grown"),
		failures:       counter(metricTopicFailures, "Failed attempts to create a target topic or to give it more partitions."),
		recreations:    vector(metricRecreations, "Topics found deleted and created again under the same name.", "cluster", sideSource, sideTarget),
		refreshes:      vector(metricRefreshes, "Comparisons of both clusters' topics.", "result", resultOK, resultFailed),
		configSyncs:    vector(metricConfigSyncs, "Runs of the topic config sync; failed if any topic failed.", "result", resultOK, resultFailed),
		configsAltered: counter(metricConfigsAltered, "Target topics whose configs were altered by the sync."),
		aclSyncs:       vector(metricACLSyncs, "Runs of the topic ACL sync; failed if any ACL failed.", "result", resultOK, resultFailed),
		aclsCreated:    counter(metricACLsCreated, "ACLs created on the target."),
	}
	for _, c := range all {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *controlMetrics) applied(out *outcome) {
	if m == nil {
		return
	}
	m.changes.WithLabelValues("created").Add(float64(len(out.Created)))
	m.changes.WithLabelValues("grown").Add(float64(len(out.Grown)))
	m.failures.Add(float64(len(out.Failed)))
}

func (m *controlMetrics) refreshed(p plan, failing int) {
	if m == nil {
		return
	}
	total := 0
	for _, t := range p.Source {
		total += int(t.Partitions)
	}
	m.topics.Set(float64(len(p.Source)))
	m.partitions.Set(float64(total))
	m.failing.Set(float64(failing))
	m.recreations.WithLabelValues(sideSource).Add(float64(len(p.SourceRecreated)))
	m.recreations.WithLabelValues(sideTarget).Add(float64(len(p.TargetRecreated)))
}

func (m *controlMetrics) ran(which *prometheus.CounterVec, ok bool) {
	if ok {
		which.WithLabelValues(resultOK).Inc()
	} else {
		which.WithLabelValues(resultFailed).Inc()
	}
}
