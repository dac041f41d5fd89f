package group

import (
	"encoding/json"
	"io"
	"os"

	"crosstide/connect/protocol"
)

// note is what a member leaves in its lock file for a successor: the coordinator
// tells who held what only while the group is stable.
type note struct {
	Member string
	Work   protocol.Work
}

// jot writes the note. A failure only costs the successor its claim.
func (i *Instance) jot(n note) {
	if i == nil {
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.lock == nil {
		return
	}
	b, err := json.Marshal(n)
	if err != nil {
		return
	}
	// In place: renaming another file over this one would leave the lock behind. A
	// half-written note does not parse and counts as none.
	if err := i.lock.Truncate(0); err == nil {
		_, _ = i.lock.WriteAt(b, 0)
	}
}

// jotted reads what the predecessor left.
func (i *Instance) jotted() (n note) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.lock == nil {
		return note{}
	}
	return readNote(i.lock)
}

func readNote(f *os.File) (n note) {
	b, err := io.ReadAll(io.NewSectionReader(f, 0, 1<<24))
	if err != nil || json.Unmarshal(b, &n) != nil {
		return note{}
	}
	return n
}
