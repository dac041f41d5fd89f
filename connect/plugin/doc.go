// Package plugin turns class names into connectors and transformations.
//
// Property files name Java classes, in full or by Java's aliases (the simple
// name; the simple name without its kind). A registry maps those to Go
// constructors under the same rules, so files need not change. Whoever builds a
// program fills the registry before it starts anything; from then on it is only
// read, and safe for concurrent use.
package plugin
