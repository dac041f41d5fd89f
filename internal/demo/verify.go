package demo

import (
	"errors"
	"fmt"
)

// compare holds the copies of all topics against their originals, record by
// record and partition by partition.
func compare(topics []topic, original, copied *tail) error {
	original.mu.Lock()
	defer original.mu.Unlock()
	copied.mu.Lock()
	defer copied.mu.Unlock()
	var errs []error
	for _, t := range topics {
		for p := range t.partitions {
			if err := compareOrder(original.sums[t.name][p], copied.sums[t.name][p]); err != nil {
				errs = append(errs, fmt.Errorf("%s-%d: %w", t.name, p, err))
			}
		}
	}
	return errors.Join(errs...)
}

func compareOrder(want, got []uint64) error {
	for i := range min(len(want), len(got)) {
		if want[i] != got[i] {
			return fmt.Errorf("record %d differs from the original", i)
		}
	}
	switch missing := len(want) - len(got); {
	case missing > 0:
		return fmt.Errorf("%d of %d records are missing", missing, len(want))
	case missing < 0:
		return fmt.Errorf("%d records more than the %d of the original", -missing, len(want))
	}
	return nil
}
