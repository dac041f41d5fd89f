//go:build integration

package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"crosstide/internal/kafkatest"
)

// A crew is workers of one Connect group on the target, Java's and ours, that run
// MirrorSourceConnector from the source.
type crew struct {
	*world
	protocol string
	delay    int // scheduled.rebalance.max.delay.ms
	fed      int // records so far
}

type worker struct {
	*kafkatest.Program
	url string
}

func newCrew(t *testing.T, protocol string, delay int) *crew {
	return &crew{world: newWorld(t), protocol: protocol, delay: delay}
}

// workerFile is one file for both.
func (c *crew) workerFile(port int) string {
	return strings.NewReplacer("CREW", "crew-"+c.a, "PORT", fmt.Sprint(port), "PROTOCOL", c.protocol,
		"BROKERS", target.Bootstrap(), "DELAY", fmt.Sprint(c.delay)).Replace(`bootstrap.servers=BROKERS
group.id=CREW
key.converter=org.apache.kafka.connect.converters.ByteArrayConverter
value.converter=org.apache.kafka.connect.converters.ByteArrayConverter
config.storage.topic=CREW-configs
offset.storage.topic=CREW-offsets
status.storage.topic=CREW-status
config.storage.replication.factor=1
offset.storage.replication.factor=1
status.storage.replication.factor=1
offset.storage.partitions=5
listeners=http://127.0.0.1:PORT
connect.protocol=PROTOCOL
session.timeout.ms=6000
heartbeat.interval.ms=1000
scheduled.rebalance.max.delay.ms=DELAY
offset.flush.interval.ms=1000
`)
}

func (c *crew) startWorker(name string, start func(dir, props string) (*kafkatest.Program, error)) *worker {
	c.t.Helper()
	port, err := kafkatest.FreePort()
	c.must(err)
	c.starts++
	dir := filepath.Join(c.dir, fmt.Sprintf("%s-%d", name, c.starts))
	c.must(os.MkdirAll(dir, 0o755))
	p, err := start(dir, c.workerFile(port))
	c.must(err)
	c.t.Cleanup(func() {
		if c.t.Failed() {
			c.t.Logf("the last words of %s:\n%s", name, p.Tail(25))
		}
		p.Kill()
	})
	return &worker{p, fmt.Sprintf("http://127.0.0.1:%d", port)}
}

func (c *crew) startJava() *worker {
	return c.startWorker("java", func(dir, props string) (*kafkatest.Program, error) {
		return kafkatest.StartConnect(c.ctx, dir, props, nil)
	})
}

func (c *crew) startOurs() *worker {
	return c.startWorker("ours", func(dir, props string) (*kafkatest.Program, error) {
		return kafkatest.StartCrosstide(dir, props, "worker")
	})
}

// mirrorConfig is what Java's REST API is given.
func (c *crew) mirrorConfig(tasks int) map[string]string {
	return map[string]string{
		"connector.class":      "org.apache.kafka.connect.mirror.MirrorSourceConnector",
		"source.cluster.alias": c.a, "target.cluster.alias": c.b,
		"source.cluster.bootstrap.servers": source.Bootstrap(), "target.cluster.bootstrap.servers": target.Bootstrap(),
		"topics": "story-" + c.a + `\..*`, "tasks.max": fmt.Sprint(tasks),
		"replication.factor": "1", "offset-syncs.topic.replication.factor": "1",
		"refresh.topics.interval.seconds": "1", "sync.topic.acls.enabled": "false",
		"key.converter": "org.apache.kafka.connect.converters.ByteArrayConverter", "value.converter": "org.apache.kafka.connect.converters.ByteArrayConverter",
		"offset.lag.max": "0", "heartbeats.replication.enabled": "false",
	}
}

// put has Java's API create or change the connector.
func (c *crew) put(w *worker, name string, config map[string]string) {
	c.t.Helper()
	c.eventually(func() error {
		body, _ := json.Marshal(config)
		req, _ := http.NewRequestWithContext(c.ctx, http.MethodPut, w.url+"/connectors/"+name+"/config", bytes.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		if resp.StatusCode/100 != 2 {
			return fmt.Errorf("%s: %s", resp.Status, text)
		}
		return nil
	})
}

// owners reads the status topic: which worker runs which task of the connector.
func (c *crew) owners(connector string) (map[string]string, error) {
	got, err := target.Read(c.ctx, "crew-"+c.a+"-status")
	if err != nil {
		return nil, err
	}
	owners := map[string]string{}
	for _, records := range got {
		for _, r := range records {
			task, ok := strings.CutPrefix(string(r.Key), "status-task-"+connector+"-")
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
	return owners, nil
}

// shared waits until so many tasks run, by all of the workers and nobody else.
func (c *crew) shared(connector string, tasks int, workers ...*worker) {
	c.t.Helper()
	c.eventually(func() error {
		owners, err := c.owners(connector)
		if err != nil {
			return err
		}
		loads := map[string]int{}
		for _, w := range owners {
			loads[w]++
		}
		if len(owners) != tasks || len(loads) != len(workers) {
			return fmt.Errorf("%d tasks of %d run, by %v", len(owners), tasks, loads)
		}
		for _, w := range workers {
			if n := loads[strings.TrimPrefix(w.url, "http://")]; n < tasks/len(workers) {
				return fmt.Errorf("%s runs %d of %d tasks: %v", w.url, n, tasks, loads)
			}
		}
		return nil
	})
}

// feed adds records to every topic.
func (c *crew) feed(topics ...string) {
	c.t.Helper()
	var all []*kgo.Record
	for _, name := range topics {
		for range 200 {
			c.fed++
			all = append(all, &kgo.Record{Topic: c.topic(name), Value: fmt.Append(nil, c.fed)})
		}
	}
	c.must(source.Produce(c.ctx, all))
}

func (c *crew) completeAll(topics ...string) {
	c.t.Helper()
	twice := 0
	for _, name := range topics {
		twice += c.complete(name)
	}
	c.t.Logf("%d records are there twice", twice)
}

func TestJavaAndOurWorkersShareAGroup(t *testing.T) {
	for _, protocol := range []string{"sessioned", "compatible", "eager"} {
		t.Run(protocol, func(t *testing.T) {
			c := newCrew(t, protocol, 0)
			topics := []string{"t1", "t2", "t3", "t4"}
			for _, name := range topics {
				c.must(source.Create(c.ctx, c.topic(name), 1, nil))
			}
			c.feed(topics...)

			// Ours joins a running group that Java leads.
			java := c.startJava()
			c.put(java, "m", c.mirrorConfig(8))
			c.shared("m", 4, java)
			ours := c.startOurs()
			c.shared("m", 4, java, ours)
			c.feed(topics...)
			c.completeAll(topics...)
			more := func(name string) {
				c.must(source.Create(c.ctx, c.topic(name), 1, nil))
				topics = append(topics, name)
			}

			// Whoever runs the connector, a new topic becomes a fifth task's.
			more("t5")
			c.shared("m", 5, java, ours)
			c.feed(topics...)
			c.completeAll(topics...)

			// Java's leader dies. Ours goes on alone, and leads when Java is back.
			java.Kill()
			c.shared("m", 5, ours)
			c.feed(topics...)
			c.completeAll(topics...)
			java = c.startJava()
			c.shared("m", 5, java, ours)
			more("t6")
			c.shared("m", 6, java, ours)

			// Our leader dies.
			ours.Kill()
			c.shared("m", 6, java)
			c.feed(topics...)
			c.completeAll(topics...)
		})
	}
}
