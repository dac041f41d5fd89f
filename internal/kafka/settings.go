package kafka

import (
	"fmt"
	"log/slog"
	"maps"
	"math"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"crosstide/connect/config"
)

// Settings are client properties that were read and found usable. They are
// immutable; any number of goroutines may use them.
type Settings struct {
	given     map[string]string // as the user wrote them, secrets included: never shown
	clean     map[string]string // the known ones, checked and trimmed
	bootstrap []string
	protocol  protocol
	tls       *tlsMaterial // nil without TLS
	auth      credentials  // nil without SASL
	ignored   []string
}

// protocol is a security.protocol.
type protocol string

const (
	plaintext     protocol = "PLAINTEXT"
	ssl           protocol = "SSL"
	saslPlaintext protocol = "SASL_PLAINTEXT"
	saslSSL       protocol = "SASL_SSL"
)

func (p protocol) tls() bool  { return p == ssl || p == saslSSL }
func (p protocol) sasl() bool { return p == saslPlaintext || p == saslSSL }

// ParseSettings reads Java-style client properties. It opens the keystores and
// truststores they name, but no connection. The error is a *config.Problems with one
// *config.Error for each property that cannot be used; secrets in it are hidden.
func ParseSettings(props map[string]string) (*Settings, error) {
	var bad problems
	s := &Settings{given: maps.Clone(props), clean: make(map[string]string, len(props))}
	for _, name := range slices.Sorted(maps.Keys(props)) {
		s.read(name, props[name], &bad)
	}
	s.bootstrap = parseBootstrap(props[keyBootstrap], &bad)
	s.protocol = s.parseProtocol(&bad)
	if s.protocol.tls() {
		s.tls = parseTLS(s.clean, &bad)
	}
	if s.protocol.sasl() {
		s.auth = parseSASL(s.clean, &bad)
	}
	if err := bad.err(); err != nil {
		return nil, err
	}
	return s, nil
}

// read checks one property by the table and notes it when nobody honours it.
func (s *Settings) read(name, value string, bad *problems) {
	k, known := clientKeys[name]
	if !known {
		if !slices.ContainsFunc(quietPrefixes, func(p string) bool { return strings.HasPrefix(name, p) }) {
			s.ignored = append(s.ignored, name)
		}
		return
	}
	clean, reason, remedy := k.check(value)
	if reason != "" {
		bad.add(name, value, reason, remedy)
		return
	}
	s.clean[name] = clean
	if k.ignored != nil && k.ignored(clean) {
		s.ignored = append(s.ignored, name)
	}
}

func (s *Settings) parseProtocol(bad *problems) protocol {
	v, ok := s.clean[keyProtocol]
	if !ok {
		return plaintext
	}
	switch p := protocol(strings.ToUpper(v)); p {
	case plaintext, ssl, saslPlaintext, saslSSL:
		return p
	}
	bad.add(keyProtocol, v, "unknown security protocol", "write PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL")
	return plaintext
}

// parseBootstrap takes what Java takes: host:port, [ipv6]:port, each perhaps
// after protocol://, in a comma-separated list.
func parseBootstrap(v string, bad *problems) []string {
	const remedy = "write a comma-separated list of host:port"
	entries := splitList(v)
	if len(entries) == 0 {
		bad.add(keyBootstrap, "", "no broker given", remedy)
		return nil
	}
	var out []string
	for _, e := range entries {
		addr := e
		if _, rest, ok := strings.Cut(e, "://"); ok {
			addr = rest
		}
		host, port, err := net.SplitHostPort(addr)
		n, perr := strconv.ParseUint(port, 10, 16)
		switch {
		case err != nil || host == "" || strings.ContainsAny(host, " /@"):
			bad.add(keyBootstrap, e, "not a host and port", remedy)
		case perr != nil || n == 0:
			bad.add(keyBootstrap, e, "port out of range", "write a port from 1 to 65535")
		default:
			out = append(out, net.JoinHostPort(host, port))
		}
	}
	return out
}

// Bootstrap returns the brokers to ask first, each as host:port.
func (s *Settings) Bootstrap() []string { return slices.Clone(s.bootstrap) }

// ClientID returns client.id, or "" when none was given.
func (s *Settings) ClientID() string { return s.clean[keyClientID] }

// With returns these settings with some properties replaced, read anew.
func (s *Settings) With(overrides map[string]string) (*Settings, error) {
	props := maps.Clone(s.given)
	maps.Copy(props, overrides)
	return ParseSettings(props)
}

// Get returns a property as it was written. Secrets are not told: they read as
// absent, as do unknown properties whose names sound like one.
func (s *Settings) Get(key string) (string, bool) {
	if isSecret(key) {
		return "", false
	}
	v, ok := s.given[key]
	return v, ok
}

func isSecret(key string) bool {
	if k, known := clientKeys[key]; known {
		return k.kind == kindPassword
	}
	k := strings.ToLower(key)
	for _, word := range []string{"password", "secret", "jaas", "token", "credential", ".key"} {
		if strings.Contains(k, word) {
			return true
		}
	}
	return false
}

// Unhonoured names, in order, the properties given that nothing here acts on
// although a Java client would do something else because of them, and those
// that no Java client knows. Report them once.
func (s *Settings) Unhonoured() []string { return slices.Clone(s.ignored) }

// LogValue shows where the settings lead and how, and no secret.
func (s *Settings) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("bootstrap", strings.Join(s.bootstrap, ",")),
		slog.String("protocol", string(s.protocol)),
	}
	if s.auth != nil {
		attrs = append(attrs, slog.String("mechanism", s.auth.name()))
	}
	return slog.GroupValue(attrs...)
}

// String shows what LogValue shows.
func (s *Settings) String() string {
	out := fmt.Sprintf("%s via %s", strings.Join(s.bootstrap, ","), s.protocol)
	if s.auth != nil {
		out += " with " + s.auth.name()
	}
	return out
}

// GoString keeps %#v from printing the fields.
func (s *Settings) GoString() string { return "kafka.Settings(" + s.String() + ")" }

// MarshalJSON keeps encoders from printing anything.
func (s *Settings) MarshalJSON() ([]byte, error) { return []byte(strconv.Quote(s.String())), nil }

// millis returns a property in milliseconds, or its default when absent.
// What exceeds a Duration (2^63-1 ms is a common way to say never) is its maximum.
func (s *Settings) millis(key string, byDefault time.Duration) time.Duration {
	n, ok := s.number(key)
	switch {
	case !ok:
		return byDefault
	case n > math.MaxInt64/int64(time.Millisecond):
		return math.MaxInt64
	default:
		return time.Duration(n) * time.Millisecond
	}
}

func (s *Settings) number(key string) (int64, bool) {
	v, ok := s.clean[key]
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(v, 10, 64)
	return n, err == nil // checked when read
}

func (s *Settings) truth(key string, byDefault bool) bool {
	if v, ok := s.clean[key]; ok {
		return v == "true"
	}
	return byDefault
}

// secret keeps a password from being printed by accident.
type secret = config.Password
