package data

import "strings"

const delimiters = `:,{}[]"`

// tokens splits a text at delimiters that no backslash precedes; each delimiter
// is a token. Blanks belong to the tokens they stand in.
type tokens struct {
	text  string
	pos   int
	ahead string // read but not taken; "" when none, tokens are never empty
}

// more reports whether anything is left.
func (t *tokens) more() bool { return t.ahead != "" || t.pos < len(t.text) }

func (t *tokens) mark() int { return t.pos - len(t.ahead) }

func (t *tokens) rewind(to int) { t.pos, t.ahead = to, "" }

func (t *tokens) next() string {
	if token := t.ahead; token != "" {
		t.ahead = ""
		return token
	}
	return t.read()
}

// nextN takes n tokens as they stand in the text, or none.
func (t *tokens) nextN(n int) (text string, ok bool) {
	start := t.mark()
	for range n {
		if !t.more() {
			t.rewind(start)
			return "", false
		}
		t.next()
	}
	return t.text[start:t.pos], true
}

func (t *tokens) read() string {
	start, escaped := t.pos, false
	for ; t.pos < len(t.text); t.pos++ {
		c := t.text[t.pos]
		if !escaped && strings.IndexByte(delimiters, c) >= 0 {
			if t.pos == start {
				t.pos++
			}
			break
		}
		escaped = c == '\\' && !escaped
	}
	return t.text[start:t.pos]
}

// accept takes the next token if it is this one; blanks around it do not count,
// and blank tokens before it are passed over, whether it is there or not.
func (t *tokens) accept(token string) bool {
	if t.ahead == "" {
		if !t.more() {
			return false
		}
		t.ahead = t.read()
	}
	for trim(t.ahead) == "" && t.pos < len(t.text) {
		t.ahead = t.read()
	}
	if trim(t.ahead) != token {
		return false
	}
	t.ahead = ""
	return true
}

// acceptAlone takes a token that is a value by itself: at the top nothing may
// follow it.
func (t *tokens) acceptAlone(token string, embedded bool) bool {
	start := t.mark()
	if t.accept(token) && (embedded || !t.more()) {
		return true
	}
	t.rewind(start)
	return false
}
