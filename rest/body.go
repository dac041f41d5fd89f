package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"

	"crosstide/connect"
)

// maxBody bounds what a request may send.
const maxBody = 4 << 20

// readBody reads the whole body, which is kept for a peer it may be forwarded to.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	if err != nil && !errors.As(err, &tooLarge) {
		return nil, badRequest("The request body could not be read: %v", err)
	}
	return raw, err
}

// parseJSON reads one value; numbers stay text.
func parseJSON(raw []byte) (any, error) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, badRequest("The request has no body, and needs a JSON object")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, badRequest("Unexpected character: the request body is not JSON: %v", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, badRequest("Unexpected character: there is more after the JSON value in the request body")
	}
	return v, nil
}

// object refuses everything but an object with the given members; without names
// any member may be in it.
func object(v any, what string, names ...string) (map[string]any, error) {
	o, is := v.(map[string]any)
	if !is {
		return nil, badRequest("Cannot deserialize value: %s must be a JSON object, not %s", what, kindOf(v))
	}
	for name := range o {
		if len(names) > 0 && !contains(names, name) {
			return nil, badRequest("Unrecognized field %q in %s: it may have %s", name, what, strings.Join(names, ", "))
		}
	}
	return o, nil
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case json.Number:
		return "a number"
	case string:
		return "a string"
	case []any:
		return "an array"
	}
	return "an object"
}

// properties reads a configuration. Numbers and booleans become their text.
func properties(v any, what string) (map[string]*string, error) {
	o, err := object(v, what)
	if err != nil {
		return nil, err
	}
	out := make(map[string]*string, len(o))
	for name, value := range o {
		switch value := value.(type) {
		case nil:
			out[name] = nil
		case string:
			out[name] = &value
		case json.Number:
			text := value.String()
			out[name] = &text
		case bool:
			text := fmt.Sprint(value)
			out[name] = &text
		default:
			return nil, badRequest("Cannot deserialize value: %q in %s must be a string, not %s", name, what, kindOf(value))
		}
	}
	return out, nil
}

// sourceOffsets reads the body of a request to alter offsets.
func sourceOffsets(raw []byte) ([]connect.SourceOffset, error) {
	v, err := parseJSON(raw)
	if err != nil {
		return nil, err
	}
	o, err := object(v, "the request body", "offsets")
	if err != nil {
		return nil, err
	}
	if o["offsets"] == nil {
		return nil, nil
	}
	list, is := o["offsets"].([]any)
	if !is {
		return nil, badRequest("Cannot deserialize value: \"offsets\" must be an array, not %s", kindOf(o["offsets"]))
	}
	var out []connect.SourceOffset
	for i, e := range list {
		one, is := e.(map[string]any)
		if !is {
			return nil, badRequest("Cannot construct instance of an offset from element %d of \"offsets\", which is %s", i, kindOf(e))
		}
		if _, err := object(one, fmt.Sprintf("element %d of \"offsets\"", i), "partition", "offset"); err != nil {
			return nil, err
		}
		partition, err := primitives(one["partition"], "partition")
		if err != nil {
			return nil, err
		}
		if partition == nil {
			return nil, badRequest("Element %d of \"offsets\" needs a \"partition\"", i)
		}
		offset, err := primitives(one["offset"], "offset")
		if err != nil {
			return nil, err
		}
		out = append(out, connect.SourceOffset{Partition: partition, Offset: offset})
	}
	return out, nil
}

// primitives reads a partition or an offset: integers have 64 bits.
func primitives(v any, what string) (map[string]any, error) {
	if v == nil {
		return nil, nil
	}
	o, err := object(v, what)
	if err != nil {
		return nil, err
	}
	for name, value := range o {
		switch value := value.(type) {
		case json.Number:
			n, err := number(value)
			if err != nil {
				return nil, badRequest("Field %q of %s: %v", name, what, err)
			}
			o[name] = n
		case map[string]any, []any:
			return nil, badRequest("Offsets may only contain primitive types as values, but field %s contains %s", name, strings.ToUpper(strings.TrimPrefix(strings.TrimPrefix(kindOf(value), "an "), "a ")))
		}
	}
	return o, nil
}

func number(n json.Number) (any, error) {
	if !strings.ContainsAny(n.String(), ".eE") {
		i, err := n.Int64()
		if err != nil {
			return nil, fmt.Errorf("%s does not fit 64 bits", n)
		}
		return i, nil
	}
	f, err := n.Float64()
	if err != nil || math.IsInf(f, 0) {
		return nil, fmt.Errorf("%s is not a number that fits a double", n)
	}
	return f, nil
}
