//go:build integration

package integration

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"crosstide/internal/kafkatest"
)

// The pair of clusters that all stories share.
var source, target *kafkatest.Cluster

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	began := time.Now()
	pair, err := kafkatest.StartAll(ctx,
		kafkatest.Options{Name: "source", Proxied: true},
		kafkatest.Options{Name: "target", Proxied: true})
	if err != nil {
		fmt.Fprintln(os.Stderr, "integration:", err)
		return 1
	}
	source, target = pair[0], pair[1]
	fmt.Printf("two clusters of Kafka %s up after %v\n", kafkatest.KafkaVersion, time.Since(began).Round(time.Second))
	code := m.Run()
	for _, c := range pair {
		if code == 0 {
			c.Close()
			continue
		}
		fmt.Printf("cluster %s: data and logs in %s\n", c.Name(), c.Dir())
		c.Stop()
	}
	return code
}

// patience bounds every wait: long, since the machine may be small and busy.
const patience = 120 * time.Second

// A world is one story's part of the two clusters: aliases and topics of its
// own, and the mirror between them.
type world struct {
	t      *testing.T
	ctx    context.Context
	dir    string
	a, b   string // the clusters' aliases
	source *kafkatest.Cluster
	target *kafkatest.Cluster
	listen string
	mirror *kafkatest.Program
	starts int
}

var worlds atomic.Int64

func newWorld(t *testing.T) *world {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	n := worlds.Add(1)
	dir, err := os.MkdirTemp("", "crosstide-story-")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, ctx: ctx, dir: dir, source: source, target: target, a: fmt.Sprintf("east%d", n), b: fmt.Sprintf("west%d", n)}
	port, err := kafkatest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	w.listen = fmt.Sprintf("127.0.0.1:%d", port)
	t.Cleanup(func() {
		if w.mirror != nil && w.mirror.Running() {
			w.mirror.Kill()
		}
		cancel()
		if t.Failed() {
			if w.mirror != nil {
				t.Logf("the mirror's last words:\n%s", w.mirror.Tail(40))
			}
			t.Logf("properties and logs: %s", w.dir)
			return
		}
		os.RemoveAll(w.dir)
	})
	return w
}

// topic is the name of one of the story's topics.
func (w *world) topic(name string) string { return fmt.Sprintf("story-%s.%s", w.a, name) }

// copied is the name of its copy.
func (w *world) copied(name string) string { return w.a + "." + w.topic(name) }

// properties are the story's mm2.properties, as Java would take them too.
func (w *world) properties(extra ...string) string {
	return w.between(w.source.Bootstrap(), w.target.Bootstrap(), extra...)
}

// proxied are the same through the proxies before the brokers.
func (w *world) proxied(extra ...string) string {
	return w.between(w.source.Proxied(), w.target.Proxied(), extra...)
}

func (w *world) between(from, to string, extra ...string) string {
	r := strings.NewReplacer("A", w.a, "B", w.b)
	return r.Replace(`clusters = A, B
A->B.enabled = true
B->A.enabled = false
A->B.topics = story-A\\..*
groups = .*
tasks.max = 2
replication.factor = 1
checkpoints.topic.replication.factor = 1
heartbeats.topic.replication.factor = 1
offset-syncs.topic.replication.factor = 1
offset.storage.replication.factor = 1
status.storage.replication.factor = 1
config.storage.replication.factor = 1
refresh.topics.interval.seconds = 2
sync.topic.configs.interval.seconds = 5
`) + fmt.Sprintf("%s.bootstrap.servers = %s\n%s.bootstrap.servers = %s\n%s\n", w.a, from, w.b, to, strings.Join(extra, "\n"))
}

// start runs the mirror as a process, its log beside those of earlier starts.
func (w *world) start(properties string) {
	w.t.Helper()
	w.mirror = w.another(properties, "--listen", w.listen)
}

