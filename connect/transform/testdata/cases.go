//go:build ignore

// Cases prints what Java's transformations and predicates are asked.
package main

import (
	"encoding/json"
	"math/big"
	"os"
	"time"

	"crosstide/connect/data"
	"crosstide/connect/data/datatest"
)

type config = map[string]string

const transforms = "org.apache.kafka.connect.transforms."

var (
	out    = json.NewEncoder(os.Stdout)
	moment = time.UnixMilli(1566570894346)
	day    = time.UnixMilli(1566518400000)
	ofDay  = time.UnixMilli(52494346)

	inner = data.NewStructSchema().Name("inner").Field("n", data.OptionalInt64).Field("s", data.StringSchema).MustBuild()
	all   = data.NewStructSchema().Name("all").Version(2).Doc("doc").Parameter("p", "v").
		Field("int8", data.Int8Schema).Field("int16", data.Int16Schema).Field("int32", data.Int32Schema).Field("int64", data.Int64Schema).
		Field("float32", data.Float32Schema).Field("float64", data.Float64Schema).Field("boolean", data.BooleanSchema).
		Field("string", data.StringSchema).Field("bytes", data.BytesSchema).Field("optional", data.OptionalString).
		Field("default", data.NewSchema(data.String).Optional().Default("dflt").MustBuild()).
		Field("number", data.NewSchema(data.Int32).Default(int32(42)).MustBuild()).
		Field("decimal", data.DecimalSchema(2)).Field("date", data.DateSchema).Field("time", data.TimeSchema).Field("timestamp", data.TimestampSchema).MustBuild()
	full = data.NewStruct(all).Set("int8", int8(8)).Set("int16", int16(16)).Set("int32", int32(3200000)).Set("int64", int64(1566570894346)).
		Set("float32", float32(32.5)).Set("float64", -64.75).Set("boolean", true).Set("string", "42").Set("bytes", []byte("bytes")).
		Set("decimal", data.Decimal{Unscaled: big.NewInt(12345), Scale: 2}).Set("date", day).Set("time", ofDay).Set("timestamp", moment)
	nested = data.NewStructSchema().Name("nested").Field("id", data.Int32Schema).Field("in", inner).
		Field("maybe", data.NewStructSchema().Field("x", data.Int32Schema).Field("y.z", data.StringSchema).Optional().MustBuild()).MustBuild()
	nestedFull = data.NewStruct(nested).Set("id", int32(1)).Set("in", data.NewStruct(inner).Set("n", int64(2)).Set("s", "x")).
			Set("maybe", data.NewStruct(nested.Fields[2].Schema).Set("x", int32(3)).Set("y.z", "yz"))
	nestedSparse = data.NewStruct(nested).Set("id", int32(1)).Set("in", data.NewStruct(inner).Set("s", "x"))
	withArray    = data.NewStructSchema().Field("a", data.NewArraySchema(data.Int32Schema).MustBuild()).MustBuild()
	withMap      = data.NewStructSchema().Field("m", data.NewMapSchema(data.StringSchema, data.Int32Schema).MustBuild()).MustBuild()
	optional     = data.NewStructSchema().Field("a", data.Int32Schema).Field("b", data.OptionalString).Optional().MustBuild()
)

type sv struct {
	s *data.Schema
	v any
}

var values = map[string]sv{
	"null": {nil, nil}, "nullString": {data.OptionalString, nil}, "nullStruct": {optional, nil}, "optional": {optional, data.NewStruct(optional).Set("a", int32(1))},
	"full": {all, full}, "nested": {nested, nestedFull}, "sparse": {nested, nestedSparse},
	"array": {withArray, data.NewStruct(withArray).Set("a", []any{int32(1)})}, "structMap": {withMap, data.NewStruct(withMap).Set("m", map[string]any{"k": int32(1)})},
	"map":  {nil, map[string]any{"int8": int8(8), "int32": int32(300), "int64": int64(1566570894346), "float64": 6.5, "boolean": true, "string": "42", "bytes": []byte("b"), "null": nil}},
	"deep": {nil, map[string]any{"id": int64(1), "in": map[string]any{"n": int64(2), "s": "x", "maybe": map[string]any{"x": int64(3)}}}}, "list": {nil, map[string]any{"l": []any{int64(1)}}}, "empty": {nil, map[string]any{}},
	"text": {nil, "text"}, "bytes": {data.OptionalBytes, []byte("bytes")}, "int": {data.Int32Schema, int32(7)}, "long": {data.Int64Schema, int64(1566570894346)}, "string": {data.StringSchema, "2019-08-23"}, "bareLong": {nil, int64(1566570894346)}, "bareTime": {nil, moment},
	"date": {data.DateSchema, day}, "time": {data.TimeSchema, ofDay}, "timestamp": {data.TimestampSchema, moment}, "nullTimestamp": {data.OptionalTimestamp, nil}, "negative": {data.TimestampSchema, time.UnixMilli(-1)}, "default": {data.NewSchema(data.Int32).Name("n").Version(1).Optional().Default(int32(9)).MustBuild(), int32(300)},
}

