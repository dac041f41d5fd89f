package kafka

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// jaasEntry is one login module with its options, from sasl.jaas.config.
type jaasEntry struct {
	module  string
	options map[string]string
}

// parseJAAS reads
//
//	some.LoginModule required key="value" key2='value' ;
//
// by the rules of Java's StreamTokenizer, which Kafka uses: // and /* */
// comments, quoted strings with C escapes and octal ones, words of letters,
// digits and . - _ $. Unlike Java it takes unquoted numbers as values. No error
// quotes a value: most are secret.
func parseJAAS(text string) (*jaasEntry, error) {
	z := &jaasScanner{rest: text}
	module, err := z.next()
	if err != nil || module.kind == jaasEnd {
		return nil, orEmpty(err, "it names no login module")
	}
	if module.kind != jaasWord && module.kind != jaasQuoted {
		return nil, errors.New("it does not begin with the name of a login module")
	}
	flag, err := z.next()
	if err != nil {
		return nil, err
	}
	switch strings.ToLower(flag.text) {
	case "required", "requisite", "sufficient", "optional":
	default:
		return nil, errors.New("the login module is not followed by required")
	}
	e := &jaasEntry{module: module.text, options: make(map[string]string)}
	for {
		done, err := z.option(e.options)
		if err != nil {
			return nil, err
		}
		if done {
			break
		}
	}
	if extra, err := z.next(); err != nil || extra.kind != jaasEnd {
		return nil, orEmpty(err, "it goes on after the semicolon; only one login module may be given")
	}
	return e, nil
}

func orEmpty(err error, otherwise string) error {
	if err != nil {
		return err
	}
	return errors.New(otherwise)
}

// option reads key=value, or the closing semicolon.
func (z *jaasScanner) option(into map[string]string) (done bool, err error) {
	key, err := z.next()
	switch {
	case err != nil:
		return false, err
	case key.kind == jaasEnd:
		return false, errors.New("it does not end with a semicolon")
	case key.is(';'):
		return true, nil
	case key.kind == jaasSign:
		return false, errors.New("an unexpected sign stands where an option should; put values that hold anything but letters and digits in double quotes")
	}
	equals, err := z.next()
	if err != nil {
		return false, err
	}
	if !equals.is('=') {
		// The key may be the second half of an unquoted password: not shown.
		return false, errors.New("an option is not followed by =; put values that hold blanks in double quotes")
	}
	value, err := z.next()
	if err != nil {
		return false, err
	}
	if value.kind != jaasWord && value.kind != jaasQuoted {
		return false, fmt.Errorf("option %s has no value; put it in double quotes", key.text)
	}
	into[key.text] = value.text
	return false, nil
}

type jaasKind int

const (
	jaasEnd jaasKind = iota
	jaasWord
	jaasQuoted
	jaasSign
)

type jaasToken struct {
	kind jaasKind
	text string
}

func (t jaasToken) is(sign byte) bool { return t.kind == jaasSign && t.text == string(sign) }

type jaasScanner struct{ rest string }

func (z *jaasScanner) next() (jaasToken, error) {
	z.skip()
	if z.rest == "" {
		return jaasToken{}, nil
	}
	switch c := z.rest[0]; c {
	case '"', '\'':
		return z.quoted(c), nil
	}
	n := 0
	for n < len(z.rest) {
		r, size := utf8.DecodeRuneInString(z.rest[n:])
		if !isJAASWord(r) {
			break
		}
		n += size
	}
	if n > 0 {
		word := z.rest[:n]
		z.rest = z.rest[n:]
		return jaasToken{jaasWord, word}, nil
	}
	_, size := utf8.DecodeRuneInString(z.rest)
	sign := z.rest[:size]
	z.rest = z.rest[size:]
	return jaasToken{jaasSign, sign}, nil
}

// isJAASWord: characters from U+00A0 on are letters to Java's tokenizer.
func isJAASWord(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r >= 0xa0:
		return true
	}
	return strings.ContainsRune(".-_$", r)
}

// skip passes over blanks and comments. Any slash outside quotes begins one: a
// single slash comments to the end of the line too.
func (z *jaasScanner) skip() {
	for z.rest != "" {
		switch c := z.rest[0]; {
		case c <= ' ':
			z.rest = z.rest[1:]
		case strings.HasPrefix(z.rest, "/*"):
			_, z.rest, _ = strings.Cut(z.rest[2:], "*/")
		case c == '/':
			i := strings.IndexAny(z.rest, "\r\n")
			if i < 0 {
				i = len(z.rest)
			}
			z.rest = z.rest[i:]
		default:
			return
		}
	}
}

// quoted reads a string. An end of line or of text ends it as well.
func (z *jaasScanner) quoted(quote byte) jaasToken {
	var b strings.Builder
	s := z.rest[1:]
	for s != "" && s[0] != quote && s[0] != '\n' && s[0] != '\r' {
		if s[0] != '\\' || len(s) == 1 {
			b.WriteByte(s[0])
			s = s[1:]
			continue
		}
		s = unescape(&b, s[1:])
	}
	if s != "" && s[0] == quote {
		s = s[1:]
	}
	z.rest = s
	return jaasToken{jaasQuoted, b.String()}
}

// unescape writes what stands after a backslash and returns what follows.
func unescape(b *strings.Builder, s string) string {
	if s[0] >= '0' && s[0] <= '7' {
		digits := 3
		if s[0] > '3' { // beyond a byte
			digits = 2
		}
		n, i := rune(0), 0
		for i < digits && i < len(s) && s[i] >= '0' && s[i] <= '7' {
			n = n*8 + rune(s[i]-'0')
			i++
		}
		b.WriteRune(n)
		return s[i:]
	}
	const from, to = "abfnrtv", "\a\b\f\n\r\t\v"
	if i := strings.IndexByte(from, s[0]); i >= 0 {
		b.WriteByte(to[i])
	} else {
		b.WriteByte(s[0])
	}
	return s[1:]
}
