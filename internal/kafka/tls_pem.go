package kafka

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/youmark/pkcs8"
)

var errKeyPassword = errors.New("the private key is encrypted with another password")

// pemBlock differs from encoding/pem in that line breaks do not matter: in
// properties files a PEM text is often one line, its line breaks now blanks.
var pemBlock = regexp.MustCompile(`-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END ([A-Z0-9 ]+)-----`)

type block struct {
	kind string
	der  []byte
}

func pemBlocks(text []byte) ([]block, error) {
	var out []block
	for _, m := range pemBlock.FindAllSubmatch(text, -1) {
		body := strings.Join(strings.Fields(string(m[2])), "")
		der, err := base64.StdEncoding.DecodeString(body)
		if err != nil || string(m[1]) != string(m[3]) {
			return nil, fmt.Errorf("the PEM block %q is damaged", m[1])
		}
		out = append(out, block{string(m[1]), der})
	}
	return out, nil
}

func parseCertificates(text []byte) ([]*x509.Certificate, error) {
	blocks, err := pemBlocks(text)
	if err != nil {
		return nil, err
	}
	var out []*x509.Certificate
	for _, b := range blocks {
		if !strings.HasSuffix(b.kind, "CERTIFICATE") {
			continue
		}
		c, err := x509.ParseCertificate(b.der)
		if err != nil {
			return nil, fmt.Errorf("certificate %d cannot be parsed: %w", len(out)+1, err)
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, errors.New("no PEM certificate in it")
	}
	return out, nil
}

func pemIdentity(keyText, chainText []byte, password string) (*identity, error) {
	key, err := parseKey(keyText, password)
	if err != nil {
		return nil, err
	}
	chain, err := parseCertificates(chainText)
	if err != nil {
		return nil, err
	}
	return newIdentity(key, chain)
}

// parseKey takes PKCS#8, plain or encrypted, as Java does, and the two older
// forms besides. Errors of the parsers may quote key material; they are not passed on.
func parseKey(text []byte, password string) (any, error) {
	blocks, err := pemBlocks(text)
	if err != nil {
		return nil, err
	}
	for _, b := range blocks {
		var key any
		switch b.kind {
		case "PRIVATE KEY":
			key, err = x509.ParsePKCS8PrivateKey(b.der)
		case "RSA PRIVATE KEY":
			key, err = x509.ParsePKCS1PrivateKey(b.der)
		case "EC PRIVATE KEY":
			key, err = x509.ParseECPrivateKey(b.der)
		case "ENCRYPTED PRIVATE KEY":
			if password == "" {
				return nil, errKeyPassword
			}
			if key, err = pkcs8.ParsePKCS8PrivateKey(b.der, []byte(password)); err != nil {
				return nil, errKeyPassword
			}
		default:
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("the PEM block %q cannot be parsed", b.kind)
		}
		return key, nil
	}
	if strings.Contains(string(text), "Proc-Type: 4,ENCRYPTED") {
		return nil, errors.New("the private key is encrypted in OpenSSL's old way; convert it with openssl pkcs8 -topk8")
	}
	return nil, errors.New("no PEM private key in it")
}
