package protocol

import (
	"fmt"
	"time"

	"crosstide/connect"
)

// connectorTask stands for the connector instance among a connector's task ids.
const connectorTask int32 = -1

// The error codes of an assignment.
const (
	NoError int16 = 0
	// ConfigMismatch: the leader had not read the config topic as far as another
	// member. Nobody gets work; all must read on and join again.
	ConfigMismatch int16 = 1
)

// Assignment is what the leader answers to one worker. In version 0 Assigned is
// all that the worker shall run; from version 1 on it is only what is new, and
// Revoked is what to give up first.
type Assignment struct {
	Version      int16
	Error        int16
	Leader       string // member id
	LeaderURL    string
	ConfigOffset int64 // how far the config topic must be read before starting
	Assigned     Work
	Revoked      Work
	Delay        time.Duration // until the next rebalance is due; 0 for none. Whole milliseconds
}

// Failed reports whether the leader could not assign.
func (a Assignment) Failed() bool { return a.Error != NoError }

// Encode writes a in its version. Absent work is written as an empty array, as
// Java does.
func (a Assignment) Encode() []byte {
	var w writer
	w.int16(a.Version)
	w.int16(a.Error)
	w.string(a.Leader)
	w.string(a.LeaderURL)
	w.int64(a.ConfigOffset)
	w.work(a.Assigned)
	if a.Version > 0 {
		w.work(a.Revoked)
		w.int32(int32(a.Delay.Milliseconds()))
	}
	return w
}

func (a *Assignment) encode() []byte {
	if a == nil {
		return nil
	}
	return a.Encode()
}

// DecodeAssignment reads an assignment of any version.
func DecodeAssignment(b []byte) (Assignment, error) {
	r := reader{rest: b}
	a := Assignment{Version: r.version()}
	a.Error = r.int16("error")
	a.Leader = r.string("leader")
	a.LeaderURL = r.string("leader-url")
	a.ConfigOffset = r.int64("config-offset")
	if r.more() {
		a.Assigned = r.work("assignment")
	}
	if r.more() {
		a.Revoked = r.work("revoked")
	}
	if r.more() {
		a.Delay = time.Duration(r.int32("delay")) * time.Millisecond
	}
	if r.err != nil {
		return Assignment{}, fmt.Errorf("assignment: %w", r.err)
	}
	return a, nil
}

// work writes one element per connector, those with the instance first, each
// with its instance before its tasks: Java's order.
func (w *writer) work(work Work) {
	var order []string
	ids := map[string][]int32{}
	add := func(connector string, id int32) {
		if _, known := ids[connector]; !known {
			order = append(order, connector)
		}
		ids[connector] = append(ids[connector], id)
	}
	for _, c := range work.Connectors {
		add(c, connectorTask)
	}
	for _, t := range work.Tasks {
		add(t.Connector, int32(t.Task))
	}
	w.int32(int32(len(order)))
	for _, c := range order {
		w.string(c)
		w.int32(int32(len(ids[c])))
		for _, id := range ids[c] {
			w.int32(id)
		}
	}
}

func (r *reader) work(what string) Work {
	var work Work
	for range r.count(what, 6) {
		connector := r.string(what + ".connector")
		for range r.count(what+".tasks", 4) {
			if id := r.int32(what + ".task"); id == connectorTask {
				work.Connectors = append(work.Connectors, connector)
			} else {
				work.Tasks = append(work.Tasks, connect.TaskID{Connector: connector, Task: int(id)})
			}
		}
	}
	return work
}