func record(v sv) *datatest.Record {
	partition, timestamp := int32(3), int64(1566570894346)
	return &datatest.Record{
		Topic: "orders.2019", Partition: &partition, KeySchema: datatest.FromSchema(data.StringSchema), Key: datatest.FromValue("key"),
		ValueSchema: datatest.FromSchema(v.s), Value: datatest.FromValue(v.v), Timestamp: &timestamp,
		Headers: []datatest.Header{{Key: "h1", Schema: datatest.FromSchema(data.StringSchema), Value: datatest.FromValue("a")}, {Key: "h2", Value: datatest.FromValue(int64(1))}, {Key: "h1"}},
	}
}

// on asks about values, and once about a key.
func on(class string, c config, names ...string) {
	for i, name := range names {
		out.Encode(datatest.Case{Do: "transform", Class: transforms + class + "$Value", Config: c, Record: record(values[name])})
		if i > 0 {
			continue
		}
		r := record(values["int"])
		r.KeySchema, r.Key = datatest.FromSchema(values[name].s), datatest.FromValue(values[name].v)
		out.Encode(datatest.Case{Do: "transform", Class: transforms + class + "$Key", Config: c, Record: r})
	}
}

func plain(class string, c config, change ...func(*datatest.Record)) {
	r := record(values["map"])
	for _, f := range change {
		f(r)
	}
	out.Encode(datatest.Case{Do: "transform", Class: transforms + class, Config: c, Record: r})
}

func predicate(class string, c config, change ...func(*datatest.Record)) {
	r := record(values["map"])
	for _, f := range change {
		f(r)
	}
	out.Encode(datatest.Case{Do: "predicate", Class: transforms + "predicates." + class, Config: c, Record: r})
}

func casts() {
	types := []string{"int8", "int16", "int32", "int64", "float32", "float64", "boolean", "string"}
	for _, to := range types {
		spec := ""
		for _, f := range all.Fields {
			if f.Name != "bytes" || to == "string" {
				spec += "," + f.Name + ":" + to
			}
		}
		on("Cast", config{"spec": spec[1:]}, "full")
		on("Cast", config{"spec": "bytes:" + to}, "full", "map")
		on("Cast", config{"spec": to}, "int", "long", "string", "date", "time", "timestamp", "default", "text", "bareLong", "bareTime", "null", "nullString", "full", "map", "bytes", "negative")
		on("Cast", config{"spec": "int8:" + to + ",int32:" + to + ",int64:" + to + ",float64:" + to + ",boolean:" + to + ",string:" + to + ",null:" + to + ",absent:" + to}, "map")
		for _, text := range []string{"", "1", "-1", "+1", " 1", "1.5", "300", "99999", "1e3", "true", "TRUE", "yes", "NaN", "Infinity", "-Infinity", "1f", "1.5d", "0x10", "1_0", "inf", "-", "1e999", "99999999999", "9223372036854775808"} {
			out.Encode(datatest.Case{Do: "transform", Class: transforms + "Cast$Value", Config: config{"spec": to}, Record: record(sv{data.StringSchema, text})})
		}
		for _, f := range []float64{0.5, -0.5, 1e10, -1e10, 1e20, -1e20, 130.7} {
			out.Encode(datatest.Case{Do: "transform", Class: transforms + "Cast$Value", Config: config{"spec": to}, Record: record(sv{data.Float64Schema, f})})
		}
	}
	for _, spec := range []string{"", "foo", "a:foo", "a:int8,int8", "a:b:int8", "a:bytes", "bytes", "array", "a:INT8", " a : int8 ", "a:", ":int8", "int8,int16"} {
		on("Cast", config{"spec": spec}, "optional")
	}
	on("Cast", config{"spec": "default:string", "replace.null.with.default": "false"}, "full")
	on("Cast", config{"spec": "in:string"}, "nested")
	on("Cast", config{"spec": "a:string"}, "optional", "nullStruct", "array", "list")
	on("Cast", nil, "full")
}

