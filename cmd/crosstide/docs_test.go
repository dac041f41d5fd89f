package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"crosstide/connect/config"
	"crosstide/connect/herder"
	"crosstide/connectors/mirror"
)

var update = flag.Bool("update", false, "rewrite the generated part of docs/configuration.md")

const (
	docsFile  = "../../docs/configuration.md"
	docsBegin = "-update` -->\n"
	docsEnd   = "<!-- end of keys -->"
)

// What the file says of each key comes from the tables that the program reads
// its configuration by.
func TestDocumentationListsEveryKeyAsTheProgramReadsIt(t *testing.T) {
	raw, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(raw), docsBegin)
	current, after, closed := strings.Cut(rest, docsEnd)
	if !ok || !closed {
		t.Fatal("the markers of the generated part are gone")
	}
	want := documentation()
	if current == want {
		return
	}
	if !*update {
		t.Fatalf("docs/configuration.md is behind the key tables; run: go test ./cmd/crosstide -run TestDocumentation -update\nwant:\n%s", want)
	}
	if err := os.WriteFile(docsFile, []byte(before+docsBegin+want+docsEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

func documentation() string {
	var b strings.Builder
	told := map[string]bool{}
	for _, section := range []struct {
		title string
		def   *config.Def
	}{
		{"Source connector", mirror.SourceDef},
		{"Checkpoint connector, beside the above", mirror.CheckpointDef},
		{"Heartbeat connector, beside the above", mirror.HeartbeatDef},
		{"Worker (`T.<key>`)", herder.Def()},
	} {
		fmt.Fprintf(&b, "\n### %s\n\n| key | type | default | meaning |\n|---|---|---|---|\n", section.title)
		for _, k := range section.def.Keys() {
			if told[k.Name] || strings.HasPrefix(k.Name, "ssl.") || strings.HasPrefix(k.Name, "sasl.") {
				continue
			}
			told[k.Name] = true
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.Name, strings.ToLower(k.Type.String()), defaultOf(k), strings.ReplaceAll(k.Doc, "|", `\|`))
		}
	}
	b.WriteString("\n")
	return b.String()
}

func defaultOf(k config.Key) string {
	text, ok := k.DefaultText()
	switch {
	case k.Required:
		return "set by the driver"
	case !ok || text == "":
		return ""
	}
	return "`" + strings.ReplaceAll(text, "|", `\|`) + "`"
}
