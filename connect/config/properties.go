package config

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// Properties are what a file or a request holds, before conversion.
type Properties = map[string]string

// A File is what a .properties file says, read as java.util.Properties reads
// its bytes: ISO-8859-1; trailing blanks of values stay, a backslash before an
// ordinary character goes, and of several lines for a key the last counts.
type File struct {
	values     map[string]string
	lines      map[string]int
	keys       []string
	duplicates []string
}

// ReadProperties reads a .properties file to its end. Its errors are those of r,
// and a [*Problems] naming key and line of every malformed \uXXXX; nothing else
// is malformed in this format.
//
// A reader of our own, because the libraries at hand are not exact: see
// TestAReadyMadeLibraryWouldNotReadAsJavaDoes.
func ReadProperties(r io.Reader) (*File, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("reading properties: %w", err)
	}
	return readProperties(text, false)
}

// readProperties reads text as ISO-8859-1 or, for Java's readers of characters,
// as UTF-8.
func readProperties(text []byte, isUTF8 bool) (*File, error) {
	f := &File{values: map[string]string{}, lines: map[string]int{}}
	var problems Problems
	in := propertyLines{text: text, line: 1}
	for in.next() {
		problems.Add(f.addLine(in.logical, in.start, isUTF8))
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return f, nil
}

func (f *File) addLine(line []byte, number int, isUTF8 bool) error {
	rawKey, rawValue := splitProperty(line)
	key, keyOK := unescapeProperty(rawKey, isUTF8)
	value, valueOK := unescapeProperty(rawValue, isUTF8)
	if !keyOK || !valueOK {
		return &Error{
			Key:    key,
			Secret: true, // which keys are secret is not known here
			Reason: fmt.Sprintf(`malformed \uXXXX in line %d`, number),
			Remedy: `write four hexadecimal digits after \u, or \\u for a backslash and a u`,
		}
	}
	_, again := f.values[key]
	if !again {
		f.keys = append(f.keys, key)
	} else if !slices.Contains(f.duplicates, key) {
		f.duplicates = append(f.duplicates, key)
	}
	f.values[key] = value
	f.lines[key] = number
	return nil
}

// Map returns all keys with their last values; the caller may change it.
func (f *File) Map() map[string]string { return maps.Clone(f.values) }

// Keys returns the names in the order of their first lines.
func (f *File) Keys() []string { return slices.Clone(f.keys) }

// Duplicates returns the names given more than once, in the order of their
// second lines.
func (f *File) Duplicates() []string { return slices.Clone(f.duplicates) }

// Line returns the number, counting from 1, of the line where the last value of
// key begins, or 0 when key is not in the file.
func (f *File) Line(key string) int { return f.lines[key] }

func isPropertyBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\f' }

// splitProperty parts a logical line at the first blank, = or : that no
// backslash stands before. Blanks may surround one separator.
func splitProperty(line []byte) (key, value []byte) {
	end, escaped := 0, false
	for end < len(line) {
		c := line[end]
		if !escaped && (c == '=' || c == ':' || isPropertyBlank(c)) {
			break
		}
		escaped = c == '\\' && !escaped
		end++
	}
	at, separated := end, false
	for at < len(line) {
		c := line[at]
		if !separated && (c == '=' || c == ':') {
			separated = true
		} else if !isPropertyBlank(c) {
			break
		}
		at++
	}
	return line[:end], line[at:]
}

// unescapeProperty resolves backslashes. It works in UTF-16, as Java does, so
// that two escaped halves make one character. ok is false for a malformed
// \uXXXX; text is then what could be read.
func unescapeProperty(raw []byte, isUTF8 bool) (text string, ok bool) {
	units := make([]uint16, 0, len(raw))
	ok = true
	for len(raw) > 0 {
		escaped := raw[0] == '\\' && len(raw) > 1
		if escaped {
			raw = raw[1:]
		}
		if escaped && raw[0] == 'u' {
			unit, valid := fourHexDigits(raw[1:])
			if !valid {
				ok, raw = false, raw[1:]
				continue
			}
			units, raw = append(units, unit), raw[5:]
			continue
		}
		r, size := rune(raw[0]), 1
		if isUTF8 {
			r, size = utf8.DecodeRune(raw)
		}
		if escaped {
			r = namedEscape(r)
		}
		units, raw = utf16.AppendRune(units, r), raw[size:]
	}
	return string(utf16.Decode(units)), ok
}

// namedEscape is what r means after a backslash; most characters mean themselves.
func namedEscape(r rune) rune {
	switch r {
	case 't':
		return '\t'
	case 'r':
		return '\r'
	case 'n':
		return '\n'
	case 'f':
		return '\f'
	}
	return r
}

func fourHexDigits(raw []byte) (unit uint16, ok bool) {
	if len(raw) < 4 {
		return 0, false
	}
	for _, c := range raw[:4] {
		switch {
		case c >= '0' && c <= '9':
			unit = unit<<4 | uint16(c-'0')
		case c >= 'a' && c <= 'f':
			unit = unit<<4 | uint16(c-'a'+10)
		case c >= 'A' && c <= 'F':
			unit = unit<<4 | uint16(c-'A'+10)
		default:
			return 0, false
		}
	}
	return unit, true
}
