//go:build ignore

// Cases prints what Java's converters are asked.
package main

import (
	"encoding/json"
	"maps"
	"math"
	"math/big"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"crosstide/connect/data"
	"crosstide/connect/data/datatest"
)

type config = map[string]string

const (
	jsonClass   = "org.apache.kafka.connect.json.JsonConverter"
	stringClass = "org.apache.kafka.connect.storage.StringConverter"
	headerClass = "org.apache.kafka.connect.storage.SimpleHeaderConverter"
	others      = "org.apache.kafka.connect.converters."
)

var (
	out      = json.NewEncoder(os.Stdout)
	plain    = config{"schemas.enable": "false"}
	numeric  = config{"decimal.format": "numeric"}
	keepNull = config{"replace.null.with.default": "false"}
	moment   = time.UnixMilli(1566570894346)
	day      = time.UnixMilli(1566518400000)
	ofDay    = time.UnixMilli(52494346)
	inner    = data.NewStructSchema().Name("inner").Field("n", data.OptionalInt64).MustBuild()
	outer    = data.NewStructSchema().Name("outer").Version(3).Doc("a \"doc\"").Parameter("b", "2").Parameter("a", "1").
			Field("id", data.Int32Schema).
			Field("name", data.NewSchema(data.String).Default("anonymous").MustBuild()).
			Field("alias", data.NewSchema(data.String).Optional().Default("none").MustBuild()).
			Field("inner", inner).
			Field("tags", data.NewArraySchema(data.OptionalString).Optional().MustBuild()).
			Field("at", data.OptionalTimestamp).MustBuild()
	full = data.NewStruct(outer).Set("id", int32(7)).Set("name", "x").Set("alias", "y").
		Set("inner", data.NewStruct(inner).Set("n", int64(-1))).Set("tags", []any{"a", nil}).Set("at", moment)
	sparse = data.NewStruct(outer).Set("id", int32(7)).Set("inner", data.NewStruct(inner))
)

func from(class string, c config, schema *data.Schema, v any) {
	out.Encode(datatest.Case{Do: "fromConnect", Class: class, Config: c, Schema: datatest.FromSchema(schema), Value: datatest.FromValue(v)})
}

func to(class string, c config, b []byte) {
	out.Encode(datatest.Case{Do: "toConnect", Class: class, Config: c, Bytes: b})
}

func decimal(n, scale int64) data.Decimal {
	return data.Decimal{Unscaled: big.NewInt(n), Scale: int32(scale)}
}

var huge, _ = new(big.Int).SetString("-123456789012345678901234567890", 10)

