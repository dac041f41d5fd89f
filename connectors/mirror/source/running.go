package source

import (
	"sync"

	"crosstide/connect"
	"crosstide/connectors/mirror/source/dataplane"
)

// Running is a task that copies now, for those who show progress.
type Running struct {
	ID                       connect.TaskID
	SourceAlias, TargetAlias string // as configured: both may be empty
	// Source and Target are the clusters' bootstrap addresses.
	Source, Target []string
	Plane          *dataplane.Plane
}

var running struct {
	mu    sync.Mutex
	tasks map[*dataplane.Plane]Running

	counters map[string]*dataplane.Counters
}

func publish(r Running) (withdraw func()) {
	running.mu.Lock()
	defer running.mu.Unlock()
	if running.tasks == nil {
		running.tasks = map[*dataplane.Plane]Running{}
	}
	running.tasks[r.Plane] = r
	return func() {
		running.mu.Lock()
		defer running.mu.Unlock()
		delete(running.tasks, r.Plane)
	}
}

// RunningTasks are the mirror source tasks of this process that copy now.
func RunningTasks() []Running {
	running.mu.Lock()
	defer running.mu.Unlock()
	out := make([]Running, 0, len(running.tasks))
	for _, r := range running.tasks {
		out = append(out, r)
	}
	return out
}

// countersOf are a flow's counters, which outlive its tasks. A flow is told by
// the clusters that it connects, since aliases may be empty.
func countersOf(flow string) *dataplane.Counters {
	running.mu.Lock()
	defer running.mu.Unlock()
	if running.counters == nil {
		running.counters = map[string]*dataplane.Counters{}
	}
	c := running.counters[flow]
	if c == nil {
		c = dataplane.NewCounters()
		running.counters[flow] = c
	}
	return c
}
