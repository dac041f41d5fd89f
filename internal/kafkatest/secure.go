package kafkatest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"maps"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// Who may come through the secured listeners, and the password of the stores.
const (
	SecureUser     = "mirror"
	SecurePassword = "mirror-secret"
	StorePassword  = "store-secret"
)

// scramUser is how the storage tool takes the user.
const scramUser = "SCRAM-SHA-512=[name=" + SecureUser + ",password=" + SecurePassword + "]"

// TrustStore is the PKCS#12 file with the authority that signed the brokers'
// certificates.
func (c *Cluster) TrustStore() string { return filepath.Join(c.dir, "truststore.p12") }

func (c *Cluster) keyStore() string { return filepath.Join(c.dir, "keystore.p12") }

// secured are the properties of the secured listener: TLS, SASL by PLAIN or
// SCRAM-SHA-512, and an authorizer that lets everybody do what no ACL speaks of.
func (b *Broker) secured() map[string]string {
	props := map[string]string{
		"authorizer.class.name":                 "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
		"allow.everyone.if.no.acl.found":        "true",
		"super.users":                           "User:ANONYMOUS;User:" + SecureUser,
		"listener.name.secured.ssl.client.auth": "none",
	}
	const prefix = "listener.name.secured."
	maps.Copy(props, map[string]string{
		prefix + "ssl.keystore.type":              "PKCS12",
		prefix + "ssl.keystore.location":          b.cluster.keyStore(),
		prefix + "ssl.keystore.password":          StorePassword,
		prefix + "ssl.key.password":               StorePassword,
		prefix + "sasl.enabled.mechanisms":        "PLAIN,SCRAM-SHA-512",
		prefix + "plain.sasl.jaas.config":         fmt.Sprintf(`org.apache.kafka.common.security.plain.PlainLoginModule required user_%s="%s";`, SecureUser, SecurePassword),
		prefix + "scram-sha-512.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
		"listeners":                      fmt.Sprintf("%s,SECURED://%s", b.listeners(), b.securedAddress()),
		"advertised.listeners":           fmt.Sprintf("%s,SECURED://%s", b.advertised(), b.securedAddress()),
		"listener.security.protocol.map": protocols + ",SECURED:SASL_SSL",
	})
	return props
}

// makeStores writes an authority's trust store and a key store for 127.0.0.1.
func (c *Cluster) makeStores() error {
	authority, authorityKey, err := certificate("crosstide test authority", nil, nil)
	if err != nil {
		return err
	}
	cert, key, err := certificate("127.0.0.1", authority, authorityKey)
	if err != nil {
		return err
	}
	trust, err := pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{authority}, StorePassword)
	if err != nil {
		return err
	}
	keys, err := pkcs12.Modern.Encode(key, cert, []*x509.Certificate{authority}, StorePassword)
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.TrustStore(), trust, 0o600); err != nil {
		return err
	}
	return os.WriteFile(c.keyStore(), keys, 0o600)
}

// certificate makes one signed by an authority, or an authority where nil.
func certificate(name string, by *x509.Certificate, byKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
	}
	if by == nil {
		template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
		by, byKey = template, key
	} else {
		template.IPAddresses = []net.IP{net.ParseIP(name)}
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by, &key.PublicKey, byKey)
	if err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return cert, key, err
}
