package kafka

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/sasl"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"crosstide/connect/config"
)

// oauthBearer is OAUTHBEARER with tokens from a server, a file, or of one's own.
type oauthBearer struct{ cache tokenCache }

func (*oauthBearer) name() string                { return mechBearer }
func (o *oauthBearer) mechanism() sasl.Mechanism { return bearerMechanism{o} }
func (*oauthBearer) librdkafka(conf rdConf)      { presentTokens(conf) }

func (o *oauthBearer) token(ctx context.Context, _ string) (bearerToken, error) {
	return o.cache.get(ctx)
}

// parseOAuth decides where tokens come from. Java decides by the login callback
// handler's class; where only a token endpoint was given, that is meant.
func parseOAuth(props map[string]string, e *jaasEntry, bad *problems) credentials {
	switch class := className(props[keyJWTRetriever]); class {
	case "", "DefaultJwtRetriever", "ClientCredentialsJwtRetriever", "FileJwtRetriever":
	default:
		bad.add(keyJWTRetriever, props[keyJWTRetriever], "not available", "use org.apache.kafka.common.security.oauthbearer.ClientCredentialsJwtRetriever")
		return nil
	}
	handler := props[keyLoginHandler]
	endpoint := props[keyTokenURL]
	switch className(handler) {
	case "OAuthBearerLoginCallbackHandler":
		if endpoint == "" {
			bad.add(keyTokenURL, "", "needed for OAUTHBEARER", "name the token endpoint of the identity provider")
			return nil
		}
	case "", "OAuthBearerUnsecuredLoginCallbackHandler":
		if endpoint == "" || handler != "" {
			return parseUnsecured(e, bad)
		}
	default:
		bad.add(keyLoginHandler, handler, "this class is not available", "use org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler")
		return nil
	}
	u, err := url.Parse(endpoint)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "file") || u.Scheme != "file" && u.Host == "" {
		bad.add(keyTokenURL, redactedURL(u), "not a URL of a token endpoint", "write https://host/path, or file:///path of a token")
		return nil
	}
	extensions := withPrefix(e.options, "extension_")
	if u.Scheme == "file" {
		return tokenFromFile(u.Path, props[keySubClaim], extensions)
	}
	return parseClientCredentials(props, e, u, extensions, bad)
}

func redactedURL(u *url.URL) string {
	if u == nil {
		return config.Hidden
	}
	return u.Redacted()
}

// clientCredentials asks a token endpoint (RFC 6749, section 4.4).
type clientCredentials struct {
	conf       clientcredentials.Config
	endpoint   *url.URL
	http       *http.Client
	subClaim   string
	extensions map[string]string
}

func parseClientCredentials(props map[string]string, e *jaasEntry, u *url.URL, extensions map[string]string, bad *problems) credentials {
	pick := func(key, option string) string {
		if v := props[key]; v != "" {
			return v
		}
		return e.options[option]
	}
	c := &clientCredentials{endpoint: u, extensions: extensions, subClaim: props[keySubClaim]}
	c.conf = clientcredentials.Config{
		ClientID:     pick(keyOAuthClientID, "clientId"),
		ClientSecret: pick(keyOAuthClientSecret, "clientSecret"),
		TokenURL:     u.String(),
		AuthStyle:    oauth2.AuthStyleInHeader,
	}
	if scope := pick(keyOAuthScope, "scope"); scope != "" {
		c.conf.Scopes = []string{scope}
	}
	var missing []string
	if c.conf.ClientID == "" {
		missing = append(missing, "clientId")
	}
	if c.conf.ClientSecret == "" {
		missing = append(missing, "clientSecret")
	}
	if missing != nil {
		bad.add(keyJAAS, props[keyJAAS], "no "+strings.Join(missing, " and no ")+" in it", "write: "+jaasExample[mechBearer])
		return nil
	}
	// The identity provider's certificate is judged by ssl.* options of the
	// JAAS entry, not by the brokers' properties.
	var secured *tlsMaterial
	if u.Scheme == "https" {
		secured = parseTLS(tlsOptions(e.options), bad)
	}
	c.http = c.client(props, secured)
	return &oauthBearer{cache: tokenCache{fetch: c.fetch}}
}

