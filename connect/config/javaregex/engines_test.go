package javaregex

import (
	"time"

	"github.com/dlclark/regexp2"
)

// dotNetMatch matches with the backtracking engine, whatever the tree holds.
func dotNetMatch(tree node, s string) (bool, error) {
	re, err := regexp2.Compile(spell(tree, dotNet), regexp2.None)
	if err != nil {
		return false, err
	}
	re.MatchTimeout = 200 * time.Millisecond
	return re.MatchString(s)
}
