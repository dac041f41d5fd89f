package kafka

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"software.sslmate.com/src/go-pkcs12"
)

var (
	errPassword = errors.New("the password does not open it")
	errFormat   = errors.New("it is neither JKS nor PKCS12 nor PEM")
)

// store is a keystore or truststore as its properties describe it.
type store struct {
	locationKey, passwordKey, typeKey string

	path     string
	password string
	known    bool // a password was given, perhaps an empty one
	key      string
}

// The type property says what a file should be. What it is shows in its first
// bytes; Java goes by those too, for JKS and PKCS12.
type format int

const (
	formatUnknown format = iota
	formatJKS
	formatPKCS12
	formatPEM
)

func sniff(data []byte) format {
	switch {
	case bytes.HasPrefix(data, []byte{0xfe, 0xed, 0xfe, 0xed}):
		return formatJKS
	case bytes.Contains(data, []byte("-----BEGIN ")):
		return formatPEM
	case len(data) > 2 && data[0] == 0x30: // an ASN.1 sequence
		return formatPKCS12
	default:
		return formatUnknown
	}
}

// parseTruststore returns whom to trust, nil for the system's roots.
func parseTruststore(props map[string]string, bad *problems) []*x509.Certificate {
	password, known := props[keyTruststorePassword]
	s := store{
		locationKey: keyTruststoreLocation, passwordKey: keyTruststorePassword, typeKey: keyTruststoreType,
		path: props[keyTruststoreLocation], password: password, known: known,
	}
	inline := props[keyTruststoreCerts]
	switch {
	case inline != "" && s.path != "":
		bad.add(keyTruststoreCerts, "", "given together with "+keyTruststoreLocation, "keep one of the two")
		return nil
	case inline != "":
		certs, err := parseCertificates([]byte(inline))
		if err != nil {
			bad.add(keyTruststoreCerts, "", err.Error(), "write PEM certificates")
		}
		return certs
	case s.path == "":
		if known && password != "" {
			bad.add(keyTruststorePassword, password, "given without "+keyTruststoreLocation, "name the truststore, or remove the password to trust what the system trusts")
		}
		return nil
	}
	data, ok := s.read(bad)
	if !ok {
		return nil
	}
	certs, err := s.trusted(data)
	if err == nil && len(certs) == 0 {
		err = errors.New("it holds no trusted certificate")
	}
	if err != nil {
		s.report(err, bad)
		return nil
	}
	return certs
}

// parseKeystore returns who the client is, nil when it shows no certificate.
func parseKeystore(props map[string]string, bad *problems) *identity {
	password, known := props[keyKeystorePassword]
	s := store{
		locationKey: keyKeystoreLocation, passwordKey: keyKeystorePassword, typeKey: keyKeystoreType,
		path: props[keyKeystoreLocation], password: password, known: known, key: props[keyKeyPassword],
	}
	key, chain := props[keyKeystoreKey], props[keyKeystoreChain]
	switch {
	case (key != "" || chain != "") && s.path != "":
		bad.add(keyKeystoreLocation, s.path, "given together with "+keyKeystoreKey, "keep one of the two")
		return nil
	case key != "" && chain == "":
		bad.add(keyKeystoreChain, "", "missing beside "+keyKeystoreKey, "give the certificate chain of the key as PEM")
		return nil
	case chain != "" && key == "":
		bad.add(keyKeystoreKey, "", "missing beside "+keyKeystoreChain, "give the private key as PEM")
		return nil
	case key != "":
		id, err := pemIdentity([]byte(key), []byte(chain), s.key)
		switch {
		case errors.Is(err, errKeyPassword):
			bad.add(keyKeyPassword, s.key, "does not open the private key in "+keyKeystoreKey, "set the password of the key")
		case err != nil:
			bad.add(keyKeystoreKey, "", err.Error(), "write an unencrypted PKCS#8 key as PEM, or give "+keyKeyPassword)
		}
		return id
	case s.path == "":
		return nil
	}
	data, ok := s.read(bad)
	if !ok {
		return nil
	}
	id, err := s.identity(data)
	if err != nil {
		s.report(err, bad)
		return nil
	}
	return id
}

func (s store) read(bad *problems) ([]byte, bool) {
	data, err := os.ReadFile(s.path)
	if err == nil {
		return data, true
	}
	var why *fs.PathError // tell the reason without the path, which is the value
	if errors.As(err, &why) {
		err = why.Err
	}
	bad.add(s.locationKey, s.path, "cannot be read: "+err.Error(), "name a file that exists and that this process may read")
	return nil, false
}

