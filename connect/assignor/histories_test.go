package assignor

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"crosstide/connect"
	"crosstide/connect/protocol"
)

// trouble does something to the group: workers and connectors come and go,
// answers are lost, leaders change, time passes.
func (g *group) trouble(r *rand.Rand) {
	pick := func() string { return g.members[r.IntN(len(g.members))].ID }
	switch r.IntN(10) {
	case 0, 1:
		g.members = append(g.members, Member{ID: fmt.Sprintf("w%d", r.Uint32())})
	case 2, 3:
		if len(g.members) > 1 {
			g.leave(pick())
		}
	case 4:
		g.configured[fmt.Sprintf("c%d", r.IntN(5))] = r.IntN(8)
	case 5:
		for name := range g.configured {
			if len(g.configured) > 1 {
				delete(g.configured, name)
			}
			break
		}
	case 6:
		g.member(pick()).Holds = protocol.Work{}
	case 7:
		g.leader, g.last = NewCooperative(g.maxDelay), -1
	case 8: // a killed static member that came back under a new id with its claim
		g.member(pick()).ID = fmt.Sprintf("w%d", r.Uint32())
	}
	g.now = g.now.Add(time.Duration(r.IntN(100)) * time.Second)
	switch r.IntN(6) {
	case 0:
		g.rebalance(nobody)
		g.last = g.generation - 1
	case 1:
		g.rebalance(func(string) bool { return r.IntN(2) == 0 })
	default:
		g.rebalance(everyone)
	}
}

// calm lets the group settle: rounds in which all obey, each after the delay that
// the one before asked for.
func (g *group) calm() Result {
	var r Result
	for range 40 {
		g.now = g.now.Add(r.Delay)
		r = g.rebalance(everyone)
	}
	return r
}

func owners(members []Member) (connectors map[string]int, tasks map[connect.TaskID]int) {
	connectors, tasks = map[string]int{}, map[connect.TaskID]int{}
	for _, m := range members {
		for _, c := range m.Holds.Connectors {
			connectors[c]++
		}
		for _, t := range m.Holds.Tasks {
			tasks[t]++
		}
	}
	return connectors, tasks
}

func TestWhateverHappensAllWorkEndsWithOneOwnerAndEvenlySpread(t *testing.T) {
	for seed := range uint64(1500) {
		r := rand.New(rand.NewPCG(seed, 0))
		g := newGroup([]time.Duration{5 * time.Minute, 0, 10 * time.Second}[seed%3])
		g.members = []Member{{ID: "w0"}}
		g.configured["c0"] = r.IntN(8)
		for range 5 + r.IntN(25) {
			g.trouble(r)
		}
		last := g.calm()
		if s := say(last); s != "nothing changes\n" {
			t.Fatalf("seed %d: work still moves after everybody has obeyed for long: %s", seed, s)
		}
		if problem := g.settled(); problem != "" {
			t.Fatalf("seed %d: %s; members %v, configured %v", seed, problem, g.members, g.configured)
		}
	}
}

// settled says what is wrong with a group that should be at rest.
func (g *group) settled() string {
	connectors, tasks := owners(g.members)
	want := g.all()
	for _, c := range want.Connectors {
		if connectors[c] != 1 {
			return fmt.Sprintf("%s has %d owners", c, connectors[c])
		}
	}
	for _, id := range want.Tasks {
		if tasks[id] != 1 {
			return fmt.Sprintf("%s has %d owners", id, tasks[id])
		}
	}
	if len(connectors) != len(want.Connectors) || len(tasks) != len(want.Tasks) {
		return "deleted work still runs"
	}
	least, most := 1<<30, 0
	leastC, mostC := 1<<30, 0
	for _, m := range g.members {
		least, most = min(least, len(m.Holds.Tasks)), max(most, len(m.Holds.Tasks))
		leastC, mostC = min(leastC, len(m.Holds.Connectors)), max(mostC, len(m.Holds.Connectors))
	}
	if most-least > 1 || mostC-leastC > 1 {
		return fmt.Sprintf("uneven: %d to %d tasks, %d to %d connectors", least, most, leastC, mostC)
	}
	return ""
}

func TestNoRoundGivesAWorkerWhatAnotherStillRuns(t *testing.T) {
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 1))
		g := newGroup([]time.Duration{5 * time.Minute, 0}[seed%2])
		g.members = []Member{{ID: "w0"}}
		for range 30 {
			g.trouble(r)
			var active protocol.Work
			for _, m := range g.members {
				active = active.Plus(m.Holds)
			}
			before := append([]Member(nil), g.members...)
			res := g.rebalance(everyone)
			var given protocol.Work
			for _, m := range before {
				a := res.Assigned[m.ID]
				if !intersection(a, active).Empty() || !intersection(a, given).Empty() {
					t.Fatalf("seed %d: %s is given %v; active %v, given to others %v", seed, m.ID, a, active, given)
				}
				given = given.Plus(a)
			}
		}
	}
}

func TestAnEvenGroupIsLeftAlone(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 2))
		g := newGroup(5 * time.Minute)
		for i := range 1 + r.IntN(20) {
			g.members = append(g.members, Member{ID: fmt.Sprintf("w%d-%d", i, r.Uint32())})
		}
		for i := range r.IntN(6) {
			g.configured[fmt.Sprintf("c%d", i)] = r.IntN(10)
		}
		g.calm()
		for range 10 {
			if s := say(g.rebalance(everyone)); s != "nothing changes\n" {
				t.Fatalf("seed %d: %s", seed, s)
			}
		}
	}
}

func TestEagerDealsConnectorsThenTasksInOneCircle(t *testing.T) {
	got := Eager([]string{"w2", "w1"}, Configured{
		Connectors: []string{"orders", "lines"},
		Tasks:      workOf([]string{"orders-10", "orders-2", "lines-0"}).Tasks,
	})
	want := map[string]string{"w1": "[lines lines-0 orders-10]", "w2": "[orders orders-2]"}
	for id, w := range want {
		if g := fmt.Sprint(names(got[id])); g != w {
			t.Errorf("%s gets %s, want %s", id, g, w)
		}
	}
	if len(Eager(nil, Configured{Connectors: []string{"c"}})) != 0 {
		t.Error("work for nobody")
	}
}

func TestTheSoleOwnerStaysUntilItGoes(t *testing.T) {
	all := protocol.Work{Connectors: []string{"*"}}
	var s SoleOwner
	for _, step := range []struct {
		what    string
		leader  string
		members []Member
		say     string
	}{
		{"the leader of an idle group owns", "w1", []Member{{ID: "w1"}, {ID: "w0"}}, "w1: starts *\n"},
		{"others join and lead", "w0", []Member{{ID: "w0"}, {ID: "w1", Holds: all}}, "nothing changes\n"},
		{"it goes", "w0", []Member{{ID: "w0"}, {ID: "w2"}}, "w0: starts *\n"},
		{"another claims too", "w0", []Member{{ID: "w0", Holds: all}, {ID: "a", Holds: all}}, "a: gives up *\n"},
		{"it lost its work and another has it", "w0", []Member{{ID: "w0"}, {ID: "a", Holds: all}}, "nothing changes\n"},
	} {
		if got := say(s.Assign(all, step.leader, step.members)); got != step.say {
			t.Errorf("%s: got %swant %s", step.what, got, step.say)
		}
	}
	var fresh SoleOwner
	if got := say(fresh.Assign(all, "b", []Member{{ID: "b", Holds: all}, {ID: "a", Holds: all}})); got != "b: gives up *\n" {
		t.Errorf("a new leader between two claims: %s", got)
	}
}
