package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// ask sends a request to the mirror and decodes the answer into out.
func (m *mirroring) ask(t *testing.T, method, path, body string, out any) int {
	t.Helper()
	r, err := http.NewRequest(method, "http://"+m.addr+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0
	}
	defer func() { _ = resp.Body.Close() }()
	raw, _ := io.ReadAll(resp.Body)
	if out != nil && len(raw) > 0 {
		if err := json.Unmarshal(raw, out); err != nil {
			t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, raw)
		}
	}
	return resp.StatusCode
}

type statusAnswer struct {
	Name      string
	Connector struct{ State string }
	Tasks     []struct{ State string }
}

func (m *mirroring) state(t *testing.T, path string) string {
	var s statusAnswer
	if m.ask(t, "GET", path+"/status", "", &s) != 200 {
		return ""
	}
	return s.Connector.State
}

type flowAnswer struct {
	Flow          string
	Enabled       bool
	Lag           *struct{ Records int64 }
	Partitions    []struct{ Topic string }
	Configuration map[string]map[string]string
	Ignored       []struct{ Key string } `json:"ignored_keys"`
}

func TestDedicatedModeServesTheConnectorsOfAllFlows(t *testing.T) {
	from, to := fakeCluster(t, "one", "orders"), fakeCluster(t, "two")
	m := startMirror(t, fmt.Sprintf(`clusters=A, B
A.bootstrap.servers=%s
B.bootstrap.servers=%s
A->B.enabled=true
A.ssl.truststore.password=hunter2
A.config.storage.replication.factor=1
B.config.storage.replication.factor=1
A.offset.storage.replication.factor=1
B.offset.storage.replication.factor=1
A.status.storage.replication.factor=1
B.status.storage.replication.factor=1
replication.factor=1
offset-syncs.topic.replication.factor=1
heartbeats.topic.replication.factor=1
checkpoints.topic.replication.factor=1
refresh.topcis.interval.seconds=5
`, from.ListenAddrs()[0], to.ListenAddrs()[0]))
	client, err := kgo.NewClient(kgo.SeedBrokers(from.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for range 10 {
		if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: "orders", Value: []byte("x")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	m.await(t, "readiness", func() bool { code, _ := m.health(); return code == http.StatusOK })

	var names []string
	m.ask(t, "GET", "/connectors", "", &names)
	if fmt.Sprint(names) != "[A->B.MirrorCheckpointConnector A->B.MirrorHeartbeatConnector A->B.MirrorSourceConnector B->A.MirrorCheckpointConnector B->A.MirrorHeartbeatConnector B->A.MirrorSourceConnector]" {
		t.Errorf("connectors %v", names)
	}
	m.ask(t, "GET", "/A/B/connectors", "", &names)
	if fmt.Sprint(names) != "[MirrorCheckpointConnector MirrorHeartbeatConnector MirrorSourceConnector]" {
		t.Errorf("connectors of A->B %v", names)
	}
	const source = "/A/B/connectors/MirrorSourceConnector"
	together := "/connectors/" + url.PathEscape("A->B.MirrorSourceConnector")
	for _, path := range []string{source, together} {
		m.await(t, path+" runs", func() bool { return m.state(t, path) == "RUNNING" })
	}
	var refused struct {
		Code    int `json:"error_code"`
		Message string
	}
	for _, change := range []struct{ method, path, body string }{
		{"PUT", source + "/config", `{"connector.class":"MirrorSource"}`},
		{"PATCH", together + "/config", `{"tasks.max":"2"}`},
		{"DELETE", source, ""},
		{"POST", "/connectors", `{"name":"x","config":{"connector.class":"MirrorSource"}}`},
	} {
		if code := m.ask(t, change.method, change.path, change.body, &refused); code != 403 || !strings.Contains(refused.Message, "properties file") {
			t.Errorf("%s %s: %d %s", change.method, change.path, code, refused.Message)
		}
	}
	var flows []flowAnswer
	m.await(t, "progress", func() bool {
		flows = nil
		m.ask(t, "GET", "/crosstide/v1/flows", "", &flows)
		return len(flows) == 2 && len(flows[0].Partitions) > 0 && flows[0].Lag != nil && flows[0].Lag.Records == 0
	})
	if f := flows[0]; f.Flow != "A->B" || !f.Enabled || len(f.Ignored) == 0 {
		t.Errorf("flow %+v", f)
	}
	for _, path := range []string{"/crosstide/v1/flows", together, "/A/B/connectors?expand=info", source + "/tasks"} {
		var body json.RawMessage
		if m.ask(t, "GET", path, "", &body); strings.Contains(string(body), "hunter2") {
			t.Errorf("%s shows a secret", path)
		}
	}

	if code := m.ask(t, "PUT", together+"/stop", "", nil); code != 204 {
		t.Fatalf("stop: %d", code)
	}
	m.await(t, "the stop", func() bool { return m.state(t, source) == "STOPPED" })
	var offsets struct{ Offsets []any }
	m.await(t, "the last commit", func() bool {
		m.ask(t, "GET", source+"/offsets", "", &offsets)
		return len(offsets.Offsets) > 0
	})
	if code := m.ask(t, "DELETE", together+"/offsets", "", nil); code != 200 {
		t.Errorf("resetting offsets: %d", code)
	}
	if code := m.ask(t, "PUT", source+"/resume", "", nil); code != 202 {
		t.Errorf("resume: %d", code)
	}
	m.await(t, "running again", func() bool { return m.state(t, together) == "RUNNING" })
	m.await(t, "its task", func() bool { var list []any; m.ask(t, "GET", source+"/tasks", "", &list); return len(list) == 1 })

	var changed []string
	m.ask(t, "PUT", "/admin/loggers/org.apache.kafka.connect.mirror", `{"level":"debug"}`, &changed)
	if len(changed) == 0 {
		t.Error("no logger changed")
	}
	watchOne(t, m)
	if code := m.stop(t); code != 0 {
		t.Errorf("exit code %d\n%s", code, m.stderr)
	}
	if strings.Contains(m.stderr.String(), "hunter2") {
		t.Error("the log shows a secret")
	}
}

// watchOne reads the first event of a flow's stream; the stream is still open when
// the mirror stops.
func watchOne(t *testing.T, m *mirroring) {
	t.Helper()
	resp, err := http.Get("http://" + m.addr + "/crosstide/v1/flows/A/B?watch")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	line, err := bufio.NewReader(resp.Body).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, `data: {"flow":"A->B"`) || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("the first event is %.80q (%v), of type %s", line, err, resp.Header.Get("Content-Type"))
	}
}
