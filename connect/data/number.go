package data

import (
	"math"
	"strconv"
	"strings"
)

// FormatFloat writes a float as Java does since version 19: the fewest digits
// that tell it from its neighbours, at least one after the point, an exponent
// below 1/1000 and from 10 million. bits is 32 or 64.
func FormatFloat(f float64, bits int) string {
	a := math.Abs(f)
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case a == 0 || (a >= 1e-3 && a < 1e7):
		return withFraction(strconv.FormatFloat(f, 'f', -1, bits))
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'E', -1, bits), "E")
	n, _ := strconv.Atoi(exponent) // drops the plus sign and leading zeros
	return withFraction(mantissa) + "E" + strconv.Itoa(n)
}

func withFraction(digits string) string {
	if strings.Contains(digits, ".") {
		return digits
	}
	return digits + ".0"
}

// number views the numeric values of the data model as Java's Number does.
// Conversions to whole numbers cut fractions off and stop at the limits of 64
// bits; narrower ones then keep the low bits.
type number struct {
	whole int64
	float float64
}

func numberOf(v any) (n number, ok bool) {
	switch v := v.(type) {
	case int8:
		return number{int64(v), float64(v)}, true
	case int16:
		return number{int64(v), float64(v)}, true
	case int32:
		return number{int64(v), float64(v)}, true
	case int64:
		return number{v, float64(v)}, true
	case float32:
		return number{saturate(float64(v), math.MinInt64, math.MaxInt64), float64(v)}, true
	case float64:
		return number{saturate(v, math.MinInt64, math.MaxInt64), v}, true
	case Decimal:
		whole, _ := v.Int64()
		return number{whole, v.Float64()}, true
	}
	return number{}, false
}

func saturate(f float64, low, high int64) int64 {
	switch {
	case math.IsNaN(f):
		return 0
	case f >= float64(high):
		return high
	case f <= float64(low):
		return low
	}
	return int64(f)
}

// ToInt64 reads a number as Java's longValue does; ok is false for what is no
// number.
func ToInt64(v any) (n int64, ok bool) {
	number, ok := numberOf(v)
	return number.whole, ok
}

// ToInt32 reads a number as Java's intValue does: floats stop at the limits of 32
// bits, others lose their high bits.
func ToInt32(v any) (n int32, ok bool) {
	switch f := v.(type) {
	case float32:
		return int32(saturate(float64(f), math.MinInt32, math.MaxInt32)), true
	case float64:
		return int32(saturate(f, math.MinInt32, math.MaxInt32)), true
	}
	number, ok := numberOf(v)
	return int32(number.whole), ok
}

// ToFloat64 reads a number as Java's doubleValue does.
func ToFloat64(v any) (f float64, ok bool) {
	number, ok := numberOf(v)
	return number.float, ok
}
