package test

import (
	"strings"
	"testing"
)

const pair = `
clusters:
  a: {bootstrapServers: "a:9092"}
  b: {bootstrapServers: "b:9092"}
`

func TestValuesArriveAsTheyWereWritten(t *testing.T) {
	got := properties(t, install(t, pair+`
flows:
  - source: a
    target: b
    enabled: false
    topics: ["x[\\-\\.]y", plain]
    config: {consumer.fetch.max.bytes: 52428800, emit.heartbeats.enabled: true, rate: 0.5, text: "  two blanks", path: 'C:\x'}
defaults:
  source.cluster.alias: ""
  big: 12345678901
  "odd key:=": x
  none: null
  lines: "one\ntwo\t"
`))
	for _, want := range []string{
		"clusters = a,b\n",
		"a.bootstrap.servers = a:9092\n",
		"a->b.enabled = false\n",
		`a->b.topics = x[\\-\\.]y,plain` + "\n",
		"a->b.consumer.fetch.max.bytes = 52428800\n",
		"a->b.emit.heartbeats.enabled = true\n",
		"a->b.rate = 0.5\n",
		`a->b.text = \  two blanks` + "\n",
		`a->b.path = C:\\x` + "\n",
		"source.cluster.alias = \n",
		"big = 12345678901\n",
		`odd\ key\:\= = x` + "\n",
		"none = \n",
		`lines = one\ntwo\t` + "\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	for _, line := range strings.Split(strings.TrimSuffix(got, "\n"), "\n") {
		if !strings.Contains(line, " = ") {
			t.Errorf("a line that is no property: %q", line)
		}
	}
}

func TestCanaryTopicsOfMSKStayOutWhateverIsExcluded(t *testing.T) {
	flow := pair + "flows: [{source: a, target: b, topicsExclude: "
	for values, want := range map[string]string{
		flow + "[scratch]}]": "a->b.topics.exclude = scratch,__amazon_msk_canary.*\n",
		flow + "\"x,y\"}]":   "a->b.topics.exclude = x,y,__amazon_msk_canary.*\n",
		flow + "\"\"}]":      "a->b.topics.exclude = __amazon_msk_canary.*\n",
		flow + "[scratch]}]\nexcludeMskCanary: false": "a->b.topics.exclude = scratch\n",
		pair + "flows: [{source: a, target: b}]":      "",
	} {
		got := properties(t, install(t, values))
		if !strings.Contains(got, want) || want == "" && strings.Contains(got, "exclude") {
			t.Errorf("%s\ngives\n%s", values, got)
		}
	}
}

func TestSecurityProtocolFollowsFromWhatIsGiven(t *testing.T) {
	for given, want := range map[string]string{
		"":                       "",
		", tls: {enabled: true}": "SSL",
		", tls: {existingSecret: s, caKey: ca.crt}":                                     "SSL",
		", tls: {enabled: false}":                                                       "PLAINTEXT",
		", sasl: {mechanism: PLAIN, existingSecret: s}":                                 "SASL_PLAINTEXT",
		", sasl: {mechanism: PLAIN, existingSecret: s}, tls: {enabled: true}":           "SASL_SSL",
		", sasl: {mechanism: AWS_MSK_IAM}":                                              "SASL_SSL",
		", sasl: {mechanism: AWS_MSK_IAM}, config: {security.protocol: SASL_PLAINTEXT}": "SASL_PLAINTEXT",
	} {
		got := properties(t, install(t, "flows: [{source: a, target: b}]\nclusters: {b: {bootstrapServers: \"b:1\"}, a: {bootstrapServers: \"a:1\""+given+"}}"))
		line := "a.security.protocol = " + want + "\n"
		if want == "" && strings.Contains(got, "security.protocol") || want != "" && !strings.Contains(got, line) {
			t.Errorf("%s gives\n%s", given, got)
		}
	}
}

func TestOnlyTheTargetsAskedForAreServed(t *testing.T) {
	c := mirror(t, install(t, "config: {targets: [a, b]}\nlog: {level: debug, format: json}\nextraArgs: [--x]"))
	if got := strings.Join(c.Args, " "); got != "/etc/crosstide/config/mm2.properties --clusters=a,b --log-level=debug --log-format=json --x" {
		t.Error(got)
	}
	c = mirror(t, install(t, "command: [sh]\nargs: [-c, x]"))
	if got := strings.Join(append(c.Command, c.Args...), " "); got != "sh -c x" {
		t.Error(got)
	}
}
