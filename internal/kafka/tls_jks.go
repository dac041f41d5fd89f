package kafka

import (
	"bytes"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/pavlo-v-chernykh/keystore-go/v4"
)

func (s store) loadJKS(data []byte) (keystore.KeyStore, error) {
	ks := keystore.New(keystore.WithOrderedAliases(), keystore.WithCaseExactAliases())
	if !jksLengthsFit(data) {
		return ks, errors.New("it is damaged")
	}
	err := ks.Load(bytes.NewReader(data), []byte(s.password))
	if err == nil {
		return ks, nil
	}
	if !strings.Contains(err.Error(), "digest") {
		return ks, fmt.Errorf("it is damaged: %w", err)
	}
	// The digest depends on the password, certificates do not. Java reads them
	// unchecked when it has no password.
	if s.password == "" {
		return ks, nil
	}
	return ks, errPassword
}

func (s store) trustedJKS(data []byte) ([]*x509.Certificate, error) {
	ks, err := s.loadJKS(data)
	if err != nil {
		return nil, err
	}
	var out []*x509.Certificate
	for _, alias := range ks.Aliases() {
		var der []byte
		if e, err := ks.GetTrustedCertificateEntry(alias); err == nil {
			der = e.Certificate.Content
		} else if chain, err := ks.GetPrivateKeyEntryCertificateChain(alias); err == nil && len(chain) > 0 {
			der = chain[0].Content // Java trusts a key's own certificate as well
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("entry %q: %w", alias, err)
		}
		out = append(out, c)
	}
	return out, nil
}

func (s store) identityJKS(data []byte) (*identity, error) {
	if !s.known {
		return nil, errPassword
	}
	ks, err := s.loadJKS(data)
	if err != nil {
		return nil, err
	}
	for _, alias := range ks.Aliases() {
		if !ks.IsPrivateKeyEntry(alias) {
			continue
		}
		password := s.key
		if password == "" {
			password = s.password
		}
		e, err := ks.GetPrivateKeyEntry(alias, []byte(password))
		if err != nil {
			return nil, errKeyPassword
		}
		key, err := x509.ParsePKCS8PrivateKey(e.PrivateKey)
		if err != nil {
			return nil, fmt.Errorf("entry %q: %w", alias, err)
		}
		var chain []*x509.Certificate
		for _, c := range e.CertificateChain {
			x, err := x509.ParseCertificate(c.Content)
			if err != nil {
				return nil, fmt.Errorf("entry %q: %w", alias, err)
			}
			chain = append(chain, x)
		}
		return newIdentity(key, chain)
	}
	return nil, errors.New("it holds no private key")
}

// jksLengthsFit tells whether the lengths written in a JKS file stay inside it.
// The library reserves memory for as many bytes as a length promises; a damaged
// file can promise 4 GB.
func jksLengthsFit(data []byte) bool {
	r := &jksReader{data: data}
	r.skip(4) // magic
	version, entries := r.uint32(), r.uint32()
	certificate := func() {
		if version == 2 {
			r.skip(r.uint16()) // its type
		}
		r.skip(r.uint32())
	}
	for ; entries > 0 && !r.short; entries-- {
		tag := r.uint32()
		r.skip(r.uint16()) // alias
		r.skip(8)          // date
		switch tag {
		case 1: // a private key
			r.skip(r.uint32())
			for chain := r.uint32(); chain > 0 && !r.short; chain-- {
				certificate()
			}
		case 2: // a trusted certificate
			certificate()
		default:
			return false
		}
	}
	r.skip(20) // digest
	return !r.short
}

// jksReader steps through bytes and notes when they end too early.
type jksReader struct {
	data  []byte
	short bool
}

func (r *jksReader) skip(n uint32) []byte {
	if uint64(n) > uint64(len(r.data)) {
		r.short, r.data = true, nil
		return nil
	}
	skipped := r.data[:n]
	r.data = r.data[n:]
	return skipped
}

func (r *jksReader) uint16() uint32 {
	if b := r.skip(2); b != nil {
		return uint32(binary.BigEndian.Uint16(b))
	}
	return 0
}

func (r *jksReader) uint32() uint32 {
	if b := r.skip(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}
