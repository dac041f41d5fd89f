package config

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

// Hidden is what stands in place of a secret.
const Hidden = "[hidden]"

// A Password is a secret that shows itself only to [Password.Reveal].
// Formatting with any verb, logging and JSON give "[hidden]". It must not be the
// key of a map that becomes JSON: the encoder takes such keys as they are.
type Password string

// Reveal returns the secret itself.
func (p Password) Reveal() string { return string(p) }

// String returns "[hidden]".
func (Password) String() string { return Hidden }

// Format writes "[hidden]" for every verb: %x and %q would otherwise show the
// bytes.
func (Password) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Hidden) }

// LogValue returns "[hidden]".
func (Password) LogValue() slog.Value { return slog.StringValue(Hidden) }

// MarshalJSON returns "[hidden]" as a JSON string.
func (Password) MarshalJSON() ([]byte, error) { return json.Marshal(Hidden) }

// MarshalText returns "[hidden]", for encoders other than JSON's.
func (Password) MarshalText() ([]byte, error) { return []byte(Hidden), nil }
