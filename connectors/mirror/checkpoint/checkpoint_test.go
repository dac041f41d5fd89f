package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"

	"crosstide/connectors/mirror"
)

func TestACheckpointIsEmittedWhenNewWhenAheadAndWhenTheGroupRewound(t *testing.T) {
	s := newStore([]string{"g"})
	at := func(up, down int64) mirror.Checkpoint {
		return mirror.Checkpoint{Group: "g", Topic: "A.t", Partition: 1, Upstream: up, Downstream: down}
	}
	s.load(at(10, 100))
	s.load(mirror.Checkpoint{Group: "another task's", Topic: "A.t"})
	for _, step := range []struct {
		what     string
		c        mirror.Checkpoint
		emitted  bool
		position int64
	}{
		{"a repeat of what was emitted before the restart", at(10, 100), false, 100},
		{"read on, but an older sync", at(20, 90), false, 100},
		{"read on, same position", at(20, 100), false, 100},
		{"read on", at(30, 120), true, 120},
		{"the group rewound", at(5, 50), true, 50},
		{"rewound upstream only", at(4, 60), true, 60},
		{"same offset, a newer sync", at(4, 61), true, 61},
	} {
		if got := s.advance(step.c); got != step.emitted {
			t.Errorf("%s: emitted %v", step.what, got)
		}
		if got := s.of("g")[partition{"A.t", 1}].Downstream; got != step.position {
			t.Errorf("%s: stands at %d, want %d", step.what, got, step.position)
		}
	}
	if got := s.groups(); !slices.Equal(got, []string{"g"}) {
		t.Errorf("groups %q", got)
	}
}

func TestGroupsAreDealtInSlicesTheFirstTasksGettingOneMore(t *testing.T) {
	props := map[string]string{"name": "c"}
	configs := taskConfigs(props, []string{"a", "b", "c", "d", "e"}, 3)
	var got []string
	for i, c := range configs {
		if c["name"] != "c" || c[mirror.TaskIndex] != fmt.Sprint(i) {
			t.Errorf("task %d: %v", i, c)
		}
		got = append(got, c[mirror.TaskAssignedGroups])
	}
	if want := []string{"a,b", "c,d", "e"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := taskConfigs(props, nil, 3); len(got) != 0 {
		t.Errorf("tasks without groups: %v", got)
	}
	if got := taskConfigs(props, []string{"a"}, 3); len(got) != 1 {
		t.Errorf("%d tasks for one group", len(got))
	}
}

func TestGroupsWithCommasAndBlanksReachTheirTask(t *testing.T) {
	want := []string{"plain", "a,b", " edge", "ünï\"code,"}
	got, err := assignedGroups(taskConfig(map[string]string{}, 0, want))
	if slices.Sort(want); err != nil || !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := assignedGroups(map[string]string{}); err == nil {
		t.Error("a task without groups is a mistake")
	}
}

func TestOnlyPositionsAheadOfTheTargetAreWritten(t *testing.T) {
	checkpoints := map[partition]mirror.Checkpoint{}
	for i, down := range []int64{10, 10, 10, 10, 0} {
		p := partition{"t", int32(i)}
		checkpoints[p] = mirror.Checkpoint{Group: "g", Topic: "t", Partition: p.number, Downstream: down}
	}
	committed := map[partition]int64{{"t", 0}: 9, {"t", 1}: 10, {"t", 2}: 11, {"t", 3}: -1, {"other", 0}: 1}
	var got []int32
	for _, c := range ahead(checkpoints, committed) {
		got = append(got, c.Partition)
	}
	if want := []int32{0, 3, 4}; !slices.Equal(got, want) {
		t.Errorf("partitions %v, want %v", got, want)
	}
}

// fakeTarget answers as told and notes what is written.
type fakeTarget struct {
	of       map[string]groupState
	err      error
	unread   []string
	attempts []string
}

func (f *fakeTarget) states(context.Context, []string) (map[string]groupState, error) {
	return f.of, f.err
}

func (f *fakeTarget) offsets(_ context.Context, groups []string) map[string]map[partition]int64 {
	all := map[string]map[partition]int64{}
	for _, g := range groups {
		if !slices.Contains(f.unread, g) {
			all[g] = nil
		}
	}
	return all
}

func (f *fakeTarget) commit(_ context.Context, group string, _ []mirror.Checkpoint) error {
	f.attempts = append(f.attempts, group)
	if strings.Contains(group, "refused") {
		return errors.New("refused")
	}
	return nil
}

func TestOnlyGroupsSeenEmptyOrAbsentInTheSameRoundAreWritten(t *testing.T) {
	target := &fakeTarget{
		of: map[string]groupState{
			"empty": empty, "absent": absent, "active": active, "unknown": unknown, "empty, offsets unreadable": empty, "empty, refused": empty,
		},
		err: errors.New("a broker is away"), unread: []string{"empty, offsets unreadable"},
	}
	s := newStore(nil)
	for _, g := range append(slices.Collect(maps.Keys(target.of)), "not in the answer") {
		s.load(mirror.Checkpoint{Group: g})
		s.advance(mirror.Checkpoint{Group: g, Topic: "t", Downstream: 5})
	}
	(&groupSync{checkpoints: s, target: target, log: slog.New(slog.DiscardHandler)}).round(t.Context())
	slices.Sort(target.attempts)
	if want := []string{"absent", "empty", "empty, refused"}; !slices.Equal(target.attempts, want) {
		t.Errorf("written %q, want %q", target.attempts, want)
	}
}