// another starts a mirror beside the one that is watched.
func (w *world) another(properties string, flags ...string) *kafkatest.Program {
	w.t.Helper()
	w.starts++
	dir := filepath.Join(w.dir, fmt.Sprintf("start-%d", w.starts))
	w.must(os.MkdirAll(dir, 0o755))
	p, err := kafkatest.StartCrosstide(dir, properties, "mirror", flags...)
	w.must(err)
	return p
}

// stop ends the mirror as a service manager does. It must end well.
func (w *world) stop() {
	w.t.Helper()
	if err := w.mirror.Stop(30 * time.Second); err != nil {
		w.t.Error(err)
	}
	if code := w.mirror.ExitCode(); code != 0 {
		w.t.Errorf("exit code %d after SIGTERM, want 0", code)
	}
}

// eventually waits until ask answers nil; it does not wait for a dead mirror.
func (w *world) eventually(ask func() error) {
	w.t.Helper()
	var last error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if last = ask(); last == nil {
			return
		}
		if w.mirror != nil && !w.mirror.Running() {
			w.t.Fatalf("the mirror has ended with code %d; waiting for: %v", w.mirror.ExitCode(), last)
		}
	}
	w.t.Fatalf("still not so after %v: %v", patience, last)
}

// arrives waits until a topic's copy has so many offsets used.
func (w *world) arrives(name string, offsets int64) {
	w.t.Helper()
	w.eventually(func() error {
		n, err := w.target.Ends(w.ctx, w.copied(name))
		if err == nil && n < offsets {
			err = fmt.Errorf("%s has %d of %d", w.copied(name), n, offsets)
		}
		return err
	})
}

// same waits until a topic's copy holds exactly what the topic holds.
func (w *world) same(name string) {
	w.t.Helper()
	original := w.read(w.source, w.topic(name))
	w.eventually(func() error {
		copied, err := w.target.Read(w.ctx, w.copied(name))
		if err != nil {
			return err
		}
		return kafkatest.SameContents(original, copied)
	})
}

// complete waits until nothing of the topic is missing in its copy and returns
// how many records the copy has twice.
func (w *world) complete(name string) (twice int) {
	w.t.Helper()
	original := w.read(w.source, w.topic(name))
	w.arrives(name, int64(original.Count()))
	w.eventually(func() error {
		copied, err := w.target.Read(w.ctx, w.copied(name))
		if err != nil {
			return err
		}
		twice, err = kafkatest.NothingMissing(original, copied)
		return err
	})
	return twice
}

func (w *world) read(c *kafkatest.Cluster, topic string) kafkatest.Contents {
	w.t.Helper()
	got, err := c.Read(w.ctx, topic)
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

// logged waits until the mirror has written a line that matches.
func (w *world) logged(pattern string) {
	w.t.Helper()
	re := regexp.MustCompile(pattern)
	w.eventually(func() error {
		if re.MatchString(w.mirror.Output()) {
			return nil
		}
		return fmt.Errorf("no line of the log matches %s", pattern)
	})
}

// metric sums the samples of a metric whose labels contain all the parts.
func (w *world) metric(name string, labels ...string) (float64, error) {
	resp, err := http.Get("http://" + w.listen + "/metrics")
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	var sum float64
	found := false
lines:
	for line := range strings.Lines(string(body)) {
		if !strings.HasPrefix(line, name+"{") && !strings.HasPrefix(line, name+" ") {
			continue
		}
		for _, l := range labels {
			if !strings.Contains(line, l) {
				continue lines
			}
		}
		fields := strings.Fields(line)
		v, err := strconv.ParseFloat(fields[len(fields)-1], 64)
		if err != nil {
			return 0, fmt.Errorf("metric line %q: %w", line, err)
		}
		sum, found = sum+v, true
	}
	if !found {
		return 0, fmt.Errorf("no sample of %s with %v", name, labels)
	}
	return sum, nil
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}
