package connect

import "errors"

// RetriableError says that the same call may succeed later without anybody
// changing anything.
type RetriableError struct{ Err error }

// Retriable wraps err so that [IsRetriable] holds for it. A nil err stays nil.
func Retriable(err error) error {
	if err == nil {
		return nil
	}
	return &RetriableError{Err: err}
}

func (e *RetriableError) Error() string { return e.Err.Error() }
func (e *RetriableError) Unwrap() error { return e.Err }

// IsRetriable reports whether any error in err's chain is a [RetriableError].
func IsRetriable(err error) bool {
	var r *RetriableError
	return errors.As(err, &r)
}

// PermanentError says that the same call fails again until somebody changes
// something: the runtime does not try it again by itself.
type PermanentError struct{ Err error }

// Permanent wraps err so that [IsPermanent] holds for it. A nil err stays nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &PermanentError{Err: err}
}

func (e *PermanentError) Error() string { return e.Err.Error() }
func (e *PermanentError) Unwrap() error { return e.Err }

// IsPermanent reports whether any error in err's chain is a [PermanentError].
func IsPermanent(err error) bool {
	var p *PermanentError
	return errors.As(err, &p)
}
