package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	ck "github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
)

func TestDeniedActionsNameOperationAndResource(t *testing.T) {
	a := Action{Operation: "Write", Resource: "topic", Name: "orders"}
	for _, err := range []error{
		kerr.TopicAuthorizationFailed,
		fmt.Errorf("producing: %w", kerr.TopicAuthorizationFailed),
		ck.NewError(ck.ErrTopicAuthorizationFailed, "Broker: Topic authorization failed", false),
	} {
		wrapped := a.Wrap(err)
		var d *DeniedError
		if !IsDenied(err) || !errors.As(wrapped, &d) || !errors.Is(wrapped, err) {
			t.Errorf("%v is not taken as denied", err)
		}
		if got := Describe(fmt.Errorf("task 0: %w", wrapped)); got != "not allowed: Write on topic orders; grant it with an ACL" {
			t.Errorf("got %q", got)
		}
		if got := Describe(err); !strings.Contains(got, "not allowed: an operation on the topic") {
			t.Errorf("got %q", got)
		}
	}
	other := errors.New("broken")
	if err := a.Wrap(other); IsDenied(err) || !errors.Is(err, other) || err.Error() != "Write on topic orders: broken" {
		t.Errorf("got %v", err)
	}
	if a.Wrap(nil) != nil || Describe(nil) != "" || Describe(other) != "broken" {
		t.Error("nil and unknown errors change")
	}
	if got := (Action{Operation: "AlterConfigs", Resource: "cluster"}).String(); got != "AlterConfigs on the cluster" {
		t.Errorf("got %q", got)
	}
}

func TestReachableTellsWhyNoBrokerAnswers(t *testing.T) {
	t.Parallel()
	tlsOnly := newAuthority(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and says nothing
	must(t, err)
	defer silent.Close()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	gone.Close()
	plain := fakeCluster(t)
	secured := tlsOnly.brokers(tlsOnly.issue("b", "127.0.0.1"), false)
	mutual := tlsOnly.brokers(tlsOnly.issue("b", "127.0.0.1"), true)
	closing := closingListener(t)
	login := fakeCluster(t, kfake.EnableSASL(), kfake.Superuser("PLAIN", "u", "p"))
	refusing := bearerBrokers(t, func(string, map[string]string) error { return errors.New("no") })

	for _, c := range []struct {
		name, addr string
		props      map[string]string
		want       string
	}{
		{"nobody listens", gone.Addr().String(), nil, "no broker listens at " + gone.Addr().String()},
		{"unknown host", "no-such-host.invalid:9092", nil, "host name no-such-host.invalid is unknown"},
		{"no answer", silent.Addr().String(), nil, "did not answer in time"},
		{"plain text to a TLS port", secured.ListenAddrs()[0], nil, "security.protocol"},
		{"TLS to a plain text port", plain.ListenAddrs()[0], map[string]string{keyProtocol: "SSL"}, "security.protocol"},
		{"no certificate where one is wanted", mutual.ListenAddrs()[0], map[string]string{keyProtocol: "SSL", keyTruststoreLocation: tlsOnly.trustJKS()}, "client certificate"},
		{"TLS to a port that closes", closing, map[string]string{keyProtocol: "SSL"}, "does not speak TLS"},
		{"plain text to a port that closes", closing, nil, "closed the connection at once"},
		{"no login where one is wanted", login.ListenAddrs()[0], nil, "security.protocol"},
		{"login refused", refusing.ListenAddrs()[0], map[string]string{keyProtocol: "SASL_PLAINTEXT", keyMechanism: "OAUTHBEARER",
			keyJAAS: jaas(oauthModule, "unsecuredLoginStringClaim_sub", "u")}, "refused the credentials"},
		{"another mechanism", refusing.ListenAddrs()[0], map[string]string{keyProtocol: "SASL_PLAINTEXT", keyMechanism: "PLAIN",
			keyJAAS: jaas(plainModule, "username", "u", "password", "p")}, "sasl.mechanism"},
	} {
		t.Run(c.name, func(t *testing.T) {
			props := map[string]string{"bootstrap.servers": c.addr}
			for k, v := range c.props {
				props[k] = v
			}
			s, err := ParseSettings(props)
			must(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			err = Reachable(ctx, s)
			if err == nil {
				t.Fatal("reached")
			}
			if got := Describe(err); !strings.Contains(got, c.want) {
				t.Errorf("%q does not hold %q; it is %v", got, c.want, err)
			}
			if !strings.Contains(err.Error(), c.addr) {
				t.Errorf("%v does not name the brokers", err)
			}
		})
	}
	must(t, Reachable(t.Context(), settingsFor(t, plain, nil)))
}

// closingListener hangs up on whoever has said something, as brokers do on
// what is no request.
func closingListener(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 4096))
			c.Close()
		}
	}()
	return l.Addr().String()
}