func fields() {
	everything := []string{"full", "nested", "sparse", "map", "deep", "null", "nullString", "nullStruct", "optional", "text", "bytes", "int", "empty", "array", "structMap", "list"}
	keep := func(c config) config {
		c["replace.null.with.default"] = "false"
		return c
	}
	for _, f := range []string{"id", "int8", "default", "absent", "in", "in.n", "null", ""} {
		on("ExtractField", config{"field": f}, everything...)
		on("ExtractField", keep(config{"field": f}), "full", "nested")
	}
	for _, f := range []string{"in.n", "in.s", "in", "in.absent", "absent.n", "in.maybe.x", "id.x", "maybe.`y.z`", "`in`.n", "maybe.x", "`in.n", "in.`n", "in.`n`x", "a..b", ".", "in.", "", "`a\\`.b`", "`a`b`.c"} {
		on("ExtractField", config{"field": f, "field.syntax.version": "V2"}, "nested", "sparse", "deep", "nullStruct", "null")
	}
	on("ExtractField", config{"field": "a", "field.syntax.version": "v2"}, "optional")
	on("ExtractField", config{"field": "a", "field.syntax.version": "V3"}, "optional")
	on("ExtractField", nil, "optional")

	for _, d := range []config{{}, {"delimiter": "_"}, {"delimiter": ""}} {
		on("Flatten", d, everything...)
	}
	for _, c := range []config{{"field": "f"}, {"field": ""}, {}} {
		on("HoistField", c, everything...)
	}
	for _, op := range []string{"move", "copy"} {
		for _, f := range []config{{"fields": "id", "headers": "h"}, {"fields": "int8,string,default", "headers": "a,b,c"}, {"fields": "string,string", "headers": "a,b"}, {"fields": "absent", "headers": "h"}, {"fields": "in", "headers": "h"}, {"fields": "null", "headers": "h"}, {"fields": "a,b", "headers": "h"}, {"fields": "", "headers": ""}, {"fields": "a"}} {
			f["operation"] = op
			on("HeaderFrom", f, everything...)
		}
		on("HeaderFrom", keep(config{"fields": "default", "headers": "c", "operation": op}), "full")
		on("HeaderFrom", keep(config{"fields": "int8", "headers": "c", "operation": op}), "full")
	}
	on("HeaderFrom", config{"fields": "a", "headers": "h", "operation": "steal"}, "optional")

	for _, c := range []config{{}, {"topic.field": "topic"}, {"topic.field": "topic!", "partition.field": "partition?", "timestamp.field": "ts"}, {"static.field": "static", "static.value": "x"}, {"static.field": "static!"}, {"static.field": "static"}, {"static.value": "x"}, {"offset.field": "o"}, {"topic.field": "id"}, {"topic.field": ""}, {"timestamp.field": "ts!", "static.field": "s?", "static.value": "v"}, {"topic.field": "a!?"}} {
		on("InsertField", c, everything...)
		r := record(values["optional"])
		r.Partition, r.Timestamp = nil, nil
		out.Encode(datatest.Case{Do: "transform", Class: transforms + "InsertField$Value", Config: c, Record: r})
	}
	on("InsertField", keep(config{"topic.field": "t"}), "full")

	every := "int8,int16,int32,int64,float32,float64,boolean,string,optional,default,number,decimal,date,time,timestamp"
	for _, c := range []config{{"fields": every}, {"fields": "bytes"}, {"fields": "string"}, {"fields": "absent"}, {"fields": "in"}, {"fields": "a"}, {"fields": "l"}, {"fields": "m"}, {"fields": ""}, {}, {"fields": "string", "replacement": "***"}, {"fields": "int8", "replacement": "5"}, {"fields": "int64", "replacement": "5.7"}, {"fields": "int32", "replacement": "x"}, {"fields": "int8,int16,int32,int64,float32,float64,string", "replacement": "300"}, {"fields": "boolean", "replacement": "1"}, {"fields": "decimal", "replacement": "1.50"}, {"fields": "decimal", "replacement": "x"}, {"fields": "date", "replacement": "1"}, {"fields": "string", "replacement": ""}, {"fields": "a", "replacement": "7"}, {"fields": "float64", "replacement": "1.25"}} {
		on("MaskField", c, everything...)
	}
	on("MaskField", keep(config{"fields": "default,number"}), "full")

	for _, c := range []config{{}, {"exclude": "int8,in,a"}, {"include": "int8,id,a,string"}, {"include": "id,in", "exclude": "id"}, {"renames": "int8:tiny,id:key,string:text"}, {"renames": "id:in"}, {"renames": "a:b"}, {"renames": "x"}, {"renames": "a:b:c"}, {"renames": "a:"}, {"renames": ":a"}, {"exclude": "absent"}, {"include": "absent"}, {"exclude": "int8", "renames": "int8:x"}, {"blacklist": "int8"}} {
		on("ReplaceField", c, everything...)
	}
	on("ReplaceField", keep(config{"renames": "int8:x"}), "full")

	for _, c := range []config{{}, {"schema.name": "new"}, {"schema.version": "5"}, {"schema.name": "new", "schema.version": "0"}, {"schema.version": "x"}} {
		on("SetSchemaMetadata", c, append(everything, "default", "timestamp")...)
	}
	on("SetSchemaMetadata", keep(config{"schema.name": "new"}), "full")

	for _, c := range []config{{"fields": "id"}, {"fields": "int8,string,default"}, {"fields": "absent"}, {"fields": "in"}, {"fields": "string,string"}, {"fields": ""}, {}} {
		for _, name := range everything {
			plain("ValueToKey", c, func(r *datatest.Record) {
				r.ValueSchema, r.Value = datatest.FromSchema(values[name].s), datatest.FromValue(values[name].v)
			})
		}
	}
	plain("ValueToKey", keep(config{"fields": "default"}), func(r *datatest.Record) { r.ValueSchema, r.Value = datatest.FromSchema(all), datatest.FromValue(full) })
}

