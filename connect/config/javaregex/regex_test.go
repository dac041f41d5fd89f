package javaregex

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"strconv"
	"testing"
)

// What Java says of one pattern; see testdata/RegexTable.java.
type javaSays struct {
	Pattern string
	Yes, No []string
	Error   string
}

func goldenFile() string {
	if name := os.Getenv("JAVAREGEX_TABLE"); name != "" {
		return name // a longer table than the repository should hold
	}
	return "testdata/regex.golden.jsonl"
}

func javaTable(t testing.TB) []javaSays {
	t.Helper()
	f, err := os.Open(goldenFile())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var table []javaSays
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var one javaSays
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		table = append(table, one)
	}
	if len(table) == 0 {
		t.Fatal("the table is empty")
	}
	return table
}

// Patterns that Java takes and we refuse, each with a clear error.
var unsupported = map[string]bool{
	`\X`: true, `(?c)a`: true,
}

func TestPatternsMatchWhatTheyMatchInJava(t *testing.T) {
	for _, java := range javaTable(t) {
		re, err := Compile(java.Pattern)
		if (err != nil) != (java.Error != "" || unsupported[java.Pattern]) {
			t.Errorf("%q: error %v, Java has %q", java.Pattern, err, java.Error)
		}
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Pattern != java.Pattern {
				t.Errorf("%q: not a syntax error of the pattern: %#v", java.Pattern, err)
			}
			continue
		}
		for _, s := range java.Yes {
			if ok, err := re.Match(s); !ok || err != nil {
				t.Errorf("%q does not match %q, %v: %v", java.Pattern, s, err, re.describe())
			}
		}
		for _, s := range java.No {
			if ok, err := re.Match(s); ok || err != nil {
				t.Errorf("%q matches %q, %v: %v", java.Pattern, s, err, re.describe())
			}
		}
	}
}

// describe tells what a pattern became.
func (re *Regex) describe() string {
	switch {
	case re.linear != nil:
		return "regexp " + re.linear.String()
	case re.general != nil:
		return "regexp2 " + re.general.String()
	}
	return "strings only"
}

func TestErrorsAreJavasWhereJavaObjectsToo(t *testing.T) {
	for pattern, want := range map[string]string{
		`a(b`:           "Unclosed group near index 3",
		`*a`:            "Dangling meta character '*' near index 0",
		`[a`:            "Unclosed character class near index 2",
		`a)`:            "Unmatched closing ')' near index 1",
		`a{x}`:          "Illegal repetition near index 2",
		`(?<=a*)b`:      "Look-behind group does not have an obvious maximum length near index 7",
		`\p{InGreek}`:   "Unknown or unsupported character property name {InGreek} near index 10",
		`\N{DIGIT ONE}`: `\N{name} is not supported near index 1`,
	} {
		_, err := Compile(pattern)
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", pattern, err, want)
		}
	}
}

func TestPlainPatternsNeedNoBacktrackingEngine(t *testing.T) {
	for _, pattern := range []string{
		`.*`, `mm2.*\.internal|.*\.replica|__.*`, `foo|bar.*|[a-z]+-\d{3}`,
		`(?:us|eu)\.[\w&&[^_]]+.*?x`, `^(a|b.*)$`, `(?i)orders.*`,
	} {
		re, err := Compile(pattern)
		if err != nil || re.general != nil {
			t.Errorf("%s: %v, %v", pattern, err, re.describe())
		}
	}
}

func TestAMatchThatExplodesIsGivenUp(t *testing.T) {
	re, err := Compile(`(?!x)(a+)+\1b`)
	if err != nil {
		t.Fatal(err)
	}
	re.general.MatchTimeout = 1 // the shortest there is
	ok, err := re.Match("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac")
	if ok || err == nil {
		t.Errorf("%v, %v", ok, err)
	}
}

func FuzzCompile(f *testing.F) {
	for _, java := range javaTable(f) {
		f.Add(java.Pattern, "a.b")
	}
	f.Fuzz(func(t *testing.T, pattern, s string) {
		re, err := Compile(pattern)
		if err != nil {
			return
		}
		// Whatever compiles, every engine it went to accepts, and the two engines
		// agree where both can tell.
		got, err := re.Match(s)
		if err != nil || re.linear == nil && re.general == nil {
			return
		}
		tree, _ := parse(pattern)
		if !regular(tree) || len(s) > 30 || len(pattern) > 60 {
			return
		}
		if other, err := dotNetMatch(tree, s); err == nil && other != got {
			t.Fatalf("%q on %q: %v, the other engine %v; %s", pattern, s, got, other, re.describe())
		}
	})
}

func BenchmarkHundredThousandTopics(b *testing.B) {
	topics := make([]string, 100_000)
	for i := range topics {
		topics[i] = "us-east.orders-" + string(rune('a'+i%26)) + ".v1." + strconv.Itoa(i) + "-events"
	}
	for name, pattern := range map[string]string{
		"everything": `.*`,
		"excludes":   `mm2.*\.internal|.*\.replica|__.*`,
		"classes":    `us-[a-z]+\.(orders|payments)-.\.v\d+\..*`,
		"look-ahead": `(?!__|mm2|connect-)[\w.-]+`,
		"possessive": `[\w.-]++`,
	} {
		re, err := Compile(pattern)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				for _, topic := range topics {
					_, _ = re.Match(topic)
				}
			}
		})
	}
}
