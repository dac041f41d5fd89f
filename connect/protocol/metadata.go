package protocol

import "fmt"

// Metadata is what a worker tells the leader about itself when it joins.
type Metadata struct {
	Version      int16
	URL          string      // where its REST API answers
	ConfigOffset int64       // how far it has read the config topic
	Allocation   *Assignment // what it runs now; nil for nothing, and in version 0
}

// Holds is the work in the allocation.
func (m Metadata) Holds() Work {
	if m.Allocation == nil {
		return Work{}
	}
	return m.Allocation.Assigned
}

// Encode writes m in its version. The allocation is written with the header of
// its own version.
func (m Metadata) Encode() []byte {
	var w writer
	w.int16(m.Version)
	w.string(m.URL)
	w.int64(m.ConfigOffset)
	if m.Version > 0 {
		w.nullableBytes(m.Allocation.encode())
	}
	return w
}

// DecodeMetadata reads metadata of any version.
func DecodeMetadata(b []byte) (Metadata, error) {
	r := reader{rest: b}
	m := Metadata{Version: r.version()}
	m.URL = r.string("url")
	m.ConfigOffset = r.int64("config-offset")
	if r.more() {
		if alloc := r.nullableBytes("allocation"); alloc != nil {
			a, err := DecodeAssignment(alloc)
			if err != nil {
				return Metadata{}, fmt.Errorf("worker metadata: allocation: %w", err)
			}
			m.Allocation = &a
		}
	}
	if r.err != nil {
		return Metadata{}, fmt.Errorf("worker metadata: %w", r.err)
	}
	return m, nil
}
