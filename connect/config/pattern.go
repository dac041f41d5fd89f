package config

import (
	"strings"
	"sync/atomic"

	"crosstide/connect/config/javaregex"
)

// A Pattern is a Java regular expression, matched against whole strings as
// Java's matches() does. It is safe for concurrent use.
type Pattern struct {
	regex *javaregex.Regex
	first atomic.Pointer[error]
}

// CompilePattern compiles a Java regular expression. The error says what is
// wrong and where; for syntax that Java knows and we do not, it says so.
func CompilePattern(javaRegex string) (*Pattern, error) {
	re, err := javaregex.Compile(javaRegex)
	if err != nil {
		return nil, &Error{Value: javaRegex, Reason: "Syntax error in regular expression: " + err.Error()}
	}
	return &Pattern{regex: re}, nil
}

// CompileList joins list with | and compiles that as one Java regular
// expression, as Kafka's filters do: flags and group numbers reach across
// elements. The empty list matches nothing. An error names the element at fault.
func CompileList(list []string) (*Pattern, error) {
	if len(list) == 0 {
		return &Pattern{regex: javaregex.CompileNothing()}, nil
	}
	p, err := CompilePattern(strings.Join(list, "|"))
	if err == nil {
		return p, nil
	}
	for _, element := range list {
		if _, alone := CompilePattern(element); alone != nil {
			return nil, withListHint(alone, element)
		}
	}
	return nil, err
}

// withListHint explains the commonest mistake: {1,3} in a list.
func withListHint(err error, element string) error {
	if open := strings.LastIndexByte(element, '{'); open >= 0 && !strings.Contains(element[open:], "}") {
		hinted := *err.(*Error)
		hinted.Remedy = "a comma always parts list elements, also inside {1,3}: write a|aa|aaa instead"
		return &hinted
	}
	return err
}

// Match reports whether all of s matches. The error says that the attempt took
// too long and was given up, which only patterns with look-around,
// back-references, atomic or possessive parts can do.
func (p *Pattern) Match(s string) (bool, error) { return p.regex.Match(s) }

// Matches is Match for callers that cannot do anything about an error: it
// answers false then, and [Pattern.Err] tells.
func (p *Pattern) Matches(s string) bool {
	ok, err := p.regex.Match(s)
	if err != nil {
		p.first.CompareAndSwap(nil, &err)
	}
	return ok
}

// Err returns the error behind the first false answer of Matches that may have
// been wrong, or nil.
func (p *Pattern) Err() error {
	if err := p.first.Load(); err != nil {
		return *err
	}
	return nil
}

// String returns the pattern as it was given, elements joined with |.
func (p *Pattern) String() string { return p.regex.String() }

// Patterns accepts lists whose elements form a Java regular expression, under
// the rules of [NonDuplicateList] with empty lists allowed.
func Patterns() Validator {
	return func(name string, value any) error {
		if err := anyNonDuplicates(name, value); err != nil {
			return err
		}
		list, _ := value.([]string)
		_, err := CompileList(list)
		return named(name, err)
	}
}

// OnePattern accepts strings that are a Java regular expression, and null.
func OnePattern() Validator {
	return func(name string, value any) error {
		s, ok := value.(string)
		if !ok {
			return nil
		}
		_, err := CompilePattern(s)
		return named(name, err)
	}
}

// named puts the key into an error that was made without knowing it.
func named(key string, err error) error {
	e, ok := err.(*Error)
	if !ok {
		return err
	}
	full := *e
	full.Key = key
	return &full
}
