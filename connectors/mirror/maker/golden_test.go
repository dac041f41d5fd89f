package maker

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"crosstide/connect/config"
)

// javaFlow is what testdata/java/Golden.java prints for one flow.
type javaFlow struct {
	Source, Target string
	Worker         map[string]string
	Checkpoint     map[string]string `json:"MirrorCheckpointConnector"`
	Heartbeat      map[string]string `json:"MirrorHeartbeatConnector"`
	SourceConn     map[string]string `json:"MirrorSourceConnector"`
}

func readFile(t *testing.T, path string) map[string]string {
	t.Helper()
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	f, err := config.ReadProperties(in)
	if err != nil {
		t.Fatal(err)
	}
	return f.Map()
}

func parse(t *testing.T, props map[string]string) *Config {
	t.Helper()
	c, err := Parse(props)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// text parses properties written in a test.
func text(t *testing.T, lines string) map[string]string {
	t.Helper()
	f, err := config.ReadProperties(strings.NewReader(lines))
	if err != nil {
		t.Fatal(err)
	}
	return f.Map()
}

func TestFlowsAndConfigurationsAreThoseOfJava(t *testing.T) {
	t.Setenv("GOLDEN_SECRET", "s3cret")
	t.Setenv("GOLDEN_TOPICS", "orders")
	files, _ := filepath.Glob("testdata/golden/*.properties")
	if len(files) == 0 {
		t.Fatal("no golden files")
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".properties"), func(t *testing.T) {
			raw, err := os.ReadFile(strings.TrimSuffix(path, ".properties") + ".json")
			if err != nil {
				t.Fatal(err)
			}
			var want []javaFlow
			if err := json.Unmarshal(raw, &want); err != nil {
				t.Fatal(err)
			}
			props := readFile(t, path)
			c := parse(t, props)
			if len(c.Flows()) != len(want) {
				t.Errorf("flows %v, want %d of them", c.Flows(), len(want))
			}
			for _, w := range want {
				compareFlow(t, c, w)
			}
		})
	}
}

func compareFlow(t *testing.T, c *Config, want javaFlow) {
	t.Helper()
	f := Flow{want.Source, want.Target}
	got, err := c.Worker(f)
	if err != nil {
		t.Fatal(err)
	}
	same(t, f.String()+" worker", got, want.Worker)
	for class, w := range map[string]map[string]string{
		SourceClass: want.SourceConn, HeartbeatClass: want.Heartbeat, CheckpointClass: want.Checkpoint,
	} {
		// Kafka 4 lost the old names; here they work.
		for old, name := range renamed {
			for _, key := range []string{old, f.prefix() + old} {
				if v, ok := c.props[key]; ok && w[name] == "" {
					w[name] = v
				}
			}
		}
		same(t, f.String()+" "+simpleName(class), connector(c.props, f, class).values(), w)
	}
}

func same(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	if maps.Equal(got, want) {
		return
	}
	for k, v := range want {
		if g, ok := got[k]; !ok || g != v {
			t.Errorf("%s: %s is %q, Java has %q", what, k, g, v)
		}
	}
	for k, v := range got {
		if _, ok := want[k]; !ok {
			t.Errorf("%s: %s=%q, Java has none", what, k, v)
		}
	}
}
