package group

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/twmb/franz-go/pkg/kerr"
)

// fatalError is one that trying again does not mend.
type fatalError struct{ error }

func (e fatalError) Unwrap() error { return e.error }

func isFatal(err error) bool {
	var f fatalError
	return errors.As(err, &f)
}

// judge decides what an answer to a join or sync means.
func (m *Member) judge(ctx context.Context, doing string, err error) error {
	switch {
	case ctx.Err() != nil:
		return errAgain // ended from outside, which has its own reason
	case errors.Is(err, kerr.RebalanceInProgress):
		return errAgain
	case errors.Is(err, kerr.UnknownMemberID):
		m.forget()
		m.lose(ErrRemoved)
		return errAgain
	case errors.Is(err, kerr.IllegalGeneration):
		m.lose(ErrRemoved)
		return errAgain
	case errors.Is(err, kerr.FencedInstanceID):
		m.lose(ErrFenced)
		return errAgain
	}
	err = fmt.Errorf("%s group %s: %w", doing, m.cfg.GroupID, remedy(err))
	if errors.Is(err, kerr.InvalidSessionTimeout) || errors.Is(err, kerr.InvalidGroupID) {
		return fatalError{err}
	}
	return err
}

func remedy(err error) error {
	say := ""
	switch {
	case errors.Is(err, kerr.InvalidSessionTimeout):
		say = "session.timeout.ms must be between the broker's group.min.session.timeout.ms and group.max.session.timeout.ms"
	case errors.Is(err, kerr.InvalidGroupID):
		say = "group.id must not be empty"
	case errors.Is(err, kerr.GroupAuthorizationFailed):
		say = "READ on this group is not allowed"
	case errors.Is(err, kerr.InconsistentGroupProtocol):
		say = "its members share work in another way (connect.protocol, or another program): stop them, or choose another group.id"
	case errors.Is(err, kerr.GroupMaxSizeReached):
		say = "the broker's group.max.size is reached"
	default:
		return err
	}
	return fmt.Errorf("%w: %s", err, say)
}

// health logs trouble when it changes, not each time.
type health struct {
	log *slog.Logger
	mu  sync.Mutex
	now error
}

func (h *health) problem() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *health) report(err error) {
	h.mu.Lock()
	before := h.now
	h.now = err
	h.mu.Unlock()
	switch {
	case err != nil && (before == nil || before.Error() != err.Error()):
		h.log.Warn("taking part in the group is not possible now, trying on", "err", err)
	case err == nil && before != nil:
		h.log.Info("taking part in the group again")
	}
}
