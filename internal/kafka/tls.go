package kafka

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"strings"
)

// tlsMaterial is what TLS connections are made with, in a form from which both
// clients can be served.
type tlsMaterial struct {
	trusted    []*x509.Certificate // nil: what the system trusts
	pool       *x509.CertPool      // the same
	identity   *identity           // nil: the client shows no certificate
	verifyHost bool
	min, max   uint16
	suites     []cipherSuite // nil: each library's own choice
}

// identity is a private key with its certificate chain, leaf first.
type identity struct {
	key   any
	chain []*x509.Certificate
}

// parseTLS reads the ssl.* properties and the stores they name.
func parseTLS(props map[string]string, bad *problems) *tlsMaterial {
	t := &tlsMaterial{verifyHost: true}
	if v, ok := props[keyEndpointID]; ok {
		switch strings.ToLower(v) {
		case "https":
		case "", "none":
			t.verifyHost = false
		default:
			bad.add(keyEndpointID, v, "unknown algorithm", "write https, or leave it empty to accept any host name")
		}
	}
	t.min, t.max = parseVersions(props, bad)
	t.suites = parseSuites(props, bad)
	t.trusted = parseTruststore(props, bad)
	if t.trusted != nil {
		t.pool = x509.NewCertPool()
		for _, c := range t.trusted {
			t.pool.AddCert(c)
		}
	}
	t.identity = parseKeystore(props, bad)
	return t
}

// config is for one connection to host.
func (t *tlsMaterial) config(host string) *tls.Config {
	c := &tls.Config{
		ServerName: host,
		MinVersion: t.min,
		MaxVersion: t.max,
		// Verification happens, below. Go's own cannot leave the host name
		// out, and refuses certificates that give it as common name only,
		// which Java and OpenSSL take.
		InsecureSkipVerify: true,
		VerifyConnection: func(cs tls.ConnectionState) error {
			return t.verify(cs.PeerCertificates, host)
		},
	}
	for _, s := range t.suites {
		if s.id != 0 {
			c.CipherSuites = append(c.CipherSuites, s.id)
		}
	}
	if t.identity != nil {
		own := t.identity.certificate()
		// Unlike Certificates, this is sent whatever authorities the broker
		// lists: it knows best, and its refusal is a clearer error than ours.
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return own, nil }
	}
	return c
}

func (t *tlsMaterial) verify(chain []*x509.Certificate, host string) error {
	opts := x509.VerifyOptions{Roots: t.pool, Intermediates: x509.NewCertPool()}
	for _, c := range chain[1:] {
		opts.Intermediates.AddCert(c)
	}
	_, err := chain[0].Verify(opts)
	if err == nil && t.verifyHost {
		err = verifyHost(chain[0], host)
	}
	if err != nil {
		return &tls.CertificateVerificationError{UnverifiedCertificates: chain, Err: err}
	}
	return nil
}

// verifyHost falls back to the common name when the certificate lists no host
// names, as Java and OpenSSL do.
func verifyHost(leaf *x509.Certificate, host string) error {
	err := leaf.VerifyHostname(host)
	if err == nil || len(leaf.DNSNames) > 0 || len(leaf.IPAddresses) > 0 || leaf.Subject.CommonName == "" {
		return err
	}
	named := *leaf
	named.DNSNames = []string{leaf.Subject.CommonName}
	return named.VerifyHostname(host)
}

func (id *identity) certificate() *tls.Certificate {
	c := &tls.Certificate{PrivateKey: id.key, Leaf: id.chain[0]}
	for _, x := range id.chain {
		c.Certificate = append(c.Certificate, x.Raw)
	}
	return c
}

// librdkafka gets PEM text, made from the very stores Go's connections use.
func (t *tlsMaterial) librdkafka(c rdConf) {
	c["ssl.endpoint.identification.algorithm"] = "none"
	if t.verifyHost {
		c["ssl.endpoint.identification.algorithm"] = "https"
	}
	if t.trusted != nil {
		c["ssl.ca.pem"] = certificatesPEM(t.trusted)
	} else if file := os.Getenv("SSL_CERT_FILE"); file != "" {
		c["ssl.ca.location"] = file // Go heeds it too
	} else {
		// A statically linked OpenSSL has no default path of its own: look
		// where systems and images keep their roots.
		c["ssl.ca.location"] = "probe"
	}
	if t.identity != nil {
		c["ssl.certificate.pem"] = certificatesPEM(t.identity.chain)
		c["ssl.key.pem"] = t.identity.keyPEM()
	}
	if names := openSSLNames(t.suites); names != "" {
		c["ssl.cipher.suites"] = names
	}
}

func certificatesPEM(certs []*x509.Certificate) string {
	var b bytes.Buffer
	for _, c := range certs {
		_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}) // a Buffer takes all
	}
	return b.String()
}

func (id *identity) keyPEM() string {
	der, err := x509.MarshalPKCS8PrivateKey(id.key)
	if err != nil {
		panic(fmt.Sprintf("a key of type %T passed newIdentity", id.key))
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}
