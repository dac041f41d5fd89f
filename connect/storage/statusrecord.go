package storage

import (
	"errors"
	"fmt"
	"strings"

	"crosstide/connect"
	"crosstide/connect/state"
)

const (
	statusConnectorPrefix = "status-connector-"
	statusTaskPrefix      = "status-task-"
	statusTopicPrefix     = "status-topic-"
	statusTopicSeparator  = ":connector-" // no topic's name contains a colon
)

// StatusRecord is one record of the status topic, decoded: exactly one of Status
// and Topic is set, with only its names filled when Removed.
type StatusRecord struct {
	Status  *state.Status
	Topic   *state.Topic
	Removed bool
}

func statusKey(s state.Status) string {
	if s.Task == state.ConnectorItself {
		return statusConnectorPrefix + s.Connector
	}
	return fmt.Sprintf("%s%s-%d", statusTaskPrefix, s.Connector, s.Task)
}

// Key is the record's key.
func (r StatusRecord) Key() string {
	if r.Topic != nil {
		return statusTopicPrefix + r.Topic.Topic + statusTopicSeparator + r.Topic.Connector
	}
	return statusKey(*r.Status)
}

// EncodeStatus returns the value of a record, nil for a removal.
func EncodeStatus(r StatusRecord) ([]byte, error) {
	if r.Removed {
		return nil, nil
	}
	if t := r.Topic; t != nil {
		return appendJSON(nil, object{{"topic", object{
			{"name", t.Topic}, {"connector", t.Connector}, {"task", t.Task}, {"discoverTimestamp", t.DiscoverTimestamp},
		}}})
	}
	s := r.Status
	return appendJSON(nil, object{
		{"state", string(s.State)}, {"trace", orNull(s.Trace)}, {"worker_id", s.WorkerID},
		{"generation", s.Generation}, {"version", orNull(s.Version)},
	})
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// DecodeStatus reads one record of the status topic.
func DecodeStatus(key string, value []byte) (StatusRecord, error) {
	r, err := decodeStatusKey(key)
	if err == nil && value == nil {
		r.Removed = true
		return r, nil
	}
	if err == nil {
		err = decodeStatusValue(&r, value)
	}
	if err != nil {
		return StatusRecord{}, fmt.Errorf("status record %q: %w", key, err)
	}
	return r, nil
}

func decodeStatusKey(key string) (StatusRecord, error) {
	if name, ok := strings.CutPrefix(key, statusConnectorPrefix); ok && name != "" {
		return StatusRecord{Status: &state.Status{Connector: name, Task: state.ConnectorItself}}, nil
	}
	if name, ok := strings.CutPrefix(key, statusTaskPrefix); ok {
		id, err := parseTaskID(name)
		if err == nil && id.Connector == "" {
			err = errors.New("no connector named")
		}
		return StatusRecord{Status: &state.Status{Connector: id.Connector, Task: id.Task}}, err
	}
	if rest, ok := strings.CutPrefix(key, statusTopicPrefix); ok {
		topic, connector, ok := strings.Cut(rest, statusTopicSeparator)
		if ok && topic != "" && connector != "" {
			return StatusRecord{Topic: &state.Topic{Topic: topic, Connector: connector}}, nil
		}
	}
	return StatusRecord{}, errors.New("unknown kind of record")
}

func decodeStatusValue(r *StatusRecord, value []byte) error {
	o, err := parseObject(value)
	if err != nil {
		return err
	}
	if r.Topic != nil {
		raw, _ := o.get("topic")
		inner, _ := raw.(object)
		task, ok1 := inner.integer("task")
		discovered, ok2 := inner.integer("discoverTimestamp")
		if !ok1 || !ok2 {
			return errors.New("not a topic status")
		}
		r.Topic.Task, r.Topic.DiscoverTimestamp = int(task), discovered
		return nil
	}
	name, ok1 := o.str("state")
	worker, ok2 := o.str("worker_id")
	generation, ok3 := o.integer("generation")
	if !ok1 || !ok2 || !ok3 {
		return errors.New("not a status")
	}
	s := r.Status
	s.State, s.WorkerID, s.Generation = state.State(name), worker, int(generation)
	s.Trace, _ = o.str("trace")
	s.Version, _ = o.str("version")
	return nil
}

func taskID(s state.Status) connect.TaskID {
	return connect.TaskID{Connector: s.Connector, Task: s.Task}
}
