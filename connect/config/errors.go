package config

import (
	"errors"
	"fmt"
	"strings"
)

// An Error is one problem with one key. Its text is Kafka's own, so that it
// can stand in a REST answer; [Problems] adds the remedy for people.
type Error struct {
	Key    string
	Value  string // as given
	Secret bool   // Value must not be shown
	// Missing says that a required key was not given; Value and Reason are unused.
	Missing bool
	Reason  string
	Remedy  string // what to do about it; may be empty
	// Message replaces the composed text where Kafka words a problem differently.
	Message string
}

// Invalid makes the error for a value that was given but cannot be used.
func Invalid(key, value, reason string) *Error {
	return &Error{Key: key, Value: value, Reason: reason}
}

func (e *Error) Error() string {
	switch {
	case e.Message != "":
		return e.Message
	case e.Missing:
		return fmt.Sprintf("Missing required configuration %q which has no default value.", e.Key)
	case e.Reason == "":
		return fmt.Sprintf("Invalid value %s for configuration %s", e.shownValue(), e.Key)
	}
	return fmt.Sprintf("Invalid value %s for configuration %s: %s", e.shownValue(), e.Key, e.Reason)
}

func (e *Error) shownValue() string {
	if e.Secret {
		return Hidden
	}
	return e.Value
}

// line is the problem as one line of a list for people: key, value, reason, fix.
func (e *Error) line() string {
	var b strings.Builder
	b.WriteString(e.Key)
	if !e.Missing {
		b.WriteString("=" + e.shownValue())
	}
	b.WriteString(": ")
	switch {
	case e.Missing:
		b.WriteString("required, but not given")
	case e.Reason != "":
		b.WriteString(strings.TrimSuffix(e.Reason, "."))
	case e.Message != "":
		b.WriteString(strings.TrimSuffix(e.Message, "."))
	default:
		b.WriteString("invalid value")
	}
	if e.Remedy != "" {
		b.WriteString(" (fix: " + e.Remedy + ")")
	}
	// A value may come from anywhere; it must not break the one-line form.
	return strings.NewReplacer("\n", `\n`, "\r", `\r`).Replace(b.String())
}

// Problems collects everything that is wrong with a configuration, so that all
// of it can be told at once. The zero value is ready to use; it is not safe for
// concurrent use.
type Problems struct {
	errs []error
}

// Add collects err; nil is ignored. Errors that hold several, such as those of
// [Def.Parse] or [errors.Join], are collected one by one.
func (p *Problems) Add(err error) {
	if err == nil {
		return
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			p.Add(e)
		}
		return
	}
	p.errs = append(p.errs, err)
}

// Len counts the problems collected so far.
func (p *Problems) Len() int { return len(p.errs) }

// Err returns p as an error, or nil when nothing was collected.
func (p *Problems) Err() error {
	if len(p.errs) == 0 {
		return nil
	}
	return p
}

// Unwrap gives the problems one by one; errors.Is and errors.As look through.
func (p *Problems) Unwrap() []error { return p.errs }

// Error lists all problems, one a line, each with key, value, reason and fix.
func (p *Problems) Error() string {
	var b strings.Builder
	noun := "problems"
	if len(p.errs) == 1 {
		noun = "problem"
	}
	fmt.Fprintf(&b, "Invalid configuration: %d %s", len(p.errs), noun)
	for _, err := range p.errs {
		b.WriteString("\n  ")
		var e *Error
		if errors.As(err, &e) && e.Error() == err.Error() {
			b.WriteString(e.line())
			continue
		}
		b.WriteString(strings.ReplaceAll(err.Error(), "\n", `\n`))
	}
	return b.String()
}
