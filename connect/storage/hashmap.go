package storage

import (
	"maps"
	"slices"
	"unicode/utf16"
)

// hashMapOrder lists a map's keys as a Java HashMap that grew from its default
// size iterates over them. Offset keys are matched byte by byte, so this order
// is part of the format.
//
// Within one bucket Java keeps the order of insertion, which a Go map does not
// know; the keys of Connect's own connectors never share a bucket, others fall
// back to alphabetical order.
func hashMapOrder[V any](m map[string]V) []string {
	keys := slices.Sorted(maps.Keys(m))
	capacity := int32(16)
	for len(keys) > int(capacity)*3/4 {
		capacity *= 2
	}
	bucket := func(key string) int32 {
		h := javaHash(key)
		return (h ^ int32(uint32(h)>>16)) & (capacity - 1)
	}
	slices.SortStableFunc(keys, func(a, b string) int { return int(bucket(a)) - int(bucket(b)) })
	return keys
}

// javaHash is String.hashCode: over UTF-16 units.
func javaHash(s string) int32 {
	var h int32
	for _, unit := range utf16.Encode([]rune(s)) {
		h = 31*h + int32(unit)
	}
	return h
}
