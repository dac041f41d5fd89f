package kafka

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func jaas(module string, options ...string) string {
	var b strings.Builder
	b.WriteString(module + " required")
	for i := 0; i < len(options); i += 2 {
		fmt.Fprintf(&b, " %s=%q", options[i], options[i+1])
	}
	return b.String() + ";"
}

const (
	plainModule = "org.apache.kafka.common.security.plain.PlainLoginModule"
	scramModule = "org.apache.kafka.common.security.scram.ScramLoginModule"
	oauthModule = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule"
	iamModule   = "software.amazon.msk.auth.iam.IAMLoginModule"
)

func TestBothClientsLogInWithUserAndPassword(t *testing.T) {
	t.Parallel()
	for mech, module := range map[string]string{"PLAIN": plainModule, "SCRAM-SHA-256": scramModule, "SCRAM-SHA-512": scramModule} {
		t.Run(mech, func(t *testing.T) {
			t.Parallel()
			c := fakeCluster(t, kfake.EnableSASL(), kfake.Superuser(mech, "mirror", `hunter,=2"`))
			everyClientSpeaks(t, c, map[string]string{
				keyProtocol: "SASL_PLAINTEXT", keyMechanism: mech,
				keyJAAS: jaas(module, "username", "mirror", "password", `hunter,=2"`),
			})
		})
	}
}

func TestBothClientsLogInOverTLS(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	id := a.issue("broker", "127.0.0.1").certificate()
	c := fakeCluster(t, kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", "mirror", "hunter2"), kfake.TLS(serverTLS(id)))
	everyClientSpeaks(t, c, map[string]string{
		keyProtocol: "SASL_SSL", keyMechanism: "SCRAM-SHA-512", keyTruststoreLocation: a.trustJKS(),
		keyJAAS: jaas(scramModule, "username", "mirror", "password", "hunter2"),
	})
}

// bearerBrokers take OAUTHBEARER tokens that check accepts.
func bearerBrokers(t *testing.T, check func(token string, extensions map[string]string) error) *kfake.Cluster {
	t.Helper()
	c := fakeCluster(t)
	c.ControlKey(int16(kmsg.SASLHandshake), func(r kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		resp := r.ResponseKind().(*kmsg.SASLHandshakeResponse)
		resp.SupportedMechanisms = []string{"OAUTHBEARER"}
		if r.(*kmsg.SASLHandshakeRequest).Mechanism != "OAUTHBEARER" {
			resp.ErrorCode = kerr.UnsupportedSaslMechanism.Code
		}
		return resp, nil, true
	})
	c.ControlKey(int16(kmsg.SASLAuthenticate), func(r kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		resp := r.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		token, extensions := "", map[string]string{}
		for _, kv := range strings.Split(string(r.(*kmsg.SASLAuthenticateRequest).SASLAuthBytes), "\x01") {
			if v, ok := strings.CutPrefix(kv, "auth=Bearer "); ok {
				token = v
			} else if k, v, ok := strings.Cut(kv, "="); ok && !strings.HasPrefix(kv, "n,") {
				extensions[k] = v
			}
		}
		if err := check(token, extensions); err != nil {
			resp.ErrorCode = kerr.SaslAuthenticationFailed.Code
			msg := err.Error()
			resp.ErrorMessage = &msg
		}
		return resp, nil, true
	})
	return c
}

// tokenServer gives numbered tokens to who knows the secret.
func tokenServer(t *testing.T, id, pass string, life time.Duration) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	var count atomic.Int64
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, given, _ := r.BasicAuth()
		_ = r.ParseForm()
		w.Header().Set("Content-Type", "application/json")
		if user != id || given != pass || r.Form.Get("grant_type") != "client_credentials" || r.Form.Get("scope") != "kafka read" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, `{"error":"invalid_client","error_description":"bad secret %s"}`, given)
			return
		}
		claims := fmt.Sprintf(`{"sub":"mirror","exp":%d}`, time.Now().Add(life).Unix())
		token := "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + "." + fmt.Sprint(count.Add(1))
		fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":%d}`, token, int(life.Seconds()))
	})
	s := httptest.NewTLSServer(h)
	t.Cleanup(s.Close)
	return s, &count
}

