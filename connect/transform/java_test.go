package transform_test

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connect/converter"
	"crosstide/connect/data"
	"crosstide/connect/data/datatest"
	"crosstide/connect/plugin"
	"crosstide/connect/transform"
)

func cases(t *testing.T, do string) []datatest.Case {
	t.Helper()
	f, err := os.Open("testdata/java.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	all, err := datatest.Read(unzipped)
	if err != nil {
		t.Fatal(err)
	}
	var those []datatest.Case
	for _, c := range all {
		if c.Do == do {
			those = append(those, c)
		}
	}
	if len(those) < 10 {
		t.Fatalf("only %d cases of %s", len(those), do)
	}
	return those
}

func registry() *plugin.Registry {
	r := plugin.NewRegistry()
	transform.Register(r)
	converter.Register(r)
	return r
}

func toRecord(r *datatest.Record) *connect.SourceRecord {
	out := &connect.SourceRecord{
		Topic: r.Topic, Partition: r.Partition, Timestamp: r.Timestamp,
		KeySchema: r.KeySchema.Schema(), Key: r.Key.Value(), ValueSchema: r.ValueSchema.Schema(), Value: r.Value.Value(),
	}
	for _, h := range r.Headers {
		out.Headers = append(out.Headers, connect.Header{Key: h.Key, Schema: h.Schema.Schema(), Value: h.Value.Value()})
	}
	return out
}

func fromRecord(r *connect.SourceRecord) *datatest.Record {
	if r == nil {
		return nil
	}
	out := &datatest.Record{
		Topic: r.Topic, Partition: r.Partition, Timestamp: r.Timestamp,
		KeySchema: datatest.FromSchema(r.KeySchema), Key: datatest.FromValue(r.Key),
		ValueSchema: datatest.FromSchema(r.ValueSchema), Value: datatest.FromValue(r.Value),
	}
	for _, h := range r.Headers {
		out.Headers = append(out.Headers, datatest.Header{Key: h.Key, Schema: datatest.FromSchema(h.Schema), Value: datatest.FromValue(h.Value)})
	}
	return out
}

func same(a, b *connect.SourceRecord) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.Topic != b.Topic || !data.Equal(deref(a.Partition), deref(b.Partition)) || !data.Equal(deref(a.Timestamp), deref(b.Timestamp)) ||
		!a.KeySchema.Equal(b.KeySchema) || !data.Equal(a.Key, b.Key) || !a.ValueSchema.Equal(b.ValueSchema) || !data.Equal(a.Value, b.Value) ||
		len(a.Headers) != len(b.Headers) {
		return false
	}
	for i, h := range a.Headers {
		o := b.Headers[i]
		if h.Key != o.Key || !h.Schema.Equal(o.Schema) || !data.Equal(h.Value, o.Value) {
			return false
		}
	}
	return true
}

func deref[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

func run(r *plugin.Registry, c datatest.Case) (*connect.SourceRecord, error) {
	p, err := r.Transformation(c.Class)
	if err != nil {
		return nil, err
	}
	x, err := p.New(c.Config)
	if err != nil {
		return nil, err
	}
	defer x.Close()
	return x.Apply(toRecord(c.Record))
}

func TestTransformationsAnswerAsJavaDoes(t *testing.T) {
	r := registry()
	for _, c := range cases(t, "transform") {
		if strings.Contains(c.Error, "Cannot list fields on non-struct type") {
			continue // Java's SetSchemaMetadata fails at whatever is no struct; ours need not
		}
		got, err := run(r, c)
		line, _ := json.Marshal(c)
		if (err != nil) != (c.Error != "") {
			result, _ := json.Marshal(fromRecord(got))
			t.Errorf("%s\nhere: %s %v", line, result, err)
			continue
		}
		if err != nil {
			continue
		}
		var want *datatest.Record
		if err := json.Unmarshal(c.Out, &want); err != nil {
			t.Fatal(err)
		}
		if want == nil != (got == nil) || want != nil && !same(got, toRecord(want)) {
			result, _ := json.Marshal(fromRecord(got))
			t.Errorf("%s\nhere: %s", line, result)
		}
	}
}

func TestPredicatesAnswerAsJavaDoes(t *testing.T) {
	r := registry()
	for _, c := range cases(t, "predicate") {
		var got bool
		p, err := r.Predicate(c.Class)
		if err != nil {
			t.Fatal(err)
		}
		x, err := p.New(c.Config)
		if err == nil {
			got, err = x.Test(toRecord(c.Record))
		}
		if (err != nil) != (c.Error != "") || err == nil && string(c.Out) != map[bool]string{true: "true", false: "false"}[got] {
			t.Errorf("%s %v: %v, %v; Java: %s%s", c.Class, c.Config, got, err, c.Out, c.Error)
		}
	}
}

func TestKeysAreJavasOwn(t *testing.T) {
	type key struct {
		Name, Type, Importance string
		Required               bool
		Default                *string
		Group                  *string
		Order                  int
		Width, Display         string
	}
	r := registry()
	for _, c := range cases(t, "keys") {
		var want []key
		if err := json.Unmarshal(c.Out, &want); err != nil {
			t.Fatalf("%s: %v", c.Error, err)
		}
		var def *config.Def
		if p, err := r.Transformation(c.Class); err == nil {
			def = p.Keys
		} else if p, err := r.Predicate(c.Class); err == nil {
			def = p.Keys
		} else if p, err := r.HeaderConverter(c.Class); err == nil {
			def = p.Keys
		} else {
			t.Errorf("%s is unknown", c.Class)
			continue
		}
		have := map[string]config.Key{}
		for _, k := range def.Keys() {
			have[k.Name] = k
		}
		for _, w := range want {
			k, ok := have[w.Name]
			delete(have, w.Name)
			text, hasDefault := k.DefaultText()
			if !ok || k.Type.String() != w.Type || k.Importance.String() != w.Importance || k.Required != w.Required ||
				hasDefault != (w.Default != nil) || hasDefault && text != *w.Default ||
				(k.Group == "") != (w.Group == nil) || w.Group != nil && k.Group != *w.Group || k.OrderInGroup() != w.Order ||
				k.Width.String() != w.Width || k.Display() != w.Display {
				b, _ := json.Marshal(w)
				t.Errorf("%s: Java has %s, here it is %+v", c.Class, b, k)
			}
		}
		for name := range have {
			t.Errorf("%s: Java does not have %s", c.Class, name)
		}
	}
}
