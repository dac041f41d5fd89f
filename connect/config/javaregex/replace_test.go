package javaregex

import "testing"

func TestFirstMatchIsReplacedInTextsThatMatchAsAWhole(t *testing.T) {
	for _, c := range []struct{ pattern, replacement, in, want string }{
		{`(.*)\.(\d+)`, "$2-$1", "orders.2019", "2019-orders"},
		{`a|ab`, "X", "ab", "Xb"},
		{`.*?`, "X", "ab", "Xab"},
		{`(?<first>\w+)-(.*)`, "${first}/$2", "a-b", "a/b"},
		{`(.)\1.*`, "<$1>", "aab", "<a>"},
		{`(x)?y`, "[$1]", "y", "[]"},
		{`(?=日)日(.*)`, "$1日", "日本", "本日"},
		{`(.*)`, `\$1$11`, "a", "$1a1"},
		{`b`, "X", "ab", "ab"},
	} {
		r, err := NewReplacer(c.pattern, c.replacement)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok, err := r.Replace(c.in); got != c.want || ok != (c.in != c.want) || err != nil {
			t.Errorf("%s by %s in %q gives %q, %v, %v; want %q", c.pattern, c.replacement, c.in, got, ok, err, c.want)
		}
	}
}

func TestReplacementsWithoutTheirGroupsAreRefused(t *testing.T) {
	for _, replacement := range []string{"$2", "$", "$x", "${x}", "${first", `\`} {
		if _, err := NewReplacer("(?<first>.*)", replacement); err == nil {
			t.Errorf("%q is taken", replacement)
		}
	}
}
