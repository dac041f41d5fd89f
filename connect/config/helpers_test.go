package config

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// escapeAll writes s with every character as \uXXXX.
func escapeAll(s string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, `\u%04x`, unit)
	}
	return b.String()
}
