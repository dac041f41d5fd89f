package kafka

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pavlo-v-chernykh/keystore-go/v4"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/youmark/pkcs8"
	"software.sslmate.com/src/go-pkcs12"
)

// authority issues certificates for one test.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  crypto.Signer
	dir  string
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	a.key = newKey(t)
	a.cert = a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "Test CA"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil, a.key)
	return a
}

func newKey(t *testing.T) crypto.Signer {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	return k
}

func (a *authority) sign(tmpl, parent *x509.Certificate, key crypto.Signer) *x509.Certificate {
	a.t.Helper()
	tmpl.SerialNumber = big.NewInt(time.Now().UnixNano())
	tmpl.NotBefore, tmpl.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	signer := a.key
	if parent == nil {
		parent = tmpl
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, key.Public(), signer)
	must(a.t, err)
	c, err := x509.ParseCertificate(der)
	must(a.t, err)
	return c
}

func (a *authority) issue(cn string, names ...string) *identity {
	a.t.Helper()
	tmpl := &x509.Certificate{
		Subject:     pkix.Name{CommonName: cn},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			tmpl.IPAddresses = append(tmpl.IPAddresses, ip)
		} else {
			tmpl.DNSNames = append(tmpl.DNSNames, n)
		}
	}
	key := newKey(a.t)
	return &identity{key: key, chain: []*x509.Certificate{a.sign(tmpl, a.cert, key), a.cert}}
}

func (a *authority) file(name string, data []byte) string {
	a.t.Helper()
	dir, err := os.MkdirTemp(a.dir, "") // names may come twice, at once
	must(a.t, err)
	path := filepath.Join(dir, name)
	must(a.t, os.WriteFile(path, data, 0o600))
	return path
}

// brokers serve TLS; with clients they demand certificates of this authority.
func (a *authority) brokers(id *identity, clients bool) *kfake.Cluster {
	a.t.Helper()
	c := serverTLS(id.certificate())
	if clients {
		c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
		c.ClientCAs.AddCert(a.cert)
	}
	return fakeCluster(a.t, kfake.TLS(c))
}

func serverTLS(id *tls.Certificate) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{*id}}
}

const storePass, keyPass = "store-secret", "key-secret"

func (a *authority) trustJKS() string {
	ks := keystore.New()
	must(a.t, ks.SetTrustedCertificateEntry("ca", keystore.TrustedCertificateEntry{
		CreationTime: time.Now(), Certificate: keystore.Certificate{Type: "X509", Content: a.cert.Raw}}))
	var b bytes.Buffer
	must(a.t, ks.Store(&b, []byte(storePass)))
	return a.file("trust.jks", b.Bytes())
}

func (a *authority) trustPKCS12() string {
	data, err := pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{a.cert}, storePass)
	must(a.t, err)
	return a.file("trust.p12", data)
}

func (a *authority) keyJKS(id *identity, keyPassword string) string {
	der, err := x509.MarshalPKCS8PrivateKey(id.key)
	must(a.t, err)
	e := keystore.PrivateKeyEntry{CreationTime: time.Now(), PrivateKey: der}
	for _, c := range id.chain {
		e.CertificateChain = append(e.CertificateChain, keystore.Certificate{Type: "X509", Content: c.Raw})
	}
	ks := keystore.New()
	must(a.t, ks.SetPrivateKeyEntry("me", e, []byte(keyPassword)))
	var b bytes.Buffer
	must(a.t, ks.Store(&b, []byte(storePass)))
	return a.file("key.jks", b.Bytes())
}

func (a *authority) keyPKCS12(id *identity) string {
	data, err := pkcs12.Modern.Encode(id.key, id.chain[0], id.chain[1:], storePass)
	must(a.t, err)
	return a.file("key.p12", data)
}

func (id *identity) encryptedPEM(t *testing.T, password string) string {
	t.Helper()
	der, err := pkcs8.MarshalPrivateKey(id.key, []byte(password), nil)
	must(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: der}))
}

func oneLine(pem string) string { return strings.ReplaceAll(strings.TrimSpace(pem), "\n", " ") }

