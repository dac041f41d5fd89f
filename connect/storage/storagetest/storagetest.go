// Package storagetest is what every kind of log under the stores must do: one
// suite, run on memory and on Kafka.
package storagetest

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"sync"
	"testing"
	"time"

	"crosstide/connect"
	"crosstide/connect/state"
	"crosstide/connect/storage"
)

// Topic opens the same log as often as it is called: each time another worker's
// view of it.
type Topic = storage.Opener

// Run runs the whole suite. newTopic makes an empty log of one partition.
func Run(t *testing.T, newTopic func(t *testing.T) Topic) {
	t.Run("Config", func(t *testing.T) { Config(t, newTopic) })
	t.Run("Offsets", func(t *testing.T) { Offsets(t, newTopic) })
	t.Run("Statuses", func(t *testing.T) { Statuses(t, newTopic) })
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func openConfig(t *testing.T, open Topic) (*storage.Config, *state.DB) {
	t.Helper()
	db := state.New()
	c, err := storage.OpenConfig(t.Context(), storage.ConfigOptions{Open: open, DB: db, Log: discard()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { check(t, c.Close()) })
	return c, db
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Config is the suite of the config topic.
func Config(t *testing.T, newTopic func(t *testing.T) Topic) {
	props := map[string]string{"connector.class": "X", "a": "ü<&>"}
	tasks := []map[string]string{{"n": "0"}, {"n": "1"}}

	t.Run("what one worker writes every worker reads", func(t *testing.T) {
		open := newTopic(t)
		writer, mine := openConfig(t, open)
		check(t, writer.PutConnector(t.Context(), "c-1", props, state.Paused))
		check(t, writer.PutTasks(t.Context(), "c-1", tasks))
		other, theirs := openConfig(t, open)
		check(t, other.Refresh(t.Context()))
		for who, db := range map[string]*state.DB{"the writer": mine, "a later reader": theirs} {
			s := db.Snapshot()
			c, _ := s.Connector("c-1")
			set := s.Tasks("c-1")
			if !reflect.DeepEqual(c.Config, props) || s.Target("c-1") != state.Paused || s.ConfigOffset() != 5 {
				t.Errorf("%s has %v, target %s, offset %d", who, c, s.Target("c-1"), s.ConfigOffset())
			}
			if !reflect.DeepEqual(set.Configs, tasks) || set.Count != 2 || set.Generation != 0 || !reflect.DeepEqual(set.Applied, props) {
				t.Errorf("%s has tasks %+v", who, set)
			}
		}
	})

	t.Run("a task set without tasks is a set", func(t *testing.T) {
		c, db := openConfig(t, newTopic(t))
		check(t, c.PutConnector(t.Context(), "c", props, ""))
		check(t, c.PutTasks(t.Context(), "c", tasks))
		check(t, c.PutTasks(t.Context(), "c", nil))
		if set := db.Snapshot().Tasks("c"); set.Count != 0 || set.Generation != 1 || len(set.Configs) != 0 || set.Inconsistent {
			t.Errorf("tasks %+v", set)
		}
	})

	t.Run("tasks that were never written make the set inconsistent until it is written again", func(t *testing.T) {
		c, db := openConfig(t, newTopic(t))
		check(t, c.PutConnector(t.Context(), "c", props, ""))
		check(t, c.PutTasks(t.Context(), "c", tasks))
		check(t, c.Put(t.Context(), storage.TasksCommit{Connector: "c", Tasks: 2}))
		if set := db.Snapshot().Tasks("c"); !set.Inconsistent || set.Count != 2 || len(set.Configs) != 0 {
			t.Errorf("after a commit without tasks: %+v", set)
		}
		check(t, c.PutTasks(t.Context(), "c", tasks))
		if set := db.Snapshot().Tasks("c"); set.Inconsistent || len(set.Configs) != 2 || set.Generation != 1 {
			t.Errorf("after writing again: %+v", set)
		}
	})

	t.Run("a removed connector's leftover tasks are ignored", func(t *testing.T) {
		c, db := openConfig(t, newTopic(t))
		check(t, c.PutConnector(t.Context(), "c", props, state.Stopped))
		check(t, c.PutTasks(t.Context(), "c", tasks))
		check(t, c.DeleteConnector(t.Context(), "c"))
		check(t, c.Put(t.Context(), storage.TasksCommit{Connector: "c", Tasks: 2}))
		s := db.Snapshot()
		if _, ok := s.Connector("c"); ok || s.Tasks("c").Count != 0 || s.Target("c") != state.Started {
			t.Errorf("connector %v, tasks %+v, target %s", ok, s.Tasks("c"), s.Target("c"))
		}
	})

	t.Run("restart requests are acted on once and never replayed", func(t *testing.T) {
		open := newTopic(t)
		c, _ := openConfig(t, open)
		request := storage.RestartRequest{Connector: "c", IncludeTasks: true}
		check(t, c.Put(t.Context(), request))
		var mu sync.Mutex
		var got []storage.ConfigRecord
		late, err := storage.OpenConfig(t.Context(), storage.ConfigOptions{Open: open, DB: state.New(), Log: discard(),
			OnRequest: func(r storage.ConfigRecord) {
				mu.Lock()
				defer mu.Unlock()
				got = append(got, r)
			}})
		check(t, err)
		t.Cleanup(func() { check(t, late.Close()) })
		request.OnlyFailed = true
		check(t, late.Put(t.Context(), request))
		mu.Lock()
		defer mu.Unlock()
		if len(got) != 1 || got[0] != storage.ConfigRecord(request) {
			t.Errorf("acted on %v", got)
		}
	})

	t.Run("unknown and broken records harm nobody", func(t *testing.T) {
		open := newTopic(t)
		raw, err := open(t.Context(), func(storage.Record) {})
		check(t, err)
		t.Cleanup(func() { check(t, raw.Close()) })
		check(t, raw.Send(t.Context(),
			storage.Record{Key: []byte("connector-c"), Value: []byte("{not json")},
			storage.Record{Key: []byte("connector-"), Value: []byte(`{"properties":{}}`)},
			storage.Record{Key: []byte("something-new"), Value: []byte(`{"a":1}`)},
			storage.Record{Key: []byte("commit-c")},
			storage.Record{Key: []byte("task-c"), Value: []byte(`{"properties":{}}`)},
		))
		c, db := openConfig(t, open)
		check(t, c.PutConnector(t.Context(), "c", props, ""))
		if names := db.Snapshot().ConnectorNames(); len(names) != 1 || db.Snapshot().ConfigOffset() != 6 {
			t.Errorf("connectors %v, offset %d", names, db.Snapshot().ConfigOffset())
		}
	})

	t.Run("a closed store takes nothing", func(t *testing.T) {
		c, _ := openConfig(t, newTopic(t))
		check(t, c.Close())
		if err := c.PutTarget(t.Context(), "c", state.Paused); err == nil {
			t.Error("written after Close")
		}
	})
}

// Offsets is the suite of the offset topic.
func Offsets(t *testing.T, newTopic func(t *testing.T) Topic) {
	openOffsets := func(t *testing.T, open Topic) *storage.Offsets {
		t.Helper()
		o, err := storage.OpenOffsets(t.Context(), open)
		check(t, err)
		t.Cleanup(func() { check(t, o.Close()) })
		return o
	}
	partition := func(n int) map[string]any {
		return map[string]any{"cluster": "east", "topic": "t", "partition": n}
	}
	offset := func(n int64) map[string]any { return map[string]any{"offset": n} }

	t.Run("what one task commits another worker reads", func(t *testing.T) {
		open := newTopic(t)
		writer, reader := openOffsets(t, open), openOffsets(t, open)
		check(t, writer.For("c").WriteOffsets(t.Context(), []connect.SourceOffset{
			{Partition: partition(0), Offset: offset(7)}, {Partition: partition(1), Offset: offset(1 << 40)},
		}))
		got, err := reader.For("c").ReadOffsets(t.Context(), []map[string]any{partition(1), partition(2), partition(0)})
		check(t, err)
		if want := []map[string]any{offset(1 << 40), nil, offset(7)}; !reflect.DeepEqual(got, want) {
			t.Errorf("read %v", got)
		}
		got, err = reader.For("d").ReadOffsets(t.Context(), []map[string]any{partition(1)})
		check(t, err)
		if got[0] != nil {
			t.Errorf("another connector reads %v", got[0])
		}
	})

	t.Run("a nil offset deletes", func(t *testing.T) {
		open := newTopic(t)
		o := openOffsets(t, open)
		check(t, o.For("c").WriteOffsets(t.Context(), []connect.SourceOffset{{Partition: partition(0), Offset: offset(7)}, {Partition: partition(1), Offset: offset(8)}}))
		check(t, o.For("c").WriteOffsets(t.Context(), []connect.SourceOffset{{Partition: partition(0)}}))
		for _, o := range []*storage.Offsets{o, openOffsets(t, open)} {
			all, err := o.All(t.Context(), "c", discard())
			check(t, err)
			if len(all) != 1 || !reflect.DeepEqual(all[0].Offset, offset(8)) {
				t.Errorf("left are %v", all)
			}
		}
	})

	t.Run("nested values are refused", func(t *testing.T) {
		o := openOffsets(t, newTopic(t))
		err := o.For("c").WriteOffsets(t.Context(), []connect.SourceOffset{{Partition: map[string]any{"a": []any{1}}, Offset: offset(1)}})
		if err == nil {
			t.Error("a list was stored in a source partition")
		}
	})

	t.Run("tasks read and commit side by side", func(t *testing.T) {
		o := openOffsets(t, newTopic(t))
		var wg sync.WaitGroup
		for n := range 8 {
			wg.Go(func() {
				for i := range int64(20) {
					if err := o.For("c").WriteOffsets(t.Context(), []connect.SourceOffset{{Partition: partition(n), Offset: offset(i)}}); err != nil {
						t.Error(err)
					}
					got, err := o.For("c").ReadOffsets(t.Context(), []map[string]any{partition(n)})
					if err != nil || !reflect.DeepEqual(got[0], offset(i)) {
						t.Errorf("task %d wrote %d and read %v, %v", n, i, got, err)
					}
				}
			})
		}
		wg.Wait()
	})
}

// Statuses is the suite of the status topic.
func Statuses(t *testing.T, newTopic func(t *testing.T) Topic) {
	openStatuses := func(t *testing.T, open Topic) (*storage.Statuses, *state.DB) {
		t.Helper()
		db := state.New()
		s, err := storage.OpenStatuses(t.Context(), storage.StatusOptions{Open: open, DB: db, Log: discard(), Retry: time.Millisecond})
		check(t, err)
		t.Cleanup(func() { check(t, s.Close()) })
		return s, db
	}
	flush := func(t *testing.T, stores ...*storage.Statuses) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		for _, s := range stores {
			check(t, s.Flush(ctx))
			check(t, s.Refresh(ctx))
		}
	}
	status := func(worker string, generation int, s state.State) state.Status {
		return state.Status{Connector: "c", Task: 0, State: s, WorkerID: worker, Generation: generation}
	}
	id := connect.TaskID{Connector: "c"}

	t.Run("every worker sees the last word", func(t *testing.T) {
		open := newTopic(t)
		one, mine := openStatuses(t, open)
		two, theirs := openStatuses(t, open)
		for i := range 50 {
			one.Put(state.Status{Connector: "c", Task: 0, State: state.StatusRunning, WorkerID: "w1", Generation: i, Version: fmt.Sprint(i)})
		}
		one.Put(state.Status{Connector: "c", Task: state.ConnectorItself, State: state.StatusFailed, Trace: "a\n\tb", WorkerID: "w1"})
		one.PutTopic(state.Topic{Topic: "t", Connector: "c", Task: 0, DiscoverTimestamp: 5})
		flush(t, one, two)
		for _, db := range []*state.DB{mine, theirs} {
			s := db.Snapshot()
			task, _ := s.TaskStatus(id)
			connector, _ := s.ConnectorStatus("c")
			if task.Generation != 49 || task.Version != "49" || connector.Trace != "a\n\tb" || len(s.Topics("c")) != 1 {
				t.Errorf("task %+v, connector %+v, topics %v", task, connector, s.Topics("c"))
			}
		}
	})

	t.Run("a safe write never overwrites a later generation of another worker", func(t *testing.T) {
		open := newTopic(t)
		old, db := openStatuses(t, open)
		young, _ := openStatuses(t, open)
		young.Put(status("w2", 5, state.StatusRunning))
		flush(t, young, old)
		old.PutSafe(status("w1", 4, state.StatusFailed))
		flush(t, old)
		if got, _ := db.Snapshot().TaskStatus(id); got.State != state.StatusRunning {
			t.Errorf("status %+v", got)
		}
		old.PutSafe(status("w1", 5, state.StatusFailed))
		flush(t, old)
		if got, _ := db.Snapshot().TaskStatus(id); got.State != state.StatusFailed {
			t.Errorf("with an equal generation: %+v", got)
		}
	})

	t.Run("a late goodbye of the old owner is not believed", func(t *testing.T) {
		s, db := openStatuses(t, newTopic(t))
		s.Put(status("w2", 5, state.StatusRunning))
		flush(t, s)
		s.Put(status("w1", 4, state.StatusUnassigned))
		flush(t, s)
		if got, _ := db.Snapshot().TaskStatus(id); got.WorkerID != "w2" {
			t.Errorf("status %+v", got)
		}
		s.PutSafe(status("w2", 5, state.StatusUnassigned))
		flush(t, s)
		if got, _ := db.Snapshot().TaskStatus(id); got.State != state.StatusUnassigned {
			t.Errorf("its own goodbye: %+v", got)
		}
	})

	t.Run("deleting a connector's status deletes its tasks'", func(t *testing.T) {
		s, db := openStatuses(t, newTopic(t))
		s.Put(status("w1", 1, state.StatusRunning))
		s.Put(state.Status{Connector: "c", Task: state.ConnectorItself, State: state.StatusRunning, WorkerID: "w1"})
		flush(t, s)
		s.Delete("c", state.ConnectorItself)
		flush(t, s)
		if left := db.Snapshot().AllStatuses(); len(left) != 0 {
			t.Errorf("left are %v", left)
		}
	})
}
