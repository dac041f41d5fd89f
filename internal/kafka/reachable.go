package kafka

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Reachable asks the bootstrap brokers, one after the other, until one answers:
// connection, TLS and login are those that clients make. nil means that one
// did. It costs a connection and two or three small requests, and keeps
// nothing open. ctx limits how long it takes. See Describe for its errors.
func Reachable(ctx context.Context, s *Settings) error {
	// franz-go does not heed ctx while it greets a broker that stays silent.
	patience := 10 * time.Second
	if until, ok := ctx.Deadline(); ok {
		patience = clamp(time.Until(until), 100*time.Millisecond, 15*time.Minute)
	}
	cl, err := NewFranz(s, nil, kgo.RequestRetries(0), kgo.RequestTimeoutOverhead(patience), kgo.SeedBrokers(shuffled(s.bootstrap)...))
	if err != nil {
		return err
	}
	defer cl.Close()
	err = cl.Ping(ctx)
	if err == nil {
		return nil
	}
	// franz-go reports that it tried; what went wrong shows on a connection of
	// one's own, more exactly.
	if dialErr := s.dialAny(ctx); dialErr != nil && ctx.Err() == nil {
		err = dialErr
	}
	return fmt.Errorf("no broker of %s answers: %w", strings.Join(s.bootstrap, ","), err)
}

func (s *Settings) dialAny(ctx context.Context) error {
	var all []error
	for _, addr := range s.bootstrap {
		conn, err := s.Dial(ctx, "tcp", addr)
		if err == nil {
			return errors.Join(conn.Close())
		}
		all = append(all, err)
	}
	return errors.Join(all...)
}

func shuffled(addrs []string) []string {
	out := make([]string, len(addrs))
	for i, j := range rand.Perm(len(addrs)) {
		out[i] = addrs[j]
	}
	return out
}
