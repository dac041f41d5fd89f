package datatest

import (
	"bufio"
	"encoding/json"
	"io"

	"crosstide/connect/data"
)

// Case is one line of a table: what was asked, and Java's answer in Out or Error.
type Case struct {
	Do      string            `json:"do"`
	Class   string            `json:"class,omitempty"`
	Config  map[string]string `json:"config,omitempty"`
	Key     bool              `json:"key,omitempty"`
	Text    string            `json:"text,omitzero"`
	Pattern string            `json:"pattern,omitempty"`
	Ms      int64             `json:"ms,omitzero"`
	Schema  *Schema           `json:"schema,omitempty"`
	Value   *Value            `json:"value,omitempty"`
	Bytes   []byte            `json:"bytes,omitzero"`
	Record  *Record           `json:"record,omitempty"`
	Out     json.RawMessage   `json:"out,omitempty"`
	Error   string            `json:"error,omitempty"`
}

// Record is a source record.
type Record struct {
	Topic       string   `json:"topic"`
	Partition   *int32   `json:"partition"`
	KeySchema   *Schema  `json:"keySchema"`
	Key         *Value   `json:"key"`
	ValueSchema *Schema  `json:"valueSchema"`
	Value       *Value   `json:"value"`
	Timestamp   *int64   `json:"timestamp"`
	Headers     []Header `json:"headers"`
}

// Header is one of a record's headers.
type Header struct {
	Key    string  `json:"key"`
	Schema *Schema `json:"schema"`
	Value  *Value  `json:"value"`
}

// Pair is a value with its schema, and for parsed texts how it reads as text.
type Pair struct {
	Schema *Schema `json:"schema"`
	Value  *Value  `json:"value"`
	Text   string  `json:"text"`
}

// Equal reports whether the pair is this one.
func (p Pair) Equal(schema *data.Schema, value any) bool {
	return p.Schema.Schema().Equal(schema) && data.Equal(p.Value.Value(), value)
}

// Read returns the cases of a table.
func Read(r io.Reader) ([]Case, error) {
	var all []Case
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var c Case
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, lines.Err()
}
