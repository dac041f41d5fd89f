package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// statuses follows a status topic: who runs which task.
type statuses struct {
	client *kgo.Client
	owners map[string]string
}

func (s *statuses) read(t *testing.T) map[string]string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	s.client.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
		task, ok := strings.CutPrefix(string(r.Key), "status-task-")
		var v struct {
			State  string
			Worker string `json:"worker_id"`
		}
		if !ok || json.Unmarshal(r.Value, &v) != nil {
			return
		}
		if delete(s.owners, task); v.State == "RUNNING" {
			s.owners[task] = v.Worker
		}
	})
	return s.owners
}

func TestProcessesShareTheTasksOfAFlow(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	from, to := fakeCluster(t, "one", "t1", "t2", "t3", "t4", "t5", "t6"), fakeCluster(t, "two")
	lines := fmt.Sprintf(`clusters=east, west
east.bootstrap.servers=%s
west.bootstrap.servers=%s
east->west.enabled=true
emit.heartbeats.enabled=false
tasks.max=4
refresh.topics.interval.seconds=1
west.scheduled.rebalance.max.delay.ms=0
west.heartbeat.interval.ms=300
west.config.storage.replication.factor=1
west.offset.storage.replication.factor=1
west.status.storage.replication.factor=1
replication.factor=1
offset-syncs.topic.replication.factor=1
heartbeats.topic.replication.factor=1
checkpoints.topic.replication.factor=1
`, from.ListenAddrs()[0], to.ListenAddrs()[0])
	one, two := startMirror(t, lines), startMirror(t, lines)
	ready := func(m *mirroring) func() bool {
		return func() bool { code, _ := m.health(); return code == http.StatusOK }
	}
	one.await(t, "readiness of the first", ready(one))
	two.await(t, "readiness of the second", ready(two))

	client, err := kgo.NewClient(kgo.SeedBrokers(to.ListenAddrs()[0]), kgo.ConsumeTopics("mm2-status.east.internal"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	s := &statuses{client: client, owners: map[string]string{}}
	counts := func() map[string]int {
		n := map[string]int{}
		for task, w := range s.read(t) {
			if strings.HasPrefix(task, "MirrorSourceConnector-") {
				n[w]++
			}
		}
		return n
	}
	one.await(t, "two source tasks each", func() bool {
		n := counts()
		for _, c := range n {
			if c != 2 {
				return false
			}
		}
		return len(n) == 2
	})

	// Whoever runs the connector, a topic that comes later reaches its tasks.
	admin, err := kgo.NewClient(kgo.SeedBrokers(from.ListenAddrs()[0]))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	if _, err := kadm.NewClient(admin).CreateTopic(t.Context(), 2, 1, nil, "later"); err != nil {
		t.Fatal(err)
	}
	if err := admin.ProduceSync(t.Context(), &kgo.Record{Topic: "later", Value: []byte("x")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	one.await(t, "the later topic's copy", func() bool {
		info := to.TopicInfo("east.later")
		if info == nil {
			return false
		}
		ends, err := kadm.NewClient(client).ListEndOffsets(t.Context(), "east.later")
		sum := int64(0)
		ends.Each(func(o kadm.ListedOffset) { sum += o.Offset })
		return err == nil && sum == 1
	})
	if code := one.stop(t); code != 0 {
		t.Errorf("exit code %d\n%s", code, one.stderr)
	}
	two.await(t, "the rest takes over", func() bool {
		n := counts()
		return len(n) == 1 && ready(two)()
	})
	if code := two.stop(t); code != 0 {
		t.Errorf("exit code %d\n%s", code, two.stderr)
	}
}
