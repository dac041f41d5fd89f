package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Parse converts props by d's table. The error is a [*Problems] holding an
// [*Error] for every key that is missing or bad; values are nil then. Keys that
// d does not define are kept, see [Values.Unknown].
func (d *Def) Parse(props map[string]string) (*Values, error) {
	v := &Values{
		def:       d,
		originals: maps.Clone(props),
		values:    make(map[string]any, len(d.keys)),
		given:     make(map[string]bool, len(props)),
		read:      make(map[string]bool, len(props)),
	}
	var problems Problems
	for _, k := range d.keys {
		problems.Add(v.parseKey(k))
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return v, nil
}

func (v *Values) parseKey(k Key) error {
	text, name, ok := v.lookup(k)
	if !ok && k.Required {
		return &Error{Key: k.Name, Missing: true, Remedy: k.remedy()}
	}
	value := k.Default
	if ok {
		v.given[k.Name] = true
		var err error
		if value, err = convert(k.Type, text); err != nil {
			return k.problem(name, text, err)
		}
	}
	value, err := v.check(k, value)
	if err != nil {
		return k.problem(name, text, err)
	}
	v.values[k.Name] = value
	return nil
}

// lookup finds the text for k under its name or, failing that, a former one.
func (v *Values) lookup(k Key) (text, name string, ok bool) {
	text, ok = v.originals[k.Name]
	name = k.Name
	for _, old := range k.Deprecated {
		t, found := v.originals[old]
		if !found {
			continue
		}
		v.read[old] = true
		if ok {
			v.warn("%s is deprecated and ignored, because %s is given too", old, name)
			continue
		}
		v.warn("%s is deprecated, use %s", old, k.Name)
		text, name, ok = t, old, true
	}
	v.read[k.Name] = true
	return text, name, ok
}

// check runs the validator. Repeated elements are dropped with a warning where
// the validator's only objection is that they repeat.
func (v *Values) check(k Key, value any) (any, error) {
	validate := k.validator()
	if validate == nil {
		return value, nil
	}
	err := validate(k.Name, value)
	list, isList := value.([]string)
	if !isList || !errors.Is(err, errDuplicated) {
		return value, err
	}
	unique := withoutRepeats(list)
	v.warn("%s: repeated values dropped from %s", k.Name, Text(list))
	return unique, validate(k.Name, unique)
}

func withoutRepeats(list []string) []string {
	var unique []string
	for _, e := range list {
		if !slices.Contains(unique, e) {
			unique = append(unique, e)
		}
	}
	return unique
}

func (v *Values) warn(format string, args ...any) {
	v.warnings = append(v.warnings, fmt.Sprintf(format, args...))
}

// validator is k's own, or for lists Kafka's rule since 4.2.
func (k Key) validator() Validator {
	if k.Validator == nil && k.Type == List {
		return anyNonDuplicates
	}
	return k.Validator
}

var anyNonDuplicates = NonDuplicateList(true, true)

func (k Key) remedy() string {
	if k.Remedy != "" {
		return k.Remedy
	}
	if k.Required {
		return "set " + k.Name
	}
	return remedy(k.Type)
}

// problem completes err, the objection to text given under name, into an Error.
func (k Key) problem(name, text string, err error) *Error {
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Reason: err.Error()}
	}
	// Validators share their errors between calls; never write into theirs.
	full := *e
	full.Secret = full.Secret || k.Type == PasswordType
	if full.Key == "" {
		full.Value = text
	}
	// The name as given, which may be a former one, is what is to be corrected.
	if full.Key == "" || full.Key == k.Name {
		full.Key = name
	}
	if full.Remedy == "" {
		full.Remedy = k.Remedy
	}
	if full.Remedy == "" {
		full.Remedy = remedy(k.Type)
	}
	return &full
}
