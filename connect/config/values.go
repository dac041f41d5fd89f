package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Values are the converted values of one configuration. They do not change and
// are safe for concurrent use.
//
// The accessors panic when asked for a key that is not defined, or by another
// type than it is defined with: that is a mistake in the program, never in its
// input. A null value reads as the zero value; [Values.IsNull] tells.
type Values struct {
	def       *Def
	originals map[string]string
	values    map[string]any
	given     map[string]bool
	read      map[string]bool // names that the table accounts for
	warnings  []string
}

// String returns the value of a String or Class key.
func (v *Values) String(key string) string { return get[string](v, key) }

// Bool returns the value of a Boolean key.
func (v *Values) Bool(key string) bool { return get[bool](v, key) }

// Int returns the value of an Int key.
func (v *Values) Int(key string) int { return int(get[int32](v, key)) }

// Int16 returns the value of a Short key.
func (v *Values) Int16(key string) int16 { return get[int16](v, key) }

// Long returns the value of a Long key.
func (v *Values) Long(key string) int64 { return get[int64](v, key) }

// Double returns the value of a Double key.
func (v *Values) Double(key string) float64 { return get[float64](v, key) }

// List returns the value of a List key; the caller may change it.
func (v *Values) List(key string) []string { return slices.Clone(get[[]string](v, key)) }

// Password returns the value of a password key.
func (v *Values) Password(key string) Password { return get[Password](v, key) }

func get[T any](v *Values, key string) T {
	value, ok := v.values[key]
	if !ok {
		panic("config: key is not defined: " + key)
	}
	if value == nil {
		return *new(T)
	}
	t, ok := value.(T)
	if !ok {
		panic(fmt.Sprintf("config: %s holds %T, not %T", key, value, t))
	}
	return t
}

// Get returns the converted value of key as its Go type, nil for null or a key
// that is not defined.
func (v *Values) Get(key string) any {
	if list, ok := v.values[key].([]string); ok {
		return slices.Clone(list)
	}
	return v.values[key]
}

// Has reports whether key was given, under its own or a deprecated name, rather
// than left to its default.
func (v *Values) Has(key string) bool { return v.given[key] }

// IsNull reports whether key is defined and its value is null.
func (v *Values) IsNull(key string) bool {
	value, ok := v.values[key]
	return ok && value == nil
}

// Originals returns all that was given, as text and with unknown keys; the
// caller may change it. It holds secrets in the clear.
func (v *Values) Originals() map[string]string { return maps.Clone(v.originals) }

// WithPrefix returns what was given under names that begin with prefix, which
// is cut off. It holds secrets in the clear.
func (v *Values) WithPrefix(prefix string) map[string]string {
	out := map[string]string{}
	for name, text := range v.originals {
		if rest, ok := strings.CutPrefix(name, prefix); ok && rest != "" {
			out[rest] = text
		}
	}
	return out
}

// Unknown returns, sorted, the given names that are not defined, neither as
// keys nor as deprecated names of keys.
func (v *Values) Unknown() []string {
	var unknown []string
	for name := range v.originals {
		if !v.read[name] {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return unknown
}

// Warnings returns what was accepted but deserves a word to the operator:
// deprecated names, repeated list elements. No secret appears in them.
func (v *Values) Warnings() []string { return slices.Clone(v.warnings) }
