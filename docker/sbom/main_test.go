package main

import (
	"runtime/debug"
	"testing"
)

func TestEveryModuleAndTheClientInCAreTold(t *testing.T) {
	d := describe(&debug.BuildInfo{
		GoVersion: "go1.26.8",
		Main:      debug.Module{Path: "crosstide"},
		Deps: []*debug.Module{
			{Path: clientModule, Version: "v2.15.1"},
			{Path: "example.com/a", Version: "v1.0.0", Replace: &debug.Module{Path: "example.com/b", Version: "v2.0.0"}},
		},
	}, "1.2.3")
	want := []string{
		"pkg:golang/stdlib@1.26.8", "pkg:golang/" + clientModule + "@v2.15.1",
		"pkg:github/confluentinc/librdkafka@v2.15.1", "pkg:golang/example.com/b@v2.0.0",
	}
	if len(d.Components) != len(want) || d.Metadata.Component != (component{Type: "application", Name: "crosstide", Version: "1.2.3"}) {
		t.Fatalf("%+v", d)
	}
	for i, c := range d.Components {
		if c.PURL != want[i] {
			t.Errorf("%s, want %s", c.PURL, want[i])
		}
	}
}
