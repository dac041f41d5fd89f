package converter_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"testing"

	"crosstide/connect"
	"crosstide/connect/converter"
	"crosstide/connect/data"
	"crosstide/connect/data/datatest"
	"crosstide/connect/plugin"
)

func cases(t *testing.T) []datatest.Case {
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
	if err != nil || len(all) < 1000 {
		t.Fatalf("%d cases, %v", len(all), err)
	}
	return all
}

func registry() *plugin.Registry {
	r := plugin.NewRegistry()
	converter.Register(r)
	return r
}

// ask returns what the converter of a case makes of it.
func ask(r *plugin.Registry, c datatest.Case) (b []byte, schema *data.Schema, v any, err error) {
	if c.Do == "fromHeader" || c.Do == "toHeader" {
		var h connect.HeaderConverter
		p, err := r.HeaderConverter(c.Class)
		if err == nil {
			h, err = p.New(c.Config)
		}
		if err != nil {
			return nil, nil, nil, err
		}
		if c.Do == "fromHeader" {
			b, err = h.FromConnectHeader("topic", "header", c.Schema.Schema(), c.Value.Value())
			return b, nil, nil, err
		}
		schema, v, err = h.ToConnectHeader("topic", "header", c.Bytes)
		return nil, schema, v, err
	}
	var k connect.Converter
	p, err := r.Converter(c.Class)
	if err == nil {
		k, err = p.New(c.Config)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	if c.Do == "fromConnect" {
		b, err = k.FromConnectData("topic", c.Schema.Schema(), c.Value.Value())
		return b, nil, nil, err
	}
	schema, v, err = k.ToConnectData("topic", c.Bytes)
	return nil, schema, v, err
}

func TestConvertersAnswerAsJavaDoes(t *testing.T) {
	r := registry()
	for _, c := range cases(t) {
		b, schema, v, err := ask(r, c)
		line, _ := json.Marshal(c)
		if (err != nil) != (c.Error != "") {
			t.Errorf("%s\nhere: %q %v %v %v", line, b, schema, v, err)
			continue
		}
		if err != nil {
			continue
		}
		if c.Do == "fromConnect" || c.Do == "fromHeader" {
			var want []byte
			if err := json.Unmarshal(c.Out, &want); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(b, want) || (b == nil) != (want == nil) {
				t.Errorf("%s\nhere: %s\nJava: %s", line, b, want)
			}
			continue
		}
		var want datatest.Pair
		if err := json.Unmarshal(c.Out, &want); err != nil {
			t.Fatal(err)
		}
		if !want.Equal(schema, v) {
			got, _ := json.Marshal(datatest.Pair{Schema: datatest.FromSchema(schema), Value: datatest.FromValue(v)})
			t.Errorf("%s\nhere: %s", line, got)
		}
	}
}