func serverPEM(t *testing.T, s *httptest.Server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "idp.pem")
	must(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600))
	return path
}

func TestBothClientsPresentTokensOfATokenEndpoint(t *testing.T) {
	t.Parallel()
	const pass = "hunter2/+ %" // Java sends it as it is
	idp, count := tokenServer(t, "the client", pass, time.Hour)
	c := bearerBrokers(t, func(token string, ext map[string]string) error {
		if !strings.HasPrefix(token, "e30.") || ext["tenant"] != "blue" {
			return fmt.Errorf("token %q, extensions %v", token, ext)
		}
		return nil
	})
	s := settingsFor(t, c, map[string]string{
		keyProtocol: "SASL_PLAINTEXT", keyMechanism: "OAUTHBEARER", keyTokenURL: idp.URL + "/token",
		keyLoginHandler: "org.apache.kafka.common.security.oauthbearer.secured.OAuthBearerLoginCallbackHandler",
		keyJAAS: jaas(oauthModule, "clientId", "the client", "clientSecret", pass, "scope", "kafka read",
			"extension_tenant", "blue", "ssl.truststore.location", serverPEM(t, idp), "ssl.truststore.type", "PEM"),
	})
	everyClientOf(t, s)
	if n := count.Load(); n != 1 {
		t.Errorf("%d tokens were asked for; one is enough for all connections", n)
	}
}

func TestTheNewerOAuthKeysNeedNoJAASConfig(t *testing.T) {
	idp, _ := tokenServer(t, "id", "pass", time.Hour)
	url := strings.Replace(idp.URL, "https", "http", 1)
	s, err := ParseSettings(map[string]string{
		"bootstrap.servers": "b:1", keyProtocol: "SASL_SSL", keyMechanism: "OAUTHBEARER", keyTokenURL: url,
		keyOAuthClientID: "id", keyOAuthClientSecret: "pass", keyOAuthScope: "kafka read",
	})
	must(t, err)
	if s.SASL().Name() != "OAUTHBEARER" {
		t.Errorf("mechanism %s", s.SASL().Name())
	}
}

func TestARefusedTokenIsToldWithoutTheSecret(t *testing.T) {
	idp, _ := tokenServer(t, "id", "right", time.Hour)
	s, err := ParseSettings(map[string]string{
		"bootstrap.servers": "b:1", keyProtocol: "SASL_PLAINTEXT", keyMechanism: "OAUTHBEARER", keyTokenURL: idp.URL,
		keyJAAS: jaas(oauthModule, "clientId", "id", "clientSecret", "hunter2", "ssl.truststore.location", serverPEM(t, idp)),
	})
	must(t, err)
	_, _, err = s.SASL().Authenticate(t.Context(), "b:1")
	if err == nil || !strings.Contains(err.Error(), "invalid_client") || !strings.Contains(err.Error(), idp.URL) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}

func TestATokenIsRenewedBeforeItExpires(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	seen := map[string]bool{}
	idp, count := tokenServer(t, "id", "pass", 3*time.Second)
	c := bearerBrokers(t, func(token string, _ map[string]string) error {
		mu.Lock()
		defer mu.Unlock()
		seen[token] = true
		return nil
	})
	s := settingsFor(t, c, map[string]string{
		keyProtocol: "SASL_PLAINTEXT", keyMechanism: "OAUTHBEARER", keyTokenURL: idp.URL,
		keyJAAS: jaas(oauthModule, "clientId", "id", "clientSecret", "pass", "scope", "kafka read", "ssl.truststore.location", serverPEM(t, idp)),
	})
	p, err := NewProducer(s, slog.Default())
	must(t, err)
	defer p.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for count.Load() < 2 && ctx.Err() == nil {
		if _, err := p.Raw().GetMetadata(nil, true, 1000); err != nil {
			t.Logf("metadata: %v", err)
		}
	}
	if count.Load() < 2 {
		t.Error("only one token was asked for")
	}
}

