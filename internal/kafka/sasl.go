package kafka

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
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
	// token may ask over the network; host is the broker it is for.
	token(ctx context.Context, host string) (bearerToken, error)
}

// bearerToken is what OAUTHBEARER sends.
type bearerToken struct {
	value      secret
	principal  string
	expires    time.Time
	extensions map[string]string
}

// fmt looks into unexported fields without asking them how to be shown. What
// holds a secret therefore formats itself.

// Format writes the mechanism's name.
func (c userPassword) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.name()) }

// Format writes the mechanism's name.
func (o *oauthBearer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, o.name()) }

// Format writes the mechanism's name.
func (c *iam) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.name()) }

// Format writes who the token is for.
func (t bearerToken) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "token of "+t.principal) }

const (
	mechPlain     = "PLAIN"
	mechScram256  = "SCRAM-SHA-256"
	mechScram512  = "SCRAM-SHA-512"
	mechBearer    = "OAUTHBEARER"
	mechIAM       = "AWS_MSK_IAM"
	mechKerberos  = "GSSAPI"
	allMechanisms = "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER or AWS_MSK_IAM"
)

// SASL returns the mechanism to authenticate with, nil when none is asked for.
// On the wire AWS_MSK_IAM is OAUTHBEARER; the mechanism's name says so. It may
// be used for many connections at once; tokens are shared between them.
func (s *Settings) SASL() sasl.Mechanism {
	if s.auth == nil {
		return nil
	}
	return s.auth.mechanism()
}

// parseSASL reads the sasl.* properties; nil when something is wrong with them.
func parseSASL(props map[string]string, bad *problems) credentials {
	mechanism, given := props[keyMechanism]
	name := strings.ToUpper(mechanism)
	switch name {
	case mechPlain, mechScram256, mechScram512, mechBearer, mechIAM:
	case mechKerberos, "":
		reason := "Kerberos (GSSAPI) is not supported"
		if !given {
			reason = "not given, and Kafka's default, Kerberos (GSSAPI), is not supported"
		}
		bad.add(keyMechanism, mechanism, reason, "set it to "+allMechanisms+", and "+keyJAAS+" to match")
		return nil
	default:
		bad.add(keyMechanism, mechanism, "unknown SASL mechanism", "write "+allMechanisms)
		return nil
	}
	entry := &jaasEntry{options: map[string]string{}}
	if text := props[keyJAAS]; strings.TrimSpace(text) != "" {
		var err error
		if entry, err = parseJAAS(text); err != nil {
			bad.add(keyJAAS, text, err.Error(), "write: "+jaasExample[name])
			return nil
		}
	} else if name != mechIAM && !(name == mechBearer && props[keyTokenURL] != "") {
		// IAM has all it needs from the environment; the newer OAuth keys need no JAAS.
		bad.add(keyJAAS, "", "needed for "+name, "write: "+jaasExample[name])
		return nil
	}
	switch {
	case name == mechIAM || name == mechBearer && className(props[keyLoginHandler]) == "IAMOAuthBearerLoginCallbackHandler":
		return parseIAM(entry, bad)
	case name == mechBearer:
		return parseOAuth(props, entry, bad)
	default:
		return parseUserPassword(name, entry, bad)
	}
}

var jaasExample = map[string]string{
	mechPlain:    `org.apache.kafka.common.security.plain.PlainLoginModule required username="..." password="...";`,
	mechScram256: `org.apache.kafka.common.security.scram.ScramLoginModule required username="..." password="...";`,
	mechScram512: `org.apache.kafka.common.security.scram.ScramLoginModule required username="..." password="...";`,
	mechBearer:   `org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId="..." clientSecret="...";`,
	mechIAM:      `software.amazon.msk.auth.iam.IAMLoginModule required;`,
}

// userPassword is PLAIN and SCRAM.
type userPassword struct {
	mech string
	user string
	pass secret
	// tokenAuth tells that user and password are a delegation token's.
	tokenAuth bool
}

func parseUserPassword(mech string, e *jaasEntry, bad *problems) credentials {
	var missing []string
	for _, option := range []string{"username", "password"} {
		if _, ok := e.options[option]; !ok {
			missing = append(missing, option)
		}
	}
	if missing != nil {
		bad.add(keyJAAS, "", "no "+strings.Join(missing, " and no ")+" in it", "write: "+jaasExample[mech])
		return nil
	}
	return userPassword{
		mech: mech, user: e.options["username"], pass: secret(e.options["password"]),
		tokenAuth: isTrue(e.options["tokenauth"]),
	}
}

func (c userPassword) name() string { return c.mech }

func (c userPassword) mechanism() sasl.Mechanism {
	auth := scram.Auth{User: c.user, Pass: c.pass.Reveal(), IsToken: c.tokenAuth}
	switch c.mech {
	case mechScram256:
		return auth.AsSha256Mechanism()
	case mechScram512:
		return auth.AsSha512Mechanism()
	default:
		return plain.Auth{User: c.user, Pass: c.pass.Reveal()}.AsMechanism()
	}
}

func (c userPassword) librdkafka(conf rdConf) {
	conf["sasl.mechanisms"] = c.mech
	conf["sasl.username"] = c.user
	conf["sasl.password"] = c.pass.Reveal()
}

// bearerMechanism is OAUTHBEARER on connections made from Go.
type bearerMechanism struct{ from bearer }

// Name is what the broker is told.
func (bearerMechanism) Name() string { return mechBearer }

// Authenticate fetches a token, unless one is still good, and presents it.
func (m bearerMechanism) Authenticate(ctx context.Context, host string) (sasl.Session, []byte, error) {
	t, err := m.from.token(ctx, host)
	if err != nil {
		return nil, nil, err
	}
	auth := oauth.Auth{Token: t.value.Reveal(), Extensions: t.extensions}
	return auth.AsMechanism().Authenticate(ctx, host)
}

// presentTokens has librdkafka wait for the tokens of renewTokens.
func presentTokens(conf rdConf) { conf["sasl.mechanisms"] = mechBearer }
