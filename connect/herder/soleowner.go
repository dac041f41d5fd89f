package herder

import (
	"context"
	"log/slog"

	"crosstide/connect/group"
	"crosstide/connect/protocol"
)

// soleOwner is the membership of workers that do not share: of all in the group one
// owns everything, the others stand by.
type soleOwner struct {
	settings *settings
	workerID string
	offset   func() int64
	log      *slog.Logger
}

// Run implements [Membership].
func (o *soleOwner) Run(ctx context.Context, l Listener) error {
	client, err := groupClient(o.settings, o.workerID)
	if err != nil {
		return err
	}
	defer client.Close()
	instance := groupInstance(o.settings, o.log)
	defer instance.Release()
	member, err := group.New(group.Config{
		Client: client, GroupID: o.settings.group, Instance: instance,
		Protocols:      group.SoleOwnerProtocols(),
		SessionTimeout: o.settings.session, RebalanceTimeout: o.settings.rebalance, HeartbeatInterval: o.settings.heartbeat,
		State:  func() group.State { return group.State{URL: o.workerID, ConfigOffset: o.offset()} },
		Assign: group.NewSoleOwner(),
		Revoked: func(ctx context.Context, work protocol.Work) {
			if work.Has(group.Everything) {
				l.Revoked(ctx, Assignment{Everything: true})
			}
		},
		Assigned: func(c group.Current) { l.Assigned(assignment(c)) },
		Lost:     l.Lost,
		Log:      o.log,
	})
	if err != nil {
		return err
	}
	return member.Run(ctx)
}

// assignment: the owner writes configurations, whoever the group's leader is:
// nobody else runs connectors.
func assignment(c group.Current) Assignment {
	all := c.OwnsAll()
	return Assignment{Generation: int(c.Generation), Leader: c.LeaderURL, Writes: all, Everything: all}
}
