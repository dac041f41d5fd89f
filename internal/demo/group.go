package demo

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// groupTopic is what the consumer group reads.
const groupTopic = "orders"

// consumer is a member of the group; it remembers which orders it has handled.
type consumer struct {
	mu      sync.Mutex
	handled map[int64]bool
	again   int64 // handled more than once
}

func newConsumer() *consumer { return &consumer{handled: map[int64]bool{}} }

// run handles orders on one cluster until ctx ends, then commits and leaves.
func (m *consumer) run(ctx context.Context, c *cluster) error {
	client, err := c.client(kgo.ConsumerGroup(group), kgo.ConsumeTopics(groupTopic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.AutoCommitInterval(250*time.Millisecond),
		kgo.FetchMaxWait(250*time.Millisecond))
	if err != nil {
		return err
	}
	defer client.Close()
	for {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			break
		}
		fetches.EachRecord(m.handle)
	}
	leaving, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := client.CommitUncommittedOffsets(leaving); err != nil {
		return fmt.Errorf("committing on %s: %w", c.alias, err)
	}
	return client.LeaveGroupContext(leaving)
}

func (m *consumer) handle(r *kgo.Record) {
	for _, h := range r.Headers {
		if h.Key != seqHeader {
			continue
		}
		seq, _ := strconv.ParseInt(string(h.Value), 10, 64)
		m.mu.Lock()
		if m.handled[seq] {
			m.again++
		}
		m.handled[seq] = true
		m.mu.Unlock()
	}
}

func (m *consumer) progress() (handled, again int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return int64(len(m.handled)), m.again
}

// positions returns the group's committed offsets by partition, -1 where there
// is none.
func positions(ctx context.Context, c *cluster, partitions int32) ([]int64, error) {
	out := make([]int64, partitions)
	committed, err := c.admin.FetchOffsets(ctx, group)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return nil, err
	}
	for p := range out {
		out[p] = -1
		if o, ok := committed.Lookup(groupTopic, int32(p)); ok && o.Err == nil {
			out[p] = o.At
		}
	}
	return out, nil
}

// awaitPositions waits until the group's position has come over to the target
// for every partition that has one on the source, and has come to rest. A
// checkpoint may lie a little before the original: that is safe, later never is.
func awaitPositions(ctx context.Context, from, to *cluster, partitions int32) (was, is []int64, err error) {
	const rest = 3 * time.Second
	was, err = positions(ctx, from, partitions)
	if err != nil {
		return nil, nil, err
	}
	var last string
	since := time.Now()
	for {
		is, err = positions(ctx, to, partitions)
		if err != nil && ctx.Err() == nil {
			return was, nil, err
		}
		if now := fmt.Sprint(is); now != last {
			last, since = now, time.Now()
		}
		arrived := complete(was, is)
		if arrived && (fmt.Sprint(was) == last || time.Since(since) > rest) {
			return was, is, nil
		}
		select {
		case <-ctx.Done():
			if arrived {
				return was, is, nil
			}
			return was, is, fmt.Errorf("the position of group %s did not come over: %v on %s, %v on %s", group, was, from.alias, is, to.alias)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func complete(was, is []int64) bool {
	if len(was) != len(is) {
		return false
	}
	for p := range was {
		if was[p] > 0 && is[p] < 0 {
			return false
		}
	}
	return true
}

// ahead tells of partitions where the target's position is past the source's:
// records there would be skipped.
func ahead(was, is []int64) error {
	for p := range was {
		if is[p] > was[p] {
			return fmt.Errorf("group %s would skip records of %s-%d: position %d on the source, %d on the target", group, groupTopic, p, was[p], is[p])
		}
	}
	return nil
}