func writeJSON() {
	type sv struct {
		s *data.Schema
		v any
	}
	values := []sv{
		{data.Int8Schema, int8(-7)}, {data.Int16Schema, int16(300)}, {data.Int32Schema, int32(70000)}, {data.Int64Schema, int64(math.MaxInt64)},
		{data.Float32Schema, float32(1.5)}, {data.Float32Schema, float32(0.1)}, {data.Float64Schema, 1.0}, {data.Float64Schema, 1e10}, {data.Float64Schema, 1.5e-5}, {data.Float64Schema, math.NaN()}, {data.Float64Schema, math.Inf(-1)}, {data.Float32Schema, float32(math.Inf(1))},
		{data.BooleanSchema, true}, {data.OptionalBoolean, nil}, {data.StringSchema, "a \"q\" \\ / \b\f\n\r\t\x01\x1f\x7f é 日本 😀 \u2028"}, {data.StringSchema, ""}, {data.OptionalString, nil}, {data.StringSchema, nil},
		{data.BytesSchema, []byte{0, 1, 2, 250, 255}}, {data.BytesSchema, []byte{}}, {data.OptionalBytes, []byte("abcd")},
		{data.NewArraySchema(data.Int32Schema).MustBuild(), []any{int32(1), int32(2)}}, {data.NewArraySchema(data.OptionalString).MustBuild(), []any{"a", nil}}, {data.NewArraySchema(data.Int32Schema).MustBuild(), []any{}}, {data.NewArraySchema(data.Int32Schema).MustBuild(), []any{nil}}, {data.NewArraySchema(data.Int32Schema).MustBuild(), []any{"a"}},
		{data.NewMapSchema(data.StringSchema, data.Int32Schema).MustBuild(), map[string]any{"key1": int32(12), "key2": int32(15), "z": int32(1), "a": int32(0), "longer key": int32(4)}},
		{data.NewMapSchema(data.Int32Schema, data.Int32Schema).MustBuild(), data.Entries{{int32(1), int32(12)}, {int32(2), int32(15)}}}, {data.NewMapSchema(data.OptionalString, data.OptionalString).MustBuild(), map[string]any{"a": nil}},
		{data.NewMapSchema(data.StringSchema, data.Int32Schema).MustBuild(), map[string]any{"a": nil}}, {data.NewMapSchema(data.StringSchema, data.Int32Schema).MustBuild(), map[string]any{}},
		{outer, full}, {outer, sparse}, {inner, data.NewStruct(inner)}, {outer, nil}, {inner, full}, {data.StringSchema, full},
		{data.DecimalSchema(2), decimal(156, 2)}, {data.DecimalSchema(2), decimal(-156, 2)}, {data.DecimalSchema(0), decimal(0, 0)}, {data.DecimalSchema(-3), decimal(128, -3)}, {data.DecimalSchema(2), decimal(156, 3)}, {data.DecimalSchema(10), data.Decimal{Unscaled: huge, Scale: 10}}, {data.DecimalSchema(8), decimal(1, 8)}, {data.NewDecimal(2).Optional().MustBuild(), nil}, {data.NewDecimal(2).Default(decimal(100, 2)).MustBuild(), nil},
		{data.DecimalSchema(0), decimal(-128, 0)}, {data.DecimalSchema(0), decimal(-129, 0)}, {data.DecimalSchema(0), decimal(127, 0)}, {data.DecimalSchema(0), decimal(128, 0)}, {data.DecimalSchema(0), decimal(-256, 0)},
		{data.DateSchema, day}, {data.DateSchema, moment}, {data.TimeSchema, ofDay}, {data.TimeSchema, moment}, {data.TimestampSchema, moment}, {data.OptionalTimestamp, nil}, {data.TimestampSchema, time.UnixMilli(-1)}, {data.NewDate().Default(day).MustBuild(), nil},
		{data.TimestampSchema, int64(5)}, {data.DecimalSchema(2), "1.5"}, {data.Int32Schema, "a"}, {data.StringSchema, int32(1)}, {data.Int32Schema, int64(1)}, {data.BytesSchema, "a"}, {data.BooleanSchema, int8(1)},
		{data.NewSchema(data.Int32).Default(int32(5)).MustBuild(), nil}, {data.NewSchema(data.Int32).Optional().Default(int32(5)).MustBuild(), nil}, {data.NewSchema(data.Int32).Optional().Default(int32(5)).MustBuild(), int32(1)},
		{nil, nil}, {nil, int8(1)}, {nil, int16(1)}, {nil, int32(1)}, {nil, int64(1)}, {nil, float32(1.25)}, {nil, 2.5}, {nil, true}, {nil, "text"}, {nil, []byte("bytes")}, {nil, []any{int64(1), "a", nil, []any{}}}, {nil, map[string]any{"b": int64(1), "a": nil, "c": map[string]any{"x": 1.5}, "dd": "e"}}, {nil, data.Entries{{int64(1), "a"}, {"k", int64(2)}}}, {nil, full}, {nil, moment}, {nil, decimal(1, 0)},
		{nil, map[string]any{"AaAa": int64(1), "one": int64(1), "two": int64(2), "three": int64(3), "four": int64(4), "five": int64(5), "six": int64(6), "seven": int64(7), "eight": int64(8), "nine": int64(9), "ten": int64(10), "eleven": int64(11), "twelve": int64(12), "thirteen": int64(13), "fourteen": int64(14)}},
		{data.NewSchema(data.String).Name("org.example.Enum").Parameter("x", "y").MustBuild(), "A"},
		{data.NewArraySchema(outer).Optional().Name("outers").MustBuild(), []any{full}}, {data.NewMapSchema(data.StringSchema, data.NewArraySchema(data.OptionalFloat64).MustBuild()).Name("m").Doc("d").MustBuild(), map[string]any{"k": []any{1.5, nil}}},
		{data.NewStructSchema().MustBuild(), data.NewStruct(data.NewStructSchema().MustBuild())},
	}
	for _, c := range []config{nil, plain, numeric, {"schemas.enable": "false", "decimal.format": "NUMERIC"}, keepNull, {"schemas.enable": "false", "replace.null.with.default": "false"}, {"schema.content": `{"type":"string"}`}} {
		for _, x := range values {
			from(jsonClass, c, x.s, x.v)
		}
	}
}

