package state

// TargetState is what a user wants a connector to be.
type TargetState string

// The target states. A connector without a record is Started.
const (
	Started TargetState = "STARTED"
	Paused  TargetState = "PAUSED"
	Stopped TargetState = "STOPPED"
)

// State is what a connector or task reports itself to be.
type State string

// The states of statuses, spelt as in the status topic and the REST API.
const (
	StatusUnassigned State = "UNASSIGNED"
	StatusRunning    State = "RUNNING"
	StatusPaused     State = "PAUSED"
	StatusStopped    State = "STOPPED"
	StatusFailed     State = "FAILED"
	StatusRestarting State = "RESTARTING"
)

// Connector is a connector's configuration as stored: placeholders unresolved.
type Connector struct {
	Name   string
	Config map[string]string
	// Nulls are the keys that were stored with a JSON null, in order.
	Nulls []string
}

// Tasks is what is known of a connector's task set.
type Tasks struct {
	Connector string
	// Count is the number of tasks of the last commit.
	Count int
	// Configs are the committed task configurations. It is empty when the set
	// is inconsistent.
	Configs []map[string]string
	// Generation counts the commits that were applied, from 0.
	Generation int
	// CommitOffset is the config offset from which the set is in force: a worker
	// whose assignment was made before it may not start these tasks yet.
	CommitOffset int64
	// Inconsistent says that the last commit named tasks that were never
	// written; a connector heals it by publishing its task configs again.
	Inconsistent bool
	// Applied is the connector configuration at the time of the last commit.
	Applied map[string]string
	// PendingFencing and FencedCount belong to exactly-once sources. FencedCount
	// is -1 when no count was ever written.
	PendingFencing bool
	FencedCount    int
}

// Target is a connector's wanted state.
type Target struct {
	Connector string
	State     TargetState
}

// ConnectorItself is the task number that stands for the connector instance.
const ConnectorItself = -1

// Status is what a worker last said of a connector (Task is ConnectorItself) or
// of one of its tasks.
type Status struct {
	Connector  string
	Task       int
	State      State
	Trace      string // empty: none
	WorkerID   string
	Generation int
	Version    string // empty: unknown
}

// Topic is a topic that a connector has been seen to use.
type Topic struct {
	Topic             string
	Connector         string
	Task              int
	DiscoverTimestamp int64 // milliseconds since the epoch
}

// SessionKey signs requests between workers.
type SessionKey struct {
	Key               string // base64
	Algorithm         string
	CreationTimestamp int64 // milliseconds since the epoch
}

// String never shows the key itself.
func (k SessionKey) String() string { return k.Algorithm + " [hidden]" }

// cluster is the only row of the table of things there is one of.
type cluster struct {
	ID           string
	ConfigOffset int64
	WorkOffset   int64
	SessionKey   *SessionKey
}
