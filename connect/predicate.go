package connect

// Predicate decides which records a transformation is applied to. The runtime
// calls it from one goroutine at a time, and Close once at the end.
type Predicate interface {
	Test(record *SourceRecord) (bool, error)
	Close() error
}
