package assignor

import (
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"crosstide/connect"
	"crosstide/connect/protocol"
)

// Member is one worker of the group and what it says it runs.
type Member struct {
	ID    string
	Holds protocol.Work
}

// Configured is all that should run.
type Configured struct {
	Connectors []string
	Tasks      []connect.TaskID
}

// Round is one rebalance as the leader sees it.
type Round struct {
	Now time.Time
	// LastGeneration is the generation that the leader last completed, -1 for
	// none; Generation is the one being formed.
	LastGeneration, Generation int32
	Configured                 Configured
	Members                    []Member // in the order of the broker's join answer
}

// Result is what each member is told, by member id.
type Result struct {
	Assigned map[string]protocol.Work // to start
	Revoked  map[string]protocol.Work // to give up first
	Owned    map[string]protocol.Work // what each runs once it has obeyed
	Delay    time.Duration            // when all shall join again; 0 for not by themselves
}

func compareTasks(a, b connect.TaskID) int {
	if c := compareStrings(a.Connector, b.Connector); c != 0 {
		return c
	}
	return a.Task - b.Task
}

// compareStrings is Java's order: by UTF-16 units, which differs from the order
// of bytes where surrogates meet the last private characters.
func compareStrings(a, b string) int {
	if ascii(a) && ascii(b) {
		return strings.Compare(a, b)
	}
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// javaOrder returns the items as a java.util.HashMap would iterate over their
// ids. Java's leader walks its members so, and which worker may keep one more
// task than others depends on it.
func javaOrder[T any](items []T, id func(T) string) []T {
	buckets := 16
	for len(items)*4 > buckets*3 {
		buckets *= 2
	}
	out := slices.Clone(items)
	slices.SortStableFunc(out, func(a, b T) int {
		return bucket(id(a), buckets) - bucket(id(b), buckets)
	})
	return out
}

func bucket(s string, buckets int) int {
	var h uint32
	for _, u := range utf16.Encode([]rune(s)) {
		h = 31*h + uint32(u)
	}
	h ^= h >> 16
	return int(h) & (buckets - 1)
}
