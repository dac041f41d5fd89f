//go:build unix

package group

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// tryLock locks f for this process alone, or reports that another has it. The
// kernel frees the lock when the process ends, however it ends.
func tryLock(f *os.File) (bool, error) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("locking %s: %w", f.Name(), err)
	}
	return true, nil
}
