package data

import (
	"fmt"
	"math/big"
	"strconv"
	"time"
)

// The names by which a schema says that its values are of a logical type.
const (
	DecimalName   = "org.apache.kafka.connect.data.Decimal"
	DateName      = "org.apache.kafka.connect.data.Date"
	TimeName      = "org.apache.kafka.connect.data.Time"
	TimestampName = "org.apache.kafka.connect.data.Timestamp"
)

// The parameter of a decimal's schema that holds its scale.
const scaleParameter = "scale"

const millisPerDay = 24 * 60 * 60 * 1000

// The schemas of the logical types of times.
var (
	DateSchema        = NewDate().MustBuild()
	TimeSchema        = NewTime().MustBuild()
	TimestampSchema   = NewTimestamp().MustBuild()
	OptionalDate      = NewDate().Optional().MustBuild()
	OptionalTime      = NewTime().Optional().MustBuild()
	OptionalTimestamp = NewTimestamp().Optional().MustBuild()
)

// NewDate begins the schema of dates: days since 1970, no time of day.
func NewDate() *SchemaBuilder { return NewSchema(Int32).Name(DateName).Version(1) }

// NewTime begins the schema of times of day: milliseconds since midnight.
func NewTime() *SchemaBuilder { return NewSchema(Int32).Name(TimeName).Version(1) }

// NewTimestamp begins the schema of timestamps: milliseconds since 1970.
func NewTimestamp() *SchemaBuilder { return NewSchema(Int64).Name(TimestampName).Version(1) }

// NewDecimal begins the schema of decimals with scale digits after the point.
func NewDecimal(scale int32) *SchemaBuilder {
	return NewSchema(Bytes).Name(DecimalName).Version(1).
		Parameter(scaleParameter, strconv.Itoa(int(scale)))
}

// DecimalSchema is the schema of required decimals.
func DecimalSchema(scale int32) *Schema { return NewDecimal(scale).MustBuild() }

// DecimalScale reads the scale from a decimal's schema.
func DecimalScale(s *Schema) (int32, error) {
	text, ok := s.Parameter(scaleParameter)
	if !ok {
		return 0, fmt.Errorf("invalid decimal schema: parameter %s not found", scaleParameter)
	}
	scale, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("invalid decimal schema: parameter %s = %s is not a whole number", scaleParameter, text)
	}
	return int32(scale), nil
}

// FromDecimal returns the bytes that stand for a decimal: its unscaled value in
// big-endian two's complement. The scale must be the schema's.
func FromDecimal(s *Schema, d Decimal) ([]byte, error) {
	scale, err := DecimalScale(s)
	if err != nil {
		return nil, err
	}
	if d.Scale != scale {
		return nil, fmt.Errorf("a decimal of scale %d does not fit a schema of scale %d", d.Scale, scale)
	}
	return twosComplement(orZero(d.Unscaled)), nil
}

// ToDecimal is the inverse of [FromDecimal].
func ToDecimal(s *Schema, b []byte) (Decimal, error) {
	scale, err := DecimalScale(s)
	if err != nil {
		return Decimal{}, err
	}
	if len(b) == 0 {
		return Decimal{}, fmt.Errorf("zero bytes are not a decimal")
	}
	n := new(big.Int).SetBytes(b)
	if b[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(len(b))*8))
	}
	return Decimal{n, scale}, nil
}

func twosComplement(n *big.Int) []byte {
	if n.Sign() >= 0 {
		b := n.Bytes()
		if len(b) == 0 || b[0]&0x80 != 0 {
			b = append([]byte{0}, b...)
		}
		return b
	}
	// One bit more than the magnitude of -n-1, in whole bytes.
	size := new(big.Int).Not(n).BitLen()/8 + 1
	b := make([]byte, size)
	return new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), uint(size)*8)).FillBytes(b)
}

// FromDate returns the days since 1970 of a date. A time of day is an error.
func FromDate(t time.Time) (int32, error) {
	ms := t.UnixMilli()
	if ms%millisPerDay != 0 {
		return 0, fmt.Errorf("a Date must not have a time of day, but %s has", t.UTC().Format(time.RFC3339Nano))
	}
	return int32(ms / millisPerDay), nil
}

// ToDate is the inverse of [FromDate].
func ToDate(days int32) time.Time { return time.UnixMilli(int64(days) * millisPerDay).UTC() }

// FromTime returns the milliseconds since midnight of a time of day, which stands
// on the first of January 1970. Another day is an error.
func FromTime(t time.Time) (int32, error) {
	ms := t.UnixMilli()
	if ms < 0 || ms > millisPerDay {
		return 0, fmt.Errorf("a Time must be on 1970-01-01, but %s is not", t.UTC().Format(time.RFC3339Nano))
	}
	return int32(ms), nil
}

// ToTime is the inverse of [FromTime].
func ToTime(ms int32) (time.Time, error) {
	if ms < 0 || ms > millisPerDay {
		return time.Time{}, fmt.Errorf("a Time must be between 0 and %d milliseconds, not %d", millisPerDay, ms)
	}
	return time.UnixMilli(int64(ms)).UTC(), nil
}

// ToTimestamp makes a timestamp of milliseconds since 1970.
func ToTimestamp(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
