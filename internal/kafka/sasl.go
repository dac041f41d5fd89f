package kafka

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/sasl"
)

// credentials are how a client proves who it is.
type credentials interface {
	name() string              // as in sasl.mechanism
	mechanism() sasl.Mechanism // for franz-go and connections made by hand
	librdkafka(rdConf)         // for librdkafka; bearers also give it tokens
}

// bearer is credentials that are exchanged for a token every so often.
type bearer interface {
	credentials
	token(ctx context.Context, host string) (bearerToken, error)
}

// bearerToken is what OAUTHBEARER sends.
type bearerToken struct {
	value      secret
	principal  string
	expires    time.Time
	extensions map[string]string
}

// SASL returns the mechanism to authenticate with, nil when none is asked for.
// On the wire AWS_MSK_IAM is OAUTHBEARER; the mechanism's name says so.
func (s *Settings) SASL() sasl.Mechanism {
	if s.auth == nil {
		return nil
	}
	return s.auth.mechanism()
}

func parseSASL(props map[string]string, p protocol, bad *problems) credentials {
	bad.add(keyProtocol, string(p), "not ready yet", "")
	return nil
}
