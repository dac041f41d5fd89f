package converter

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"

	"crosstide/connect/config"
	"crosstide/connect/data"
)

// String writes values as text.
type String struct{ charset charset }

var stringKeys = config.NewDef(typeKey, config.Key{
	Name: "converter.encoding", Type: config.String, Default: "UTF-8", Importance: config.High,
	Width: config.WidthMedium, DisplayName: "Encoding",
	Doc: "The charset of the text: UTF-8, US-ASCII, ISO-8859-1, UTF-16, UTF-16BE or UTF-16LE.",
	Validator: func(name string, value any) error {
		if _, ok := charsets[strings.ToUpper(value.(string))]; !ok {
			e := config.Invalid(name, value.(string), "Unknown encoding")
			e.Remedy = "use UTF-8, US-ASCII, ISO-8859-1, UTF-16, UTF-16BE or UTF-16LE"
			return e
		}
		return nil
	},
})

// NewString makes a converter by its keys.
func NewString(props map[string]string) (*String, error) {
	v, err := stringKeys.Parse(typed(props))
	if err != nil {
		return nil, err
	}
	return &String{charsets[strings.ToUpper(v.String("converter.encoding"))]}, nil
}

// FromConnectData implements [connect.Converter]. Any value that Java has a text
// for is written; bytes are an error.
func (s *String) FromConnectData(_ string, _ *data.Schema, value any) ([]byte, error) {
	if value == nil {
		return nil, nil
	}
	text, err := data.ToString(value)
	if err != nil {
		return nil, fmt.Errorf("StringConverter: %w", err)
	}
	return s.charset.encode(text), nil
}

// ToConnectData implements [connect.Converter].
func (s *String) ToConnectData(_ string, value []byte) (*data.Schema, any, error) {
	if value == nil {
		return data.OptionalString, nil, nil
	}
	return data.OptionalString, s.charset.decode(value), nil
}

// charset writes and reads text. What a charset does not have becomes a question
// mark, as in Java.
type charset struct {
	encode func(string) []byte
	decode func([]byte) string
}

var charsets = map[string]charset{
	"UTF-8":      {func(s string) []byte { return []byte(s) }, func(b []byte) string { return string(b) }},
	"UTF8":       {func(s string) []byte { return []byte(s) }, func(b []byte) string { return string(b) }},
	"US-ASCII":   {encodeUpTo(0x7f), decodeSingle(0x7f)},
	"ASCII":      {encodeUpTo(0x7f), decodeSingle(0x7f)},
	"ISO-8859-1": {encodeUpTo(0xff), decodeSingle(0xff)},
	"LATIN1":     {encodeUpTo(0xff), decodeSingle(0xff)},
	"UTF-16BE":   {encode16(binary.BigEndian, ""), decode16(binary.BigEndian)},
	"UTF-16LE":   {encode16(binary.LittleEndian, ""), decode16(binary.LittleEndian)},
	"UTF-16":     {encode16(binary.BigEndian, "\xfe\xff"), decodeMarked16},
}

func encodeUpTo(limit rune) func(string) []byte {
	return func(s string) []byte {
		var b []byte
		for _, r := range s {
			if r > limit {
				r = '?'
			}
			b = append(b, byte(r))
		}
		return nonNil(b)
	}
}

func decodeSingle(limit byte) func([]byte) string {
	return func(b []byte) string {
		var s strings.Builder
		for _, c := range b {
			if c > limit {
				s.WriteRune('\uFFFD')
			} else {
				s.WriteRune(rune(c))
			}
		}
		return s.String()
	}
}

type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

func encode16(order byteOrder, mark string) func(string) []byte {
	return func(s string) []byte {
		if s == "" {
			return []byte{}
		}
		b := []byte(mark)
		for _, unit := range utf16.Encode([]rune(s)) {
			b = order.AppendUint16(b, unit)
		}
		return b
	}
}

func decode16(order binary.ByteOrder) func([]byte) string {
	return func(b []byte) string {
		var units []uint16
		for ; len(b) >= 2; b = b[2:] {
			units = append(units, order.Uint16(b))
		}
		s := string(utf16.Decode(units))
		if len(b) > 0 {
			s += "\uFFFD"
		}
		return s
	}
}

func decodeMarked16(b []byte) string {
	if rest, ok := bytes.CutPrefix(b, []byte("\xff\xfe")); ok {
		return decode16(binary.LittleEndian)(rest)
	}
	return decode16(binary.BigEndian)(bytes.TrimPrefix(b, []byte("\xfe\xff")))
}

// nonNil keeps empty text from becoming null.
func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
