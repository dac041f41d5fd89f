package storage

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"crosstide/connect"
	"crosstide/connect/state"
)

// ConfigRecord is one record of the config topic, decoded.
type ConfigRecord interface {
	// Key is the record's key.
	Key() string
	// value is what becomes the record's JSON value; ok is false for a tombstone.
	value() (o object, ok bool)
}

// The kinds of records. A nil Properties or an empty state is a tombstone.
type (
	// ConnectorConfig is a connector's configuration.
	ConnectorConfig struct {
		Connector  string
		Properties Properties
	}
	// TaskConfig is one task's configuration, in force from the next TasksCommit.
	TaskConfig struct {
		Task       connect.TaskID
		Properties Properties
	}
	// TasksCommit puts the task configurations written before it in force.
	TasksCommit struct {
		Connector string
		Tasks     int
	}
	// TargetState is what a connector is wanted to be.
	TargetState struct {
		Connector string
		State     state.TargetState
	}
	// TasksFencing is the number of tasks whose producers were last fenced.
	TasksFencing struct {
		Connector string
		Tasks     int
	}
	// SessionKey signs requests between workers from now on.
	SessionKey struct{ state.SessionKey }
	// RestartRequest asks the owners of a connector to restart it.
	RestartRequest struct {
		Connector    string
		IncludeTasks bool
		OnlyFailed   bool
	}
	// LoggerLevel asks every worker to change a log level.
	LoggerLevel struct{ Namespace, Level string }
	// UnknownConfig is a record that this version does not know. It is left
	// where it is.
	UnknownConfig struct{ RawKey string }
)

const (
	targetPrefix    = "target-state-"
	connectorPrefix = "connector-"
	taskPrefix      = "task-"
	commitPrefix    = "commit-"
	restartPrefix   = "restart-connector-"
	fencingPrefix   = "tasks-fencing-"
	sessionKeyKey   = "session-key"
	loggerPrefix    = "logger-cluster-"
)

func (r ConnectorConfig) Key() string { return connectorPrefix + r.Connector }
func (r TaskConfig) Key() string      { return taskPrefix + r.Task.String() }
func (r TasksCommit) Key() string     { return commitPrefix + r.Connector }
func (r TargetState) Key() string     { return targetPrefix + r.Connector }
func (r TasksFencing) Key() string    { return fencingPrefix + r.Connector }
func (SessionKey) Key() string        { return sessionKeyKey }
func (r RestartRequest) Key() string  { return restartPrefix + r.Connector }
func (r LoggerLevel) Key() string     { return loggerPrefix + r.Namespace }
func (r UnknownConfig) Key() string   { return r.RawKey }

func (r ConnectorConfig) value() (object, bool) { return r.Properties.encode(), r.Properties != nil }
func (r TaskConfig) value() (object, bool)      { return r.Properties.encode(), r.Properties != nil }
func (r TasksCommit) value() (object, bool)     { return object{{"tasks", r.Tasks}}, true }
func (r TasksFencing) value() (object, bool)    { return object{{"task-count", r.Tasks}}, true }
func (UnknownConfig) value() (object, bool)     { return nil, false }

// value gives old workers, which know no STOPPED, the nearest thing to it.
func (r TargetState) value() (object, bool) {
	old := r.State
	if old == state.Stopped {
		old = state.Paused
	}
	return object{{"state", string(old)}, {"state.v2", string(r.State)}}, r.State != ""
}

func (r SessionKey) value() (object, bool) {
	return object{
		{"key", r.SessionKey.Key},
		{"algorithm", r.Algorithm},
		{"creation-timestamp", r.CreationTimestamp},
	}, true
}

func (r RestartRequest) value() (object, bool) {
	return object{{"include-tasks", r.IncludeTasks}, {"only-failed", r.OnlyFailed}}, true
}

func (r LoggerLevel) value() (object, bool) { return object{{"level", r.Level}}, true }

// EncodeConfig returns the value of a record, nil for a tombstone.
func EncodeConfig(r ConfigRecord) ([]byte, error) {
	o, ok := r.value()
	if !ok {
		return nil, nil
	}
	b, err := appendJSON(nil, o)
	if err != nil {
		return nil, fmt.Errorf("encoding config record %q: %w", r.Key(), err)
	}
	return b, nil
}

// DecodeConfig reads one record of the config topic. The prefixes are tried in
// Java's order, so a connector's name may look like another kind of key.
func DecodeConfig(key string, value []byte) (ConfigRecord, error) {
	r, err := decodeConfig(key, value)
	if err != nil {
		return nil, fmt.Errorf("config record %q: %w", key, err)
	}
	return r, nil
}

