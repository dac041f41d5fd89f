package data

import (
	"maps"
	"math"
	"slices"
	"time"
	"unicode/utf16"
)

// Entries is a map with keys of any type, in a certain order. Keys are unique.
type Entries []Entry

// Entry is one key of a map with its value.
type Entry struct{ Key, Value any }

// Get finds the value of a key.
func (e Entries) Get(key any) (value any, ok bool) {
	i := e.index(key)
	if i < 0 {
		return nil, false
	}
	return e[i].Value, true
}

func (e Entries) index(key any) int {
	return slices.IndexFunc(e, func(entry Entry) bool { return Equal(entry.Key, key) })
}

// With returns the map with one key set; a new key goes to the end.
func (e Entries) With(key, value any) Entries {
	if i := e.index(key); i >= 0 {
		e[i].Value = value
		return e
	}
	return append(e, Entry{key, value})
}

// EntriesOf lists what a map value holds: [Entries] in their own order, others as
// a Java HashMap would. It is nil, and for an empty map not nil, when v is not a
// map.
func EntriesOf(v any) Entries {
	switch v := v.(type) {
	case Entries:
		if v == nil {
			return Entries{}
		}
		return v
	case map[string]any:
		e := make(Entries, 0, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			e = append(e, Entry{key, v[key]})
		}
		return e.HashOrdered()
	}
	return nil
}

// HashOrdered sorts the entries in place into the order in which a Java HashMap
// that grew from its default size iterates. Keys that share one of its buckets
// keep their order. With a key that Java hashes by something we do not know, such
// as a struct, everything stays as it is.
func (e Entries) HashOrdered() Entries {
	capacity := int32(16)
	for len(e) > int(capacity)/4*3 {
		capacity *= 2
	}
	buckets := make(map[any]int32, len(e))
	for _, entry := range e {
		h, ok := javaHash(entry.Key)
		if !ok {
			return e
		}
		buckets[entry.Key] = (h ^ int32(uint32(h)>>16)) & (capacity - 1)
	}
	slices.SortStableFunc(e, func(a, b Entry) int { return int(buckets[a.Key]) - int(buckets[b.Key]) })
	return e
}

// javaHash is hashCode of the value's Java class, for those that can be keys of a
// Go map.
func javaHash(v any) (int32, bool) {
	switch v := v.(type) {
	case nil:
		return 0, true
	case string:
		var h int32
		for _, unit := range utf16.Encode([]rune(v)) {
			h = 31*h + int32(unit)
		}
		return h, true
	case bool:
		if v {
			return 1231, true
		}
		return 1237, true
	case int8:
		return int32(v), true
	case int16:
		return int32(v), true
	case int32:
		return v, true
	case int64:
		return fold(uint64(v)), true
	case float32:
		return int32(math.Float32bits(v)), true
	case float64:
		return fold(math.Float64bits(v)), true
	case time.Time:
		return fold(uint64(v.UnixMilli())), true
	}
	return 0, false
}

func fold(n uint64) int32 { return int32(uint32(n ^ n>>32)) }

// Unique drops all but the last value of each key, in the place of the first.
func (e Entries) Unique() Entries {
	at := make(map[any]int, len(e))
	unique := make(Entries, 0, len(e))
	for _, entry := range e {
		i, known := -1, false
		if _, hashable := javaHash(entry.Key); hashable {
			if i, known = at[entry.Key]; !known {
				at[entry.Key] = len(unique)
			}
		} else if i = unique.index(entry.Key); i >= 0 {
			known = true
		}
		if known {
			unique[i].Value = entry.Value
		} else {
			unique = append(unique, entry)
		}
	}
	return unique
}
