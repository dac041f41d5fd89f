package kafka

import (
	"context"
	"log/slog"
	"time"

	ck "github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// tokenTaker is what librdkafka's clients have in common for OAUTHBEARER.
type tokenTaker interface {
	SetOAuthBearerToken(ck.OAuthBearerToken) error
	SetOAuthBearerTokenFailure(string) error
}

// renewTokens hands the client a token now and again at four fifths of each
// token's life, until ctx ends. librdkafka also asks for tokens by an event,
// but on a queue that only some clients have and callers poll when they like.
func renewTokens(ctx context.Context, from bearer, host string, client tokenTaker, log *slog.Logger) {
	const firstWait, longestWait = 100 * time.Millisecond, 10 * time.Second
	wait := firstWait
	for failed := false; ; {
		t, err := from.token(ctx, host)
		if err == nil {
			err = client.SetOAuthBearerToken(ck.OAuthBearerToken{
				TokenValue: t.value.Reveal(), Expiration: t.expires,
				Principal: t.principal, Extensions: t.extensions,
			})
		}
		next := wait
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			_ = client.SetOAuthBearerTokenFailure(err.Error()) // the client is told; it has nothing to add
			if !failed {
				log.Warn("no token for the brokers, trying again", "mechanism", from.name(), "err", err)
			}
			failed, wait = true, min(2*wait, longestWait)
		default:
			if failed {
				log.Info("token for the brokers received again", "mechanism", from.name())
			}
			failed, wait = false, firstWait
			next = max(time.Until(t.expires)*4/5, firstWait)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(next):
		}
	}
}
