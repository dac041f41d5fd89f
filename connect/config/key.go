package config

// Type says how the text of a value is read.
type Type int

// The types of Kafka's ConfigDef. Values are held as string, bool, int32 (Int),
// int16 (Short), int64 (Long), float64, []string, string (Class), [Password].
const (
	String Type = iota
	Boolean
	Int
	Short
	Long
	Double
	List
	Class
	PasswordType
)

var typeNames = [...]string{"STRING", "BOOLEAN", "INT", "SHORT", "LONG", "DOUBLE", "LIST", "CLASS", "PASSWORD"}

// String returns Kafka's name of the type, such as "INT".
func (t Type) String() string { return typeNames[t] }

// Importance ranks a key in documentation.
type Importance int

// Kafka's ranks.
const (
	Low Importance = iota
	Medium
	High
)

// String returns Kafka's name, such as "HIGH".
func (i Importance) String() string { return [...]string{"LOW", "MEDIUM", "HIGH"}[i] }

// Width is how wide an input field for a key should be.
type Width int

// Kafka's widths.
const (
	WidthNone Width = iota
	WidthShort
	WidthMedium
	WidthLong
)

// String returns Kafka's name, such as "MEDIUM".
func (w Width) String() string { return [...]string{"NONE", "SHORT", "MEDIUM", "LONG"}[w] }

// A Validator checks a converted value of the key called name. The value has
// the Go type of the key's [Type], or is nil for null. The error is best an
// [*Error]; any other becomes the reason of one.
type Validator func(name string, value any) error

// A Recommender answers what a key could be set to, given the other values as
// converted so far (nil for those that could not be).
type Recommender interface {
	ValidValues(name string, parsed map[string]any) []any
	Visible(name string, parsed map[string]any) bool
}

// A Key defines one configuration key.
type Key struct {
	Name string
	Type Type
	// Default is used when the key is not given: a Go value that fits Type (any
	// integer for Int, Short and Long), text that is converted as if given, or
	// nil for null. It is unused when Required.
	Default  any
	Required bool
	// Validator may be nil.
	Validator Validator
	// Remedy replaces the hint that is derived from Type when the value is bad.
	Remedy string
	// Deprecated lists former names that are still read, with a warning, when
	// Name itself is not given.
	Deprecated []string

	Importance  Importance
	Doc         string
	Group       string // "" when undefined
	Order       int    // within Group; unused without one
	Width       Width
	DisplayName string // Name when empty
	Dependents  []string
	Recommender Recommender
}

// Display returns DisplayName, or Name where there is none.
func (k Key) Display() string {
	if k.DisplayName != "" {
		return k.DisplayName
	}
	return k.Name
}

// OrderInGroup returns Order, or -1 for a key without a group, as Kafka does.
func (k Key) OrderInGroup() int {
	if k.Group == "" {
		return -1
	}
	return k.Order
}

// DefaultText returns the default as text; ok is false when it is null or there
// is none.
func (k Key) DefaultText() (text string, ok bool) {
	if k.Required || k.Default == nil {
		return "", false
	}
	return Text(k.Default), true
}
