package group

import (
	"crypto/rand"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// Instance is a group.instance.id and the right to use it. A nil Instance stands
// for dynamic membership. It is safe for concurrent use.
type Instance struct {
	mu   sync.Mutex
	id   string
	base string // to derive another id from; empty when the id was given by a user
	dir  string
	lock *os.File
}

// FixedInstance is an id that a user has chosen. Nothing keeps a second process
// from using it too but the group's fencing.
func FixedInstance(id string) *Instance { return &Instance{id: id} }

// AcquireInstance derives an id from InstanceID(host, group, more...) and locks it
// for this process by a file in dir; an empty dir means LockDir. When a living
// process has the id, it takes it with the suffix -2, -3 and so on. A killed
// process's lock is free at once, so its successor gets the same id.
func AcquireInstance(dir, host, group string, more ...string) (*Instance, error) {
	if dir == "" {
		dir = LockDir()
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("directory for instance locks: %w", err)
	}
	i := &Instance{base: InstanceID(host, group, more...), dir: dir}
	for n := 1; n <= 256; n++ {
		id := i.base
		if n > 1 {
			id += "-" + strconv.Itoa(n)
		}
		got, err := i.take(id)
		if err != nil {
			return nil, err
		}
		if got {
			return i, nil
		}
	}
	return nil, fmt.Errorf("all instance ids %s to %s-256 are in use on this host", i.base, i.base)
}

// LockDir is where the locks of AcquireInstance are by default: XDG_RUNTIME_DIR,
// or else the directory for temporary files.
func LockDir() string {
	if d := os.Getenv("XDG_RUNTIME_DIR"); d != "" {
		return filepath.Join(d, "crosstide")
	}
	return filepath.Join(os.TempDir(), "crosstide-"+strconv.Itoa(os.Getuid()))
}

// InstanceID is the id that belongs to a host and group: the same after every
// restart, made of what Kafka allows in it. more tells apart members that one
// host has in one group.
func InstanceID(host, group string, more ...string) string {
	parts := append([]string{host, group}, more...)
	full := strings.Join(parts, "-")
	id := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_', r == '-':
			return r
		}
		return '_'
	}, full)
	const most = 200 // Kafka takes 249; suffixes need some
	if id == full && len(id) <= most {
		return id
	}
	h := fnv.New64a()
	h.Write([]byte(strings.Join(parts, "\x00")))
	return fmt.Sprintf("%.*s-%016x", most-17, id, h.Sum64())
}

// ID is the id to join with now.
func (i *Instance) ID() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.id
}

// Release gives the id up. Call it after [Member.Run] has returned.
func (i *Instance) Release() {
	if i == nil {
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.lock != nil {
		i.lock.Close() // which unlocks it
		i.lock = nil
	}
}

func (i *Instance) wire() *string {
	if i == nil {
		return nil
	}
	id := i.ID()
	return &id
}

// exclusive reports whether no other living process on this host can have the id.
func (i *Instance) exclusive() bool {
	if i == nil {
		return true
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.lock != nil
}

// renew takes an id that nobody else can have, after somebody took ours: two hosts
// of one name. It reports whether it could.
func (i *Instance) renew() bool {
	if i == nil || i.base == "" {
		return false
	}
	id := i.base + "-" + strings.ToLower(rand.Text()[:8])
	got, err := i.take(id)
	return got && err == nil
}

// take locks the id's file and lets go of the one before. The file stays when the
// process ends: removing it would race with the next one's lock.
func (i *Instance) take(id string) (bool, error) {
	f, err := os.OpenFile(filepath.Join(i.dir, id+".lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return false, fmt.Errorf("instance lock: %w", err)
	}
	locked, err := tryLock(f)
	if !locked || err != nil {
		f.Close()
		return false, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.lock != nil {
		i.lock.Close()
	}
	i.id, i.lock = id, f
	return true, nil
}