func timestamps() {
	whole := []string{"long", "string", "date", "time", "timestamp", "nullTimestamp", "negative", "bareLong", "bareTime", "text", "null", "int", "bytes", "nullString", "full", "map", "default"}
	for _, target := range []string{"string", "unix", "Date", "Time", "Timestamp", "date"} {
		for _, c := range []config{{}, {"format": "yyyy-MM-dd"}, {"format": "yyyy-MM-dd HH:mm:ss.SSS Z"}, {"unix.precision": "seconds", "format": "yyyy-MM-dd"}, {"unix.precision": "microseconds", "format": "yyyy-MM-dd"}, {"unix.precision": "nanoseconds", "format": "yyyy-MM-dd"}, {"unix.precision": "days"}, {"format": "bad pattern"}, {"format": " "}} {
			c["target.type"] = target
			on("TimestampConverter", c, whole...)
		}
		for _, f := range []string{"timestamp", "date", "time", "int64", "string", "absent", "a", "default", "int8", "in"} {
			on("TimestampConverter", config{"target.type": target, "format": "yyyy", "field": f}, "full", "map", "optional", "nullStruct", "null", "text", "nested")
		}
	}
	on("TimestampConverter", config{"target.type": "string", "format": "yyyy", "field": "default", "replace.null.with.default": "false"}, "full")
	on("TimestampConverter", nil, "long")
}

