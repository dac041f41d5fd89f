package mirror

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"crosstide/connect/config"
)

func TestTheTablesOfKeysAreJavas(t *testing.T) {
	raw, err := os.ReadFile("testdata/keys.json")
	if err != nil {
		t.Fatal(err)
	}
	var java map[string][]struct {
		Name, Type, Importance string
		Required               bool
		Default                *string `json:"default_value"`
	}
	if err := json.Unmarshal(raw, &java); err != nil {
		t.Fatal(err)
	}
	for connector, def := range map[string]*config.Def{
		"MirrorSourceConnector": SourceDef, "MirrorCheckpointConnector": CheckpointDef, "MirrorHeartbeatConnector": HeartbeatDef,
	} {
		known := map[string]bool{}
		for _, want := range java[connector] {
			known[want.Name] = true
			if slices.Contains(FrameworkKeys, want.Name) || fromSourceFramework(want.Name) {
				continue
			}
			got, has := def.Key(want.Name)
			if !has {
				t.Errorf("%s: %s is missing", connector, want.Name)
				continue
			}
			text, given := got.DefaultText()
			if want.Default == nil && given || want.Default != nil && (!given || text != *want.Default) {
				t.Errorf("%s: %s defaults to %q, %v", connector, want.Name, text, given)
			}
			if got.Type.String() != want.Type || got.Required != want.Required || got.Importance.String() != want.Importance {
				t.Errorf("%s: %s is %v, required %v, %v; want %+v", connector, want.Name, got.Type, got.Required, got.Importance, want)
			}
		}
		for _, name := range def.Names() {
			if !known[name] && !strings.HasPrefix(name, "mirror.") {
				t.Errorf("%s: Java has no %s; a key of ours begins with mirror.", connector, name)
			}
		}
		if len(known) == 0 {
			t.Errorf("%s: nothing captured", connector)
		}
	}
}

// fromSourceFramework is true for keys that Connect adds to source connectors
// and that dedicated mode does not pass from the top level.
func fromSourceFramework(name string) bool {
	return slices.Contains([]string{
		"topic.creation.groups", "exactly.once.support", "transaction.boundary", "transaction.boundary.interval.ms", "offsets.storage.topic",
	}, name)
}

func TestEveryKeyIsDocumented(t *testing.T) {
	for _, k := range SourceDef.Merge(CheckpointDef, HeartbeatDef).Keys() {
		if k.Doc == "" {
			t.Errorf("%s has no doc", k.Name)
		}
	}
}
