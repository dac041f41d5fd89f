package plugin_test

import (
	"errors"
	"testing"

	"crosstide/connect/plugin"
)

func TestConnectorClassMayBeAnAlias(t *testing.T) {
	r := plugin.NewRegistry()
	const class = "org.apache.kafka.connect.mirror.MirrorSourceConnector"
	r.AddSource(plugin.Source{Class: class})
	r.AddSource(plugin.Source{Class: "org.example.OtherSource"})
	r.AddSource(plugin.Source{Class: "org.example.two.OtherSource"})
	for name, want := range map[string]string{
		class:                     class,
		"MirrorSourceConnector":   class,
		"MirrorSource":            class,
		"org.example.OtherSource": "org.example.OtherSource",
		"OtherSource":             "", // two answer
		"mirrorsource":            "",
		"":                        "",
		"Connector":               "",
	} {
		got, err := r.Source(name)
		if got.Class != want || (err == nil) != (want != "") {
			t.Errorf("%q gave %q, %v", name, got.Class, err)
		}
		if err != nil && !errors.Is(err, plugin.ErrUnknownClass) {
			t.Errorf("%q: %v is no ErrUnknownClass", name, err)
		}
	}
}