func TestBothClientsTrustTheBrokersOfAnyKindOfTruststore(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	broker := a.issue("broker", "127.0.0.1", "localhost")
	caPEM := certificatesPEM([]*x509.Certificate{a.cert})
	for name, props := range map[string]map[string]string{
		"JKS":                      {keyTruststoreLocation: a.trustJKS(), keyTruststorePassword: storePass},
		"JKS without its password": {keyTruststoreLocation: a.trustJKS()},
		"PKCS12":                   {keyTruststoreLocation: a.trustPKCS12(), keyTruststorePassword: storePass, keyTruststoreType: "PKCS12"},
		"PKCS12 called JKS":        {keyTruststoreLocation: a.trustPKCS12(), keyTruststorePassword: storePass, keyTruststoreType: "JKS"},
		"PEM file":                 {keyTruststoreLocation: a.file("ca.pem", []byte("a comment\n"+caPEM)), keyTruststoreType: "PEM"},
		"PEM in the properties":    {keyTruststoreCerts: caPEM, keyTruststoreType: "PEM"},
		"PEM in one line":          {keyTruststoreCerts: oneLine(caPEM), keyTruststoreType: "PEM"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			props["security.protocol"] = "ssl"
			everyClientSpeaks(t, a.brokers(broker, false), props)
		})
	}
}

func TestBothClientsShowTheCertificateOfAnyKindOfKeystore(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	me := a.issue("client")
	chain := certificatesPEM(me.chain)
	for name, props := range map[string]map[string]string{
		"JKS":                        {keyKeystoreLocation: a.keyJKS(me, storePass), keyKeystorePassword: storePass},
		"PKCS12":                     {keyKeystoreLocation: a.keyPKCS12(me), keyKeystorePassword: storePass, keyKeystoreType: "PKCS12"},
		"PEM file":                   {keyKeystoreLocation: a.file("me.pem", []byte(me.keyPEM()+chain)), keyKeystoreType: "PEM"},
		"PEM in the properties":      {keyKeystoreKey: oneLine(me.keyPEM()), keyKeystoreChain: oneLine(chain), keyKeystoreType: "PEM"},
		"PEM with an encrypted key":  {keyKeystoreKey: me.encryptedPEM(t, keyPass), keyKeystoreChain: chain, keyKeyPassword: keyPass},
		"JKS with a password of key": {keyKeystoreLocation: a.keyJKS(me, keyPass), keyKeystorePassword: storePass, keyKeyPassword: keyPass},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := a.brokers(a.issue("broker", "127.0.0.1"), true)
			props["security.protocol"] = "SSL"
			props[keyTruststoreLocation], props[keyTruststorePassword] = a.trustPKCS12(), storePass
			everyClientSpeaks(t, c, props)
		})
	}
}

func TestABrokerIsRefusedWhenItsCertificateIsForAnotherHost(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	c := a.brokers(a.issue("elsewhere", "broker.example.org"), false)
	props := map[string]string{"security.protocol": "SSL", keyTruststoreLocation: a.trustPKCS12(), keyTruststorePassword: storePass}
	err := Reachable(t.Context(), settingsFor(t, c, props))
	if s := Describe(err); !strings.Contains(s, "another host name") || !strings.Contains(s, keyEndpointID) {
		t.Errorf("got %q", s)
	}

	props[keyEndpointID] = ""
	everyClientSpeaks(t, c, props)
}

func TestACommonNameServesWhereACertificateListsNoNames(t *testing.T) {
	a := newAuthority(t)
	leaf := a.issue("broker-1.example.org").chain[0]
	must(t, verifyHost(leaf, "broker-1.example.org"))
	if verifyHost(leaf, "broker-2.example.org") == nil {
		t.Error("another host was accepted")
	}
	listed := a.issue("broker-1.example.org", "broker-2.example.org").chain[0]
	if verifyHost(listed, "broker-1.example.org") == nil {
		t.Error("the common name was accepted beside listed names")
	}
}

