package source

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// entriesOf reads "name=value/source": default, static, dynamic (of the broker)
// or topic; "!" at the end marks a read-only entry and "?" a sensitive one.
func entriesOf(text string) []configEntry {
	sources := map[string]kmsg.ConfigSource{
		"default": kmsg.ConfigSourceDefaultConfig, "static": kmsg.ConfigSourceStaticBrokerConfig,
		"dynamic": kmsg.ConfigSourceDynamicDefaultBrokerConfig, "topic": kmsg.ConfigSourceDynamicTopicConfig,
	}
	out := []configEntry{}
	for f := range strings.FieldsSeq(text) {
		f, readOnly := strings.CutSuffix(f, "!")
		f, sensitive := strings.CutSuffix(f, "?")
		f, source, _ := strings.Cut(f, "/")
		name, value, _ := strings.Cut(f, "=")
		e := configEntry{Name: name, Value: &value, Source: sources[source], ReadOnly: readOnly, Sensitive: sensitive}
		if sensitive {
			e.Value = nil
		}
		out = append(out, e)
	}
	return out
}

func opsText(ops []configOp) string {
	var out []string
	for _, op := range ops {
		if op.Delete {
			out = append(out, "-"+op.Name)
		} else {
			out = append(out, op.Name+"="+op.Value)
		}
	}
	return strings.Join(out, " ")
}

func allBut(excluded ...string) func(string) bool {
	return func(name string) bool { return !slices.Contains(excluded, name) }
}

func TestANewTopicStartsWithTheSourcesConfigs(t *testing.T) {
	source := entriesOf("a=1/topic b=2/default c=3/static d=4/dynamic e=5/topic x=6/topic r=7/topic! s=8/topic?")
	for from, want := range map[bool]string{
		false: "map[a:1 d:4 e:5]",
		true:  "map[a:1 b:2 d:4 e:5]",
	} {
		rules := configRules{Accepts: allBut("x"), SourceDefaults: from}
		if got := fmt.Sprint(rules.atCreation(source)); got != want {
			t.Errorf("defaults from source %v: got %s, want %s", from, got, want)
		}
	}
}

func TestConfigSyncSendsOnlyWhatDiffers(t *testing.T) {
	for name, c := range map[string]struct {
		source, target string
		fromSource     bool
		want, unknown  string
	}{
		"a value set on the source is set":                     {source: "a=1/topic", target: "a=2/topic", want: "a=1"},
		"an equal override is left":                            {source: "a=1/topic", target: "a=1/topic"},
		"an equal default is made an override, as Java does":   {source: "a=1/topic", target: "a=1/default", want: "a=1"},
		"a default on the source deletes the override":         {source: "a=1/default", target: "a=2/topic", want: "-a"},
		"a default on both sides is left":                      {source: "a=1/default", target: "a=2/default"},
		"a default does not delete the target broker's config": {source: "a=1/default", target: "a=2/static"},
		"defaults from source are set":                         {source: "a=1/default", target: "a=2/default", fromSource: true, want: "a=1"},
		"defaults from source, once set, are left":             {source: "a=1/default", target: "a=1/topic", fromSource: true},
		"dynamic broker values are set":                        {source: "a=1/dynamic", target: "a=2/default", want: "a=1"},
		"static broker values are neither set nor deleted":     {source: "a=1/static", target: "a=2/topic"},
		"excluded properties are never touched":                {source: "x=1/topic", target: "x=2/topic"},
		"excluded properties are not even deleted":             {source: "x=1/default", target: "x=2/topic"},
		"read-only and sensitive entries stay":                 {source: "a=1/topic! b=1/topic?", target: "a=2/topic b=2/topic"},
		"a property that the target does not know":             {source: "a=1/topic b=2/topic", target: "b=1/default", want: "b=2", unknown: "a"},
		"an unknown default is no matter":                      {source: "a=1/default", target: "b=1/default"},
	} {
		t.Run(name, func(t *testing.T) {
			rules := configRules{Accepts: allBut("x"), SourceDefaults: c.fromSource}
			ops, unknown := rules.diff(entriesOf(c.source), entriesOf(c.target))
			if got := opsText(ops); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if got := strings.Join(unknown, " "); got != c.unknown {
				t.Errorf("unknown %q, want %q", got, c.unknown)
			}
		})
	}
}

func TestWithoutSeeingTheTargetEverythingIsSent(t *testing.T) {
	rules := configRules{Accepts: allBut("x")}
	ops, _ := rules.diff(entriesOf("a=1/topic b=2/default c=3/static x=4/topic"), nil)
	if got := opsText(ops); got != "a=1 -b" {
		t.Errorf("got %q", got)
	}
}

func TestARefusedConfigIsFoundInTheBrokersWords(t *testing.T) {
	names := []string{"retention.ms", "delete.retention.ms", "segment.bytes", "remote.storage.enable", "local.retention.ms", "cleanup.policy"}
	for message, want := range map[string]string{
		"Unknown topic config name: delete.retention.ms":                                     "delete.retention.ms",
		"Invalid value 5 for configuration segment.bytes: Value must be at least 14":         "segment.bytes",
		"The property retention.ms.":                                                         "retention.ms",
		"retention.ms must not exceed delete.retention.ms":                                   "delete.retention.ms retention.ms",
		"my.retention.ms.x is wrong":                                                         "",
		"Tiered Storage functionality is disabled in the broker. Topic cannot be configured": "local.retention.ms remote.storage.enable",
		"no": "",
	} {
		if got := strings.Join(refused(message, names), " "); got != want {
			t.Errorf("%q: got %q, want %q", message, got, want)
		}
	}
}
