package herder

import (
	"context"

	"crosstide/connect"
)

// Assignment is this worker's part of the group's work, as of one generation.
type Assignment struct {
	Generation int
	// Leader names the group's leader, for people; in a group that shares work it is
	// the URL at which the leader answers.
	Leader string
	// Writes says that this worker may write connector and task configurations.
	Writes bool
	// Everything says that all connectors and tasks are this worker's.
	// Otherwise Connectors and Tasks list them.
	Everything bool
	Connectors []string
	Tasks      []connect.TaskID

	// Shared says that workers share the group's work, by what the leader had read
	// of the config topic up to ConfigOffset.
	Shared       bool
	ConfigOffset int64
	// Signed says that requests between workers must be signed.
	Signed bool
	// Eager says that everything stops before each rebalance.
	Eager bool
	// Failed says that the leader could not assign: what runs goes on, nothing new
	// is started, all join again.
	Failed bool
}

// Idle reports whether none of the work is this worker's.
func (a Assignment) Idle() bool {
	return !a.Everything && len(a.Connectors) == 0 && len(a.Tasks) == 0
}

// holds makes lookups in the assignment cheap.
func (a Assignment) holds() (connector func(string) bool, task func(connect.TaskID) bool) {
	if a.Everything {
		return func(string) bool { return true }, func(connect.TaskID) bool { return true }
	}
	connectors, tasks := asSet(a.Connectors), asSet(a.Tasks)
	return func(name string) bool { return connectors[name] }, func(id connect.TaskID) bool { return tasks[id] }
}

func asSet[T comparable](items []T) map[T]bool {
	set := make(map[T]bool, len(items))
	for _, item := range items {
		set[item] = true
	}
	return set
}

// Membership takes part in a group of workers.
type Membership interface {
	// Run takes part until ctx ends, then leaves the group, so that others take
	// over at once. It tries on through trouble; an error means that taking part
	// is impossible until somebody changes something.
	Run(ctx context.Context, l Listener) error
}

// Listener hears what a membership learns, from one goroutine at a time.
type Listener interface {
	// Assigned replaces the assignment. It returns at once.
	Assigned(a Assignment)
	// Revoked returns when the named work has stopped and committed, or ctx ended.
	Revoked(ctx context.Context, a Assignment)
	// Lost says that nothing is this worker's any more: another one may begin.
	// When it returns, tasks can commit nothing more and were given a moment to
	// stop sending.
	Lost(reason error)
}

// Alone is the membership of a worker that shares with nobody.
type Alone struct{ WorkerID string }

// Run implements [Membership].
func (a Alone) Run(ctx context.Context, l Listener) error {
	l.Assigned(Assignment{Leader: a.WorkerID, Writes: true, Everything: true})
	<-ctx.Done()
	return nil
}