func TestABrokerOfAnUnknownAuthorityIsRefused(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	c := a.brokers(a.issue("broker", "127.0.0.1"), false)
	for name, props := range map[string]map[string]string{
		"another authority is trusted":   {keyTruststoreLocation: newAuthority(t).trustPKCS12(), keyTruststorePassword: storePass},
		"the system's roots are trusted": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			props["security.protocol"] = "SSL"
			s := settingsFor(t, c, props)
			if got := Describe(Reachable(t.Context(), s)); !strings.Contains(got, "authority") || !strings.Contains(got, keyTruststoreLocation) {
				t.Errorf("got %q", got)
			}
			adm, err := NewAdmin(s, nil)
			must(t, err)
			defer adm.Close()
			if _, err := adm.Raw().GetMetadata(nil, true, 1500); err == nil {
				t.Error("librdkafka accepted the broker")
			}
		})
	}
}

func TestStoresThatKeytoolMadeCanBeRead(t *testing.T) {
	base := map[string]string{"bootstrap.servers": "localhost:9093", "security.protocol": "SSL"}
	with := func(more map[string]string) map[string]string {
		for k, v := range base {
			more[k] = v
		}
		return more
	}
	for _, ext := range []string{"jks", "p12"} {
		s, err := ParseSettings(with(map[string]string{keyTruststoreLocation: "testdata/keytool-trust." + ext, keyTruststorePassword: storePass}))
		must(t, err)
		if len(s.tls.trusted) != 1 || s.tls.trusted[0].Subject.CommonName != "localhost" {
			t.Errorf("%s: trusted %v", ext, s.tls.trusted)
		}
	}
	s, err := ParseSettings(with(map[string]string{keyKeystoreLocation: "testdata/keytool.p12", keyKeystorePassword: storePass}))
	must(t, err)
	if _, ok := s.tls.identity.key.(*ecdsa.PrivateKey); !ok || s.tls.identity.chain[0].Subject.CommonName != "localhost" {
		t.Errorf("identity %T %v", s.tls.identity.key, s.tls.identity.chain[0].Subject)
	}
	s, err = ParseSettings(with(map[string]string{keyKeystoreLocation: "testdata/keytool.jks", keyKeystorePassword: storePass, keyKeyPassword: keyPass}))
	must(t, err)
	if _, ok := s.tls.identity.key.(*rsa.PrivateKey); !ok || s.tls.identity.chain[0].Subject.CommonName != "client" {
		t.Errorf("identity %T %v", s.tls.identity.key, s.tls.identity.chain[0].Subject)
	}
	if _, err := s.Librdkafka(RoleProducer); err != nil {
		t.Error(err)
	}
}

