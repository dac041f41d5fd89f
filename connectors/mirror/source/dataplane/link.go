package dataplane

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"crosstide/internal/kafka/wire"
)

// link opens connections to one broker, waits between failures, and says each
// change once.
type link struct {
	topology *topology
	node     int32
	log      *slog.Logger

	failures int
	said     string
}

// open returns a connection, or nil after one failure and the pause that
// follows it, so that the caller can see whether it still wants one.
func (l *link) open(ctx context.Context) *wire.Conn {
	conn, err := l.try(ctx)
	if err == nil {
		if l.said != "" {
			l.log.Info("connected again", "cluster", l.topology.side, "address", conn.Addr())
		}
		l.failures, l.said = 0, ""
		return conn
	}
	if ctx.Err() != nil {
		return nil
	}
	if err.Error() != l.said {
		l.log.Warn("broker can't be reached, trying again", "cluster", l.topology.side, "err", err)
		l.said = err.Error()
	}
	wait := min(50*time.Millisecond<<min(l.failures, 8), 5*time.Second)
	l.failures++
	pause(ctx, wait)
	return nil
}

func (l *link) try(ctx context.Context) (*wire.Conn, error) {
	addr, ok := l.topology.address(l.node)
	if !ok {
		return nil, fmt.Errorf("broker %d is not in the %s cluster's metadata", l.node, l.topology.side)
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	return wire.Open(ctx, addr, l.topology.cluster.Wire)
}
