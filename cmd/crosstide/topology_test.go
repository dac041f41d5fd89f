package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

func TestEveryTopologyRunsFromOneFile(t *testing.T) {
	for name, c := range map[string]struct {
		flows []string
		// copies are the topics that must hold exactly the three records of "orders".
		copies map[string][]string
		// nowhere are copies of copies that must not come to be.
		nowhere map[string][]string
	}{
		"fan-out": {
			flows:  []string{"a->b", "a->c"},
			copies: map[string][]string{"b": {"a.orders"}, "c": {"a.orders"}},
		},
		"aggregation": {
			flows:  []string{"a->c", "b->c"},
			copies: map[string][]string{"c": {"a.orders", "b.orders"}},
		},
		"active-active": {
			flows:   []string{"a->b", "b->a"},
			copies:  map[string][]string{"a": {"b.orders"}, "b": {"a.orders"}},
			nowhere: map[string][]string{"a": {"b.a.orders"}, "b": {"a.b.orders"}},
		},
		"chain": {
			flows:  []string{"a->b", "b->c"},
			copies: map[string][]string{"b": {"a.orders"}, "c": {"b.orders", "b.a.orders"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
			clusters := map[string]*kfake.Cluster{}
			lines := "clusters=a, b, c\nrefresh.topics.interval.seconds=1\nreplication.factor=1\nemit.heartbeats.enabled=false\ntopics=.*orders\n"
			for _, topic := range []string{"offset-syncs", "heartbeats", "checkpoints"} {
				lines += topic + ".topic.replication.factor=1\n"
			}
			for _, alias := range []string{"a", "b", "c"} {
				clusters[alias] = fakeCluster(t, "id-"+alias, "orders")
				lines += fmt.Sprintf("%s.bootstrap.servers=%s\n", alias, clusters[alias].ListenAddrs()[0])
				for _, topic := range []string{"config", "offset", "status"} {
					lines += fmt.Sprintf("%s.%s.storage.replication.factor=1\n", alias, topic)
				}
				for i := range 3 {
					write(t, clusters[alias], fmt.Sprintf("%s%d", alias, i))
				}
			}
			for _, flow := range c.flows {
				lines += flow + ".enabled=true\n"
			}
			m := startMirror(t, lines)
			for alias, topics := range c.copies {
				for _, topic := range topics {
					m.await(t, topic+" on "+alias, func() bool { return records(t, clusters[alias], topic) >= 3 })
				}
			}
			if code := m.stop(t); code != 0 {
				t.Errorf("exit code %d\n%s", code, m.stderr)
			}
			for alias, topics := range c.copies {
				for _, topic := range topics {
					if n := records(t, clusters[alias], topic); n != 3 {
						t.Errorf("%s has %d records in %s, want 3", alias, n, topic)
					}
				}
			}
			for alias, topics := range c.nowhere {
				for _, topic := range topics {
					if clusters[alias].TopicInfo(topic) != nil {
						t.Errorf("%s came to be on %s", topic, alias)
					}
				}
			}
			if strings.Contains(m.stderr.String(), `"level":"ERROR"`) {
				t.Errorf("errors were logged:\n%s", m.stderr)
			}
		})
	}
}

func write(t *testing.T, c *kfake.Cluster, value string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: "orders", Value: []byte(value)}).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

func records(t *testing.T, c *kfake.Cluster, topic string) (n int64) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ends, err := kadm.NewClient(client).ListEndOffsets(t.Context(), topic)
	if err != nil {
		return 0 // not there yet
	}
	ends.Each(func(o kadm.ListedOffset) { n += max(0, o.Offset) })
	return n
}