// tlsOptions keeps the options that parseTLS understands.
func tlsOptions(options map[string]string) map[string]string {
	out := make(map[string]string)
	for k, v := range options {
		if strings.HasPrefix(k, "ssl.") {
			out[k] = v
		}
	}
	return out
}

func (c *clientCredentials) client(props map[string]string, secured *tlsMaterial) *http.Client {
	timeouts := &Settings{clean: props}
	dialer := &net.Dialer{Timeout: timeouts.millis(keyLoginConnectTimeout, 10*time.Second)}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = dialer.DialContext
	t.DisableKeepAlives = true // a token an hour is not worth a connection
	t.ResponseHeaderTimeout = timeouts.millis(keyLoginReadTimeout, 10*time.Second)
	if secured != nil {
		t.DialTLSContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			return dialTLS(ctx, dialer, secured, network, addr)
		}
	}
	var rt http.RoundTripper = t
	if !timeouts.truth(keyHeaderEncode, false) {
		rt = rawBasicAuth{rt, c.conf.ClientID, secret(c.conf.ClientSecret)}
	}
	return &http.Client{Transport: rt, Timeout: 30 * time.Second}
}

func dialTLS(ctx context.Context, d *net.Dialer, secured *tlsMaterial, network, addr string) (net.Conn, error) {
	conn, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	host, _, _ := net.SplitHostPort(addr) // the transport always adds a port
	client := tls.Client(conn, secured.config(host))
	if err := client.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return client, nil
}

// rawBasicAuth sends id and secret as they are. The RFC wants them URL-encoded,
// and the oauth2 library obeys; Kafka encodes them only when
// sasl.oauthbearer.header.urlencode is true, and identity providers got used to it.
type rawBasicAuth struct {
	next http.RoundTripper
	id   string
	pass secret
}

// RoundTrip replaces the Authorization header.
func (r rawBasicAuth) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.SetBasicAuth(r.id, r.pass.Reveal())
	return r.next.RoundTrip(req)
}

func (c *clientCredentials) fetch(ctx context.Context) (bearerToken, error) {
	t, err := c.conf.Token(context.WithValue(ctx, oauth2.HTTPClient, c.http))
	if err != nil {
		return bearerToken{}, c.explain(err)
	}
	out := bearerToken{value: secret(t.AccessToken), principal: c.conf.ClientID, expires: t.Expiry, extensions: c.extensions}
	out.readClaims(c.subClaim)
	return out, out.usable("the token endpoint " + c.endpoint.Redacted())
}

// explain tells what the endpoint answered, without its body and the secret.
func (c *clientCredentials) explain(err error) error {
	where := c.endpoint.Redacted()
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		text := strings.TrimSpace(refused.ErrorCode + " " + refused.ErrorDescription)
		text = strings.ReplaceAll(text, c.conf.ClientSecret, config.Hidden)
		return fmt.Errorf("the token endpoint %s refused (%s): %s", where, refused.Response.Status, text)
	}
	var failed *url.Error
	if errors.As(err, &failed) { // its own text has the URL as it is
		err = failed.Err
	}
	return fmt.Errorf("asking the token endpoint %s: %w", where, err)
}

// readClaims looks into a JWT for who and until when. Other tokens stay as the
// answer described them.
func (t *bearerToken) readClaims(subClaim string) {
	parts := strings.Split(t.value.Reveal(), ".")
	if len(parts) != 3 {
		return
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return
	}
	var claims map[string]any
	if json.Unmarshal(payload, &claims) != nil {
		return
	}
	if subClaim == "" {
		subClaim = "sub"
	}
	if sub, ok := claims[subClaim].(string); ok && sub != "" {
		t.principal = sub
	}
	if exp, ok := claims["exp"].(float64); ok && exp > 0 && exp < 1<<40 {
		t.expires = time.UnixMilli(int64(exp * 1000))
	}
}

