package demo

import (
	"context"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	source = "primary"
	target = "secondary"
	group  = "billing"
)

// cluster is one in-memory Kafka cluster with a client to ask it.
type cluster struct {
	alias string
	addr  string
	fake  *kfake.Cluster
	admin *kadm.Client
}

func startCluster(alias string) (*cluster, error) {
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.ClusterID("demo-"+alias))
	if err != nil {
		return nil, fmt.Errorf("starting cluster %s: %w", alias, err)
	}
	c := &cluster{alias: alias, addr: fake.ListenAddrs()[0], fake: fake}
	client, err := c.client()
	if err != nil {
		fake.Close()
		return nil, err
	}
	c.admin = kadm.NewClient(client)
	return c, nil
}

func (c *cluster) close() {
	c.admin.Close()
	c.fake.Close()
}

func (c *cluster) client(more ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(c.addr)}, more...)...)
}

func (c *cluster) createTopics(ctx context.Context, topics []topic) error {
	for _, t := range topics {
		resp, err := c.admin.CreateTopic(ctx, t.partitions, 1, t.configs, t.name)
		if err == nil {
			err = resp.Err
		}
		if err != nil {
			return fmt.Errorf("creating topic %s: %w", t.name, err)
		}
	}
	return nil
}

// ends returns the end offset of every partition of the topics; a topic that is
// not there yet has none.
func (c *cluster) ends(ctx context.Context, topics []topic) (map[string][]int64, error) {
	var names []string
	for _, t := range topics {
		names = append(names, t.name)
	}
	listed, err := c.admin.ListEndOffsets(ctx, names...)
	if err != nil {
		return nil, err
	}
	out := map[string][]int64{}
	for _, t := range topics {
		ends := make([]int64, t.partitions)
		for p := range ends {
			if o, ok := listed.Lookup(t.name, int32(p)); ok && o.Err == nil {
				ends[p] = o.Offset
			}
		}
		out[t.name] = ends
	}
	return out, nil
}

// properties is a file of the shape that people deploy: both directions named,
// one enabled, topics keeping their names. The intervals are short, because a
// demo is.
func properties(from, to *cluster) string {
	return strings.NewReplacer("@primary@", from.addr, "@secondary@", to.addr).Replace(`clusters=primary, secondary
primary.bootstrap.servers=@primary@
secondary.bootstrap.servers=@secondary@
primary.config.storage.replication.factor=1
secondary.config.storage.replication.factor=1
primary.offset.storage.replication.factor=1
secondary.offset.storage.replication.factor=1
primary.status.storage.replication.factor=1
secondary.status.storage.replication.factor=1
primary->secondary.enabled=true
offset-syncs.topic.replication.factor=1
heartbeats.topic.replication.factor=1
checkpoints.topic.replication.factor=1
topics=.*
groups=.*
tasks.max=2
replication.factor=1
refresh.topics.interval.seconds=2
refresh.groups.interval.seconds=1
emit.checkpoints.interval.seconds=1
sync.group.offsets.enabled=true
sync.group.offsets.interval.seconds=1
offset.lag.max=0
secondary.offset.flush.interval.ms=1000
topics.exclude=.*[\\-\\.]internal, .*\\.replica, __.*
groups.exclude=console-consumer-.*, connect-.*, __.*
# empty on purpose: keep the topics' names
replication.policy.separator=
source.cluster.alias=
target.cluster.alias=
`)
}
