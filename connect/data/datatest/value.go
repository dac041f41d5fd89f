package datatest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"time"

	"crosstide/connect/data"
)

// Value is a value with its type in words. Structs without a schema of their own
// take that of the place they stand in.
type Value struct {
	T      string          `json:"t"`
	V      json.RawMessage `json:"v"`
	Scale  int32           `json:"scale,omitempty"`
	Schema *Schema         `json:"schema,omitempty"`
	Linked bool            `json:"linked,omitempty"`
}

// FromValue tags a value; nil for null.
func FromValue(v any) *Value {
	switch v := v.(type) {
	case nil:
		return nil
	case bool:
		return &Value{T: "boolean", V: raw(fmt.Sprint(v))}
	case int8, int16, int32, int64:
		return &Value{T: fmt.Sprintf("%T", v), V: raw(fmt.Sprint(v))}
	case float32:
		return &Value{T: "float32", V: raw(data.FormatFloat(float64(v), 32))}
	case float64:
		return &Value{T: "float64", V: raw(data.FormatFloat(v, 64))}
	case string:
		return &Value{T: "string", V: raw(v)}
	case []byte:
		return &Value{T: "bytes", V: raw(base64.StdEncoding.EncodeToString(v))}
	case time.Time:
		return &Value{T: "time", V: raw(strconv.FormatInt(v.UnixMilli(), 10))}
	case data.Decimal:
		return &Value{T: "decimal", V: raw(v.Unscaled.String()), Scale: v.Scale}
	case []any:
		list := make([]*Value, len(v))
		for i, e := range v {
			list[i] = FromValue(e)
		}
		return &Value{T: "array", V: raw(list)}
	case map[string]any:
		return &Value{T: "map", V: raw(fromEntries(data.EntriesOf(v)))}
	case data.Entries:
		return &Value{T: "map", V: raw(fromEntries(v)), Linked: true}
	case *data.Struct:
		fields := make([]*Value, len(v.Schema().Fields))
		for i := range fields {
			fields[i] = FromValue(v.AtWithoutDefault(i))
		}
		return &Value{T: "struct", V: raw(fields), Schema: FromSchema(v.Schema())}
	}
	panic(fmt.Sprintf("datatest: a %T is no value", v))
}

func fromEntries(entries data.Entries) [][2]*Value {
	list := make([][2]*Value, len(entries))
	for i, e := range entries {
		list[i] = [2]*Value{FromValue(e.Key), FromValue(e.Value)}
	}
	return list
}

// Value returns the value. It panics on what is not written as [FromValue] does.
func (v *Value) Value() any {
	if v == nil {
		return nil
	}
	switch v.T {
	case "array":
		return values(v.V)
	case "map":
		return v.entries(v.V)
	case "struct":
		s := data.NewStruct(v.Schema.Schema())
		for i, e := range values(v.V) {
			if e != nil { // nulls are allowed until somebody validates
				must(s.Put(s.Schema().Fields[i].Name, e))
			}
		}
		return s
	}
	var text string
	must(json.Unmarshal(v.V, &text))
	return v.scalar(text)
}

// raw is v in JSON with the characters that HTML is afraid of.
func raw(v any) json.RawMessage {
	var b bytes.Buffer
	w := json.NewEncoder(&b)
	w.SetEscapeHTML(false)
	must(w.Encode(v))
	return b.Bytes()
}

func values(raw []byte) []any {
	var list []*Value
	must(json.Unmarshal(raw, &list))
	out := make([]any, len(list))
	for i, e := range list {
		out[i] = e.Value()
	}
	return out
}

func (v *Value) entries(raw []byte) any {
	var list [][2]*Value
	must(json.Unmarshal(raw, &list))
	entries, named := data.Entries{}, make(map[string]any)
	for _, e := range list {
		key, value := e[0].Value(), e[1].Value()
		entries = append(entries, data.Entry{Key: key, Value: value})
		if name, ok := key.(string); ok {
			named[name] = value
		}
	}
	if len(named) == len(entries) && !v.Linked {
		return named
	}
	return entries
}

func (v *Value) scalar(text string) any {
	switch v.T {
	case "string":
		return text
	case "boolean":
		return text == "true"
	case "bytes":
		b, err := base64.StdEncoding.DecodeString(text)
		must(err)
		return b
	case "decimal":
		n, ok := new(big.Int).SetString(text, 10)
		if !ok {
			panic("datatest: no number: " + text)
		}
		return data.Decimal{Unscaled: n, Scale: v.Scale}
	case "float32", "float64":
		return v.float(text)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	must(err)
	switch v.T {
	case "int8":
		return int8(n)
	case "int16":
		return int16(n)
	case "int32":
		return int32(n)
	case "int64":
		return n
	case "time":
		return time.UnixMilli(n).UTC()
	}
	panic("datatest: unknown type " + v.T)
}

func (v *Value) float(text string) any {
	bits := 64
	if v.T == "float32" {
		bits = 32
	}
	f, err := strconv.ParseFloat(text, bits)
	if err != nil && !math.IsInf(f, 0) {
		panic(err)
	}
	if bits == 32 {
		return float32(f)
	}
	return f
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
