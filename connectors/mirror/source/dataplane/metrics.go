package dataplane

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// land counts a flight that the target has.
func (s *partitionStats) land(f *flight) {
	s.records.Add(int64(f.count))
	s.bytes.Add(int64(len(f.batch)))
	s.path[f.path].Add(1)
}

// metrics is what a plane shows. Most is read from the partitions at scrape
// time, so that the data path only counts.
type metrics struct {
	pl        *Plane
	latency   prometheus.Histogram
	throttled prometheus.Counter
}

func newMetrics(pl *Plane) *metrics {
	return &metrics{
		pl: pl,
		latency: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "crosstide_mirror_replication_latency_seconds",
			Help:    "Time from a batch's newest record timestamp to its acknowledgement by the target.",
			Buckets: []float64{.001, .002, .004, .008, .015, .03, .06, .125, .25, .5, 1, 2.5, 5, 15, 60, 300, 1800},
		}),
		throttled: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "crosstide_mirror_throttled_seconds_total",
			Help: "Time that brokers asked this task to wait because of quotas.",
		}),
	}
}

var (
	perPartition = []string{"topic", "partition"}

	descLag = prometheus.NewDesc("crosstide_mirror_lag_records",
		"Source offsets that the target does not have yet: end of the source partition less what is acknowledged.", perPartition, nil)
	descLagSeconds = prometheus.NewDesc("crosstide_mirror_lag_seconds",
		"How old the newest copied record is while there is more to copy, 0 when there is not.", perPartition, nil)
	descRecords = prometheus.NewDesc("crosstide_mirror_records_total",
		"Records acknowledged by the target.", perPartition, nil)
	descBytes = prometheus.NewDesc("crosstide_mirror_bytes_total",
		"Bytes of record batches acknowledged by the target, as sent.", perPartition, nil)
	descBatches = prometheus.NewDesc("crosstide_mirror_batches_total",
		"Batches acknowledged, by the path they took: fast, joined, or re-encoded and why.", []string{"path"}, nil)
	descMissing = prometheus.NewDesc("crosstide_mirror_missing_records_total",
		"Source offsets that can never be copied because the source deleted them first.", perPartition, nil)
	descRetries = prometheus.NewDesc("crosstide_mirror_produce_errors_total",
		"Batches that the target refused and that were sent again.", perPartition, nil)
	descDead = prometheus.NewDesc("crosstide_mirror_dead_letters_total",
		"Records that the target topic can never take, written to the dead letter topic instead.", perPartition, nil)
	descSkipped = prometheus.NewDesc("crosstide_mirror_loop_batches_total",
		"Batches left out because they came from the target in the first place.", perPartition, nil)
	descLosses = prometheus.NewDesc("crosstide_mirror_data_loss_events_total",
		"Losses noticed, by kind: source_expired, source_truncated, source_recreated, target_truncated, target_recreated.",
		[]string{"kind", "topic", "partition"}, nil)
	descFailed = prometheus.NewDesc("crosstide_mirror_partition_failed",
		"1 while a partition stands still because of an error that the log names.", perPartition, nil)
	descPosition = prometheus.NewDesc("crosstide_mirror_position",
		"Last source offset that is in the target together with all before it.", perPartition, nil)
)

// Collectors are what the task registers.
func (pl *Plane) Collectors() []prometheus.Collector {
	return []prometheus.Collector{pl, pl.metrics.latency, pl.metrics.throttled}
}

// Describe implements [prometheus.Collector].
func (pl *Plane) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descLag, descLagSeconds, descRecords, descBytes, descBatches, descMissing, descRetries, descDead, descSkipped, descLosses, descFailed, descPosition} {
		ch <- d
	}
}

// Collect implements [prometheus.Collector].
func (pl *Plane) Collect(ch chan<- prometheus.Metric) {
	var paths [pathCount]int64
	for _, s := range pl.Progress() {
		labels := []string{s.Topic, strconv.Itoa(int(s.Partition))}
		gauge := func(d *prometheus.Desc, v float64) {
			ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
		}
		counter := func(d *prometheus.Desc, v int64) {
			ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
		}
		if s.LagRecords >= 0 {
			gauge(descLag, float64(s.LagRecords))
			gauge(descLagSeconds, s.Lag.Seconds())
		}
		gauge(descPosition, float64(s.Done))
		failed := 0.0
		if s.Failure != nil {
			failed = 1
		}
		gauge(descFailed, failed)
		counter(descRecords, s.Records)
		counter(descBytes, s.Bytes)
		counter(descMissing, s.Missing)
		counter(descRetries, s.Retries)
		counter(descDead, s.DeadLetters)
		counter(descSkipped, s.Skipped)
		for i, n := range s.paths {
			paths[i] += n
		}
		for i, n := range s.losses {
			if n > 0 {
				ch <- prometheus.MustNewConstMetric(descLosses, prometheus.CounterValue, float64(n), string(lossKinds[i]), labels[0], labels[1])
			}
		}
	}
	for i, n := range paths {
		ch <- prometheus.MustNewConstMetric(descBatches, prometheus.CounterValue, float64(n), pathNames[i])
	}
}

// PartitionProgress is how far one partition is.
type PartitionProgress struct {
	Topic     string
	Partition int32
	// Done is the last source offset that is in the target with all before it.
	Done int64
	// LagRecords is how many source offsets are not, −1 before the first fetch.
	LagRecords int64
	// Lag is the age of the newest copied record while LagRecords is positive.
	Lag            time.Duration
	Records, Bytes int64
	Missing        int64
	Retries        int64
	DeadLetters    int64
	Skipped        int64 // batches
	Failure        error

	paths  [pathCount]int64
	losses [len(lossKinds)]int64
}

// Progress tells how far each partition is. It may be called at any time.
func (pl *Plane) Progress() []PartitionProgress {
	now := time.Now()
	out := make([]PartitionProgress, len(pl.partitions))
	for i, p := range pl.partitions {
		s := &out[i]
		p.mu.Lock()
		s.Topic, s.Partition = p.source.topic, p.source.partition
		s.Done, s.LagRecords, s.Failure = p.reached(), -1, p.failure
		if p.highWater >= 0 {
			s.LagRecords = max(0, p.highWater-1-s.Done)
		}
		if s.LagRecords > 0 && p.newest > 0 {
			s.Lag = max(0, now.Sub(time.UnixMilli(p.newest)))
		}
		p.mu.Unlock()
		s.Records, s.Bytes = p.stats.records.Load(), p.stats.bytes.Load()
		s.Missing, s.Retries, s.DeadLetters = p.stats.lost.Load(), p.stats.retries.Load(), p.stats.dead.Load()
		s.Skipped = p.stats.skipped.Load()
		for k := range s.paths {
			s.paths[k] = p.stats.path[k].Load()
		}
		for k := range s.losses {
			s.losses[k] = p.stats.losses[k].Load()
		}
	}
	return out
}
