package config

import (
	"errors"
	"io"
)

// Properties are what a file or a request holds, before conversion.
type Properties = map[string]string

// A File is a .properties file as Java reads it.
type File struct{}

// Map returns the entries.
func (f *File) Map() map[string]string { return nil }

// Keys returns the names in file order.
func (f *File) Keys() []string { return nil }

// Duplicates returns names given more than once.
func (f *File) Duplicates() []string { return nil }

// Line returns where key is given.
func (f *File) Line(key string) int { return 0 }

// ReadProperties reads a .properties file.
func ReadProperties(r io.Reader) (*File, error) { return nil, errors.New("not yet") }
