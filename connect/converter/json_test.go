package converter_test

import (
	"bytes"
	"strings"
	"testing"

	"crosstide/connect/converter"
	"crosstide/connect/data"
)

func FuzzWhatJSONDecodesItEncodesBack(f *testing.F) {
	for _, s := range []string{
		`{"a":[1,2.5,null,true,"x"]}`, `1e400`, `{"schema":{"type":"int32"},"payload":1}`,
		`{"schema":{"type":"struct","fields":[{"type":"bytes","field":"a","optional":true}]},"payload":{"a":"AA=="}}`,
		`{"schema":{"type":"map","keys":{"type":"int32"},"values":{"type":"string"}},"payload":[[1,"a"],[1,"b"]]}`,
		`{"schema":{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2"}},"payload":"AJw="}`,
	} {
		f.Add([]byte(s))
	}
	var all []*converter.JSON
	for _, props := range []map[string]string{nil, {"schemas.enable": "false"}, {"decimal.format": "NUMERIC"}} {
		c, err := converter.NewJSON(props)
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, c)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, c := range all {
			schema, v, err := c.ToConnectData("t", in)
			if err != nil || (schema == nil && v == nil) {
				continue
			}
			out, err := c.FromConnectData("t", schema, v)
			if err != nil {
				// A number where a decimal belongs may have another scale than its
				// schema, and a null may be read without being allowed.
				if !strings.Contains(err.Error(), "scale") && !strings.Contains(err.Error(), "null") {
					t.Errorf("%q is read but not written: %v", in, err)
				}
				continue
			}
			if bytes.Contains(out, []byte(`Infinity"`)) {
				continue // JSON has no such number
			}
			schema2, v2, err := c.ToConnectData("t", out)
			if err != nil || !schema.Equal(schema2) || !data.Equal(v, v2) {
				t.Errorf("%q is written %q and read back as %v, not %v: %v", in, out, v2, v, err)
			}
		}
	})
}

func TestConvertersAnswerToAliases(t *testing.T) {
	r := registry()
	for _, name := range []string{"JsonConverter", "Json", "StringConverter", "String", "ByteArray", "LongConverter", "Boolean"} {
		if _, err := r.Converter(name); err != nil {
			t.Error(err)
		}
		if _, err := r.HeaderConverter(name); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"SimpleHeaderConverter", "Simple"} {
		if _, err := r.HeaderConverter(name); err != nil {
			t.Error(err)
		}
		if _, err := r.Converter(name); err == nil {
			t.Errorf("%s is taken for keys and values", name)
		}
	}
}

func TestBadConverterKeysAreAllNamed(t *testing.T) {
	p, err := registry().Converter("Json")
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.New(map[string]string{"schemas.enable": "perhaps", "decimal.format": "OCTAL"})
	if err == nil || !strings.Contains(err.Error(), "schemas.enable=perhaps") || !strings.Contains(err.Error(), "decimal.format=OCTAL") {
		t.Errorf("got %v", err)
	}
	_, err = p.New(map[string]string{"schema.content": `{"type":"nothing"}`})
	if err == nil || !strings.Contains(err.Error(), "schema.content") || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("got %v", err)
	}
}

func BenchmarkJSONWithSchema(b *testing.B) {
	c, err := converter.NewJSON(nil)
	if err != nil {
		b.Fatal(err)
	}
	schema := data.NewStructSchema().Field("id", data.Int64Schema).Field("name", data.StringSchema).MustBuild()
	value := data.NewStruct(schema).Set("id", int64(1)).Set("name", strings.Repeat("x", 80))
	b.ReportAllocs()
	for b.Loop() {
		out, err := c.FromConnectData("t", schema, value)
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := c.ToConnectData("t", bytes.Clone(out)); err != nil {
			b.Fatal(err)
		}
	}
}

func TestHeadersThatAreNotBytesPassAsTextBesideBytes(t *testing.T) {
	p, err := registry().HeaderConverter("ByteArrayConverter")
	if err != nil {
		t.Fatal(err)
	}
	h, err := p.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		schema *data.Schema
		value  any
		want   string
	}{{data.OptionalBytes, []byte{0xff}, "\xff"}, {data.StringSchema, "east", "east"}, {data.Float32Schema, float32(1.5), "1.5"}, {nil, nil, ""}} {
		got, err := h.FromConnectHeader("t", "h", c.schema, c.value)
		if err != nil || string(got) != c.want || (got == nil) != (c.value == nil) {
			t.Errorf("%v gives %q, %v", c.value, got, err)
		}
	}
}
