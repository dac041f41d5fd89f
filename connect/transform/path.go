package transform

import (
	"errors"
	"fmt"
	"strings"

	"crosstide/connect/config"
	"crosstide/connect/data"
)

// path names a field, or one inside fields. An empty one names none.
type path []string

func parsePath(text, version string) (path, error) {
	if strings.EqualFold(version, "V1") {
		return path{text}, nil
	}
	var p path
	rest := text
	for rest != "" {
		if rest[0] == '`' {
			step, after, ok := quotedStep(rest)
			if !ok {
				return nil, &config.Error{Key: "field", Value: text,
					Reason: fmt.Sprintf("Incomplete backtick pair in path: [%s]", text),
					Remedy: "write \\` for a back-tick that belongs to the name"}
			}
			p, rest = append(p, step), after
			continue
		}
		step, after, more := strings.Cut(rest, ".")
		p, rest = append(p, step), after
		if !more {
			break
		}
	}
	if strings.HasSuffix(text, ".") {
		p = append(p, "")
	}
	return p, nil
}

// quotedStep reads a name in back-ticks. It ends at a back-tick with a dot or
// nothing after it; others, and those with a backslash before them, belong to
// the name.
func quotedStep(s string) (step, rest string, ok bool) {
	var b strings.Builder
	start := 1
	for i := 1; i < len(s); i++ {
		if s[i] != '`' {
			continue
		}
		escaped := s[i-1] == '\\'
		last := i == len(s)-1
		switch {
		case last && escaped:
			return "", "", false
		case last:
			return b.String() + s[start:i], "", true
		case s[i+1] != '.':
		case escaped:
			b.WriteString(s[start:i-1] + "`")
			start = i + 1
		default:
			return b.String() + s[start:i], s[i+2:], true
		}
	}
	return "", "", false
}

// schema finds the field's schema, nil when there is no such field.
func (p path) schema(s *data.Schema) *data.Schema {
	if len(p) == 0 {
		return nil
	}
	for _, step := range p {
		f, ok := s.Field(step)
		if !ok {
			return nil
		}
		s = f.Schema
	}
	return s
}

// inStruct reads the field; null anywhere on the way gives null.
func (p path) inStruct(v any, replaceNull bool) (any, error) {
	for _, step := range p {
		if v == nil {
			return nil, nil
		}
		s, err := asStruct(v, "nested field access")
		if err != nil {
			return nil, err
		}
		v = nil
		for i, f := range s.Schema().Fields {
			if f.Name == step {
				v = fieldAt(s, i, replaceNull)
			}
		}
	}
	return v, nil
}

func (p path) inMap(v any) (any, error) {
	if len(p) == 0 {
		return nil, errors.New("the path of the field is empty")
	}
	for i, step := range p {
		if v == nil && i > 0 {
			return nil, nil
		}
		m, err := asMap(v, "field extraction")
		if err != nil {
			return nil, err
		}
		v = m[step]
	}
	return v, nil
}
