package assignor

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"crosstide/connect"
	"crosstide/connect/protocol"
)

// group is a cluster as scripts and histories see it.
type group struct {
	maxDelay   time.Duration
	leader     *Cooperative
	now        time.Time
	members    []Member
	configured map[string]int
	generation int32
	last       int32
}

func newGroup(maxDelay time.Duration) *group {
	return &group{maxDelay: maxDelay, leader: NewCooperative(maxDelay), now: time.UnixMilli(1), configured: map[string]int{}, last: -1}
}

func (g *group) all() (c Configured) {
	for name, n := range g.configured {
		c.Connectors = append(c.Connectors, name)
		for t := range n {
			c.Tasks = append(c.Tasks, connect.TaskID{Connector: name, Task: t})
		}
	}
	return c
}

func (g *group) member(id string) *Member {
	for i := range g.members {
		if g.members[i].ID == id {
			return &g.members[i]
		}
	}
	panic("no member " + id)
}

func (g *group) leave(id string) {
	g.members = slices.DeleteFunc(g.members, func(m Member) bool { return m.ID == id })
}

// rebalance runs one round; heard says which members obey.
func (g *group) rebalance(heard func(id string) bool) Result {
	g.generation++
	r := g.leader.Assign(Round{Now: g.now, LastGeneration: g.last, Generation: g.generation, Configured: g.all(), Members: g.members})
	for i := range g.members {
		m := &g.members[i]
		if heard(m.ID) {
			m.Holds = r.Assigned[m.ID].Plus(m.Holds.Minus(r.Revoked[m.ID]))
			g.last = g.generation
		}
	}
	return r
}

func everyone(string) bool { return true }
func nobody(string) bool   { return false }

// say is a result as the scripts write it.
func say(r Result) string {
	var out strings.Builder
	for _, id := range sortedKeys(r.Assigned) {
		for _, part := range []struct {
			verb string
			work protocol.Work
		}{{"gives up", r.Revoked[id]}, {"starts", r.Assigned[id]}} {
			if !part.work.Empty() {
				fmt.Fprintf(&out, "%s: %s %s\n", id, part.verb, strings.Join(names(inOrder(part.work)), " "))
			}
		}
	}
	if out.Len() == 0 {
		out.WriteString("nothing changes\n")
	}
	if r.Delay > 0 {
		fmt.Fprintf(&out, "delay %v\n", r.Delay)
	}
	return out.String()
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// do follows one line of a script.
func (g *group) do(line string) (Result, bool) {
	f := strings.Fields(line)
	switch f[0] {
	case "delay":
		d, err := time.ParseDuration(f[1])
		must(err)
		*g = *newGroup(d)
	case "configure":
		n, err := strconv.Atoi(f[2])
		must(err)
		g.configured[f[1]] = n
	case "delete":
		delete(g.configured, f[1])
	case "join":
		g.members = append(g.members, Member{ID: f[1]})
	case "leave":
		g.leave(f[1])
	case "rename":
		g.member(f[1]).ID = f[2]
	case "forgets":
		g.member(f[1]).Holds = protocol.Work{}
	case "claims":
		m := g.member(f[1])
		m.Holds = m.Holds.Plus(workOf(f[2:]))
	case "after":
		d, err := time.ParseDuration(f[1])
		must(err)
		g.now = g.now.Add(d)
	case "new":
		g.leader, g.last = NewCooperative(g.maxDelay), -1
	case "rebalance":
		if len(f) > 1 {
			r := g.rebalance(nobody)
			g.last = g.generation - 1
			return r, true
		}
		return g.rebalance(everyone), true
	default:
		panic("unknown: " + line)
	}
	return Result{}, false
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// TestScripts runs the stories in testdata: steps, a line of dashes, what every
// worker is told; then the next step.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			runScript(t, string(b))
		})
	}
}

func runScript(t *testing.T, script string) {
	g := newGroup(5 * time.Minute)
	var got string
	var want []string
	expecting := false
	check := func(line int) {
		if expecting && sortedLines(got) != sortedLines(strings.Join(want, "\n")) {
			t.Fatalf("before line %d: got\n%swant\n%s", line, got, strings.Join(want, "\n"))
		}
		expecting, want = false, nil
	}
	for n, line := range strings.Split(script, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
			check(n + 1)
		case strings.HasPrefix(line, "#"):
		case line == "----":
			expecting = true
		case expecting:
			want = append(want, line)
		default:
			if r, ok := g.do(line); ok {
				got = say(r)
			}
		}
	}
	check(-1)
}

func sortedLines(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
