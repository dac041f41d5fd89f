package state_test

import (
	"context"
	"testing"
	"testing/synctest"

	"crosstide/connect"
	"crosstide/connect/state"
)

func TestSnapshotDoesNotSeeLaterWrites(t *testing.T) {
	db := state.New()
	before := db.Snapshot()
	db.Update(func(txn *state.Txn) {
		txn.PutConnector(state.Connector{Name: "c", Config: map[string]string{"a": "1"}})
	})
	if _, ok := before.Connector("c"); ok {
		t.Error("a snapshot changed after it was taken")
	}
	if c, ok := db.Snapshot().Connector("c"); !ok || c.Config["a"] != "1" {
		t.Errorf("got %v %v after the write", c, ok)
	}
}

func TestUnknownConnectorHasDefaults(t *testing.T) {
	s := state.New().Snapshot()
	if got := s.Target("c"); got != state.Started {
		t.Errorf("target %s, want STARTED", got)
	}
	if got := s.Tasks("c"); got.Generation != -1 || got.FencedCount != -1 || got.Count != 0 {
		t.Errorf("tasks %+v", got)
	}
	if _, ok := s.Task(connect.TaskID{Connector: "c"}); ok {
		t.Error("found a task that never was")
	}
	if s.ConfigOffset() != -1 {
		t.Errorf("offset %d, want -1", s.ConfigOffset())
	}
	if _, ok := s.SessionKey(); ok {
		t.Error("found a session key that never was")
	}
}

func TestDeletingAConnectorStatusDropsItsTasks(t *testing.T) {
	db := state.New()
	db.Update(func(txn *state.Txn) {
		for _, task := range []int{1, state.ConnectorItself, 0} {
			txn.PutStatus(state.Status{Connector: "c", Task: task, State: state.StatusRunning})
		}
		txn.PutStatus(state.Status{Connector: "cc", Task: 0, State: state.StatusRunning})
	})
	if got := db.Snapshot().Statuses("c"); len(got) != 3 || got[0].Task != state.ConnectorItself || got[2].Task != 1 {
		t.Fatalf("statuses %v", got)
	}
	db.Update(func(txn *state.Txn) { txn.DeleteStatus("c", 1) })
	if got := db.Snapshot().Statuses("c"); len(got) != 2 {
		t.Errorf("after one task's deletion: %v", got)
	}
	db.Update(func(txn *state.Txn) { txn.DeleteStatus("c", state.ConnectorItself) })
	if got := db.Snapshot().Statuses("c"); len(got) != 0 {
		t.Errorf("after the connector's deletion: %v", got)
	}
	if got := db.Snapshot().Statuses("cc"); len(got) != 1 {
		t.Errorf("another connector lost its status: %v", got)
	}
}

func TestWatchWakesWhenItsTableChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := state.New()
		changed := db.Snapshot().Changed(state.Targets)
		woken := make(chan error, 1)
		go func() { woken <- changed.WatchCtx(context.Background()) }()

		db.Update(func(txn *state.Txn) { txn.SetConfigOffset(7) })
		synctest.Wait()
		select {
		case <-woken:
			t.Fatal("woken by another table")
		default:
		}
		db.Update(func(txn *state.Txn) { txn.PutTarget(state.Target{Connector: "c", State: state.Paused}) })
		if err := <-woken; err != nil {
			t.Fatal(err)
		}
	})
}
