package config

import "testing"

func TestSecretsAreHiddenByTheirNames(t *testing.T) {
	for _, c := range []struct{ key, value, want string }{
		{"source.cluster.sasl.jaas.config", "login", Hidden},
		{"target.producer.ssl.key.password", "p", Hidden},
		{"sasl.oauthbearer.client.credentials.client.secret", "p", Hidden},
		{"ssl.keystore.key", "-----BEGIN", Hidden},
		{"sasl.oauthbearer.token.endpoint.url", "https://idp", "https://idp"},
		{"key.converter", "x", "x"},
		{"ssl.key.password", "", ""},
		{"ssl.key.password", "${file:/etc/secret:p}", "${file:/etc/secret:p}"},
		{"ssl.key.password", "${file:/etc/secret:p}x", Hidden},
	} {
		if got := Shown(c.key, c.value); got != c.want {
			t.Errorf("%s=%s is shown as %q, want %q", c.key, c.value, got, c.want)
		}
	}
}
