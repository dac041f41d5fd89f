package herder

import (
	"errors"
	"fmt"
)

// Kind says what sort of refusal an [Error] is; callers branch on it.
type Kind int

// The kinds of refusals.
const (
	Failed      Kind = iota // it was tried and did not work
	NotFound                // what was named does not exist
	Conflict                // not in this state, or not now: the caller may try again
	Invalid                 // the caller must change something
	Forbidden               // nobody may do it here
	Unavailable             // this worker cannot answer yet
)

// Error refuses a request, in Kafka Connect's words where it has any.
type Error struct {
	Kind    Kind
	Message string
	Err     error // the cause, if it is more than the message
}

func (e *Error) Error() string { return e.Message }
func (e *Error) Unwrap() error { return e.Err }

// Is lets errors.Is find [ErrNotFound] and [ErrNotRunning] behind an Error.
func (e *Error) Is(target error) bool {
	return target == ErrNotFound && e.Kind == NotFound || target == ErrNotRunning && e.Kind == Unavailable
}

// NotLeaderError says that only the group's leader can do what was asked.
// LeaderURL is what the leader advertises; it is empty while nobody knows.
type NotLeaderError struct{ LeaderURL string }

func (e *NotLeaderError) Error() string {
	if e.LeaderURL == "" {
		return "only the group's leader can do this, and it is not known yet"
	}
	return "only the group's leader can do this: " + e.LeaderURL
}

// NotOwnerError says that only the worker that runs a connector or task can do
// what was asked.
type NotOwnerError struct{ WorkerID string }

func (e *NotOwnerError) Error() string {
	return "only the worker that runs it can do this: " + e.WorkerID
}

func refuse(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

func notFound(connector string) error { return refuse(NotFound, "Connector %s not found", connector) }

// failed tells what did not work, unless err is a refusal already.
func failed(err error) error {
	var refusal *Error
	if err == nil || errors.As(err, &refusal) {
		return err
	}
	return &Error{Kind: Failed, Message: err.Error(), Err: err}
}