var payloads = []string{
	``, ` `, `null`, `true`, `false`, `1`, `-1`, `0`, `-0`, `007`, `1.5`, `1e3`, `1E+3`, `1.0`, `9223372036854775807`, `9223372036854775808`, `1e400`, `-`, `+1`, `.5`, `5.`, `1.e3`, `1e`, `0x10`, `NaN`, `"NaN"`, `nul`, `nullx`, `truE`,
	`"a"`, `""`, `"a\"b\\c\/d\b\f\n\r\t\u00e9\u65e5"`, `"\ud83d\ude00"`, `"\x"`, `"\u12"`, `"a`, "\"a\nb\"", "\"a\tb\"", "\"\xff\"", `"é日本😀"`, `'a'`,
	`[]`, `[1,2.5,"a",null,true,[1],{"a":1}]`, `[1,]`, `[,1]`, `[1 2]`, `[1`, `]`, `[1]]`, `[1] x`, `1 x`, `1x`, `"a"x`, `{"a":1}x`, `truex`, `true}`, `1}`, `1]`,
	`{}`, `{"a":1}`, `{"a":1,"a":2}`, `{"a":1,}`, `{a:1}`, `{"a"}`, `{"a":}`, `{"a":1 "b":2}`, ` { "a" : [ 1 , 2 ] } `, `{"b":1,"a":{"c":null}}`, `/*c*/1`, `#1`, "\ufeff1", `[` + strings.Repeat("1,", 20) + `1]`,
	`{"schema":null,"payload":1}`, `{"schema":null,"payload":null}`, `{"payload":1}`, `{"schema":null}`, `{"schema":null,"payload":1,"x":2}`, `{"payload":1.5,"schema":null}`,
	strings.Repeat("[", 1000) + strings.Repeat("]", 1000), strings.Repeat("[", 1001) + strings.Repeat("]", 1001), strings.Repeat("9", 1000), strings.Repeat("9", 1001),
}

