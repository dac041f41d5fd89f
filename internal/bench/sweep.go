package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"crosstide/internal/kafkatest"
)

// sweep deletes what earlier runs left: every topic of the target, and of the
// source all but those to keep. Kafka's own topics stay.
func (b *bench) sweep(ctx context.Context, keep []string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	return errors.Join(sweepCluster(ctx, b.source, keep), sweepCluster(ctx, b.target, nil))
}

func sweepCluster(ctx context.Context, c *kafkatest.Cluster, keep []string) error {
	return c.Admin(func(adm *kadm.Client) error {
		for {
			// A broker that is busy deleting thousands of partitions may not
			// answer: ask until time is up.
			all, err := adm.ListTopics(ctx)
			if err == nil {
				old := leftovers(all.Names(), keep)
				if len(old) == 0 {
					return nil
				}
				err = c.Delete(ctx, old...)
			}
			if ended := pause(ctx, 100*time.Millisecond); ended != nil {
				return fmt.Errorf("deleting topics of %s: %w", c.Name(), errors.Join(ended, err))
			}
		}
	})
}

func leftovers(names, keep []string) []string {
	var old []string
	for _, n := range names {
		if !slices.Contains(keep, n) && !strings.HasPrefix(n, "__") {
			old = append(old, n)
		}
	}
	return old
}

const (
	quietLook  = 500 * time.Millisecond
	quietShare = 0.15             // of a core, both brokers together
	quietBound = 15 * time.Second // then it must do as it is
)

// quiet waits until the brokers have done what the last run left them to do:
// deleted files, elected, compiled.
func (b *bench) quiet(ctx context.Context) {
	until := time.Now().Add(quietBound)
	for time.Now().Before(until) {
		before := b.brokerCPU()
		if pause(ctx, quietLook) != nil {
			return
		}
		if (b.brokerCPU() - before).Seconds() < quietShare*quietLook.Seconds() {
			return
		}
	}
}

func (b *bench) brokerCPU() time.Duration {
	var sum time.Duration
	for _, c := range []*kafkatest.Cluster{b.source, b.target} {
		if use, err := c.Broker(0).Process().Usage(); err == nil {
			sum += use.CPU
		}
	}
	return sum
}
