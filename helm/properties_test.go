// Package helm_test holds what the chart renders against what the program reads.
package helm_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"crosstide/connect/config"
	"crosstide/connectors/mirror/maker"
)

// The chart's tests (helm/test) keep what each example renders to. Here the
// program itself reads it, with the Secrets in place.
func TestTheProgramTakesThePropertiesThatTheChartMakes(t *testing.T) {
	rendered, err := filepath.Glob("test/testdata/*.properties")
	if err != nil || len(rendered) == 0 {
		t.Fatal("nothing rendered", err)
	}
	for _, path := range append(rendered, "mirror-maker/mm2.properties", "../docker/mm2.properties") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			file, err := config.ReadProperties(strings.NewReader(inPlace(t, string(raw))))
			if err != nil {
				t.Fatal(err)
			}
			if d := file.Duplicates(); len(d) > 0 {
				t.Errorf("given twice: %v", d)
			}
			c, err := maker.Parse(file.Map())
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Check(); err != nil {
				t.Error(err)
			}
			for _, w := range append(c.Warnings(), c.Unhonoured()...) {
				t.Errorf("%s: %s (%s)", w.Key, w.What, w.Hint)
			}
		})
	}
}

// inPlace puts a file where each ${dir:…} placeholder looks for one.
func inPlace(t *testing.T, text string) string {
	t.Helper()
	root := t.TempDir()
	certificate, key := pair(t)
	return regexp.MustCompile(`\$\{dir:([^:}]+):([^}]+)\}`).ReplaceAllStringFunc(text, func(placeholder string) string {
		part := strings.Split(strings.TrimSuffix(placeholder, "}"), ":")
		dir, name := filepath.Join(root, part[1]), part[2]
		content := []byte("something")
		switch name {
		case "tls.crt", "ca.crt":
			content = certificate
		case "tls.key":
			content = key
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
		return "${dir:" + dir + ":" + name + "}"
	})
}

func pair(t *testing.T) (certificate, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})
}
