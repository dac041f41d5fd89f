package herder

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"hash"
	"maps"
	"slices"
	"strings"
	"time"

	"crosstide/connect/config"
	"crosstide/connect/state"
)

// signing is how requests between workers are signed and checked (KIP-507).
type signing struct {
	ttl       time.Duration // 0: keys are not replaced
	generator string
	keyBits   int // 0: what fits the generator
	algorithm string
	accepted  []string
}

// mac is one of Java's names for a keyed hash.
type mac struct {
	hash func() hash.Hash
	bits int // of keys that Java generates for it
}

var macs = map[string]mac{
	"HmacMD5":    {md5.New, 512},
	"HmacSHA1":   {sha1.New, 512},
	"HmacSHA224": {sha256.New224, 224},
	"HmacSHA256": {sha256.New, 256},
	"HmacSHA384": {sha512.New384, 384},
	"HmacSHA512": {sha512.New, 512},
}

// macOf finds an algorithm as Java does, whatever the case.
func macOf(name string) (mac, bool) {
	for known, m := range macs {
		if strings.EqualFold(known, name) {
			return m, true
		}
	}
	return mac{}, false
}

func signingAlgorithm(name string, value any) error {
	text, _ := value.(string)
	if _, ok := macOf(text); ok {
		return nil
	}
	err := config.Invalid(name, text, "no such algorithm")
	err.Remedy = "use one of " + strings.Join(slices.Sorted(maps.Keys(macs)), ", ")
	return err
}

func signingAlgorithms(name string, value any) error {
	list, _ := value.([]string)
	if len(list) == 0 {
		return config.Invalid(name, "", "no algorithm given")
	}
	for _, item := range list {
		if err := signingAlgorithm(name, item); err != nil {
			return err
		}
	}
	return nil
}

func keySize(name string, value any) error {
	if n, ok := asInt(value); ok && (n < 40 || n%8 != 0) {
		return config.Invalid(name, config.Text(value), "keys have at least 40 bits, and whole bytes")
	}
	return nil
}

func signingOf(v *config.Values) signing {
	s := signing{
		ttl:       time.Duration(v.Int("inter.worker.key.ttl.ms")) * time.Millisecond,
		generator: v.String("inter.worker.key.generation.algorithm"),
		algorithm: v.String("inter.worker.signature.algorithm"),
		accepted:  v.List("inter.worker.verification.algorithms"),
	}
	if !v.IsNull("inter.worker.key.size") {
		s.keyBits = v.Int("inter.worker.key.size")
	}
	return s
}

func (s signing) check() error {
	if s.accepts(s.algorithm) {
		return nil
	}
	err := config.Invalid("inter.worker.verification.algorithms", strings.Join(s.accepted, ", "),
		"it does not contain what this worker signs with")
	err.Remedy = "add " + s.algorithm + ", the inter.worker.signature.algorithm"
	return err
}

func (s signing) accepts(algorithm string) bool {
	return slices.ContainsFunc(s.accepted, func(a string) bool { return strings.EqualFold(a, algorithm) })
}

func (s signing) bits() int {
	if s.keyBits != 0 {
		return s.keyBits
	}
	m, _ := macOf(s.generator)
	return m.bits
}

// fits reports whether a stored key is one that this worker would have made and
// has not outlived.
func (s signing) fits(key state.SessionKey, now time.Time) bool {
	raw, err := base64.StdEncoding.DecodeString(key.Key)
	if err != nil || !strings.EqualFold(key.Algorithm, s.generator) || len(raw)*8 != s.bits() {
		return false
	}
	return s.ttl == 0 || now.Before(time.UnixMilli(key.CreationTimestamp).Add(s.ttl))
}

// generate makes a new key.
func (s signing) generate(now time.Time) state.SessionKey {
	raw := make([]byte, s.bits()/8)
	_, _ = rand.Read(raw) // never fails
	return state.SessionKey{
		Key: base64.StdEncoding.EncodeToString(raw), Algorithm: s.generator, CreationTimestamp: now.UnixMilli(),
	}
}

// Signature is how a request between workers proves where it comes from.
type Signature struct {
	Authorization string // X-Connect-Authorization: the MAC of the body, in base64
	Algorithm     string // X-Connect-Request-Signature-Algorithm
}

// sign signs a body.
func (s signing) sign(key state.SessionKey, body []byte) (Signature, error) {
	sum, err := sumOf(s.algorithm, key, body)
	if err != nil {
		return Signature{}, err
	}
	return Signature{Authorization: base64.StdEncoding.EncodeToString(sum), Algorithm: s.algorithm}, nil
}

func sumOf(algorithm string, key state.SessionKey, body []byte) ([]byte, error) {
	m, ok := macOf(algorithm)
	if !ok {
		return nil, errors.New(algorithm + " MAC is not available")
	}
	raw, err := base64.StdEncoding.DecodeString(key.Key)
	if err != nil {
		return nil, errors.New("the session key in the config topic is not base64")
	}
	h := hmac.New(m.hash, raw)
	h.Write(body)
	return h.Sum(nil), nil
}

// verify checks a signature, in Java's order and words.
func (s signing) verify(sig Signature, key state.SessionKey, known bool, body []byte) error {
	if sig.Authorization == "" || sig.Algorithm == "" {
		return &RequestError{Status: 400, Message: "Internal request missing required signature"}
	}
	if _, ok := macOf(sig.Algorithm); !ok {
		return &RequestError{Status: 400, Message: "Algorithm " + sig.Algorithm + " not available"}
	}
	given, err := base64.StdEncoding.DecodeString(sig.Authorization)
	if err != nil {
		return &RequestError{Status: 400, Message: "The signature is not base64: " + err.Error()}
	}
	if !s.accepts(sig.Algorithm) {
		return &RequestError{Status: 400, Message: "This worker does not support the '" + sig.Algorithm + "' key signing algorithm used by other workers. " +
			"This worker is currently configured to use: [" + strings.Join(s.accepted, ", ") + "]. Check that all workers' configuration files permit " +
			"the same set of signature algorithms, and correct any misconfigured worker and restart it."}
	}
	if !known {
		return &RequestError{Status: 503, Message: "This worker is still starting up and has not been able to read a session key from the config topic yet"}
	}
	sum, err := sumOf(sig.Algorithm, key, body)
	if err != nil {
		return &RequestError{Status: 503, Message: err.Error()}
	}
	if !hmac.Equal(sum, given) {
		return &RequestError{Status: 403, Message: "Internal request contained invalid signature."}
	}
	return nil
}
