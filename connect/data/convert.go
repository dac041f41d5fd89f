package data

import (
	"fmt"
	"time"
)

// Convert brings a value to another schema's type as far as Java's Values class
// can: numbers to other numbers, texts to what they say, anything to text, times
// to times. from may be nil; it tells what numbers times stand for. null fits
// optional schemas only.
func Convert(to, from *Schema, value any) (any, error) {
	if value == nil {
		if to.Optional {
			return nil, nil
		}
		return nil, fmt.Errorf("null cannot be converted to a schema that requires a value")
	}
	switch to.Name {
	case DecimalName:
		return toDecimal(to, value)
	case DateName, TimeName, TimestampName:
		return toTemporal(to, from, value)
	}
	switch to.Type {
	case Bytes:
		if b, ok := value.([]byte); ok {
			return b, nil
		}
	case String:
		return Text(value)
	case Boolean:
		return toBoolean(from, value)
	case Int8, Int16, Int32, Int64, Float32, Float64:
		return toNumber(to.Type, from, value)
	default:
		return toCollection(to, value)
	}
	return nil, cannot(value, to)
}

func cannot(value any, to *Schema) error {
	return fmt.Errorf("a %s (%s) cannot be converted to %s", goType(value), show(value), to)
}

func toBoolean(from *Schema, value any) (any, error) {
	if b, ok := value.(bool); ok {
		return b, nil
	}
	if s, ok := value.(string); ok {
		if _, v := ParseString(s); v == true || v == false {
			return v, nil
		}
	}
	n, err := asNumber(from, value)
	return n.whole != 0, err
}

func toNumber(t Type, from *Schema, value any) (any, error) {
	n, err := asNumber(from, value)
	if err != nil {
		return nil, err
	}
	switch t {
	case Int8:
		return int8(n.whole), nil
	case Int16:
		return int16(n.whole), nil
	case Int32:
		return int32(n.whole), nil
	case Int64:
		return n.whole, nil
	case Float32:
		return float32(n.float), nil
	}
	return n.float, nil
}

// asNumber reads numbers, texts that are one, and times whose schema says what
// number stands for them.
func asNumber(from *Schema, value any) (number, error) {
	if n, ok := numberOf(value); ok {
		return n, nil
	}
	switch v := value.(type) {
	case string:
		if d, err := ParseDecimal(v); err == nil {
			n, _ := numberOf(d)
			return n, nil
		}
	case time.Time:
		if from != nil {
			n, err := fromTemporal(from, v)
			return number{n, float64(n)}, err
		}
	}
	return number{}, fmt.Errorf("a %s (%s) cannot be converted to a number", goType(value), show(value))
}

func fromTemporal(schema *Schema, t time.Time) (int64, error) {
	switch schema.Name {
	case DateName:
		n, err := FromDate(t)
		return int64(n), err
	case TimeName:
		n, err := FromTime(t)
		return int64(n), err
	case TimestampName:
		return t.UnixMilli(), nil
	}
	return 0, fmt.Errorf("a Date cannot be converted by %s", schema)
}

func toDecimal(to *Schema, value any) (any, error) {
	switch v := value.(type) {
	case []byte:
		return ToDecimal(to, v)
	case Decimal:
		return v, nil
	case string:
		return ParseDecimal(v)
	}
	if f, ok := ToFloat64(value); ok {
		return ParseDecimal(FormatFloat(f, 64))
	}
	return nil, cannot(value, to)
}

func toTemporal(to, from *Schema, value any) (any, error) {
	if s, ok := value.(string); ok {
		_, value = ParseString(s)
	}
	if t, ok := value.(time.Time); ok {
		if from == nil || from.Name == to.Name {
			return t, nil
		}
		return betweenTemporals(to, from, t)
	}
	n, err := asNumber(from, value)
	if err != nil {
		return nil, err
	}
	return temporalOf(to, n.whole)
}

func temporalOf(to *Schema, n int64) (any, error) {
	switch to.Name {
	case DateName:
		return ToDate(int32(n)), nil
	case TimeName:
		return ToTime(int32(n))
	}
	return ToTimestamp(n), nil
}

// betweenTemporals takes days and times of day out of timestamps and makes
// timestamps of either; days and times of day are numbers to each other.
func betweenTemporals(to, from *Schema, t time.Time) (any, error) {
	ms := t.UnixMilli()
	switch {
	case to.Name == TimestampName:
		return t, nil
	case from.Name == TimestampName && to.Name == DateName:
		return ToDate(int32(ms / millisPerDay)), nil
	case from.Name == TimestampName && to.Name == TimeName:
		return ToTimestamp((ms%millisPerDay + millisPerDay) % millisPerDay), nil
	}
	n, err := fromTemporal(from, t)
	if err != nil {
		return nil, err
	}
	return temporalOf(to, n)
}

func toCollection(to *Schema, value any) (any, error) {
	if s, ok := value.(string); ok && to.Type != StructType {
		_, value = ParseString(s)
	}
	if t, ok := TypeOf(value); ok && t == to.Type {
		return value, nil
	}
	return nil, cannot(value, to)
}