func TestUnsecuredTokensCarryTheClaimsGiven(t *testing.T) {
	t.Parallel()
	c := bearerBrokers(t, func(token string, ext map[string]string) error {
		payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
		if err != nil {
			return err
		}
		var claims map[string]any
		if err := json.Unmarshal(payload, &claims); err != nil {
			return err
		}
		if claims["sub"] != "mirror" || fmt.Sprint(claims["scope"]) != "[a b]" || claims["level"] != 3.0 || ext["traceId"] != "7" {
			return fmt.Errorf("claims %v, extensions %v", claims, ext)
		}
		return nil
	})
	everyClientSpeaks(t, c, map[string]string{
		keyProtocol: "SASL_PLAINTEXT", keyMechanism: "OAUTHBEARER",
		keyJAAS: jaas(oauthModule, "unsecuredLoginStringClaim_sub", "mirror", "unsecuredLoginListClaim_scope", "|a|b",
			"unsecuredLoginNumberClaim_level", "3", "unsecuredLoginExtension_traceId", "7"),
	})
}

func TestMSKTokensAreSignedURLs(t *testing.T) {
	t.Setenv("AWS_REGION", "eu-west-1") // 127.0.0.1 tells no region
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
	var mu sync.Mutex
	var tokens []string
	c := bearerBrokers(t, func(token string, _ map[string]string) error {
		mu.Lock()
		defer mu.Unlock()
		tokens = append(tokens, token)
		return nil
	})
	everyClientSpeaks(t, c, map[string]string{
		keyProtocol: "SASL_PLAINTEXT", keyMechanism: "AWS_MSK_IAM", keyJAAS: jaas(iamModule),
		keyClientHandler: "software.amazon.msk.auth.iam.IAMClientCallbackHandler",
	})
	mu.Lock()
	defer mu.Unlock()
	for _, token := range tokens {
		checkMSKToken(t, token, "eu-west-1", "AKIDEXAMPLE")
	}
	if len(tokens) < 4 {
		t.Errorf("%d logins, want one of each client", len(tokens))
	}
}

func checkMSKToken(t *testing.T, token, region, accessKey string) {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(token)
	must(t, err)
	u, err := url.Parse(string(raw))
	must(t, err)
	q := u.Query()
	if u.Scheme != "https" || u.Host != "kafka."+region+".amazonaws.com" || q.Get("Action") != "kafka-cluster:Connect" ||
		q.Get("X-Amz-Expires") != "900" || q.Get("X-Amz-Signature") == "" || q.Get("User-Agent") == "" ||
		!strings.HasPrefix(q.Get("X-Amz-Credential"), accessKey+"/") || !strings.Contains(q.Get("X-Amz-Credential"), "/"+region+"/kafka-cluster/") {
		t.Errorf("token is for %s", u)
	}
}

func TestMSKTokensAreSignedForTheBrokersRegionWithTheKeysGiven(t *testing.T) {
	t.Setenv("AWS_REGION", "us-east-1")
	s, err := ParseSettings(map[string]string{
		"bootstrap.servers": "b-1.orders.abc.c2.kafka.ap-southeast-2.amazonaws.com:9098", keyProtocol: "SASL_SSL", keyMechanism: "aws_msk_iam",
		keyJAAS: jaas(iamModule, "awsRoleAccessKeyId", "AKIDOTHER", "awsRoleSecretAccessKey", "hunter2"),
	})
	must(t, err)
	_, first, err := s.SASL().Authenticate(t.Context(), s.Bootstrap()[0])
	must(t, err)
	token, _, _ := strings.Cut(strings.TrimPrefix(string(first), "n,,\x01auth=Bearer "), "\x01")
	checkMSKToken(t, token, "ap-southeast-2", "AKIDOTHER")
	if s.SASL().Name() != "OAUTHBEARER" {
		t.Errorf("mechanism %s", s.SASL().Name())
	}
}

