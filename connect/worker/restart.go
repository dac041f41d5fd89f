package worker

import (
	"math/rand/v2"
	"strconv"
	"time"

	"crosstide/connect"
)

// The keys beside Kafka's own that decide about restarts of what failed.
const (
	KeyRestart           = "restart.on.failure"
	KeyRestartBackoff    = "restart.backoff.ms"
	KeyRestartBackoffMax = "restart.backoff.max.ms"
)

// restarts decides when something that failed is tried again.
type restarts struct {
	enabled  bool
	first    time.Duration
	max      time.Duration
	failures int
}

// restartsFor takes the worker's settings unless the connector's configuration
// says restart.on.failure by itself.
func (s Settings) restartsFor(connectorConfig map[string]string) *restarts {
	r := &restarts{enabled: s.Restart, first: s.RestartBackoff, max: s.RestartBackoffMax}
	if own, err := strconv.ParseBool(connectorConfig[KeyRestart]); err == nil {
		r.enabled = own
	}
	return r
}

// after returns the pause before the next attempt, and whether there is to be
// one. ran is how long the failed attempt had been running well: long enough,
// and the failure counts as the first.
func (r *restarts) after(err error, ran time.Duration) (time.Duration, bool) {
	if !r.enabled || connect.IsPermanent(err) {
		return 0, false
	}
	if ran > r.max {
		r.failures = 0
	}
	pause := r.max
	if r.failures < 20 {
		pause = min(r.max, r.first<<r.failures)
	}
	r.failures++
	// A little less, at random, so that the tasks of a cluster that lost its
	// broker do not come back all at once.
	return pause - time.Duration(rand.Int64N(int64(pause)/5+1)), true
}
