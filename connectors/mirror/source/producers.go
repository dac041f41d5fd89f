package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// ProducersTopic holds, on each cluster that is mirrored into under names that do
// not tell copies from originals, which producer ids are mirrors' and where
// their batches come from: key the producer id in decimal, value a
// [producerEntry]. It has one partition and is compacted.
const ProducersTopic = "mm2-mirror-producers.internal"

// producerEntry is one registration. Origins are cluster ids.
type producerEntry struct {
	Origins []string `json:"origins"`
	Flow    string   `json:"flow"`
}

// maxNative bounds what is remembered of producers that are nobody's mirror.
const maxNative = 1 << 20

// producers implements [dataplane.Origins] on the two clusters' registries. A
// set of origins is their cluster ids, sorted, with commas between them.
//
// A mirror registers an id before it writes with it. So an id that is not in the
// registry's end, read after its batch was seen, is no mirror's and never will be.
type producers struct {
	source, target     *kgo.Client // small requests
	sourceID, targetID string      // cluster ids
	flow               string
	replicationFactor  int16
	openReader         func(opts ...kgo.Opt) (*kgo.Client, error) // of the source
	log                *slog.Logger

	mu     sync.Mutex
	known  map[int64]string // mirrors' ids to their origins
	native map[int64]struct{}
	reader *kgo.Client
	next   int64
	denied bool // the registry may not be read, and that was said
	made   bool // the target's registry is there
}

// identify asks both clusters for their ids.
func (p *producers) identify(ctx context.Context) error {
	for _, side := range []struct {
		client *kgo.Client
		id     *string
	}{{p.source, &p.sourceID}, {p.target, &p.targetID}} {
		md, err := kadm.NewClient(side.client).BrokerMetadata(ctx)
		if err != nil {
			return fmt.Errorf("asking for cluster ids: %w", err)
		}
		*side.id = md.Cluster
	}
	return nil
}

// Of implements [dataplane.Origins].
func (p *producers) Of(ctx context.Context, producer int64) (string, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.native[producer]; ok {
		return "", false, nil
	}
	origins, ok := p.known[producer]
	if !ok {
		if err := p.catchUp(ctx); err != nil {
			return "", false, err
		}
		if origins, ok = p.known[producer]; !ok {
			if len(p.native) >= maxNative {
				clear(p.native)
			}
			p.native[producer] = struct{}{}
			return "", false, nil
		}
	}
	return origins, slices.Contains(strings.Split(origins, ","), p.targetID), nil
}

// catchUp reads the source's registry to its end. The caller holds p.mu.
func (p *producers) catchUp(ctx context.Context) error {
	ends, err := kadm.NewClient(p.source).ListEndOffsets(ctx, ProducersTopic)
	if err == nil {
		err = ends.Error()
	}
	switch {
	case errors.Is(err, kerr.UnknownTopicOrPartition):
		return nil // no mirror that registers has ever written to the source
	case errors.Is(err, kerr.TopicAuthorizationFailed):
		if !p.denied {
			p.denied = true
			p.log.Warn("the registry of mirrors may not be read: READ on the topic is missing; if another mirror writes the target's records into the source, they will go around for ever",
				"topic", ProducersTopic, "cluster", "source")
		}
		return nil
	case err != nil:
		return fmt.Errorf("reading the end of %s: %w", ProducersTopic, err)
	}
	end, _ := ends.Lookup(ProducersTopic, 0)
	if end.Offset <= p.next {
		return nil
	}
	if p.reader == nil {
		if p.reader, err = p.openReader(kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{ProducersTopic: {0: kgo.NewOffset().AtStart()}})); err != nil {
			return err
		}
	}
	for p.next < end.Offset {
		fetches := p.reader.PollFetches(ctx)
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("reading %s: %w", ProducersTopic, err)
		}
		fetches.EachRecord(p.learn)
	}
	return nil
}

func (p *producers) learn(r *kgo.Record) {
	p.next = r.Offset + 1
	id, err := strconv.ParseInt(string(r.Key), 10, 64)
	var entry producerEntry
	if err == nil {
		err = json.Unmarshal(r.Value, &entry)
	}
	if err != nil {
		p.log.Warn("a record of the registry of mirrors can't be read and is left out", "topic", ProducersTopic, "offset", r.Offset, "err", err)
		return
	}
	slices.Sort(entry.Origins)
	p.known[id] = strings.Join(entry.Origins, ",")
}

// Register implements [dataplane.Origins]: the origins of what is copied are
// those it had, and the source itself.
func (p *producers) Register(ctx context.Context, producer int64, origins string) error {
	if err := p.ensure(ctx); err != nil {
		return err
	}
	set := map[string]struct{}{p.sourceID: {}}
	for o := range strings.SplitSeq(origins, ",") {
		if o != "" {
			set[o] = struct{}{}
		}
	}
	value, err := json.Marshal(producerEntry{Origins: slices.Sorted(maps.Keys(set)), Flow: p.flow})
	if err != nil {
		return err
	}
	err = p.target.ProduceSync(ctx, &kgo.Record{Topic: ProducersTopic, Key: strconv.AppendInt(nil, producer, 10), Value: value}).FirstErr()
	if errors.Is(err, kerr.TopicAuthorizationFailed) {
		p.log.Warn("this mirror can't register its producer id: WRITE on the topic is missing; if another mirror copies the target's records back into the source, they will go around for ever",
			"topic", ProducersTopic, "cluster", "target")
		return nil
	}
	return err
}

func (p *producers) ensure(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.made {
		return nil
	}
	_, err := kadm.NewClient(p.target).CreateTopic(ctx, 1, p.replicationFactor, map[string]*string{"cleanup.policy": kadm.StringPtr("compact")}, ProducersTopic)
	denied := errors.Is(err, kerr.TopicAuthorizationFailed) || errors.Is(err, kerr.ClusterAuthorizationFailed)
	if err != nil && !denied && !errors.Is(err, kerr.TopicAlreadyExists) {
		return fmt.Errorf("creating %s on the target: %w", ProducersTopic, err)
	}
	p.made = true
	if err == nil {
		// A topic just made takes a moment to have a leader everywhere.
		p.target.ForceMetadataRefresh()
	}
	return nil
}

// close releases the reader.
func (p *producers) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reader != nil {
		p.reader.Close()
	}
}

// idsTimeout bounds how long the start waits for the clusters' ids at a time.
const idsTimeout = 15 * time.Second
