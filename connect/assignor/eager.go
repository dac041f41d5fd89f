package assignor

import (
	"slices"

	"crosstide/connect"
	"crosstide/connect/protocol"
)

// Eager deals all connectors and then all tasks to the members in turn, members
// and work sorted by name. Nothing of what runs now is looked at: under this
// protocol all has stopped before.
func Eager(members []string, configured Configured) map[string]protocol.Work {
	members = slices.Clone(members)
	slices.SortFunc(members, compareStrings)
	connectors, tasks := sorted(configured)
	out := make(map[string]protocol.Work, len(members))
	if len(members) == 0 {
		return out
	}
	next := 0
	turn := func() string {
		m := members[next%len(members)]
		next++
		return m
	}
	for _, m := range members {
		out[m] = protocol.Work{}
	}
	for _, c := range connectors {
		m := turn()
		w := out[m]
		w.Connectors = append(w.Connectors, c)
		out[m] = w
	}
	for _, t := range tasks {
		m := turn()
		w := out[m]
		w.Tasks = append(w.Tasks, t)
		out[m] = w
	}
	return out
}

func sorted(c Configured) (connectors []string, tasks []connect.TaskID) {
	connectors, tasks = slices.Clone(c.Connectors), slices.Clone(c.Tasks)
	slices.SortFunc(connectors, compareStrings)
	slices.SortFunc(tasks, compareTasks)
	return slices.Compact(connectors), slices.Compact(tasks)
}