func (t *bearerToken) usable(from string) error {
	switch {
	case t.value.Reveal() == "":
		return fmt.Errorf("%s gave no token", from)
	case t.expires.IsZero():
		t.expires = time.Now().Add(time.Hour) // it did not say; Kafka's brokers will
	case !t.expires.After(time.Now()):
		return fmt.Errorf("%s gave a token that expired at %s", from, t.expires.UTC().Format(time.RFC3339))
	}
	return nil
}

func tokenFromFile(path, subClaim string, extensions map[string]string) credentials {
	return &oauthBearer{cache: tokenCache{fetch: func(context.Context) (bearerToken, error) {
		data, err := os.ReadFile(path)
		if err != nil {
			return bearerToken{}, fmt.Errorf("reading the token: %w", err)
		}
		t := bearerToken{value: secret(strings.TrimSpace(string(data))), principal: "file", extensions: extensions}
		t.readClaims(subClaim)
		return t, t.usable(path)
	}}}
}

// parseUnsecured makes tokens that nobody signs, for brokers that are set up to
// take them: development, by Kafka's own default handler.
func parseUnsecured(e *jaasEntry, bad *problems) credentials {
	const prefix = "unsecuredLogin"
	option := func(name, byDefault string) string {
		if v := e.options[prefix+name]; v != "" {
			return v
		}
		return byDefault
	}
	principalClaim := option("PrincipalClaimName", "sub")
	claims := make(map[string]any)
	for k, v := range withPrefix(e.options, prefix+"StringClaim_") {
		claims[k] = v
	}
	for k, v := range withPrefix(e.options, prefix+"ListClaim_") {
		if v != "" { // its first character separates the rest
			claims[k] = strings.Split(v[1:], v[:1])
		}
	}
	for k, v := range withPrefix(e.options, prefix+"NumberClaim_") {
		n, err := strconv.ParseFloat(v, 64)
		if err != nil {
			bad.add(keyJAAS, "", "option "+prefix+"NumberClaim_"+k+" is not a number", "write a number")
			return nil
		}
		claims[k] = n
	}
	life, err := strconv.ParseInt(option("LifetimeSeconds", "3600"), 10, 32)
	if err != nil || life <= 0 {
		bad.add(keyJAAS, "", "option "+prefix+"LifetimeSeconds is not a whole number of seconds", "write 3600")
		return nil
	}
	principal, _ := claims[principalClaim].(string)
	if principal == "" {
		bad.add(keyJAAS, "", "no "+prefix+"StringClaim_"+principalClaim+" in it, and no "+keyTokenURL+" to get tokens from",
			"set "+keyTokenURL+" and "+keyLoginHandler+", or name the claim for brokers that take unsigned tokens")
		return nil
	}
	extensions := withPrefix(e.options, prefix+"Extension_")
	lifetime := time.Duration(life) * time.Second
	return &oauthBearer{cache: tokenCache{fetch: func(context.Context) (bearerToken, error) {
		return unsignedToken(claims, principal, lifetime, extensions)
	}}}
}

func unsignedToken(claims map[string]any, principal string, lifetime time.Duration, extensions map[string]string) (bearerToken, error) {
	now := time.Now()
	all := map[string]any{"iat": now.Unix(), "exp": now.Add(lifetime).Unix()}
	maps.Copy(all, claims)
	payload, err := json.Marshal(all)
	if err != nil {
		return bearerToken{}, fmt.Errorf("writing an unsigned token: %w", err)
	}
	enc := base64.RawURLEncoding.EncodeToString
	t := bearerToken{
		value:     secret(enc([]byte(`{"alg":"none"}`)) + "." + enc(payload) + "."),
		principal: principal, expires: now.Add(lifetime), extensions: extensions,
	}
	return t, nil
}

func withPrefix(options map[string]string, prefix string) map[string]string {
	out := make(map[string]string)
	for k, v := range options {
		if rest, ok := strings.CutPrefix(k, prefix); ok && rest != "" {
			out[rest] = v
		}
	}
	return out
}