var schemas = map[string][]string{
	`{"type":"boolean"}`:                               {`true`, `false`, `null`, `1`, `"true"`},
	`{"type":"int8"}`:                                  {`1`, `-128`, `128`, `300`, `1.9`, `-1.9`, `"a"`, `null`, `true`, `[]`, `1e2`, `99999999999`},
	`{"type":"int16"}`:                                 {`1`, `40000`, `1e5`},
	`{"type":"int32"}`:                                 {`1`, `3000000000`, `-1.5`, `"5"`, `1e10`, `99999999999999999999`, `{}`},
	`{"type":"int64"}`:                                 {`1`, `9223372036854775808`, `1e18`, `1e30`, `1e1000`, `-2.7`, `123456789012345678901234567890`},
	`{"type":"float"}`:                                 {`1`, `1.5`, `1e39`, `"NaN"`, `16777217`, `null`},
	`{"type":"double"}`:                                {`1`, `1.5`, `1e309`, `"NaN"`, `"1.5"`, `9007199254740993`},
	`{"type":"bytes"}`:                                 {`"AAEC"`, `""`, `"AAE"`, `"AA=="`, `"AA"`, `"AAE="`, `"A A E C"`, `"!"`, `1`, `null`, `"-_8="`, `"+/8="`, `"AAEC\n"`, `"AB=="`},
	`{"type":"string"}`:                                {`"a"`, `1`, `null`, `{}`, `true`},
	`{"type":"string","optional":true}`:                {`null`, `"a"`, `1`},
	`{"type":"string","optional":"true"}`:              {`null`},
	`{"type":"string","default":"d"}`:                  {`null`, `"a"`},
	`{"type":"string","optional":true,"default":"d"}`:  {`null`},
	`{"type":"string","optional":true,"default":null}`: {`null`},
	`{"type":"string","default":null}`:                 {`"a"`},
	`{"type":"int32","default":"x"}`:                   {`null`},
	`{"type":"int32","default":5,"version":2,"name":"n","doc":"d","parameters":{"b":"1","a":"2"}}`: {`null`, `1`},
	`{"type":"int32","version":1.5,"name":5,"doc":true,"parameters":[]}`:                           {`1`},
	`{"type":"int32","parameters":{"b":1}}`:                                                        {`1`},
	`{"type":"int32","version":4294967297}`:                                                        {`1`},
	`{"type":"array","items":{"type":"int32"}}`:                                                    {`[1,2]`, `[]`, `[null]`, `["a"]`, `1`, `{"a":1,"b":2}`, `null`},
	`{"type":"array","items":{"type":"string","optional":true},"optional":true}`:                   {`["a",null]`, `null`},
	`{"type":"array"}`:              {`[]`},
	`{"type":"array","items":null}`: {`[]`},
	`{"type":"map","keys":{"type":"string"},"values":{"type":"int32"}}`:                                            {`{"a":1,"b":2}`, `{}`, `[]`, `[["a",1]]`, `{"a":null}`},
	`{"type":"map","keys":{"type":"int32"},"values":{"type":"string","optional":true}}`:                            {`[[1,"a"],[2,null]]`, `[]`, `{}`, `[[1]]`, `[1]`, `[[1,"a","b"]]`, `[[1,"a"],[1,"b"]]`, `[[null,"a"]]`, `[[100,"a"],[17,"c"],[1,"b"]]`},
	`{"type":"map","keys":{"type":"string"}}`:                                                                      {`{}`},
	`{"type":"map","values":{"type":"string"}}`:                                                                    {`{}`},
	`{"type":"struct","fields":[{"type":"int32","field":"a"},{"type":"string","optional":true,"field":"b"}]}`:      {`{"a":1,"b":"x"}`, `{"a":1}`, `{}`, `{"a":1,"b":null,"c":3}`, `[]`, `null`, `{"a":null}`, `1`},
	`{"type":"struct","fields":[{"type":"int32","default":9,"field":"a"}],"optional":true,"name":"s","version":1}`: {`{"a":1}`, `{}`, `{"a":null}`, `null`},
	`{"type":"struct","fields":[{"type":"int32","optional":true,"default":9,"field":"a"}]}`:                        {`{}`, `{"a":null}`},
	`{"type":"struct","fields":[{"type":"bytes","field":"a"}]}`:                                                    {`{"a":1}`, `{"a":"AA=="}`},
	`{"type":"struct","fields":[{"type":"string","field":"a"}]}`:                                                   {`{"a":1}`},
	`{"type":"struct","fields":[]}`:                                                                                {`{}`},
	`{"type":"struct"}`:                                                                                            {`{}`},
	`{"type":"struct","fields":[{"type":"int32"}]}`:                                                                {`{}`},
	`{"type":"struct","fields":[{"field":"a"}]}`:                                                                   {`{}`},
	`{"type":"struct","fields":[{"type":"int32","field":"a"},{"type":"int32","field":"a"}]}`:                       {`{}`},
	`{"type":"what"}`: {`1`}, `{}`: {`1`}, `"string"`: {`1`}, `1`: {`1`}, `[]`: {`1`}, `{"type":5}`: {`1`}, `{"type":"int64","field":"x"}`: {`1`},
	`{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","version":1,"parameters":{"scale":"2"}}`:                 {`"AJw="`, `"/w=="`, `1.56`, `1`, `1.567`, `1e3`, `"!"`, `true`, `null`, `""`},
	`{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","version":1,"parameters":{"scale":"2"},"optional":true}`: {`null`},
	`{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","version":1}`:                                            {`"AJw="`, `1.5`},
	`{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"x"}}`:                             {`"AJw="`, `1.5`},
	`{"type":"int32","name":"org.apache.kafka.connect.data.Date","version":1}`:                                               {`18131`, `-1`, `1.5`, `"a"`, `3000000000`, `null`, `1.0`},
	`{"type":"int32","name":"org.apache.kafka.connect.data.Time","version":1}`:                                               {`52494346`, `-1`, `86400000`, `86400001`, `1.5`},
	`{"type":"int64","name":"org.apache.kafka.connect.data.Timestamp","version":1}`:                                          {`1566570894346`, `-1`, `1.5`, `"a"`, `9223372036854775808`, `1e3`},
	`{"type":"int64","name":"org.apache.kafka.connect.data.Timestamp","version":1,"optional":true,"default":42}`:             {`null`},
	`{"type":"string","name":"org.apache.kafka.connect.data.Date"}`:                                                          {`"a"`, `1`},
}

