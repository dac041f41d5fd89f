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
	// IsLeader says that this worker may write configurations.
	IsLeader bool
	// Everything says that all connectors and tasks are this worker's.
	// Otherwise Connectors and Tasks list them.
	Everything bool
	Connectors []string
	Tasks      []connect.TaskID
}

// Membership takes part in a group of workers.
type Membership interface {
	// Run takes part until ctx ends, then leaves the group, so that others take
	// over at once. It tries on through trouble; an error means that taking part
	// is impossible until somebody changes something.
	Run(ctx context.Context, l Listener) error
}

// Listener hears what a membership learns. Its methods are called one at a time
// and return at once.
type Listener interface {
	// Assigned replaces the assignment.
	Assigned(a Assignment)
	// Lost says that nothing is this worker's any more: another one may begin.
	// Tasks have been told to stop and can commit nothing more when it returns.
	Lost(reason error)
}

// Alone is the membership of a worker that shares with nobody.
type Alone struct{ WorkerID string }

// Run implements [Membership].
func (a Alone) Run(ctx context.Context, l Listener) error {
	l.Assigned(Assignment{Leader: a.WorkerID, IsLeader: true, Everything: true})
	<-ctx.Done()
	return nil
}