func rest() {
	for _, c := range []config{{"headers": "h1"}, {"headers": "h2,h3"}, {"headers": ""}, {}, {"headers": "h1,h1"}} {
		plain("DropHeaders", c)
	}
	for _, literal := range []string{"a", "1", "1.5", "true", "null", "", "[1,2]", `{"a":1}`, "2019-08-23", " x "} {
		plain("InsertHeader", config{"header": "new", "value.literal": literal})
	}
	plain("InsertHeader", config{"header": "new"})
	plain("InsertHeader", config{"value.literal": "new"})
	plain("InsertHeader", config{"header": "", "value.literal": "x"})
	plain("InsertHeader", config{"header": "h1", "value.literal": "x"})
	plain("Filter", nil)
	topic := func(name string) func(*datatest.Record) { return func(r *datatest.Record) { r.Topic = name } }
	for _, c := range []config{{"regex": "orders", "replacement": "x"}, {"regex": "(.*)\\.(\\d+)", "replacement": "$2-$1"}, {"regex": ".*", "replacement": "all"}, {"regex": "a|ab", "replacement": "X"}, {"regex": "(a|ab)(c|bcd)(d*)", "replacement": "[$1,$2,$3]"}, {"regex": "(?<year>[0-9]+).*", "replacement": "${year}!"}, {"regex": "(.*)", "replacement": "$1$0"}, {"regex": "(.*)", "replacement": "$11"}, {"regex": "(.*)", "replacement": "$2"}, {"regex": "(.*)", "replacement": "\\$1"}, {"regex": "(.*)", "replacement": "$"}, {"regex": "(.*)", "replacement": "\\"}, {"regex": "(.*)", "replacement": "${x}"}, {"regex": "(", "replacement": "x"}, {"regex": "o(?=r).*", "replacement": "look"}, {"regex": "(.)\\1.*", "replacement": "<$1>"}, {"regex": ".*?", "replacement": "lazy"}, {"regex": "^orders.*$", "replacement": "anchored"}, {"regex": "(x)?orders.*", "replacement": "<$1>"}, {"regex": "(?i)ORDERS\\.(.*)", "replacement": "$1"}, {"regex": "", "replacement": "x"}, {"regex": ".*", "replacement": ""}, {"regex": "(?:[^.]+\\.)?(.*)", "replacement": "$1"}, {"regex": "x"}, {"replacement": "x"}, {"regex": "(.+)\\.", "replacement": "$1"}, {"regex": "(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)", "replacement": "$11-$1"}, {"regex": "日(.*)", "replacement": "$1日"}, {"regex": "(?=日)(.*)", "replacement": "$1!"}} {
		for _, t := range []string{"orders.2019", "ab", "abcd", "2019x", "aab", "", "abcdefghijk", "日本", "orders."} {
			plain("RegexRouter", c, topic(t))
		}
	}
	for _, c := range []config{{}, {"topic.format": "x-${timestamp}-${topic}-${timestamp}"}, {"timestamp.format": "yyyy/MM/dd HH"}, {"timestamp.format": "bad"}, {"topic.format": ""}, {"timestamp.format": ""}} {
		plain("TimestampRouter", c)
		plain("TimestampRouter", c, topic("$1${timestamp}"))
		plain("TimestampRouter", c, func(r *datatest.Record) { r.Timestamp = nil })
	}
	for _, c := range []config{{"name": "h1"}, {"name": "h3"}, {"name": ""}, {}} {
		predicate("HasHeaderKey", c)
	}
	predicate("RecordIsTombstone", nil)
	predicate("RecordIsTombstone", nil, func(r *datatest.Record) { r.Value = nil })
	predicate("RecordIsTombstone", nil, func(r *datatest.Record) { r.ValueSchema, r.Value = datatest.FromSchema(data.OptionalString), nil })
	for _, c := range []config{{"pattern": "orders.*"}, {"pattern": "orders"}, {"pattern": "ORDERS.*"}, {"pattern": "("}, {"pattern": ""}, {}} {
		predicate("TopicNameMatches", c)
	}
}

func keys() {
	for _, name := range []string{"Cast$Key", "DropHeaders", "ExtractField$Key", "Filter", "Flatten$Value", "HeaderFrom$Key", "HoistField$Key", "InsertField$Value", "InsertHeader", "MaskField$Key", "RegexRouter", "ReplaceField$Key", "SetSchemaMetadata$Key", "TimestampConverter$Key", "TimestampRouter", "ValueToKey", "predicates.HasHeaderKey", "predicates.RecordIsTombstone", "predicates.TopicNameMatches"} {
		out.Encode(datatest.Case{Do: "keys", Class: transforms + name})
	}
	for _, name := range []string{"json.JsonConverter", "storage.StringConverter", "converters.ByteArrayConverter", "converters.LongConverter", "converters.BooleanConverter", "storage.SimpleHeaderConverter"} {
		out.Encode(datatest.Case{Do: "keys", Class: "org.apache.kafka.connect." + name})
	}
}

func main() {
	out.SetEscapeHTML(false)
	casts()
	fields()
	timestamps()
	rest()
	keys()
}
