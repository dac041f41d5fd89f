package connect

// OffsetAlterer is implemented by connectors that look at source offsets before
// an operator's change to them is stored, or that keep offsets of their own.
type OffsetAlterer interface {
	// AlterOffsets is asked of a connector that is not started. A nil Offset
	// deletes. Without an error the runtime stores the offsets, and nothing else is
	// left to do elsewhere.
	AlterOffsets(props map[string]string, offsets []SourceOffset) error
}

// ConfigValidator is implemented by connectors whose keys depend on each other.
type ConfigValidator interface {
	// ValidateConfig looks at what no single key tells. The error may hold many;
	// each that is a *config.Error counts for its key.
	ValidateConfig(props map[string]string) error
}
