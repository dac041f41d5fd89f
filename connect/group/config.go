package group

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"crosstide/connect/protocol"
)

// Config is what a membership needs. Zero durations have Kafka Connect's
// defaults.
type Config struct {
	// Client speaks to the group's cluster. Give each member its own: a broker
	// answers one connection's requests in turn, and joining may wait for minutes.
	Client *kgo.Client
	// GroupID is the group, usually group.id.
	GroupID string
	// Instance makes the membership static; nil makes it dynamic. The caller
	// releases it after Run.
	Instance *Instance
	// StayWhenStopped, asked at a clean stop, lets a static member keep its place in
	// the group until its session ends: a successor that comes in time goes on with
	// the same work. nil or false: it leaves at once.
	StayWhenStopped func() bool
	// Protocols are the dialects offered, preferred first: [protocol.Mode.Names],
	// or [SoleOwnerProtocols].
	Protocols []string

	SessionTimeout    time.Duration // default 10 s
	RebalanceTimeout  time.Duration // default 60 s: how long others wait for this worker's rejoin
	HeartbeatInterval time.Duration // default 3 s; a static member sends at least every second
	RetryBackoff      time.Duration // default 100 ms, growing to 5 s
	// StopMargin is how long before the session's end the worker gives itself up,
	// which is the time that Lost has to stop the work. Default: a fifth of
	// SessionTimeout.
	StopMargin time.Duration

	// State says where this worker answers and how far it has read the config
	// topic; asked before every join.
	State func() State
	// Assign is asked on the leader, with all members in the broker's order. An
	// error sends every member an assignment that failed, so that all join again.
	// See [NewLeader] and [NewSoleOwner].
	Assign func(ctx context.Context, r Round) (map[string]protocol.Assignment, error)

	// Revoked must stop the work before it returns; others may then get it. Under
	// the eager dialect it comes before every rejoin, with everything.
	Revoked func(ctx context.Context, work protocol.Work)
	// Assigned must return promptly. It is called after every rebalance, also when
	// nothing has changed. After a failed one the worker shall read the config
	// topic to its end and call [Member.Rejoin].
	Assigned func(Current)
	// Lost says that everything is lost. It must have stopped the work when it
	// returns, or at least made it unable to go on. It may come while Revoked
	// still runs, but never during Assigned.
	Lost func(reason error)

	Log *slog.Logger
}

// State is what a worker tells about itself.
type State struct {
	URL          string
	ConfigOffset int64
}

// Round is one rebalance as the leader sees it.
type Round struct {
	Protocol string
	Version  int16
	Leader   string // this member's id
	// LastGeneration is the generation that this member last completed, -1 for
	// none; Generation is the one being formed.
	LastGeneration, Generation int32
	Members                    []MemberMetadata
}

// MemberMetadata is one worker of the group.
type MemberMetadata struct {
	ID         string
	InstanceID string // empty for dynamic members
	protocol.Metadata
}

// Current is what this worker is and shall run, as of one generation.
type Current struct {
	Generation   int32
	MemberID     string
	Protocol     string
	Version      int16
	IsLeader     bool
	Leader       string // member id
	LeaderURL    string
	ConfigOffset int64 // read the config topic so far before starting anything
	Failed       bool  // the leader could not assign; keep what runs
	Work         protocol.Work
	New          protocol.Work // the part of Work that was not this worker's before
	Delay        time.Duration // until the next rebalance, 0 when none is due
}

// Reasons for losing everything.
var (
	// ErrSessionLost: no heartbeat was answered for too long.
	ErrSessionLost = errors.New("no heartbeat was answered within the session timeout")
	// ErrRemoved: the coordinator has removed this member, or the group went on
	// without it.
	ErrRemoved = errors.New("the group went on without this member")
	// ErrFenced: another process joined under the same instance id.
	ErrFenced = errors.New("another process has joined under the same group.instance.id")
	// ErrLeft: Run ends, and Revoked has already taken what there was.
	ErrLeft = errors.New("left the group")
)

func (c *Config) defaults() error {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&c.SessionTimeout, 10*time.Second)
	set(&c.RebalanceTimeout, time.Minute)
	set(&c.HeartbeatInterval, 3*time.Second)
	set(&c.RetryBackoff, 100*time.Millisecond)
	set(&c.StopMargin, c.SessionTimeout/5)
	if c.Instance != nil {
		c.HeartbeatInterval = min(c.HeartbeatInterval, time.Second)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.State == nil {
		c.State = func() State { return State{} }
	}
	if c.Revoked == nil {
		c.Revoked = func(context.Context, protocol.Work) {}
	}
	if c.Assigned == nil {
		c.Assigned = func(Current) {}
	}
	if c.Lost == nil {
		c.Lost = func(error) {}
	}
	var errs []error
	if c.Client == nil || c.GroupID == "" || len(c.Protocols) == 0 || c.Assign == nil {
		errs = append(errs, errors.New("group: Client, GroupID, Protocols and Assign are required"))
	}
	if c.HeartbeatInterval >= c.SessionTimeout-c.StopMargin {
		errs = append(errs, fmt.Errorf("heartbeat.interval.ms: %d leaves no room in session.timeout.ms (%d): set it to a third of that or less",
			c.HeartbeatInterval.Milliseconds(), c.SessionTimeout.Milliseconds()))
	}
	return errors.Join(errs...)
}
