package config

import (
	"slices"
	"strings"
)

// byteOrderMark is UTF-8's, as a .properties file's first key shows it when an
// editor put it there: Java takes it for part of the name.
const byteOrderMark = "\u00ef\u00bb\u00bf"

// Suggest names the known key that key was probably meant to be: one made of
// the same words in another order, or else the one with the fewest typing
// mistakes between, as long as they are few for its length. Ties go to the one
// that comes first in known.
func Suggest(key string, known []string) (string, bool) {
	if slices.Contains(known, key) {
		return "", false
	}
	key = strings.TrimPrefix(key, byteOrderMark)
	if slices.Contains(known, key) {
		return key, true
	}
	best, distance := "", len(key)/4+2
	words := sortedWords(key)
	for _, k := range known {
		if slices.Equal(words, sortedWords(k)) {
			return k, true
		}
		if d := typos(key, k); d < distance {
			best, distance = k, d
		}
	}
	return best, best != ""
}

func sortedWords(key string) []string {
	words := strings.FieldsFunc(key, func(r rune) bool { return strings.ContainsRune(".-_>", r) })
	slices.Sort(words)
	return words
}

// typos counts the insertions, deletions, replacements and swaps of neighbours
// that turn a into b (optimal string alignment), byte by byte: keys are ASCII.
func typos(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
