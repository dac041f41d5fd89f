package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	ck "github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Action is something asked of a cluster, in the words of Kafka's ACLs.
type Action struct {
	Operation string // Read, Write, Describe, Create, AlterConfigs, IdempotentWrite …
	Resource  string // topic, group, cluster or transactional id
	Name      string // of the resource; empty for the cluster, or for all
}

// String gives "Read on topic orders".
func (a Action) String() string {
	if a.Name == "" {
		return a.Operation + " on the " + a.Resource
	}
	return fmt.Sprintf("%s on %s %s", a.Operation, a.Resource, a.Name)
}

// DeniedError tells that the cluster's ACLs do not allow an action. Whom they
// should allow it to is left to the reader: logs travel.
type DeniedError struct {
	Action Action
	Err    error
}

// Error names the operation and the resource to be granted.
func (e *DeniedError) Error() string {
	return "not allowed: " + e.Action.String() + "; grant it with an ACL"
}

// Unwrap returns what the client reported.
func (e *DeniedError) Unwrap() error { return e.Err }

// Wrap makes a *DeniedError of err when it is an authorization failure, of
// either client; other errors get the action as context. nil stays nil.
func (a Action) Wrap(err error) error {
	switch {
	case err == nil:
		return nil
	case IsDenied(err):
		return &DeniedError{Action: a, Err: err}
	default:
		return fmt.Errorf("%s: %w", a, err)
	}
}

// deniedCodes are Kafka's authorization errors and the resource each is about.
var deniedCodes = map[int16]Action{
	kerr.TopicAuthorizationFailed.Code:           {"an operation", "topic", ""},
	kerr.GroupAuthorizationFailed.Code:           {"an operation", "group", ""},
	kerr.ClusterAuthorizationFailed.Code:         {"an operation", "cluster", ""},
	kerr.TransactionalIDAuthorizationFailed.Code: {"an operation", "transactional id", ""},
	kerr.DelegationTokenAuthorizationFailed.Code: {"an operation", "delegation token", ""},
}

// IsDenied tells whether err is an authorization failure of either client.
func IsDenied(err error) bool {
	var d *DeniedError
	if errors.As(err, &d) {
		return true
	}
	code, ok := brokerCode(err)
	_, denied := deniedCodes[code]
	return ok && denied
}

// brokerCode is the error code of Kafka's protocol in err, of either client.
func brokerCode(err error) (int16, bool) {
	var k *kerr.Error
	if errors.As(err, &k) {
		return k.Code, true
	}
	var c ck.Error
	if errors.As(err, &c) && c.Code() > 0 {
		return int16(c.Code()), true
	}
	return 0, false
}

// Describe says in a sentence what err means to whoever runs the process:
// unreachable brokers, refused credentials, untrusted certificates, missing
// permissions. It never tells a principal or a secret. Errors that it has
// nothing to add to are given as they are; nil gives "".
func Describe(err error) string {
	if err == nil {
		return ""
	}
	for _, explain := range []func(error) string{describeDenied, describeTLS, describeLogin, describeNetwork, describeLibrdkafka} {
		if s := explain(err); s != "" {
			return s
		}
	}
	return err.Error()
}

func describeDenied(err error) string {
	var d *DeniedError
	if errors.As(err, &d) {
		return d.Error()
	}
	code, _ := brokerCode(err)
	if a, ok := deniedCodes[code]; ok {
		return "not allowed: " + a.String() + "; grant it with an ACL (" + err.Error() + ")"
	}
	return ""
}

func describeTLS(err error) string {
	const noTLSHere = "the broker does not speak TLS on this port; check " + keyProtocol + " and the port"
	var (
		unknown   x509.UnknownAuthorityError
		name      x509.HostnameError
		invalid   x509.CertificateInvalidError
		header    tls.RecordHeaderError
		remote    *net.OpError
		handshake *handshakeError
	)
	switch {
	case errors.As(err, &unknown):
		return "the broker's certificate is signed by an authority that is not trusted here; add that authority to " + keyTruststoreLocation
	case errors.As(err, &name):
		return "the broker's certificate is for another host name; connect by a name it lists, or leave " + keyEndpointID + " empty (" + name.Error() + ")"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the broker's certificate has expired or is not valid yet; renew it, or correct the clock"
	case errors.As(err, &header):
		return noTLSHere
	case errors.As(err, &remote) && remote.Op == "remote error": // a TLS alert
		return "the broker refused the TLS connection; it may want a client certificate (" + keyKeystoreLocation + "), or not trust the one shown (" + remote.Error() + ")"
	case errors.As(err, &handshake) && (errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)):
		return noTLSHere
	case strings.Contains(err.Error(), "tls alert"): // franz-go has recognized one in what it took for an answer
		return "the broker expects TLS on this port; check " + keyProtocol + " and the port"
	}
	return ""
}

func describeLogin(err error) string {
	code, ok := brokerCode(err)
	switch {
	case ok && code == kerr.SaslAuthenticationFailed.Code, strings.Contains(err.Error(), "SASL_AUTHENTICATION_FAILED"):
		return "the broker refused the credentials; check " + keyMechanism + " and " + keyJAAS
	case ok && code == kerr.UnsupportedSaslMechanism.Code:
		return "the broker does not offer this " + keyMechanism + " on this port; use one that is enabled there"
	case ok && code == kerr.IllegalSaslState.Code:
		return "the broker expects no SASL on this port; check " + keyProtocol + " and the port"
	}
	return ""
}

func describeNetwork(err error) string {
	var (
		dns   *net.DNSError
		first *kgo.ErrFirstReadEOF
		op    *net.OpError
	)
	at := ""
	if errors.As(err, &op) && op.Addr != nil {
		at = " at " + op.Addr.String()
	}
	switch {
	case errors.As(err, &first):
		return "the broker closed the connection at once; it may expect TLS or SASL: check " + keyProtocol + " and the port"
	case errors.As(err, &dns) && dns.IsNotFound:
		return "the host name " + dns.Name + " is unknown; check " + keyBootstrap
	case errors.Is(err, syscall.ECONNREFUSED):
		return "no broker listens" + at + "; start it, or check " + keyBootstrap
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &op) && op.Timeout():
		return "the broker" + at + " did not answer in time; check the network between here and it, and that " + keyProtocol + " suits the port"
	}
	return ""
}

func describeLibrdkafka(err error) string {
	var c ck.Error
	if !errors.As(err, &c) {
		return ""
	}
	switch c.Code() {
	case ck.ErrAuthentication:
		return "the broker refused the credentials; check " + keyMechanism + " and " + keyJAAS
	case ck.ErrSsl:
		return "TLS with the broker failed; check " + keyTruststoreLocation + " and " + keyKeystoreLocation + " (" + c.Error() + ")"
	case ck.ErrResolve:
		return "a broker's host name is unknown; check " + keyBootstrap + " (" + c.Error() + ")"
	case ck.ErrTransport, ck.ErrAllBrokersDown:
		return "no broker can be reached; start them, or check " + keyBootstrap + " (" + c.Error() + ")"
	case ck.ErrTimedOut, ck.ErrMsgTimedOut:
		return "the brokers did not answer in time (" + c.Error() + ")"
	}
	return ""
}
