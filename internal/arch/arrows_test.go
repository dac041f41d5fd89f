package arch

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// module is the path all our packages begin with.
const module = "crosstide/"

// A wall forbids packages under From to import packages under any of To,
// except those under Except. Paths are relative to the module; one matches
// itself and everything below it.
type wall struct {
	from, to, except []string
	why              string
}

var walls = []wall{
	{
		from: []string{"connect", "internal/kafka", "internal/recordbatch"},
		to:   []string{"connectors", "rest", "cmd", "internal/demo", "internal/bench"},
		why:  "the runtime knows no connector and nobody above it: cmd registers connectors",
	},
	{
		from: []string{"connectors"},
		to:   []string{"connect/worker", "connect/herder", "connect/group", "connect/storage", "connect/assignor", "rest", "cmd"},
		why:  "a connector sees the connect package and the Kafka clients, never the machinery that runs it",
	},
	{
		from: []string{"connect/worker"},
		to:   []string{"connect/herder"},
		why:  "the herder runs workers, not the other way round",
	},
	{
		from: []string{"connect/storage", "connect/group", "connect/plugin", "connect/metrics"},
		to:   []string{"connect/worker", "connect/herder"},
		why:  "workers and herders stand on these",
	},
	{
		from: []string{"connect/protocol", "connect/assignor", "connect/converter", "connect/transform"},
		to:   []string{"connect/worker", "connect/herder", "connect/storage", "connect/group", "connect/state", "internal/kafka"},
		why:  "values in, values out: no state and no Kafka client",
	},
	{
		from:   []string{"connect/config", "connect/data"},
		to:     []string{"connect", "connectors", "internal", "rest", "cmd"},
		except: []string{"connect/config", "connect/data"},
		why:    "the ground floor imports nothing of ours",
	},
	{
		from:   []string{"internal/recordbatch"},
		to:     []string{"connect", "connectors", "internal", "rest", "cmd"},
		except: []string{"internal/recordbatch"},
		why:    "record batches are bytes: no client, no runtime",
	},
	{
		from: []string{"rest"},
		to:   []string{"cmd", "connectors"},
		why:  "cmd wires the REST server, which speaks for any connector",
	},
	{
		from: []string{"connect", "connectors", "rest", "internal/kafka", "internal/recordbatch", "internal/demo", "internal/bench", "internal/kafkatest"},
		to:   []string{"cmd"},
		why:  "nobody imports the command",
	},
}

// Constructors of Kafka clients, by import path. They are called in one room,
// so that security settings, names and secrets are treated alike everywhere;
// others hold what that room made.
var clientMakers = map[string][]string{
	"github.com/confluentinc/confluent-kafka-go/v2/kafka": {"NewProducer", "NewConsumer", "NewAdminClient"},
	"github.com/twmb/franz-go/pkg/kgo":                    {"NewClient"},
}

// clientRooms may make clients: the door itself, and the demo and the rigs,
// which talk to clusters of their own on loopback.
var clientRooms = []string{"internal/kafka", "internal/demo", "internal/kafkatest", "internal/bench", "internal/integration"}

// A listed package as `go list -json` prints it.
type listed struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
}

func TestImportsPointOneWay(t *testing.T) {
	for _, p := range packages(t) {
		from := strings.TrimPrefix(p.ImportPath, module)
		for _, imported := range p.Imports {
			to, ours := strings.CutPrefix(imported, module)
			if !ours {
				continue
			}
			for _, w := range walls {
				if under(from, w.from) && under(to, w.to) && !under(to, w.except) {
					t.Errorf("%s imports %s: %s", from, to, w.why)
				}
			}
		}
	}
}

func TestKafkaClientsAreMadeInOneRoom(t *testing.T) {
	for _, p := range packages(t) {
		if under(strings.TrimPrefix(p.ImportPath, module), clientRooms) {
			continue
		}
		for _, name := range p.GoFiles {
			for _, call := range madeIn(t, filepath.Join(p.Dir, name)) {
				t.Errorf("%s calls %s: only internal/kafka makes clients", filepath.Join(p.ImportPath, name), call)
			}
		}
	}
}

// madeIn returns the client constructors that a file mentions.
func madeIn(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatalf("parsing %s: %v", path, err)
	}
	makers := map[string][]string{} // by the name the file gives the import
	for _, spec := range file.Imports {
		imported := strings.Trim(spec.Path.Value, `"`)
		if names, ok := clientMakers[imported]; ok {
			as := imported[strings.LastIndex(imported, "/")+1:]
			if spec.Name != nil {
				as = spec.Name.Name
			}
			makers[as] = names
		}
	}
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if id, ok := sel.X.(*ast.Ident); ok && slices.Contains(makers[id.Name], sel.Sel.Name) {
			found = append(found, id.Name+"."+sel.Sel.Name)
		}
		return true
	})
	return found
}

func TestTheBinaryCarriesNoTestRig(t *testing.T) {
	for _, dep := range dependencies(t, module+"cmd/crosstide") {
		switch rel := strings.TrimPrefix(dep, module); {
		case under(rel, []string{"internal/kafkatest", "internal/bench", "internal/integration"}),
			dep == "testing", strings.HasPrefix(dep, "github.com/stretchr/"):
			t.Errorf("cmd/crosstide links %s, which is for tests", dep)
		}
	}
}

func under(path string, roots []string) bool {
	for _, r := range roots {
		if path == r || strings.HasPrefix(path, r+"/") {
			return true
		}
	}
	return false
}

func packages(t *testing.T) []listed {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(golist(t, "-json=ImportPath,Dir,GoFiles,Imports", module+"...")))
	var all []listed
	for {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("reading go list: %v", err)
		}
		all = append(all, p)
	}
	if len(all) < 10 {
		t.Fatalf("go list names only %d packages: the walls would guard nothing", len(all))
	}
	return all
}

func dependencies(t *testing.T, pkg string) []string {
	t.Helper()
	return strings.Fields(string(golist(t, "-deps", pkg)))
}

func golist(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %v: %v\n%s", args, err, &stderr)
	}
	return out
}
