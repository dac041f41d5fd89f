package herder

import (
	"context"
	"fmt"
	"time"

	"crosstide/connect"
	"crosstide/connect/assignor"
	"crosstide/connect/group"
	"crosstide/connect/protocol"
)

// sessioned is the version from which requests between workers are signed.
const sessioned = 2

// sharing is the membership of workers that share connectors and tasks as Java's
// do, among themselves or with Java's.
//
// One rule beyond Java's keeps two workers from copying the same thing when task
// configurations move partitions between tasks: before a worker joins it reads the
// config topic to its end and stops the tasks that have changed; and after the
// rebalance it starts only tasks of sets that the leader knew when it assigned.
// Between the two everybody has been through the first step.
type sharing struct {
	r       *run
	version int16 // of the round being led; touched only by the membership's loop
}

// Run implements [Membership].
func (s *sharing) Run(ctx context.Context, l Listener) error {
	set := s.r.h.settings
	client, err := groupClient(set, s.r.h.config.WorkerID)
	if err != nil {
		return err
	}
	defer client.Close()
	instance := groupInstance(set, s.r.h.log)
	defer instance.Release()
	// A new life of the membership begins after each time out for failing to read.
	for ctx.Err() == nil {
		out, err := s.live(ctx, l, group.Config{
			Client: client, GroupID: set.group, Instance: instance, Protocols: set.mode.Names(),
			SessionTimeout: set.session, RebalanceTimeout: set.rebalance, HeartbeatInterval: set.heartbeat,
			// Who leaves has its work kept for the delay anyway; who stays for the rest
			// of the session can be succeeded by its next process at once.
			StayWhenStopped: func() bool { return set.maxDelay > 0 && ctx.Err() != nil },
			Log:             s.r.h.log,
		})
		if err != nil {
			return err
		}
		sleep(ctx, out)
	}
	return nil
}

// live is one membership, from joining to leaving. out says how long to stay away.
func (s *sharing) live(ctx context.Context, l Listener, c group.Config) (out time.Duration, err error) {
	living, leave := context.WithCancel(ctx)
	defer leave()
	lead := group.NewLeader(group.LeaderConfig{
		MaxDelay: s.r.h.settings.maxDelay,
		Configured: func(ctx context.Context, atLeast int64) (assignor.Configured, int64, error) {
			return s.configured(ctx, atLeast)
		},
	})
	c.State = func() group.State { return s.state(living) }
	c.Assign = func(ctx context.Context, r group.Round) (map[string]protocol.Assignment, error) {
		s.version = r.Version
		return lead(ctx, r)
	}
	c.Assigned = func(cur group.Current) { l.Assigned(sharedAssignment(cur)) }
	c.Revoked = func(ctx context.Context, work protocol.Work) {
		l.Revoked(ctx, Assignment{Connectors: work.Connectors, Tasks: work.Tasks})
	}
	c.Lost = l.Lost
	member, err := group.New(c)
	if err != nil {
		return 0, err
	}
	s.r.joined(member, func(d time.Duration) {
		out = d
		leave()
	})
	defer s.r.joined(nil, nil)
	return out, member.Run(living)
}

func sharedAssignment(c group.Current) Assignment {
	return Assignment{
		Generation: int(c.Generation), Leader: c.LeaderURL, Writes: c.IsLeader,
		Connectors: c.Work.Connectors, Tasks: c.Work.Tasks,
		Shared: true, ConfigOffset: c.ConfigOffset, Failed: c.Failed,
		Signed: c.Version >= sessioned, Eager: c.Version == 0,
	}
}

// state is what this worker joins with.
func (s *sharing) state(ctx context.Context) group.State {
	url := NoURL
	if f := s.r.h.config.AdvertisedURL; f != nil {
		url = f()
	}
	return group.State{URL: url, ConfigOffset: s.r.prepare(ctx)}
}

// configured is what the leader shares out. What the leader itself has to write it
// writes first, so that it is part of this round already.
func (s *sharing) configured(ctx context.Context, atLeast int64) (assignor.Configured, int64, error) {
	r := s.r
	ctx, cancel := context.WithTimeout(ctx, r.h.settings.syncTimeout)
	defer cancel()
	if r.h.db.Snapshot().ConfigOffset() < atLeast {
		if err := r.stores.config.Refresh(ctx); err != nil {
			return assignor.Configured{}, 0, fmt.Errorf("reading the config topic: %w", err)
		}
	}
	r.tenure.set(true)
	if err := r.duties(ctx, s.version); err != nil {
		r.h.log.Warn("the leader's configurations cannot be written yet", "err", err)
	}
	snapshot := r.h.db.Snapshot()
	all := assignor.Configured{Connectors: snapshot.ConnectorNames()}
	for _, name := range all.Connectors {
		for i := range snapshot.Tasks(name).Configs {
			all.Tasks = append(all.Tasks, connect.TaskID{Connector: name, Task: i})
		}
	}
	return all, snapshot.ConfigOffset(), nil
}

func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
