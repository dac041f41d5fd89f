package herder

import (
	"context"
	"log/slog"
	"os"

	"github.com/twmb/franz-go/pkg/kgo"

	"crosstide/connect/group"
	"crosstide/connect/protocol"
	"crosstide/internal/kafka"
)

// soleOwner is the membership of dedicated mode until tasks are shared: of all
// workers in the group one owns everything, the others stand by.
type soleOwner struct {
	settings *settings
	workerID string
	offset   func() int64
	log      *slog.Logger
}

// Run implements [Membership].
func (o *soleOwner) Run(ctx context.Context, l Listener) error {
	client, err := o.client()
	if err != nil {
		return err
	}
	defer client.Close()
	instance := o.instance()
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

func (o *soleOwner) client() (*kgo.Client, error) {
	id := o.settings.clientID
	if id == "" {
		id = "connect-" + o.workerID
	}
	settings, err := o.settings.kafka.With(map[string]string{"client.id": id})
	if err != nil {
		return nil, err
	}
	// It would log every attempt to connect; the membership tells of changes.
	return kafka.NewFranz(settings, nil, group.ClientOptions(o.settings.session)...)
}

// instance makes the membership static, so that a process that was killed and
// comes back has its work again at once. Without a place for the lock file (an
// image from scratch has no /tmp) the membership is dynamic: two processes with
// one id would be worse than the wait for the session to end.
func (o *soleOwner) instance() *group.Instance {
	if id, ok := o.settings.kafka.Get("group.instance.id"); ok && id != "" {
		return group.FixedInstance(id)
	}
	host, err := os.Hostname()
	if err == nil {
		var instance *group.Instance
		if instance, err = group.AcquireInstance("", host, o.settings.group); err == nil {
			return instance
		}
	}
	o.log.Warn("after a crash this worker will wait for its session to end before it works again: "+
		"set group.instance.id, or XDG_RUNTIME_DIR to a directory that can be written", "err", err)
	return nil
}
