package kafka

import (
	"maps"
	"strings"
	"testing"
)

func TestJAASTextIsReadAsJavaReadsIt(t *testing.T) {
	const plain = "org.apache.kafka.common.security.plain.PlainLoginModule"
	for _, c := range []struct {
		name, text string
		want       map[string]string
	}{
		{"as in the documentation", plain + ` required username="alice" password="alice-secret";`,
			map[string]string{"username": "alice", "password": "alice-secret"}},
		{"line breaks, and a blank before the semicolon", plain + " required\n\tusername=\"alice\"\r\n\tpassword=\"s\"\n;",
			map[string]string{"username": "alice", "password": "s"}},
		{"single quotes", plain + ` required username='al"ice' password='s';`, map[string]string{"username": `al"ice`, "password": "s"}},
		{"no quotes", plain + ` required username=alice password=s-e_c.r$et;`, map[string]string{"username": "alice", "password": "s-e_c.r$et"}},
		{"blanks around the sign", plain + ` required username = "alice" ;`, map[string]string{"username": "alice"}},
		{"a number", plain + ` required password=12345;`, map[string]string{"password": "12345"}},
		{"a quoted key", plain + ` required "username"="alice";`, map[string]string{"username": "alice"}},
		{"escapes", plain + ` required password="a\"b\\c\td\101\x";`, map[string]string{"password": "a\"b\\c\tdAx"}},
		{"octal escapes end by themselves", plain + ` required password="\18\477";`, map[string]string{"password": "\x018'7"}},
		{"signs inside quotes", plain + ` required password="a;b=c//d/*e*/#f{}";`, map[string]string{"password": "a;b=c//d/*e*/#f{}"}},
		{"comments", "/* who */ " + plain + " required // how\n username=\"alice\" / odd but Java's\n;", map[string]string{"username": "alice"}},
		{"other letters", plain + ` required username="jürgen" password=ключ;`, map[string]string{"username": "jürgen", "password": "ключ"}},
		{"an empty value", plain + ` required password="";`, map[string]string{"password": ""}},
		{"the last of two", plain + ` required a="1" a="2";`, map[string]string{"a": "2"}},
		{"another flag", plain + ` OPTIONAL a="1";`, map[string]string{"a": "1"}},
		{"no options", plain + ` required;`, map[string]string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := parseJAAS(c.text)
			must(t, err)
			if e.module != plain || !maps.Equal(e.options, c.want) {
				t.Errorf("got %s %q, want %q", e.module, e.options, c.want)
			}
		})
	}
}

func TestBrokenJAASTextIsRefusedWithoutQuotingIt(t *testing.T) {
	for text, want := range map[string]string{
		``:                                     "no login module",
		`;`:                                    "does not begin",
		`PlainLoginModule`:                     "required",
		`PlainLoginModule password="hunter2";`: "required",
		`M required password="hunter2"`:        "semicolon",
		`M required password=hunter2!x;`:       "double quotes",
		`M required password=hunter2 hunter2;`: "double quotes",
		`M required password=;`:                "password has no value",
		`M required password`:                  "not followed by =",
		`M required a="hunter2"; N required b="c";`: "only one login module",
		`M required password="hunter2;`:             "semicolon",
		`M required { }`:                            "unexpected sign",
	} {
		_, err := parseJAAS(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error quotes it: %v", text, err)
		}
	}
}

func FuzzJAASTextNeverHarmsAndQuotedValuesComeBack(f *testing.F) {
	f.Add("alice", `a"b\c`)
	f.Add("", "\x00é/*")
	f.Fuzz(func(t *testing.T, text, value string) {
		_, _ = parseJAAS(text) // must end
		if strings.ContainsAny(value, "\r\n") {
			return // Java cannot write them between quotes either, but as escapes
		}
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value)
		e, err := parseJAAS(`M required v="` + quoted + `";`)
		if err != nil || e.options["v"] != value {
			t.Fatalf("%q came back as %q, %v", value, e, err)
		}
	})
}
