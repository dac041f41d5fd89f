package config

import (
	"strings"
	"testing"
)

func TestAListOfPatternsIsOneAlternation(t *testing.T) {
	p, err := CompileList([]string{`mm2.*\.internal`, `.*\.replica`, `__.*`, `(?i)Orders`, `x(?=y)y+`})
	if err != nil {
		t.Fatal(err)
	}
	for s, want := range map[string]bool{
		"mm2-offsets.us.internal": true, "a.replica": true, "a.replica.b": false, "__consumer_offsets": true,
		"_x": false, "orders": true, "XYY": true, "": false, "mm2.internal.x": false,
	} {
		if p.Matches(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
	if p.Err() != nil {
		t.Error(p.Err())
	}
}

func TestTheEmptyListMatchesNothing(t *testing.T) {
	p, err := CompileList(nil)
	if err != nil || p.Matches("") || p.Matches("a") {
		t.Error("matches")
	}
}

func TestABadPatternIsNamedWithItsKeyAndRemedy(t *testing.T) {
	def := NewDef(Key{Name: "topics", Type: List, Validator: Patterns()})
	_, err := def.Parse(map[string]string{"topics": "ok.*, a{1,3}b, fine"})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"topics=a{1:", "Syntax error in regular expression: Unclosed counted closure near index 3", "comma"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in: %v", want, err)
		}
	}
	// The default validation of lists is part of it.
	if _, err := def.Parse(map[string]string{"topics": "a,,b"}); err == nil {
		t.Error("an empty element passes")
	}
	if v, err := def.Parse(map[string]string{"topics": "a,a"}); err != nil || len(v.List("topics")) != 1 {
		t.Errorf("a repeated element: %v", err)
	}
}
