package connect

// Transformation changes records on their way, one at a time. The runtime calls
// it from one goroutine at a time, and Close once at the end.
type Transformation interface {
	// Apply returns the changed record (it may be the same one), or nil to drop
	// it.
	Apply(record *SourceRecord) (*SourceRecord, error)
	Close() error
}

// Transformations is implemented by the [SourceTaskContext] that the worker hands
// to a [SelfDriven] task: such a task applies the configured transformations
// itself. For other tasks the worker does. An empty chain changes nothing, and
// batches may then be copied as bytes.
type Transformations interface {
	Transformations() []Transformation
}
