package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// output may be written and read by several goroutines.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

func call(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs output
	code = run(t.Context(), args, &out, &errs)
	return code, out.String(), errs.String()
}

func file(t *testing.T, lines string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mm2.properties")
	if err := os.WriteFile(path, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestExitCodesAreThoseOfKafkasCommand(t *testing.T) {
	bad := file(t, "clusters=A, B\nA->B.enabled=true\ntasks.max=many\nB.ssl.truststore.password=geheim\nB.security.protocol=SSL\nB.ssl.truststore.location=/nowhere\n")
	for _, c := range []struct {
		args []string
		code int
		says []string
	}{
		{[]string{"crosstide", "mirror"}, 255, []string{"one properties file"}},
		{[]string{"crosstide", "mirror", "--nonsense"}, 255, []string{"--nonsense"}},
		{[]string{"crosstide", "nonsense"}, 255, []string{"nonsense"}},
		{[]string{"crosstide", "mirror", bad, "--log-level", "loud"}, 255, []string{"--log-level loud"}},
		{[]string{"crosstide", "mirror", bad, "--log-format", "xml"}, 255, []string{"--log-format xml"}},
		{[]string{"connect-mirror-maker.sh", bad, "--clusters"}, 255, []string{"clusters"}},
		{[]string{"crosstide", "demo", "--seconds", "90"}, 255, []string{"--seconds 90"}},
		{[]string{"crosstide", "mirror", "/nowhere/mm2.properties"}, 2, []string{"/nowhere/mm2.properties"}},
		{[]string{"bin/connect-mirror-maker", bad}, 2, []string{
			"A.bootstrap.servers: required", "B.bootstrap.servers: required", "tasks.max=many", "B.ssl.truststore.location=/nowhere",
		}},
		{[]string{"crosstide", "mirror", bad, "--clusters", "A", "C"}, 2, []string{"--clusters=C: no such alias"}},
		{[]string{"crosstide", "mirror", file(t, "tasks.max=1\n")}, 2, []string{"clusters: required"}},
		{[]string{"connect-distributed"}, 1, nil},
		{[]string{"connect-distributed", "/nowhere/x.properties"}, 2, []string{"/nowhere/x.properties"}},
		{[]string{"crosstide", "worker", file(t, "listeners=ftp://:1\n")}, 2, []string{"listeners", "http"}},
		{[]string{"crosstide", "worker", file(t, "listeners=http://127.0.0.1:0\ngroup.id=g\n")}, 2, []string{"bootstrap.servers", "config.storage.topic"}},
		{[]string{"/opt/kafka/bin/connect-standalone.sh"}, 2, []string{"connect-standalone is not there yet"}},
		{[]string{"crosstide", "version"}, 0, nil},
		{[]string{"crosstide", "--help"}, 0, nil},
		{[]string{"connect-mirror-maker", "--help"}, 0, nil},
	} {
		code, stdout, stderr := call(t, c.args...)
		if code != c.code {
			t.Errorf("%v: exit code %d, want %d: %s", c.args, code, c.code, stderr)
		}
		for _, want := range c.says {
			if !strings.Contains(stderr, want) {
				t.Errorf("%v: missing %q in: %s", c.args, want, stderr)
			}
		}
		if strings.Contains(stdout+stderr, "geheim") {
			t.Errorf("%v shows a password: %s", c.args, stderr)
		}
	}
}

func TestClustersMayBeGivenInEveryUsualForm(t *testing.T) {
	for _, c := range []struct{ args, want []string }{
		{[]string{"f", "--clusters", "A", "B"}, []string{"f", "--clusters=A", "--clusters=B"}},
		{[]string{"f", "--clusters", "A,B", "--listen", ":1"}, []string{"f", "--clusters=A,B", "--listen", ":1"}},
		{[]string{"f", "--clusters", "A", "--clusters", "B"}, []string{"f", "--clusters=A", "--clusters=B"}},
		{[]string{"f", "--clusters=A"}, []string{"f", "--clusters=A"}},
		{[]string{"-daemon", "f"}, []string{"f"}},
		{[]string{"-name", "mm", "-loggc", "f"}, []string{"f"}},
	} {
		got := spreadClusters(withoutScriptOptions(c.args, io.Discard))
		if !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", c.args, got, c.want)
		}
	}
}

func TestNamesOfKafkasCommandsSelectTheCommand(t *testing.T) {
	for name, want := range map[string]string{
		"connect-mirror-maker": "mirror", "/opt/kafka/bin/connect-mirror-maker.sh": "mirror",
		"connect-distributed.sh": "worker", "connect-standalone": "standalone", "crosstide": "", "./bin/crosstide": "",
	} {
		if got := linked(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func fakeCluster(t *testing.T, id string, topics ...string) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.ClusterID(id), kfake.SeedTopics(2, topics...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// mirroring is a mirror command under way.
type mirroring struct {
	addr   string // of /health
	stderr *output
	cancel context.CancelFunc
	done   chan int
}

func startMirror(t *testing.T, lines string) *mirroring {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &mirroring{addr: l.Addr().String(), stderr: &output{}, done: make(chan int, 1)}
	_ = l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	m.cancel = cancel
	args := []string{"connect-mirror-maker", file(t, lines), "--listen", m.addr, "--log-format", "json"}
	go func() { m.done <- run(ctx, args, io.Discard, m.stderr) }()
	t.Cleanup(cancel)
	return m
}

type healthAnswer struct {
	Flows []struct {
		Flow    string
		Ready   bool
		Reasons []string
	}
}

func (m *mirroring) health() (int, healthAnswer) {
	var answer healthAnswer
	resp, err := http.Get("http://" + m.addr + "/health")
	if err != nil {
		return 0, answer
	}
	defer func() { _ = resp.Body.Close() }()
	_ = json.NewDecoder(resp.Body).Decode(&answer)
	return resp.StatusCode, answer
}

// await polls until ok holds; the test fails when it does not within a minute.
func (m *mirroring) await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: waited too long\n%s", what, m.stderr)
		}
	}
}

func (m *mirroring) stop(t *testing.T) int {
	t.Helper()
	m.cancel()
	select {
	case code := <-m.done:
		return code
	case <-time.After(time.Minute):
		t.Fatalf("it does not stop\n%s", m.stderr)
		return -1
	}
}

func TestTheMirrorCommandRunsUntilItIsToldToStop(t *testing.T) {
	from, to := fakeCluster(t, "one", "orders"), fakeCluster(t, "two")
	m := startMirror(t, fmt.Sprintf(`clusters=primary, secondary
primary.bootstrap.servers=%s
secondary.bootstrap.servers=%s
primary->secondary.enabled=true
primary.config.storage.replication.factor=1
secondary.config.storage.replication.factor=1
primary.offset.storage.replication.factor=1
secondary.offset.storage.replication.factor=1
primary.status.storage.replication.factor=1
secondary.status.storage.replication.factor=1
replication.factor=1
offset-syncs.topic.replication.factor=1
heartbeats.topic.replication.factor=1
checkpoints.topic.replication.factor=1
secondary.enabled->primary=true
`, from.ListenAddrs()[0], to.ListenAddrs()[0]))
	m.await(t, "readiness", func() bool { code, _ := m.health(); return code == http.StatusOK })
	m.await(t, "the copy's topic", func() bool { return to.TopicInfo("primary.orders") != nil })
	resp, err := http.Get("http://" + m.addr + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if !strings.Contains(string(body), `flow="primary->secondary"`) {
		t.Errorf("no metrics of the flow in:\n%s", body)
	}
	if code := m.stop(t); code != 0 {
		t.Errorf("exit code %d\n%s", code, m.stderr)
	}
	if !strings.Contains(m.stderr.String(), "did you mean secondary->primary.enabled?") {
		t.Error("the misspelt key was not reported")
	}
}

func TestHealthNamesTheClusterThatCannotBeReached(t *testing.T) {
	to := fakeCluster(t, "two")
	m := startMirror(t, fmt.Sprintf("clusters=a, b\na.bootstrap.servers=127.0.0.1:1\nb.bootstrap.servers=%s\na->b.enabled=true\n", to.ListenAddrs()[0]))
	m.await(t, "the reason", func() bool {
		code, answer := m.health()
		return code == http.StatusServiceUnavailable && strings.Contains(fmt.Sprint(answer), "cluster a cannot be reached")
	})
	if code := m.stop(t); code != 0 {
		t.Errorf("exit code %d\n%s", code, m.stderr)
	}
}

func TestMirroringAClusterIntoItselfEndsWithACodeOfItsOwn(t *testing.T) {
	one := fakeCluster(t, "one")
	addr := one.ListenAddrs()[0]
	m := startMirror(t, fmt.Sprintf("clusters=a, b\na.bootstrap.servers=%s\nb.bootstrap.servers=%s\na->b.enabled=true\n", addr, addr))
	select {
	case code := <-m.done:
		if code != 3 || !strings.Contains(m.stderr.String(), "same Kafka cluster") {
			t.Errorf("exit code %d\n%s", code, m.stderr)
		}
	case <-time.After(time.Minute):
		t.Fatalf("it goes on\n%s", m.stderr)
	}
}

func TestThePortOfListenInUseIsAFailureToStart(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	path := file(t, "clusters=a, b\na.bootstrap.servers=127.0.0.1:1\nb.bootstrap.servers=127.0.0.1:1\na->b.enabled=true\n")
	code, _, stderr := call(t, "crosstide", "mirror", path, "--listen", l.Addr().String())
	if code != 3 || !strings.Contains(stderr, l.Addr().String()) {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func TestTheDemoCopiesEveryRecordAndFailsAGroupOver(t *testing.T) {
	code, stdout, stderr := call(t, "crosstide", "demo", "--seconds", "4")
	if code != 0 {
		t.Fatalf("exit code %d\n%s\n%s", code, stdout, stderr)
	}
	for _, want := range []string{"compared one by one", "Failover", "none missed"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("missing %q in:\n%s", want, stdout)
		}
	}
}
