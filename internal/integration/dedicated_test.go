//go:build integration

package integration

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"crosstide/internal/kafkatest"
)

// sourceTasks counts the running source tasks by worker, from the status topic of a
// flow in dedicated mode.
func (w *world) sourceTasks() (map[string]int, error) {
	got, err := target.Read(w.ctx, "mm2-status."+w.a+".internal")
	if err != nil {
		return nil, err
	}
	owners := map[string]string{}
	for _, records := range got {
		for _, r := range records {
			task, ok := strings.CutPrefix(string(r.Key), "status-task-MirrorSourceConnector-")
			if !ok {
				continue
			}
			var v struct {
				State  string
				Worker string `json:"worker_id"`
			}
			delete(owners, task)
			if r.Value != nil && json.Unmarshal(r.Value, &v) == nil && v.State == "RUNNING" {
				owners[task] = v.Worker
			}
		}
	}
	loads := map[string]int{}
	for _, worker := range owners {
		loads[worker]++
	}
	return loads, nil
}

// spread waits until so many source tasks run on so many workers, evenly.
func (w *world) spread(tasks, workers int) {
	w.t.Helper()
	w.eventually(func() error {
		loads, err := w.sourceTasks()
		if err != nil {
			return err
		}
		sum := 0
		for _, n := range loads {
			sum += n
			if n < tasks/workers {
				return fmt.Errorf("uneven: %v", loads)
			}
		}
		if sum != tasks || len(loads) != workers {
			return fmt.Errorf("%d tasks of %d run, by %v", sum, tasks, loads)
		}
		return nil
	})
}

func (w *world) dedicated(name string, start func(dir string) (*kafkatest.Program, error)) *kafkatest.Program {
	w.t.Helper()
	w.starts++
	dir := filepath.Join(w.dir, fmt.Sprintf("%s-%d", name, w.starts))
	w.must(os.MkdirAll(dir, 0o755))
	p, err := start(dir)
	w.must(err)
	w.t.Cleanup(func() {
		if w.t.Failed() {
			w.t.Logf("the last words of %s:\n%s", name, p.Tail(30))
		}
		p.Kill()
	})
	return p
}

func (w *world) feed(fed *int, topics ...string) {
	w.t.Helper()
	var all []*kgo.Record
	for _, name := range topics {
		for range 200 {
			*fed++
			all = append(all, &kgo.Record{Topic: w.topic(name), Value: fmt.Append(nil, *fed)})
		}
	}
	w.must(source.Produce(w.ctx, all))
}

// Java's MirrorMaker with its internal REST on and ours run one flow together, and
// each takes it over from the other.
func TestJavasMirrorMakerAndOursShareAFlow(t *testing.T) {
	w := newWorld(t)
	var fed int
	topics := []string{"t1", "t2", "t3", "t4"}
	for _, name := range topics {
		w.must(source.Create(w.ctx, w.topic(name), 1, nil))
	}
	w.feed(&fed, topics...)
	properties := func() string {
		port, err := kafkatest.FreePort()
		w.must(err)
		return w.properties("tasks.max = 8", "emit.heartbeats.enabled = false", "dedicated.mode.enable.internal.rest = true",
			fmt.Sprintf("listeners = http://127.0.0.1:%d", port), "refresh.topics.interval.seconds = 1",
			w.a+"->"+w.b+".heartbeats.replication.enabled = false",
			w.b+".scheduled.rebalance.max.delay.ms = 0", w.b+".session.timeout.ms = 6000", w.b+".heartbeat.interval.ms = 1000")
	}
	startJava := func() *kafkatest.Program {
		return w.dedicated("java", func(dir string) (*kafkatest.Program, error) {
			return kafkatest.StartMirrorMaker(w.ctx, dir, properties(), nil)
		})
	}
	startOurs := func(properties string) *kafkatest.Program {
		return w.dedicated("ours", func(dir string) (*kafkatest.Program, error) {
			return kafkatest.StartCrosstide(dir, properties, "mirror")
		})
	}
	all := func() {
		w.t.Helper()
		w.feed(&fed, topics...)
		twice := 0
		for _, name := range topics {
			twice += w.complete(name)
		}
		t.Logf("%d records are there twice", twice)
	}
	more := func(name string) {
		w.must(source.Create(w.ctx, w.topic(name), 1, nil))
		topics = append(topics, name)
	}

	java := startJava()
	w.spread(4, 1)
	ours := startOurs(properties())
	w.spread(4, 2)
	more("t5")
	w.spread(5, 2)
	all()

	java.Kill()
	w.spread(5, 1)
	all()
	java = startJava()
	w.spread(5, 2)
	more("t6")
	w.spread(6, 2)
	all()

	ours.Kill()
	w.spread(6, 1)
	all()
	java.Kill()
}

// Three processes restarted one after the other, under load.
func TestRollingRestartLosesNothingAndKeepsPausesShort(t *testing.T) {
	w := newWorld(t)
	const name = "orders"
	w.must(source.Create(w.ctx, w.topic(name), 6, nil))
	properties := w.properties("tasks.max = 6", "emit.heartbeats.enabled = false",
		w.a+"->"+w.b+".heartbeats.replication.enabled = false")
	start := func() *kafkatest.Program {
		return w.dedicated("ours", func(dir string) (*kafkatest.Program, error) {
			return kafkatest.StartCrosstide(dir, properties, "mirror")
		})
	}
	var fleet []*kafkatest.Program
	for range 3 {
		fleet = append(fleet, start())
	}
	load := startTraffic(t, source, w.topic(name), 6, 500)
	w.arrives(name, 1000)
	w.spread(6, 3)
	pauses := w.watchPauses(w.copied(name))
	for i := range fleet {
		began := time.Now()
		if err := fleet[i].Stop(30 * time.Second); err != nil {
			t.Error(err)
		}
		fleet[i] = start()
		w.spread(6, 3)
		t.Logf("restarted in %v", time.Since(began).Round(100*time.Millisecond))
	}
	t.Logf("no partition stood still for longer than %v", pauses())
	sent := load.end(t)
	w.arrives(name, sent)
	t.Logf("%d records are there twice of %d", w.complete(name), sent)
}

// watchPauses looks at the partitions of a copy until the returned function is
// called, which tells how long the longest time was in which one did not grow.
func (w *world) watchPauses(topic string) func() time.Duration {
	w.t.Helper()
	client, err := target.Client()
	w.must(err)
	done, ended := make(chan struct{}), make(chan struct{})
	var most time.Duration
	go func() {
		defer close(ended)
		defer client.Close()
		adm := kadm.NewClient(client)
		grew, ends := map[int32]time.Time{}, map[int32]int64{}
		for {
			listed, err := adm.ListEndOffsets(w.ctx, topic)
			now := time.Now()
			if err == nil {
				listed.Each(func(o kadm.ListedOffset) {
					if o.Err != nil {
						return
					}
					if last, known := grew[o.Partition]; known {
						most = max(most, now.Sub(last))
					}
					if o.Offset > ends[o.Partition] || grew[o.Partition].IsZero() {
						grew[o.Partition], ends[o.Partition] = now, o.Offset
					}
				})
			}
			select {
			case <-done:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	return func() time.Duration {
		close(done)
		<-ended
		return most.Round(10 * time.Millisecond)
	}
}
