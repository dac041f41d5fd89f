package heartbeat

import (
	"encoding/hex"
	"log/slog"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"crosstide/connect"
)

// runtime is the worker's side of a connector and its task.
type runtime struct {
	connect.SourceTaskContext
}

func (runtime) RequestTaskReconfiguration()    {}
func (runtime) RaiseError(error)               {}
func (runtime) Log() *slog.Logger              { return slog.New(slog.DiscardHandler) }
func (runtime) Metrics() prometheus.Registerer { return prometheus.NewRegistry() }

func props(more ...string) map[string]string {
	p := map[string]string{"name": "MirrorHeartbeatConnector", "source.cluster.alias": "A", "target.cluster.alias": "B"}
	for i := 0; i < len(more); i += 2 {
		p[more[i]] = more[i+1]
	}
	return p
}

func TestAHeartbeatIsWrittenAtEveryIntervalWithJavasBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		task := &Task{}
		if err := task.Start(t.Context(), runtime{}, props("emit.heartbeats.interval.seconds", "3")); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		for i := range 4 {
			var records []*connect.SourceRecord
			for len(records) == 0 {
				before := time.Now()
				var err error
				if records, err = task.Poll(t.Context()); err != nil {
					t.Fatal(err)
				}
				if time.Since(before) > time.Second {
					t.Errorf("poll took %v", time.Since(before))
				}
			}
			r := records[0]
			at := time.Now().UnixMilli()
			if want := time.Duration(i+1) * 3 * time.Second; time.Since(began) != want {
				t.Errorf("heartbeat %d after %v, want %v", i, time.Since(began), want)
			}
			if r.Topic != "heartbeats" || *r.Partition != 0 || *r.Timestamp != at {
				t.Errorf("%+v", r)
			}
			key, value := hex.EncodeToString(r.Key.([]byte)), hex.EncodeToString(r.Value.([]byte))
			if key != "000141000142" || !strings.HasPrefix(value, "0000") || len(value) != 20 {
				t.Errorf("key %s, value %s", key, value)
			}
			if !maps.Equal(r.SourcePartition, map[string]any{"sourceClusterAlias": "A", "targetClusterAlias": "B"}) ||
				!maps.Equal(r.SourceOffset, map[string]any{"offset": int64(0)}) {
				t.Errorf("%v %v", r.SourcePartition, r.SourceOffset)
			}
		}
		time.Sleep(time.Minute) // the worker was held up
		if r, _ := task.Poll(t.Context()); len(r) != 1 {
			t.Fatal("no heartbeat after the delay")
		}
		if r, _ := task.Poll(t.Context()); len(r) != 0 {
			t.Error("missed heartbeats were caught up one by one")
		}
	})
}

func TestTheConnectorRunsAlsoWhereTheFlowIsNotEnabled(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	c := New()
	err = c.Start(runtime{}, props("enabled", "false", "heartbeats.topic.replication.factor", "1",
		"target.cluster.bootstrap.servers", strings.Join(cluster.ListenAddrs(), ",")))
	if err != nil {
		t.Fatal(err)
	}
	if configs, err := c.TaskConfigs(7); err != nil || len(configs) != 1 {
		t.Errorf("%v, %v", configs, err)
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		topics, err := kadm.NewClient(client).ListTopics(t.Context())
		if err == nil && topics.Has("heartbeats") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the heartbeats topic was not created")
		}
	}
	if err := c.Stop(); err != nil {
		t.Error(err)
	}
}

func TestNoHeartbeatsNoTask(t *testing.T) {
	c := New()
	if err := c.Start(runtime{}, props("emit.heartbeats.enabled", "false", "target.cluster.bootstrap.servers", "127.0.0.1:1")); err != nil {
		t.Fatal(err)
	}
	if configs, err := c.TaskConfigs(1); err != nil || len(configs) != 0 {
		t.Errorf("%v, %v", configs, err)
	}
	if err := c.Stop(); err != nil {
		t.Error(err)
	}
}