var errTombstone = errors.New("a tombstone has no meaning for this kind of record")

func decodeConfig(key string, value []byte) (ConfigRecord, error) {
	tombstone := value == nil
	var o object
	if !tombstone {
		var err error
		if o, err = parseObject(value); err != nil {
			if !knownConfigKey(key) {
				return UnknownConfig{key}, nil
			}
			return nil, err
		}
	}
	if name, ok := strings.CutPrefix(key, targetPrefix); ok {
		return decodeTarget(name, o, tombstone)
	}
	if name, ok := strings.CutPrefix(key, connectorPrefix); ok {
		if tombstone {
			return ConnectorConfig{Connector: name}, nil
		}
		p, err := decodeProperties(o)
		return ConnectorConfig{Connector: name, Properties: p}, err
	}
	if !knownConfigKey(key) {
		return UnknownConfig{key}, nil
	}
	if tombstone {
		return nil, errTombstone
	}
	return decodeLasting(key, o)
}

// decodeLasting reads the kinds of records that are never deleted.
func decodeLasting(key string, o object) (ConfigRecord, error) {
	if name, ok := strings.CutPrefix(key, taskPrefix); ok {
		id, err := parseTaskID(name)
		if err != nil {
			return nil, err
		}
		p, err := decodeProperties(o)
		return TaskConfig{Task: id, Properties: p}, err
	}
	if name, ok := strings.CutPrefix(key, commitPrefix); ok {
		n, err := decodeCount(o, "tasks")
		return TasksCommit{Connector: name, Tasks: n}, err
	}
	if name, ok := strings.CutPrefix(key, restartPrefix); ok {
		tasks, _ := o.get("include-tasks")
		failed, _ := o.get("only-failed")
		return RestartRequest{Connector: name, IncludeTasks: tasks == true, OnlyFailed: failed == true}, nil
	}
	if name, ok := strings.CutPrefix(key, fencingPrefix); ok {
		n, err := decodeCount(o, "task-count")
		return TasksFencing{Connector: name, Tasks: n}, err
	}
	if key == sessionKeyKey {
		return decodeSessionKey(o)
	}
	level, ok := o.str("level")
	if !ok {
		return nil, errors.New(`"level" is not a string`)
	}
	return LoggerLevel{Namespace: strings.TrimPrefix(key, loggerPrefix), Level: level}, nil
}

func knownConfigKey(key string) bool {
	for _, prefix := range []string{targetPrefix, connectorPrefix, taskPrefix, commitPrefix, restartPrefix, fencingPrefix, loggerPrefix} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return key == sessionKeyKey
}

func decodeTarget(connector string, o object, tombstone bool) (ConfigRecord, error) {
	if tombstone {
		return TargetState{Connector: connector}, nil
	}
	name, ok := o.str("state.v2")
	if !ok {
		if name, ok = o.str("state"); !ok {
			return nil, errors.New(`"state" is not a string`)
		}
	}
	switch s := state.TargetState(name); s {
	case state.Started, state.Paused, state.Stopped:
		return TargetState{Connector: connector, State: s}, nil
	}
	return nil, fmt.Errorf("unknown target state %q", name)
}

func decodeCount(o object, name string) (int, error) {
	n, ok := o.integer(name)
	if !ok || n < 0 || n > 1<<31-1 {
		return 0, fmt.Errorf("%q is not a task count", name)
	}
	return int(n), nil
}

func decodeSessionKey(o object) (ConfigRecord, error) {
	key, ok1 := o.str("key")
	algorithm, ok2 := o.str("algorithm")
	created, ok3 := o.integer("creation-timestamp")
	if !ok1 || !ok2 || !ok3 {
		return nil, errors.New("not a session key")
	}
	return SessionKey{state.SessionKey{Key: key, Algorithm: algorithm, CreationTimestamp: created}}, nil
}

// parseTaskID splits at the last hyphen: connector names may contain hyphens.
func parseTaskID(s string) (connect.TaskID, error) {
	at := strings.LastIndexByte(s, '-')
	if at < 0 {
		return connect.TaskID{}, fmt.Errorf("%q names no task", s)
	}
	n, err := strconv.ParseInt(s[at+1:], 10, 32)
	if err != nil || n < 0 {
		return connect.TaskID{}, fmt.Errorf("%q names no task", s)
	}
	return connect.TaskID{Connector: s[:at], Task: int(n)}, nil
}
