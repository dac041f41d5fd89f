package protocol

import (
	"slices"

	"crosstide/connect"
)

// Work is a set of connector instances and tasks, in the order they were given
// out. The order carries no promise to anyone, but Java's leader takes surplus
// work from the front, so keeping it keeps us at Java's results.
type Work struct {
	Connectors []string
	Tasks      []connect.TaskID
}

// Empty reports whether there is neither a connector nor a task.
func (w Work) Empty() bool { return len(w.Connectors) == 0 && len(w.Tasks) == 0 }

// Size counts connectors and tasks.
func (w Work) Size() int { return len(w.Connectors) + len(w.Tasks) }

// Clone shares nothing with w.
func (w Work) Clone() Work {
	return Work{Connectors: slices.Clone(w.Connectors), Tasks: slices.Clone(w.Tasks)}
}

// Has reports whether w holds everything of other.
func (w Work) Has(other Work) bool { return other.Minus(w).Empty() }

// Minus is w without what is in other.
func (w Work) Minus(other Work) Work {
	return Work{
		Connectors: without(w.Connectors, other.Connectors),
		Tasks:      without(w.Tasks, other.Tasks),
	}
}

// Plus is w followed by what other has beyond it, each thing once.
func (w Work) Plus(other Work) Work {
	return Work{
		Connectors: union(w.Connectors, other.Connectors),
		Tasks:      union(w.Tasks, other.Tasks),
	}
}

// Equal reports whether both hold the same things, in whatever order.
func (w Work) Equal(other Work) bool { return w.Has(other) && other.Has(w) }

func set[T comparable](items []T) map[T]bool {
	s := make(map[T]bool, len(items))
	for _, x := range items {
		s[x] = true
	}
	return s
}

func without[T comparable](items, gone []T) []T {
	out := set(gone)
	var kept []T
	for _, x := range items {
		if !out[x] {
			kept = append(kept, x)
		}
	}
	return kept
}

func union[T comparable](a, b []T) []T {
	seen := make(map[T]bool, len(a)+len(b))
	var all []T
	for _, items := range [][]T{a, b} {
		for _, x := range items {
			if !seen[x] {
				seen[x] = true
				all = append(all, x)
			}
		}
	}
	return all
}
