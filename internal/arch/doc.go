// Package arch holds the shape of the house: which room may import which.
//
// It has no code of its own. Its test reads `go list` and fails with the
// offending import and the reason why it points the wrong way.
package arch
