package herder

import (
	"log/slog"
	"os"

	"github.com/twmb/franz-go/pkg/kgo"

	"crosstide/connect/group"
	"crosstide/internal/kafka"
)

// groupClient is the client of a worker's membership.
func groupClient(s *settings, workerID string) (*kgo.Client, error) {
	id := s.clientID
	if id == "" {
		id = "connect-" + workerID
	}
	settings, err := s.kafka.With(map[string]string{"client.id": id})
	if err != nil {
		return nil, err
	}
	// It would log every attempt to connect; the membership tells of changes.
	return kafka.NewFranz(settings, nil, group.ClientOptions(s.session)...)
}

// groupInstance makes the membership static, so that a process that was killed and
// comes back has its work again at once. Without a place for the lock file (an
// image from scratch has no /tmp) the membership is dynamic: two processes with
// one id would be worse than the wait for the session to end.
func groupInstance(s *settings, log *slog.Logger) *group.Instance {
	if id, ok := s.kafka.Get("group.instance.id"); ok && id != "" {
		return group.FixedInstance(id)
	}
	host, err := os.Hostname()
	if err == nil {
		var instance *group.Instance
		if instance, err = group.AcquireInstance("", host, s.group); err == nil {
			return instance
		}
	}
	log.Warn("after a crash this worker will wait for its session to end before it works again: "+
		"set group.instance.id, or XDG_RUNTIME_DIR to a directory that can be written", "err", err)
	return nil
}