func TestWhatIsWrongWithAStoreIsToldUnderTheKeyToChange(t *testing.T) {
	a := newAuthority(t)
	me := a.issue("client")
	for _, c := range []struct {
		name  string
		props map[string]string
		want  []string
	}{
		{"missing file", map[string]string{keyTruststoreLocation: "/nowhere/t.jks"}, []string{"ssl.truststore.location=/nowhere/t.jks", "no such file"}},
		{"no permission or a directory", map[string]string{keyKeystoreLocation: a.dir, keyKeystorePassword: "hunter2"}, []string{"ssl.keystore.location=" + a.dir, "cannot be read"}},
		{"wrong password of JKS", map[string]string{keyTruststoreLocation: a.trustJKS(), keyTruststorePassword: "hunter2"}, []string{"ssl.truststore.password=[hidden]", "trust.jks"}},
		{"wrong password of PKCS12", map[string]string{keyKeystoreLocation: a.keyPKCS12(me), keyKeystorePassword: "hunter2"}, []string{"ssl.keystore.password=[hidden]", "key.p12"}},
		{"no password of PKCS12", map[string]string{keyTruststoreLocation: a.trustPKCS12()}, []string{"ssl.truststore.password", "needs a password", "trust.p12"}},
		{"no password of JKS keystore", map[string]string{keyKeystoreLocation: a.keyJKS(me, keyPass)}, []string{"ssl.keystore.password", "needs a password"}},
		{"wrong password of key", map[string]string{keyKeystoreLocation: a.keyJKS(me, keyPass), keyKeystorePassword: storePass}, []string{"ssl.key.password=[hidden]", "key.jks"}},
		{"wrong password of PEM key", map[string]string{keyKeystoreKey: me.encryptedPEM(t, keyPass), keyKeystoreChain: certificatesPEM(me.chain), keyKeyPassword: "hunter2"}, []string{"ssl.key.password=[hidden]"}},
		{"unknown format", map[string]string{keyTruststoreLocation: a.file("odd", []byte("hello"))}, []string{"ssl.truststore.location", "neither JKS nor PKCS12 nor PEM", "keytool"}},
		{"damaged JKS", map[string]string{keyTruststoreLocation: a.file("cut.jks", []byte("\xfe\xed\xfe\xed\x00")), keyTruststorePassword: "hunter2"}, []string{"cut.jks", "damaged"}},
		{"key without chain", map[string]string{keyKeystoreKey: me.keyPEM()}, []string{keyKeystoreChain}},
		{"another's key", map[string]string{keyKeystoreKey: a.issue("x").keyPEM(), keyKeystoreChain: certificatesPEM(me.chain)}, []string{keyKeystoreKey, "none of its certificates"}},
		{"odd algorithm", map[string]string{keyEndpointID: "ldap"}, []string{"ssl.endpoint.identification.algorithm=ldap"}},
		{"odd version", map[string]string{keyEnabledProtocols: "TLSv1.2, SSLv3"}, []string{"ssl.enabled.protocols=SSLv3"}},
		{"odd suite", map[string]string{keyCipherSuites: "TLS_NULL"}, []string{"ssl.cipher.suites=TLS_NULL"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.props["security.protocol"], c.props["bootstrap.servers"] = "SSL", "b:1"
			_, err := ParseSettings(c.props)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q is not in: %v", w, err)
				}
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the password shows: %v", err)
			}
		})
	}
}

func TestVersionsAndSuitesReachBothClients(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	c := a.brokers(a.issue("broker", "127.0.0.1"), false)
	props := map[string]string{
		"security.protocol": "SSL", keyTruststoreLocation: a.trustPKCS12(), keyTruststorePassword: storePass,
		keyEnabledProtocols: "TLSv1.2", keyCipherSuites: "TLS_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
	}
	s := settingsFor(t, c, props)
	conn, err := s.Dial(context.Background(), "tcp", c.ListenAddrs()[0])
	must(t, err)
	state := conn.(*tls.Conn).ConnectionState()
	conn.Close()
	if state.Version != tls.VersionTLS12 || state.CipherSuite != tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 {
		t.Errorf("negotiated %x %s", state.Version, tls.CipherSuiteName(state.CipherSuite))
	}
	everyClientSpeaks(t, c, props)
}

func TestOpenSSLSpellsSuitesItsOwnWay(t *testing.T) {
	for java, want := range map[string]string{
		"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256":       "ECDHE-RSA-AES128-GCM-SHA256",
		"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA":        "ECDHE-ECDSA-AES256-SHA",
		"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
		"TLS_RSA_WITH_AES_128_CBC_SHA256":             "AES128-SHA256",
		"TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA":         "ECDHE-RSA-DES-CBC3-SHA",
		"TLS_AES_256_GCM_SHA384":                      "",
	} {
		s, ok := suiteNamed(java)
		if !ok || s.openSSL != want {
			t.Errorf("%s: %q %v, want %q", java, s.openSSL, ok, want)
		}
	}
}

func FuzzDamagedStoresAreRefusedNotFatal(f *testing.F) {
	for _, name := range []string{"keytool.jks", "keytool-trust.jks"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("-----BEGIN CERTIFICATE----- AAAA -----END CERTIFICATE-----"))
	f.Fuzz(func(_ *testing.T, data []byte) {
		if sniff(data) == formatPKCS12 {
			return // its iteration counts may ask for an hour of hashing
		}
		s := store{password: storePass, known: true, key: keyPass}
		_, _ = s.trusted(data)
		_, _ = s.identity(data)
	})
}
