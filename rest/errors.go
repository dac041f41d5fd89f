package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"crosstide/connect/herder"
)

// httpError is a refusal of the HTTP layer itself.
type httpError struct {
	status  int
	message string
	// bare says that it was raised before a resource was found: Java sends those
	// without a Content-Type.
	bare bool
}

func (e *httpError) Error() string { return e.message }

func badRequest(format string, args ...any) error {
	return &httpError{status: http.StatusBadRequest, message: fmt.Sprintf(format, args...)}
}

func bare(status int) error {
	return &httpError{status: status, message: fmt.Sprintf("HTTP %d %s", status, http.StatusText(status)), bare: true}
}

const (
	conflictingOperation = "Cannot complete request because of a conflicting operation (e.g. worker rebalance)"
	noLeader             = "Cannot complete request momentarily due to no known leader URL, likely because a rebalance was underway."
)

// statusOf turns an error into a status and the words of its body. It is the only
// place that does.
func statusOf(err error) (int, string) {
	var own *httpError
	var refusal *herder.Error
	var leader *herder.NotLeaderError
	var owner *herder.NotOwnerError
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &own):
		return own.status, own.message
	case errors.As(err, &refusal):
		return kindStatus[refusal.Kind], refusal.Message
	case errors.As(err, &leader):
		return http.StatusConflict, noLeader
	case errors.As(err, &owner):
		return http.StatusConflict, conflictingOperation
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge, fmt.Sprintf("The request body is larger than %d bytes", tooLarge.Limit)
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusInternalServerError, "Request timed out"
	case errors.Is(err, context.Canceled):
		return http.StatusInternalServerError, "Request interrupted"
	}
	return http.StatusInternalServerError, err.Error()
}

var kindStatus = map[herder.Kind]int{
	herder.Failed:      http.StatusInternalServerError,
	herder.NotFound:    http.StatusNotFound,
	herder.Conflict:    http.StatusConflict,
	herder.Invalid:     http.StatusBadRequest,
	herder.Forbidden:   http.StatusForbidden,
	herder.Unavailable: http.StatusServiceUnavailable,
}
