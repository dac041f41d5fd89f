package transform_test

import (
	"strings"
	"testing"

	"crosstide/connect"
	"crosstide/connect/transform"
)

func TestChainAppliesWhatItsPredicatesSelect(t *testing.T) {
	props := map[string]string{
		"transforms": "a, b", "predicates": "old",
		"transforms.a.type": "RegexRouter", "transforms.a.regex": "(.*)", "transforms.a.replacement": "$1.x",
		"transforms.a.predicate": "old",
		"transforms.b.type":      "RegexRouter", "transforms.b.regex": "(.*)", "transforms.b.replacement": "$1.y",
		"transforms.b.predicate": "old", "transforms.b.negate": "true",
		"predicates.old.type": "org.apache.kafka.connect.transforms.predicates.TopicNameMatches", "predicates.old.pattern": "old.*",
	}
	chain, err := transform.NewChain(registry(), props)
	if err != nil {
		t.Fatal(err)
	}
	for topic, want := range map[string]string{"old": "old.x", "new": "new.y"} {
		r := &connect.SourceRecord{Topic: topic}
		for _, x := range chain {
			if r, err = x.Apply(r); err != nil {
				t.Fatal(err)
			}
		}
		if r.Topic != want {
			t.Errorf("%s became %s", topic, r.Topic)
		}
	}
	for _, x := range chain {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAllThatIsWrongWithAChainIsTold(t *testing.T) {
	_, err := transform.NewChain(registry(), map[string]string{
		"transforms":        "a,b,c,d,e,f,g,a,h",
		"predicates":        "p,q",
		"transforms.b.type": "org.example.None",
		"transforms.c.type": "Filter", "transforms.c.negate": "true",
		"transforms.d.type": "Filter", "transforms.d.predicate": "missing",
		"transforms.e.type": "Filter", "transforms.e.predicate": "p",
		"predicates.p.type": "TopicNameMatches", "predicates.p.pattern": "(",
		"transforms.f.type": "org.apache.kafka.connect.transforms.Cast$Value", "transforms.f.spec": "x:y", "transforms.f.replace.null.with.default": "?",
		"transforms.g.type": "Filter", "transforms.g.predicate": "q",
		"transforms.h.type": "RegexRouter", "transforms.h.regex": "x", "transforms.h.replacement": "$1",
	})
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	for _, want := range []string{
		"transforms.a.type: required", "transforms.b.type=org.example.None", "transforms.c.negate=true", "transforms.d.predicate=missing",
		"predicates.p.pattern=(", "transforms.f.spec=x:y", "transforms.f.replace.null.with.default=?", "predicates.q.type: required",
		"transforms=a,b,c,d,e,f,g,a,h", "transforms.h.replacement=$1",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in\n%v", want, err)
		}
	}
}

func TestRecordsAreNotChangedInPlace(t *testing.T) {
	chain, err := transform.NewChain(registry(), map[string]string{
		"transforms": "a,b", "transforms.a.type": "InsertHeader", "transforms.a.header": "h", "transforms.a.value.literal": "1",
		"transforms.b.type": "org.apache.kafka.connect.transforms.MaskField$Value", "transforms.b.fields": "f",
	})
	if err != nil {
		t.Fatal(err)
	}
	value := map[string]any{"f": "secret"}
	in := &connect.SourceRecord{Topic: "t", Value: value, Headers: make([]connect.Header, 0, 4)}
	out := in
	for _, x := range chain {
		if out, err = x.Apply(out); err != nil {
			t.Fatal(err)
		}
	}
	if value["f"] != "secret" || len(in.Headers) != 0 || len(out.Headers) != 1 || out.Value.(map[string]any)["f"] != "" {
		t.Errorf("in %+v, out %+v", in, out)
	}
}
