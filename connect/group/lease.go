package group

import "time"

// lease is the time for which a member may trust its membership.
type lease struct {
	limit time.Duration
	proof time.Time // when the last answered request was sent; zero for none
}

// prove notes an answered request. It counts from when it was sent: the broker
// cannot have started its own clock earlier.
func (l *lease) prove(sent time.Time) {
	if sent.After(l.proof) {
		l.proof = sent
	}
}

// valid reports whether there is proof that has not run out.
func (l *lease) valid(now time.Time) bool { return !l.proof.IsZero() && !l.expired(now) }

// expired looks at both clocks: the monotonic one stands still while a machine is
// suspended, the wall clock may be set back.
func (l *lease) expired(now time.Time) bool {
	if l.proof.IsZero() {
		return false
	}
	return now.Sub(l.proof) >= l.limit || now.Round(0).Sub(l.proof.Round(0)) >= l.limit
}
