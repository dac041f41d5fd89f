package herder

import (
	"log/slog"
	"maps"
	"slices"
	"testing"

	"crosstide/connect"
	"crosstide/connect/state"
	"crosstide/connect/storage"
)

// configured returns tables as the config topic would fill them: connector c
// with two tasks.
func configured(t *testing.T, change func(c *storage.Config)) state.Snapshot {
	t.Helper()
	db := state.New()
	c, err := storage.OpenConfig(t.Context(), storage.ConfigOptions{
		Open: storage.NewMemory().Open, DB: db, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	put := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	put(c.PutConnector(t.Context(), "c", map[string]string{"a": "1"}, ""))
	put(c.PutTasks(t.Context(), "c", []map[string]string{{"n": "0"}, {"n": "1"}}))
	if change != nil {
		change(c)
	}
	return db.Snapshot()
}

func TestTaskConfigurationsArePublishedOnlyWhenSomethingChanged(t *testing.T) {
	same := []map[string]string{{"n": "0"}, {"n": "1"}}
	for name, test := range map[string]struct {
		change func(c *storage.Config)
		fresh  []map[string]string
		want   bool
	}{
		"nothing":         {fresh: same},
		"one more":        {fresh: append(slices.Clone(same), map[string]string{"n": "2"}), want: true},
		"one less":        {fresh: same[:1], want: true},
		"none":            {fresh: nil, want: true},
		"another value":   {fresh: []map[string]string{{"n": "0"}, {"n": "5"}}, want: true},
		"connector alone": {change: func(c *storage.Config) { _ = c.PutConnector(t.Context(), "c", map[string]string{"a": "2"}, "") }, fresh: same, want: true},
		"inconsistent":    {change: func(c *storage.Config) { _ = c.Put(t.Context(), storage.TasksCommit{Connector: "c", Tasks: 2}) }, fresh: same, want: true},
	} {
		if got := taskConfigsChanged(configured(t, test.change), "c", test.fresh); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
	if !taskConfigsChanged(state.New().Snapshot(), "new", nil) {
		t.Error("a new connector without tasks commits nothing")
	}
}

func TestWhatIsWantedFollowsTargetStateAndAssignment(t *testing.T) {
	target := func(s state.TargetState) func(*storage.Config) {
		return func(c *storage.Config) { _ = c.PutTarget(t.Context(), "c", s) }
	}
	all := Assignment{Everything: true}
	for name, test := range map[string]struct {
		change     func(c *storage.Config)
		assignment Assignment
		connectors int
		tasks      []int
		paused     bool
	}{
		"everything":      {assignment: all, connectors: 1, tasks: []int{0, 1}},
		"nothing":         {},
		"one task":        {assignment: Assignment{Tasks: []connect.TaskID{{Connector: "c", Task: 1}}}, tasks: []int{1}},
		"a task too many": {assignment: Assignment{Tasks: []connect.TaskID{{Connector: "c", Task: 2}}}},
		"paused":          {change: target(state.Paused), assignment: all, connectors: 1, tasks: []int{0, 1}, paused: true},
		"stopped":         {change: target(state.Stopped), assignment: all, connectors: 1},
		"removed":         {change: func(c *storage.Config) { _ = c.DeleteConnector(t.Context(), "c") }, assignment: all},
	} {
		w := want(configured(t, test.change), test.assignment)
		var tasks []int
		for id, task := range w.tasks {
			tasks = append(tasks, id.Task)
			if task.paused != test.paused || !maps.Equal(task.connector, map[string]string{"a": "1"}) {
				t.Errorf("%s: task %+v", name, task)
			}
		}
		slices.Sort(tasks)
		if len(w.connectors) != test.connectors || !slices.Equal(tasks, test.tasks) {
			t.Errorf("%s: %d connectors, tasks %v", name, len(w.connectors), tasks)
		}
	}
}
