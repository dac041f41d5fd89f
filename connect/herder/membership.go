package herder

import (
	"context"

	"crosstide/connect"
)

// Assignment is this worker's part of the group's work, as of one generation.
type Assignment struct {
	Generation int
	// Leader names the group's leader, for people.
	Leader string
	// Writes says that this worker may write connector and task configurations.
	Writes bool
	// Everything says that all connectors and tasks are this worker's.
	// Otherwise Connectors and Tasks list them.
	Everything bool
	Connectors []string
	Tasks      []connect.TaskID
}

// Idle reports whether none of the work is this worker's.
func (a Assignment) Idle() bool {
	return !a.Everything && len(a.Connectors) == 0 && len(a.Tasks) == 0
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