// report tells what is wrong with the file, under the property to be changed.
func (s store) report(err error, bad *problems) {
	switch {
	case errors.Is(err, errPassword) && !s.known:
		bad.add(s.passwordKey, "", s.path+" needs a password", "set "+s.passwordKey)
	case errors.Is(err, errKeyPassword):
		bad.add(keyKeyPassword, s.key, "does not open the private key in "+s.path, "set the password of the key, or remove it if it is that of the store")
	case errors.Is(err, errPassword):
		bad.add(s.passwordKey, s.password, "does not open "+s.path, "set the password the file was made with")
	case errors.Is(err, errFormat):
		bad.add(s.locationKey, s.path, err.Error(), "convert it with keytool -importkeystore -deststoretype PKCS12")
	default:
		bad.add(s.locationKey, s.path, "cannot be used: "+err.Error(), "check the file with keytool -list")
	}
}

func (s store) trusted(data []byte) ([]*x509.Certificate, error) {
	switch sniff(data) {
	case formatJKS:
		return s.trustedJKS(data)
	case formatPKCS12:
		return s.trustedPKCS12(data)
	case formatPEM:
		return parseCertificates(data)
	}
	return nil, errFormat
}

func (s store) identity(data []byte) (*identity, error) {
	switch sniff(data) {
	case formatJKS:
		return s.identityJKS(data)
	case formatPKCS12:
		return s.identityPKCS12(data)
	case formatPEM:
		return pemIdentity(data, data, s.key)
	}
	return nil, errFormat
}

func (s store) trustedPKCS12(data []byte) ([]*x509.Certificate, error) {
	certs, err := pkcs12.DecodeTrustStore(data, s.password)
	if err == nil {
		return certs, nil
	}
	if wrongPassword(err) {
		return nil, errPassword
	}
	// Perhaps a keystore, doing double duty.
	_, leaf, others, kerr := pkcs12.DecodeChain(data, s.password)
	if kerr != nil {
		return nil, fmt.Errorf("%w; certificates to be trusted go in with keytool -importcert", err)
	}
	return append([]*x509.Certificate{leaf}, others...), nil
}

func (s store) identityPKCS12(data []byte) (*identity, error) {
	key, leaf, others, err := pkcs12.DecodeChain(data, s.password)
	switch {
	case err != nil && wrongPassword(err):
		return nil, errPassword
	case err != nil && strings.Contains(err.Error(), "exactly one key"):
		return nil, errors.New("it holds several private keys, of which one must be chosen; keep only one")
	case err != nil:
		return nil, err
	}
	return newIdentity(key, append([]*x509.Certificate{leaf}, others...))
}

func wrongPassword(err error) bool {
	return errors.Is(err, pkcs12.ErrIncorrectPassword) || errors.Is(err, pkcs12.ErrDecryption) || strings.Contains(err.Error(), "no MAC")
}

// newIdentity puts the certificates in order: the key's own, then each one's
// issuer. Certificates that do not belong to the chain are left out.
func newIdentity(key any, certs []*x509.Certificate) (*identity, error) {
	switch key.(type) {
	case *rsa.PrivateKey, *ecdsa.PrivateKey, ed25519.PrivateKey:
	default:
		return nil, fmt.Errorf("keys of type %T cannot be used for TLS", key)
	}
	public := key.(crypto.Signer).Public().(interface{ Equal(crypto.PublicKey) bool })
	id := &identity{key: key}
	for _, c := range certs {
		if public.Equal(c.PublicKey) {
			id.chain = append(id.chain, c)
			break
		}
	}
	if id.chain == nil {
		return nil, errors.New("none of its certificates belongs to its private key")
	}
	for len(id.chain) <= len(certs) {
		last := id.chain[len(id.chain)-1]
		next := issuerOf(last, certs)
		if next == nil {
			break
		}
		id.chain = append(id.chain, next)
	}
	return id, nil
}

func issuerOf(c *x509.Certificate, among []*x509.Certificate) *x509.Certificate {
	if bytes.Equal(c.RawIssuer, c.RawSubject) {
		return nil // a root
	}
	for _, candidate := range among {
		if bytes.Equal(candidate.RawSubject, c.RawIssuer) && c.CheckSignatureFrom(candidate) == nil {
			return candidate
		}
	}
	return nil
}
