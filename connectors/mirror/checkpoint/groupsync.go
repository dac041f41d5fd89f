package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"crosstide/connectors/mirror"
)

// groupState is what one round saw of a group on the target.
type groupState int

const (
	unknown groupState = iota // not seen, or seen with an error: leave it alone
	active                    // somebody uses it
	empty                     // it exists and nobody uses it
	absent                    // it does not exist
)

// groupSync writes translated offsets into the target's groups. Java writes to
// every group that it holds no offsets of, which includes groups in use and
// groups that it failed to ask about, and relies on the broker's refusal. Here a
// group must have been seen empty or absent in the same round.
type groupSync struct {
	checkpoints *store
	target      targetCluster
	metrics     *mirror.CheckpointMetrics
	log         *slog.Logger
}

// targetCluster is what groupSync asks of the target.
type targetCluster interface {
	// states tells what is known of the groups. Groups may be missing from the
	// answer, also when the error is nil.
	states(ctx context.Context, groups []string) (map[string]groupState, error)
	// offsets returns the groups' committed offsets. A group that is missing from
	// the answer could not be asked.
	offsets(ctx context.Context, groups []string) map[string]map[partition]int64
	commit(ctx context.Context, group string, offsets []mirror.Checkpoint) error
}

// run makes a round at every interval, the first after one.
func (s *groupSync) run(ctx context.Context, interval time.Duration) {
	for mirror.Sleep(ctx, interval) {
		s.round(ctx)
	}
}

func (s *groupSync) round(ctx context.Context) {
	for groups := range slices.Chunk(s.checkpoints.groups(), groupsAtOnce) {
		states, err := s.target.states(ctx, groups)
		if err != nil && ctx.Err() == nil {
			s.log.Warn("not all groups could be looked at on the target; those are left alone", "err", err)
		}
		var free []string
		for _, g := range groups {
			switch states[g] {
			case empty, absent:
				free = append(free, g)
			case active:
				s.metrics.GroupSync(mirror.GroupActive)
			case unknown:
				s.metrics.GroupSync(mirror.GroupUnknown)
			}
		}
		s.write(ctx, free)
	}
}

func (s *groupSync) write(ctx context.Context, groups []string) {
	if len(groups) == 0 {
		return
	}
	committed := s.target.offsets(ctx, groups)
	for _, g := range groups {
		theirs, read := committed[g]
		if !read {
			s.metrics.GroupSync(mirror.GroupUnknown)
			continue
		}
		ahead := ahead(s.checkpoints.of(g), theirs)
		if len(ahead) == 0 {
			s.metrics.GroupSync(mirror.GroupUnchanged)
			continue
		}
		if err := s.target.commit(ctx, g, ahead); err != nil {
			s.metrics.GroupSync(mirror.GroupFailed)
			if ctx.Err() == nil {
				s.log.Warn("offsets of a group could not be written on the target", "group", g, "err", err)
			}
			continue
		}
		s.metrics.GroupSync(mirror.GroupWritten)
		s.log.Debug("offsets of a group written on the target", "group", g, "partitions", len(ahead))
	}
}

// ahead picks the checkpoints that lead further than what the group has
// committed, sorted. An offset below 0 stands for none.
func ahead(checkpoints map[partition]mirror.Checkpoint, committed map[partition]int64) []mirror.Checkpoint {
	var list []mirror.Checkpoint
	for p, c := range checkpoints {
		if at, has := committed[p]; !has || at < 0 || at < c.Downstream {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b mirror.Checkpoint) int {
		if d := strings.Compare(a.Topic, b.Topic); d != 0 {
			return d
		}
		return int(a.Partition) - int(b.Partition)
	})
	return list
}

// targetGroups asks a real cluster.
type targetGroups struct{ adm *kadm.Client }

// states first lists all groups, of whatever protocol, with their states. Only
// what is not in a complete list can be absent, and only if a describe says so
// too: a list leaves out, without a word, what one is not allowed to see, and a
// describe of the classic protocol calls groups of the others dead.
func (t *targetGroups) states(ctx context.Context, groups []string) (map[string]groupState, error) {
	listed, listErr := t.adm.ListGroups(ctx)
	states := make(map[string]groupState, len(groups))
	var unsure []string
	for _, g := range groups {
		entry, exists := listed[g]
		switch {
		case !exists && listErr != nil:
			// it may live on the broker that did not answer
		case !exists, entry.State == "": // brokers before 2.6 list no states
			unsure = append(unsure, g)
		case !isConsumerProtocol(entry.ProtocolType):
			states[g] = active
		default:
			states[g] = stateNamed(entry.State)
		}
	}
	if len(unsure) == 0 {
		return states, listErr
	}
	described, err := t.adm.DescribeGroups(ctx, unsure...)
	for _, g := range unsure {
		d, answered := described[g]
		_, exists := listed[g]
		switch {
		case !answered:
		case errors.Is(d.Err, kerr.GroupIDNotFound), d.Err == nil && d.State == "Dead":
			if !exists {
				states[g] = absent
			}
		case d.Err == nil && isConsumerProtocol(d.ProtocolType):
			states[g] = stateNamed(d.State)
		}
	}
	return states, errors.Join(listErr, err)
}

func stateNamed(name string) groupState {
	switch strings.ToLower(name) {
	case "empty":
		return empty
	case "", "unknown", "dead":
		return unknown
	}
	return active
}

func (t *targetGroups) offsets(ctx context.Context, groups []string) map[string]map[partition]int64 {
	all := make(map[string]map[partition]int64, len(groups))
	for g, r := range t.adm.FetchManyOffsets(ctx, groups...) {
		if r.Err != nil && !errors.Is(r.Err, kerr.GroupIDNotFound) || r.Fetched.Error() != nil {
			continue
		}
		of := map[partition]int64{}
		r.Fetched.Each(func(o kadm.OffsetResponse) { of[partition{o.Topic, o.Partition}] = o.At })
		all[g] = of
	}
	return all
}

func (t *targetGroups) commit(ctx context.Context, group string, checkpoints []mirror.Checkpoint) error {
	offsets := kadm.Offsets{}
	for _, c := range checkpoints {
		offsets.Add(kadm.Offset{Topic: c.Topic, Partition: c.Partition, At: c.Downstream, LeaderEpoch: -1, Metadata: c.Metadata})
	}
	resp, err := t.adm.CommitOffsets(ctx, group, offsets)
	if err != nil {
		return err
	}
	var failed error
	resp.Each(func(o kadm.OffsetResponse) {
		if o.Err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s-%d: %w", o.Topic, o.Partition, o.Err))
		}
	})
	return failed
}
