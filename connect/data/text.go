package data

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Text writes a value as text that [ParseString] reads back as far as it can:
// strings as they are, bytes in base64, arrays and maps in a form like JSON. null
// gives "null".
func Text(value any) (string, error) {
	b, err := appendText(nil, value, false)
	return string(b), err
}

// show is Text for messages.
func show(value any) string {
	text, err := Text(value)
	if err != nil {
		return "a " + goType(value)
	}
	return text
}

func appendText(b []byte, value any, embedded bool) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case int8, int16, int32, int64:
		n, _ := ToInt64(v)
		return strconv.AppendInt(b, n, 10), nil
	case float32:
		return append(b, FormatFloat(float64(v), 32)...), nil
	case float64:
		return append(b, FormatFloat(v, 64)...), nil
	case Decimal:
		return append(b, v.String()...), nil
	case string:
		return appendQuoted(b, v, embedded), nil
	case []byte:
		return appendQuoted(b, base64.StdEncoding.EncodeToString(v), embedded), nil
	case time.Time:
		return append(b, TimeText(v)...), nil
	case []any:
		return appendList(append(b, '['), v)
	case map[string]any, Entries:
		return appendEntries(b, EntriesOf(v))
	case *Struct:
		fields := make(Entries, len(v.values))
		for i, f := range v.schema.Fields {
			fields[i] = Entry{f.Name, v.At(i)}
		}
		return appendEntries(b, fields)
	}
	return nil, fmt.Errorf("a %s cannot be written as text", goType(value))
}

var quotes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func appendQuoted(b []byte, s string, embedded bool) []byte {
	if !embedded {
		return append(b, s...)
	}
	b = append(b, '"')
	b = append(b, quotes.Replace(s)...)
	return append(b, '"')
}

func appendList(b []byte, list []any) (_ []byte, err error) {
	for i, e := range list {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendText(b, e, true); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func appendEntries(b []byte, entries Entries) (_ []byte, err error) {
	b = append(b, '{')
	for i, e := range entries {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendText(b, e.Key, true); err != nil {
			return nil, err
		}
		if b, err = appendText(append(b, ':'), e.Value, true); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// TimeText writes a point in time in ISO 8601: as a time of day on the first day
// of 1970 and before, as a date at midnight, otherwise in full.
func TimeText(t time.Time) string {
	switch ms := t.UnixMilli(); {
	case ms < millisPerDay:
		return timeFormat.Format(t)
	case ms%millisPerDay == 0:
		return dateFormat.Format(t)
	}
	return timestampFormat.Format(t)
}

// ToString writes a value as toString does in Java: strings as they are, arrays
// as [1, 2], maps as {a=1, b=2}. Bytes have no such text, which is an error.
func ToString(value any) (string, error) {
	switch v := value.(type) {
	case []byte:
		return "", fmt.Errorf("bytes have no text of their own")
	case time.Time:
		return v.UTC().Format("Mon Jan 02 15:04:05 MST 2006"), nil
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			var err error
			if parts[i], err = ToString(e); err != nil {
				return "", err
			}
		}
		return "[" + strings.Join(parts, ", ") + "]", nil
	case map[string]any, Entries:
		parts, err := pairs(EntriesOf(v))
		return "{" + strings.Join(parts, ", ") + "}", err
	case *Struct:
		parts, err := pairs(v.entries())
		return "Struct{" + strings.Join(parts, ",") + "}", err
	}
	return Text(value)
}

func pairs(entries Entries) ([]string, error) {
	parts := make([]string, len(entries))
	for i, e := range entries {
		key, err := ToString(e.Key)
		if err != nil {
			return nil, err
		}
		value, err := ToString(e.Value)
		if err != nil {
			return nil, err
		}
		parts[i] = key + "=" + value
	}
	return parts, nil
}
