package data

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Decimal is Unscaled / 10^Scale, exactly. The scale belongs to the value: 1.0
// and 1.00 differ. A nil Unscaled is zero.
type Decimal struct {
	Unscaled *big.Int
	Scale    int32
}

// NewDecimalValue makes a decimal of a number that fits 64 bits.
func NewDecimalValue(unscaled int64, scale int32) Decimal {
	return Decimal{big.NewInt(unscaled), scale}
}

// ParseDecimal reads what Java's BigDecimal reads: digits with an optional sign,
// point and exponent, nothing around them.
func ParseDecimal(s string) (Decimal, error) {
	bad := fmt.Errorf("%q is not a decimal number", s)
	mantissa, exponent := s, int64(0)
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		n, err := strconv.ParseInt(s[i+1:], 10, 32)
		if err != nil {
			return Decimal{}, bad
		}
		mantissa, exponent = s[:i], n
	}
	digits := strings.TrimLeft(mantissa, "+-")
	if len(mantissa)-len(digits) > 1 {
		return Decimal{}, bad
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	all := whole + fraction
	if all == "" || strings.Trim(all, "0123456789") != "" {
		return Decimal{}, bad
	}
	scale := int64(len(fraction)) - exponent
	if int64(int32(scale)) != scale {
		return Decimal{}, bad
	}
	n, _ := new(big.Int).SetString(all, 10)
	if strings.HasPrefix(mantissa, "-") {
		n.Neg(n)
	}
	return Decimal{n, int32(scale)}, nil
}

// String writes the decimal as Java's BigDecimal does: with an exponent where
// the scale is negative or there are many zeros after the point.
func (d Decimal) String() string {
	n := orZero(d.Unscaled)
	digits := new(big.Int).Abs(n).String()
	sign := ""
	if n.Sign() < 0 {
		sign = "-"
	}
	if d.Scale == 0 {
		return sign + digits
	}
	exponent := int64(len(digits)-1) - int64(d.Scale)
	if d.Scale > 0 && exponent >= -6 {
		return sign + withPoint(digits, int(d.Scale))
	}
	if len(digits) > 1 {
		digits = digits[:1] + "." + digits[1:]
	}
	if exponent == 0 {
		return sign + digits
	}
	return fmt.Sprintf("%s%sE%+d", sign, digits, exponent)
}

func withPoint(digits string, scale int) string {
	if missing := scale - len(digits) + 1; missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	at := len(digits) - scale
	return digits[:at] + "." + digits[at:]
}

// Float64 returns the nearest float, infinite where none is near.
func (d Decimal) Float64() float64 { return d.float(64) }

// Float32 returns the nearest float, infinite where none is near.
func (d Decimal) Float32() float32 { return float32(d.float(32)) }

func (d Decimal) float(bits int) float64 {
	// Out of range is infinity or zero beside an error, which is what is wanted.
	f, _ := strconv.ParseFloat(orZero(d.Unscaled).String()+"e"+strconv.FormatInt(-int64(d.Scale), 10), bits)
	return f
}

// Int64 cuts the fraction off and returns the low 64 bits of the rest. exact
// tells whether that is the whole value.
func (d Decimal) Int64() (v int64, exact bool) {
	n := orZero(d.Unscaled)
	switch {
	case n.Sign() == 0:
		return 0, true
	case d.Scale <= -64: // a multiple of 2^64; also spares computing 10^(2^31)
		return 0, false
	case d.Scale <= 0:
		n = new(big.Int).Mul(n, pow10(-d.Scale))
		return lowBits(n), n.IsInt64()
	case int64(d.Scale) > int64(len(n.String())): // less than one
		return 0, false
	}
	whole, rest := new(big.Int).QuoRem(n, pow10(d.Scale), new(big.Int))
	return lowBits(whole), rest.Sign() == 0 && whole.IsInt64()
}

func pow10(n int32) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

func lowBits(n *big.Int) int64 {
	low := new(big.Int).And(n, new(big.Int).SetUint64(^uint64(0)))
	return int64(low.Uint64())
}
