package kafka

import (
	"crypto/tls"
	"strings"
)

var tlsVersions = map[string]uint16{
	"TLSV1": tls.VersionTLS10, "TLSV1.1": tls.VersionTLS11,
	"TLSV1.2": tls.VersionTLS12, "TLSV1.3": tls.VersionTLS13,
}

// parseVersions reads ssl.enabled.protocols, by default 1.2 and 1.3. Gaps in
// the list are not kept. librdkafka has no such setting: it negotiates the
// highest version both sides have.
func parseVersions(props map[string]string, bad *problems) (low, high uint16) {
	if v, ok := props[keyTLSProtocol]; ok && !knownContext(v) {
		bad.add(keyTLSProtocol, v, "unknown protocol", "write TLSv1.3 or TLSv1.2, or remove it")
	}
	for _, name := range splitList(props[keyEnabledProtocols]) {
		version, known := tlsVersions[strings.ToUpper(name)]
		if !known {
			bad.add(keyEnabledProtocols, name, "unknown TLS version", "write TLSv1.2 and TLSv1.3")
			continue
		}
		if low == 0 || version < low {
			low = version
		}
		high = max(high, version)
	}
	if low == 0 {
		return tls.VersionTLS12, tls.VersionTLS13
	}
	return low, high
}

// knownContext: Java's SSLContext names. Which versions run is told by
// ssl.enabled.protocols; here one can only misspell it.
func knownContext(v string) bool {
	u := strings.ToUpper(v)
	_, version := tlsVersions[u]
	return version || u == "TLS" || u == "SSL"
}

// cipherSuite has an id for Go and a name for OpenSSL. TLS 1.3's have neither:
// both libraries offer all of them.
type cipherSuite struct {
	id      uint16
	openSSL string
}

func parseSuites(props map[string]string, bad *problems) []cipherSuite {
	var out []cipherSuite
	for _, name := range splitList(props[keyCipherSuites]) {
		s, ok := suiteNamed(name)
		if !ok {
			bad.add(keyCipherSuites, name, "this cipher suite is not available",
				"remove it, or name an ECDHE suite such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
			continue
		}
		out = append(out, s)
	}
	return out
}

func suiteNamed(name string) (cipherSuite, bool) {
	name = strings.ToUpper(name)
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		// Go names the two ChaCha20 suites with their hash, as the RFC does;
		// it also knows them without.
		if s.Name != name && s.Name != name+"_SHA256" {
			continue
		}
		if s.SupportedVersions[0] == tls.VersionTLS13 {
			return cipherSuite{}, true
		}
		return cipherSuite{id: s.ID, openSSL: openSSLName(s.Name)}, true
	}
	return cipherSuite{}, false
}

// openSSLName: TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 is ECDHE-RSA-AES128-GCM-SHA256
// to OpenSSL, which leaves out the RSA of key exchange and, for CBC, the mode.
func openSSLName(name string) string {
	exchange, cipher, _ := strings.Cut(strings.TrimPrefix(name, "TLS_"), "_WITH_")
	cipher = strings.NewReplacer(
		"AES_128_CBC", "AES128", "AES_256_CBC", "AES256",
		"AES_128_GCM", "AES128_GCM", "AES_256_GCM", "AES256_GCM",
		"CHACHA20_POLY1305_SHA256", "CHACHA20_POLY1305",
		"3DES_EDE_CBC", "DES_CBC3", "RC4_128", "RC4",
	).Replace(cipher)
	if exchange != "RSA" {
		cipher = exchange + "_" + cipher
	}
	return strings.ReplaceAll(cipher, "_", "-")
}

func openSSLNames(suites []cipherSuite) string {
	var names []string
	for _, s := range suites {
		if s.openSSL != "" {
			names = append(names, s.openSSL)
		}
	}
	return strings.Join(names, ":")
}
