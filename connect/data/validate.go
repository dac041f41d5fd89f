package data

import (
	"bytes"
	"fmt"
	"math/big"
	"time"
)

// Validate reports why a value does not fit the schema, looking into arrays,
// maps and structs.
func (s *Schema) Validate(value any) error { return s.validate("", value) }

func (s *Schema) validate(field string, value any) error {
	if s == nil { // elements of a collection that holds only nulls
		if value == nil {
			return nil
		}
		return fmt.Errorf("invalid value%s: only nulls fit, not %s", ofField(field), goType(value))
	}
	if value == nil {
		if s.Optional {
			return nil
		}
		return fmt.Errorf("invalid value: null used for required field%s of type %s", ofField(field), s.Type)
	}
	if !s.takes(value) {
		return fmt.Errorf("invalid value%s: a %s does not fit %s", ofField(field), goType(value), s)
	}
	switch v := value.(type) {
	case *Struct:
		if !v.schema.Equal(s) {
			return fmt.Errorf("struct schemas do not match%s", ofField(field))
		}
	case []any:
		for _, e := range v {
			if err := s.ValueSchema.validate(field, e); err != nil {
				return err
			}
		}
	case map[string]any, Entries:
		return s.validateMap(field, EntriesOf(v))
	}
	return nil
}

func (s *Schema) validateMap(field string, entries Entries) error {
	for _, e := range entries {
		if err := s.KeySchema.validate(field, e.Key); err != nil {
			return err
		}
		if err := s.ValueSchema.validate(field, e.Value); err != nil {
			return err
		}
	}
	return nil
}

func ofField(name string) string {
	if name == "" {
		return ""
	}
	return " of field " + name
}

// takes reports whether the value's Go type is that of the schema.
func (s *Schema) takes(value any) bool {
	switch s.Name {
	case DecimalName:
		_, ok := value.(Decimal)
		return ok
	case DateName, TimeName, TimestampName:
		_, ok := value.(time.Time)
		return ok
	}
	t, ok := TypeOf(value)
	return ok && t == s.Type
}

// Equal compares two values of the data model deeply. NaN equals NaN.
func Equal(a, b any) bool {
	switch a := a.(type) {
	case []byte:
		b, ok := b.([]byte)
		return ok && bytes.Equal(a, b)
	case *Struct:
		b, ok := b.(*Struct)
		return ok && a.Equal(b)
	case Decimal:
		b, ok := b.(Decimal)
		return ok && a.Scale == b.Scale && orZero(a.Unscaled).Cmp(orZero(b.Unscaled)) == 0
	case time.Time:
		b, ok := b.(time.Time)
		return ok && a.Equal(b)
	case float32:
		b, ok := b.(float32)
		return ok && (a == b || a != a && b != b)
	case float64:
		b, ok := b.(float64)
		return ok && (a == b || a != a && b != b)
	case []any:
		b, ok := b.([]any)
		return ok && equalArrays(a, b)
	case map[string]any, Entries:
		return equalMaps(EntriesOf(a), b)
	}
	switch b.(type) {
	case []byte, []any, map[string]any, Entries:
		return false
	}
	return a == b
}

func orZero(n *big.Int) *big.Int {
	if n == nil {
		return new(big.Int)
	}
	return n
}

func equalArrays(a, b []any) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

func equalMaps(a Entries, other any) bool {
	b := EntriesOf(other)
	if b == nil || len(a) != len(b) {
		return false
	}
	for _, e := range a {
		value, ok := b.Get(e.Key)
		if !ok || !Equal(e.Value, value) {
			return false
		}
	}
	return true
}
