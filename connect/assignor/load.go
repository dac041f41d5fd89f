package assignor

import (
	"maps"
	"slices"
	"strings"

	"crosstide/connect"
	"crosstide/connect/protocol"
)

// load is one worker with what it will run.
type load struct {
	id   string
	work protocol.Work
}

type loads []*load

func (ls loads) byID(id string) *load {
	for _, l := range ls {
		if l.id == id {
			return l
		}
	}
	return nil
}

func (ls loads) include(ids []string) bool {
	return !slices.ContainsFunc(ids, func(id string) bool { return ls.byID(id) == nil })
}

func (ls loads) named(ids []string) loads {
	var found loads
	for _, id := range ids {
		if l := ls.byID(id); l != nil {
			found = append(found, l)
		}
	}
	return found
}

func (ls loads) dealRoundRobin(work protocol.Work) {
	for i, c := range work.Connectors {
		l := ls[i%len(ls)]
		l.work.Connectors = append(l.work.Connectors, c)
	}
	for i, t := range work.Tasks {
		l := ls[i%len(ls)]
		l.work.Tasks = append(l.work.Tasks, t)
	}
}

// deal gives work to the least loaded first, connectors and tasks counted apart.
func (ls loads) deal(work protocol.Work) {
	level(ls, work.Connectors, func(l *load) *[]string { return &l.work.Connectors })
	level(ls, work.Tasks, func(l *load) *[]connect.TaskID { return &l.work.Tasks })
}

// level raises the lowest workers together, one thing each, until nothing is
// left. The workers are put in order once: those at the lowest level are always
// a prefix.
func level[T any](ls loads, things []T, of func(*load) *[]T) {
	slices.SortStableFunc(ls, func(a, b *load) int {
		if d := len(*of(a)) - len(*of(b)); d != 0 {
			return d
		}
		return compareStrings(a.id, b.id)
	})
	for len(things) > 0 {
		lowest := len(*of(ls[0]))
		for _, l := range ls {
			if len(things) == 0 || len(*of(l)) > lowest {
				break
			}
			*of(l) = append(*of(l), things[0])
			things = things[1:]
		}
	}
}

// surplus is what each worker runs beyond its share, by worker.
func (ls loads) surplus(configured protocol.Work) map[string]protocol.Work {
	idle := !slices.ContainsFunc(ls, func(l *load) bool { return !l.work.Empty() })
	if idle || configured.Empty() {
		return nil
	}
	connectors := over(ls, len(configured.Connectors), func(l *load) []string { return l.work.Connectors })
	tasks := over(ls, len(configured.Tasks), func(l *load) []connect.TaskID { return l.work.Tasks })
	out := map[string]protocol.Work{}
	for id, c := range connectors {
		out[id] = protocol.Work{Connectors: c}
	}
	for id, t := range tasks {
		out[id] = protocol.Work{Connectors: out[id].Connectors, Tasks: t}
	}
	return out
}

// over takes from the front of each worker's list what exceeds total divided by
// workers; the first `extras` workers above that may keep one more.
func over[T any](ls loads, total int, of func(*load) []T) map[string][]T {
	share, extras := total/len(ls), total%len(ls)
	if even(ls, share, extras, of) {
		return nil
	}
	out := map[string][]T{}
	for _, l := range ls {
		n, keep := len(of(l)), share
		if n <= share {
			continue
		}
		if extras > 0 {
			extras--
			keep++
		}
		if n > keep {
			out[l.id] = of(l)[:n-keep]
		}
	}
	return out
}

// even reports whether exactly `extras` workers have one more than their share
// and all others just their share.
func even[T any](ls loads, share, extras int, of func(*load) []T) bool {
	for _, l := range ls {
		switch len(of(l)) {
		case share:
		case share + 1:
			extras--
		default:
			return false
		}
	}
	return extras == 0
}

// duplicates is what more than one member says it runs.
func duplicates(members []Member) protocol.Work {
	connectors, tasks := map[string]int{}, map[connect.TaskID]int{}
	for _, m := range members {
		for _, c := range m.Holds.Connectors {
			connectors[c]++
		}
		for _, t := range m.Holds.Tasks {
			tasks[t]++
		}
	}
	maps.DeleteFunc(connectors, func(_ string, n int) bool { return n < 2 })
	maps.DeleteFunc(tasks, func(_ connect.TaskID, n int) bool { return n < 2 })
	return protocol.Work{
		Connectors: slices.SortedFunc(maps.Keys(connectors), strings.Compare),
		Tasks:      slices.SortedFunc(maps.Keys(tasks), compareTasks),
	}
}

func intersection(a, b protocol.Work) protocol.Work { return a.Minus(a.Minus(b)) }

// inOrder sorts by name, Java's order.
func inOrder(w protocol.Work) protocol.Work {
	w = w.Clone()
	slices.SortFunc(w.Connectors, compareStrings)
	slices.SortFunc(w.Tasks, compareTasks)
	return w
}
