package dataplane

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"crosstide/internal/kafka/wire"
)

// Cluster is one side of the mirror: a client for small requests, and how to
// open connections for the large ones.
type Cluster struct {
	Client *kgo.Client
	Wire   wire.Config
}

type topicID [16]byte

// place is where a partition is served, as the last metadata told.
type place struct {
	id     topicID
	leader int32 // broker node, -1 when unknown
	epoch  int32 // leader epoch, -1 when unknown
	err    error // why there is no leader, nil when there is
}

type topicPartition struct {
	topic     string
	partition int32
}

// topicPlaces is what the last metadata told of one topic.
type topicPlaces struct {
	err    error // of the topic as a whole; places are then what they were before
	places []place
}

// topology follows the leaders of some topics of one cluster. Refreshes are
// asked for from anywhere and made by one goroutine, run.
type topology struct {
	cluster Cluster
	side    string // "source" or "target", for messages
	maxAge  time.Duration

	wake chan struct{}

	mu      sync.Mutex
	topics  map[string]*topicPlaces
	brokers map[int32]string    // node -> address
	partial map[string]struct{} // topics to ask for next
	later   map[string]struct{} // topics that staleLater will report

	after func(time.Duration, func()) // set before run
}

func newTopology(side string, c Cluster, maxAge time.Duration) *topology {
	return &topology{
		cluster: c, side: side, maxAge: maxAge, wake: make(chan struct{}, 1),
		topics: map[string]*topicPlaces{}, brokers: map[int32]string{}, partial: map[string]struct{}{}, later: map[string]struct{}{},
	}
}

// track adds a topic; the next refresh tells its leaders.
func (t *topology) track(topic string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.topics[topic] == nil {
		t.topics[topic] = &topicPlaces{}
		t.partial[topic] = struct{}{}
	}
}

// stale asks for a refresh of one topic soon.
func (t *topology) stale(topic string) {
	t.mu.Lock()
	t.partial[topic] = struct{}{}
	t.mu.Unlock()
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// staleLater asks for a refresh of one topic after a pause, once for all its
// partitions.
func (t *topology) staleLater(d time.Duration, topic string) {
	t.mu.Lock()
	_, planned := t.later[topic]
	t.later[topic] = struct{}{}
	t.mu.Unlock()
	if planned {
		return
	}
	t.after(d, func() {
		t.mu.Lock()
		delete(t.later, topic)
		t.mu.Unlock()
		t.stale(topic)
	})
}

// place tells where a partition is served. Its err says why it is nowhere.
func (t *topology) place(tp topicPartition) place {
	t.mu.Lock()
	defer t.mu.Unlock()
	tps := t.topics[tp.topic]
	switch {
	case tps == nil || tps.err == nil && int(tp.partition) >= len(tps.places):
		return place{leader: -1, epoch: -1, err: kerr.UnknownTopicOrPartition}
	case tps.err != nil:
		return place{leader: -1, epoch: -1, err: tps.err}
	}
	return tps.places[tp.partition]
}

func (t *topology) address(node int32) (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	a, ok := t.brokers[node]
	return a, ok
}

// run refreshes on request and every maxAge, and calls changed with the topics
// of each refresh that succeeded. It returns when ctx ends.
func (t *topology) run(ctx context.Context, changed func([]string), failed func(error)) {
	timer := time.NewTimer(t.maxAge)
	defer timer.Stop()
	backoff := minRefreshInterval
	for {
		full := false
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			full = true
		case <-t.wake:
		}
		names, err := t.refresh(ctx, full)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			failed(err)
			t.stale(names[0])
			backoff = min(backoff*2, 5*time.Second)
		default:
			backoff = minRefreshInterval
			changed(names)
		}
		timer.Reset(t.maxAge)
		// Many partitions notice the same leader move; one refresh serves them.
		select {
		case <-ctx.Done():
			return
		case <-time.After(backoff):
		}
	}
}

const minRefreshInterval = 50 * time.Millisecond

// refresh asks for all topics, or for those reported stale, and returns which.
// After an error they are still to be asked for.
func (t *topology) refresh(ctx context.Context, full bool) ([]string, error) {
	t.mu.Lock()
	var names []string
	if full {
		names = slices.Collect(maps.Keys(t.topics))
	} else {
		names = slices.Collect(maps.Keys(t.partial))
	}
	t.partial = map[string]struct{}{}
	t.mu.Unlock()
	slices.Sort(names)
	// One answer for 100 000 partitions would be tens of megabytes.
	for chunk := range slices.Chunk(names, 2000) {
		if err := t.ask(ctx, chunk); err != nil {
			t.mu.Lock()
			for _, name := range names {
				t.partial[name] = struct{}{}
			}
			t.mu.Unlock()
			return names, fmt.Errorf("reading %s metadata: %w", t.side, err)
		}
	}
	return names, nil
}

func (t *topology) ask(ctx context.Context, names []string) error {
	req := kmsg.NewPtrMetadataRequest()
	req.AllowAutoTopicCreation = false
	for _, name := range names {
		rt := kmsg.NewMetadataRequestTopic()
		rt.Topic = kmsg.StringPtr(name)
		req.Topics = append(req.Topics, rt)
	}
	resp, err := req.RequestWith(ctx, t.cluster.Client)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, b := range resp.Brokers {
		t.brokers[b.NodeID] = net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port)))
	}
	for i := range resp.Topics {
		if rt := &resp.Topics[i]; rt.Topic != nil && t.topics[*rt.Topic] != nil {
			t.topics[*rt.Topic].learn(rt)
		}
	}
	return nil
}

func (tps *topicPlaces) learn(rt *kmsg.MetadataResponseTopic) {
	if tps.err = kerr.ErrorForCode(rt.ErrorCode); tps.err != nil {
		return
	}
	places := make([]place, len(rt.Partitions))
	for _, rp := range rt.Partitions {
		p := place{id: rt.TopicID, leader: rp.Leader, epoch: rp.LeaderEpoch, err: kerr.ErrorForCode(rp.ErrorCode)}
		// A replica that is down for others is reported although the leader serves.
		if errors.Is(p.err, kerr.ReplicaNotAvailable) {
			p.err = nil
		}
		if p.leader < 0 && p.err == nil {
			p.err = kerr.LeaderNotAvailable
		}
		if int(rp.Partition) < len(places) {
			places[rp.Partition] = p
		}
	}
	tps.places = places
}