func TestTheRegionIsInTheBrokersName(t *testing.T) {
	for host, want := range map[string]string{
		"b-1.orders.abc123.c2.kafka.eu-west-1.amazonaws.com:9098":   "eu-west-1",
		"boot-abc.c1.kafka-serverless.us-east-2.amazonaws.com":      "us-east-2",
		"b-1.x.abc.c3.kafka.cn-north-1.amazonaws.com.cn:9098":       "cn-north-1",
		"B-1-PUBLIC.X.abc.c3.KAFKA.eu-central-1.amazonaws.com:9198": "eu-central-1",
		"kafka.example.org:9098":                                    "",
		"127.0.0.1:9098":                                            "",
		"kafka":                                                     "",
	} {
		if got := regionOfHost(host); got != want {
			t.Errorf("%s: %q, want %q", host, got, want)
		}
	}
}

func TestWhatIsWrongWithALoginIsToldUnderTheKeyToChange(t *testing.T) {
	for _, c := range []struct {
		name  string
		props map[string]string
		want  []string
	}{
		{"no mechanism", map[string]string{}, []string{"sasl.mechanism", "GSSAPI", "SCRAM-SHA-512"}},
		{"Kerberos", map[string]string{keyMechanism: "GSSAPI"}, []string{"sasl.mechanism=GSSAPI", "not supported", "SCRAM-SHA-512"}},
		{"unknown mechanism", map[string]string{keyMechanism: "CRAM"}, []string{"sasl.mechanism=CRAM"}},
		{"no JAAS", map[string]string{keyMechanism: "PLAIN"}, []string{"sasl.jaas.config", "PlainLoginModule required"}},
		{"broken JAAS", map[string]string{keyMechanism: "PLAIN", keyJAAS: `x required password="hunter2"`}, []string{"sasl.jaas.config=[hidden]", "semicolon"}},
		{"no password", map[string]string{keyMechanism: "SCRAM-SHA-256", keyJAAS: jaas(scramModule, "username", "hunter2")}, []string{"sasl.jaas.config=[hidden]", "no password"}},
		{"no token source", map[string]string{keyMechanism: "OAUTHBEARER", keyJAAS: jaas(oauthModule, "clientId", "a", "clientSecret", "hunter2")}, []string{keyTokenURL}},
		{"no client secret", map[string]string{keyMechanism: "OAUTHBEARER", keyTokenURL: "https://idp/token", keyJAAS: jaas(oauthModule, "clientId", "a")}, []string{"no clientSecret"}},
		{"odd endpoint", map[string]string{keyMechanism: "OAUTHBEARER", keyTokenURL: "idp:token", keyJAAS: jaas(oauthModule)}, []string{keyTokenURL, "https://"}},
		{"another's handler", map[string]string{keyMechanism: "OAUTHBEARER", keyLoginHandler: "com.example.Login", keyJAAS: jaas(oauthModule)}, []string{keyLoginHandler + "=com.example.Login", "OAuthBearerLoginCallbackHandler"}},
		{"half a key pair", map[string]string{keyMechanism: "AWS_MSK_IAM", keyJAAS: jaas(iamModule, "awsRoleAccessKeyId", "hunter2")}, []string{"awsRoleSecretAccessKey"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.props[keyProtocol], c.props["bootstrap.servers"] = "sasl_ssl", "b:1"
			_, err := ParseSettings(c.props)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q is not in: %v", w, err)
				}
			}
			if strings.Contains(fmt.Sprintf("%v %#v", err, err), "hunter2") {
				t.Errorf("the secret shows: %v", err)
			}
		})
	}
}

func TestNoFormOfPrintingShowsASecret(t *testing.T) {
	s, err := ParseSettings(map[string]string{
		"bootstrap.servers": "b:1", keyProtocol: "SASL_PLAINTEXT", keyMechanism: "PLAIN", "my.password": "hunter2",
		keyJAAS: jaas(plainModule, "username", "u", "password", "hunter2"),
	})
	must(t, err)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "s", s, "auth", s.auth)
	out := fmt.Sprintf("%v %+v %#v %s %v %+v", s, s, s, s, s.auth, s.auth) + log.String()
	j, err := json.Marshal(s)
	must(t, err)
	out += string(j)
	if _, told := s.Get(keyJAAS); told {
		t.Error("Get tells sasl.jaas.config")
	}
	if _, told := s.Get("my.password"); told {
		t.Error("Get tells my.password")
	}
	if strings.Contains(out, "hunter2") {
		t.Errorf("a secret shows in %s", out)
	}
}
