package source

import (
	"sync"

	"crosstide/connect"
	"crosstide/connectors/mirror/source/dataplane"
)

// Running is a task that copies now, for those who show progress.
type Running struct {
	ID    connect.TaskID
	Plane *dataplane.Plane
}

var running struct {
	mu    sync.Mutex
	tasks map[*dataplane.Plane]connect.TaskID

	counters map[string]*dataplane.Counters
}

func publish(id connect.TaskID, pl *dataplane.Plane) (withdraw func()) {
	running.mu.Lock()
	defer running.mu.Unlock()
	if running.tasks == nil {
		running.tasks = map[*dataplane.Plane]connect.TaskID{}
	}
	running.tasks[pl] = id
	return func() {
		running.mu.Lock()
		defer running.mu.Unlock()
		delete(running.tasks, pl)
	}
}

// RunningTasks are the mirror source tasks of this process that copy now.
func RunningTasks() []Running {
	running.mu.Lock()
	defer running.mu.Unlock()
	out := make([]Running, 0, len(running.tasks))
	for pl, id := range running.tasks {
		out = append(out, Running{ID: id, Plane: pl})
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