func readJSON() {
	for _, p := range payloads {
		to(jsonClass, nil, []byte(p))
		to(jsonClass, plain, []byte(p))
		to(jsonClass, config{"schema.content": `{"type":"int64","optional":true}`}, []byte(p))
	}
	to(jsonClass, nil, nil)
	to(jsonClass, plain, nil)
	to(jsonClass, config{"schema.content": `{"type":"int64"}`}, nil)
	for _, bad := range []string{`{`, `{"type":"x"}`, `null`, ``, `1`} {
		to(jsonClass, config{"schema.content": bad}, []byte(`{"schema":null,"payload":1}`))
	}
	to(jsonClass, config{"schema.content": `{`, "schemas.enable": "false"}, []byte("1"))
	to(jsonClass, config{"decimal.format": "x"}, []byte("1"))
	for _, s := range slices.Sorted(maps.Keys(schemas)) {
		for _, p := range schemas[s] {
			envelope := []byte(`{"schema":` + s + `,"payload":` + p + `}`)
			to(jsonClass, nil, envelope)
			to(jsonClass, keepNull, envelope)
		}
	}
}

func writeOthers() {
	for _, class := range []string{"Short", "Integer", "Long", "Float", "Double", "Boolean", "ByteArray"} {
		for _, s := range []*data.Schema{nil, data.Int16Schema, data.Int32Schema, data.Int64Schema, data.Float32Schema, data.Float64Schema, data.BooleanSchema, data.BytesSchema, data.OptionalBytes, data.StringSchema} {
			for _, v := range []any{nil, int16(-2), int32(-3), int64(-4), float32(1.5), 2.5, true, false, []byte{1, 2}, []byte{}, "a"} {
				from(others+class+"Converter", nil, s, v)
			}
		}
		for n := range 10 {
			to(others+class+"Converter", nil, []byte{0, 1, 0x80, 0xff, 5, 6, 7, 8, 9}[:n%10])
		}
		to(others+class+"Converter", nil, nil)
		to(others+class+"Converter", nil, []byte{1})
		to(others+class+"Converter", nil, []byte{2})
	}
	for _, c := range []config{nil, {"converter.encoding": "ISO-8859-1"}, {"converter.encoding": "UTF-16"}, {"converter.encoding": "utf-16le"}, {"converter.encoding": "US-ASCII"}, {"converter.encoding": "nonsense"}} {
		for _, v := range []any{nil, "", "a", "é日本😀", int8(1), int64(-5), float32(1.5), 1e10, 0.5, true, []any{"a", nil, int32(1)}, map[string]any{"a": int32(1), "b": nil}, full, sparse, moment, decimal(156, 2), decimal(128, -3)} {
			var s *data.Schema
			if v == any(full) || v == any(sparse) {
				s = outer
			}
			from(stringClass, c, s, v)
		}
		for _, b := range [][]byte{nil, {}, []byte("a"), []byte("é日本😀"), {0xfe, 0xff, 0, 'a'}, {'a', 0, 'b', 0}} {
			if !utf8.Valid(b) && c["converter.encoding"] == "" {
				continue // becomes U+FFFD in Java, stays as it is here
			}
			to(stringClass, c, b)
		}
	}
}

func headers() {
	for _, v := range []any{nil, "", "a", int8(1), 1.5, float32(0.1), 1e10, true, []byte{1, 2, 3}, []any{"a", int32(1), nil, []any{"q\"\\"}}, data.Entries{{"b", int32(1)}, {"a", nil}}, map[string]any{"b": int32(1), "a": nil}, moment, day, ofDay, []any{moment}, decimal(156, 2), full, sparse} {
		var s *data.Schema
		if v == any(full) || v == any(sparse) {
			s = outer
		}
		out.Encode(datatest.Case{Do: "fromHeader", Class: headerClass, Schema: datatest.FromSchema(s), Value: datatest.FromValue(v)})
	}
	for _, b := range [][]byte{nil, {}, []byte("1"), []byte("a"), []byte("null"), []byte("[1,2]"), []byte(`{"a":1}`), []byte("é"), []byte(" "), []byte("2019-08-23"), []byte("1.5"), []byte("[")} {
		out.Encode(datatest.Case{Do: "toHeader", Class: headerClass, Bytes: b})
		out.Encode(datatest.Case{Do: "toHeader", Class: jsonClass, Bytes: b, Config: config{"schemas.enable": "false", "converter.type": "header"}})
		out.Encode(datatest.Case{Do: "toHeader", Class: stringClass, Bytes: b, Config: config{"converter.type": "header"}})
	}
}

func main() {
	out.SetEscapeHTML(false)
	writeJSON()
	readJSON()
	writeOthers()
	headers()
}
