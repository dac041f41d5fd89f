package config

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// SplitList splits a list value as Kafka does: blanks around elements go, a
// blank value is the empty list, empty elements stay for validators to refuse.
func SplitList(value string) []string {
	value = trim(value)
	if value == "" {
		return []string{}
	}
	return commaWithBlanks.Split(value, -1)
}

// What \s means to Java: six ASCII characters, vertical tab among them.
var commaWithBlanks = regexp.MustCompile(`[ \t\n\x0B\f\r]*,[ \t\n\x0B\f\r]*`)

// trim is Java's String.trim: everything up to the space character goes.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
}

// convert reads the text of a value as type t. The error's text is the reason
// as Kafka words it.
func convert(t Type, text string) (any, error) {
	text = trim(text)
	switch t {
	case Boolean:
		return toBool(text)
	case Int:
		n, err := toInteger(t, text, 32)
		return int32(n), err
	case Short:
		n, err := toInteger(t, text, 16)
		return int16(n), err
	case Long:
		return toInteger(t, text, 64)
	case Double:
		return toDouble(text)
	case List:
		return SplitList(text), nil
	case PasswordType:
		return Password(text), nil
	case Class:
		if text == "" {
			return nil, because("Class  could not be found.")
		}
		return text, nil
	}
	return text, nil
}

// because is an Error of which only the reason is known yet.
func because(reason string) error { return &Error{Reason: reason} }

func toBool(text string) (any, error) {
	// EqualFold would also take U+017F for the s of "false", as Java does too.
	switch {
	case strings.EqualFold(text, "true"):
		return true, nil
	case strings.EqualFold(text, "false"):
		return false, nil
	}
	return nil, because("Expected value to be either true or false")
}

func toInteger(t Type, text string, bits int) (int64, error) {
	n, err := strconv.ParseInt(text, 10, bits)
	if err != nil {
		return 0, notANumber(t)
	}
	return n, nil
}

func notANumber(t Type) error { return because("Not a number of type " + t.String()) }

// Java's floating point grammar. ParseFloat alone would also take "inf", any
// case of "NaN", and underscores, but no type suffix.
var javaDouble = regexp.MustCompile(
	`^[+-]?(NaN|Infinity|((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|0[xX]([0-9a-fA-F]+\.?|[0-9a-fA-F]*\.[0-9a-fA-F]+)[pP][+-]?\d+)[fFdD]?)$`)

func toDouble(text string) (any, error) {
	if !javaDouble.MatchString(text) {
		return nil, notANumber(Double)
	}
	switch strings.TrimLeft(text, "+-") {
	case "NaN": // ParseFloat takes no sign before it
		return math.NaN(), nil
	case "Infinity":
		return strconv.ParseFloat(text, 64)
	}
	f, err := strconv.ParseFloat(strings.TrimRight(text, "fFdD"), 64)
	// Out of range is infinity to Java; ParseFloat returns that beside its error.
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return nil, notANumber(Double)
	}
	return f, nil
}

// normalise brings a default, written as whatever Go value is handy, into the
// form that values of type t have.
func normalise(t Type, v any) (any, error) {
	switch v := v.(type) {
	case string:
		return convert(t, v)
	case int:
		return convert(t, strconv.Itoa(v))
	case Password:
		if t == PasswordType {
			return v, nil
		}
	case []string:
		if t == List {
			return v, nil
		}
	case bool, int16, int32, int64, float64:
		return convert(t, Text(v))
	}
	return nil, fmt.Errorf("%T does not fit %s", v, t)
}

// Text gives a converted value as Kafka prints it: lists joined with commas,
// passwords hidden, doubles in Java's notation, null as "null".
func Text(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case []string:
		return strings.Join(v, ",")
	case float64:
		return doubleText(v)
	}
	return fmt.Sprint(v)
}

func doubleText(f float64) string {
	a := math.Abs(f)
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case a == 0 || (a >= 1e-3 && a < 1e7):
		s := strconv.FormatFloat(f, 'f', -1, 64)
		if !strings.Contains(s, ".") {
			s += ".0"
		}
		return s
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'E', -1, 64), "E")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	n, _ := strconv.Atoi(exponent) // drops the plus sign and leading zeros
	return mantissa + "E" + strconv.Itoa(n)
}

// remedy is the usual hint for a value that does not fit type t.
func remedy(t Type) string {
	switch t {
	case Boolean:
		return "use true or false"
	case Int, Long:
		return "use a whole number"
	case Short:
		return "use a whole number from -32768 to 32767"
	case Double:
		return "use a number such as 0.5"
	case Class:
		return "give a class name"
	}
	return ""
}
