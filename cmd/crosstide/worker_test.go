package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// startWorker runs crosstide worker on a free port.
func startWorker(t *testing.T, bootstrap string) *mirroring {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &mirroring{addr: l.Addr().String(), done: make(chan int, 1), stderr: &output{}}
	_ = l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	m.cancel = cancel
	path := file(t, fmt.Sprintf(`bootstrap.servers=%s
group.id=connect
listeners=http://%s
config.storage.topic=connect-configs
config.storage.replication.factor=1
offset.storage.topic=connect-offsets
offset.storage.replication.factor=1
status.storage.topic=connect-status
status.storage.replication.factor=1
scheduled.rebalance.max.delay.ms=0
heartbeat.interval.ms=300
key.converter=org.apache.kafka.connect.converters.ByteArrayConverter
value.converter=org.apache.kafka.connect.converters.ByteArrayConverter
`, bootstrap, m.addr))
	go func() { m.done <- run(ctx, []string{"connect-distributed", path}, io.Discard, m.stderr) }()
	t.Cleanup(cancel)
	return m
}

func TestEitherWorkerOfAClusterTakesEveryRequest(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	at := fakeCluster(t, "two").ListenAddrs()[0]
	workers := []*mirroring{startWorker(t, at), startWorker(t, at)}
	for _, w := range workers {
		w.await(t, "health", func() bool { return w.ask(t, "GET", "/health", "", nil) == http.StatusOK })
	}
	for i, w := range workers {
		name, other := fmt.Sprintf("beat-%d", i), workers[1-i]
		body := fmt.Sprintf(`{"name":%q,"config":{"connector.class":"MirrorHeartbeat","source.cluster.alias":"a","target.cluster.alias":"b","target.cluster.bootstrap.servers":%q,"heartbeats.topic.replication.factor":1}}`, name, at)
		var told struct{ Message string }
		w.await(t, "creating "+name, func() bool {
			code := w.ask(t, "POST", "/connectors", body, &told)
			if code != 201 && code != 409 {
				t.Fatalf("%d %s", code, told.Message)
			}
			return code == 201 || strings.Contains(told.Message, "already exists")
		})
		path := "/connectors/" + name
		var s statusAnswer
		other.await(t, name+" runs", func() bool {
			s = statusAnswer{}
			return other.ask(t, "GET", path+"/status", "", &s) == 200 && s.Connector.State == "RUNNING" && len(s.Tasks) == 1 && s.Tasks[0].State == "RUNNING"
		})
		for _, request := range []struct {
			method, path string
			status       int
		}{
			{"POST", path + "/restart", 204}, {"POST", path + "/tasks/0/restart", 204}, {"POST", path + "/restart?includeTasks=true", 202},
			{"PUT", path + "/stop", 204},
		} {
			for _, one := range workers {
				one.await(t, request.path, func() bool {
					code := one.ask(t, request.method, request.path, "", &told)
					if code != request.status && code != 409 && code != 404 {
						t.Fatalf("%s %s: %d %s", request.method, request.path, code, told.Message)
					}
					return code == request.status
				})
			}
		}
		other.await(t, "resetting offsets", func() bool { return other.ask(t, "DELETE", path+"/offsets", "", &told) == 200 })
		if code := w.ask(t, "DELETE", path, "", nil); code != 204 {
			t.Errorf("deleting: %d", code)
		}
	}
	var root struct {
		Cluster string `json:"kafka_cluster_id"`
	}
	if workers[0].ask(t, "GET", "/", "", &root); root.Cluster != "two" {
		t.Errorf("cluster %q", root.Cluster)
	}
	for _, w := range workers {
		if code := w.stop(t); code != 0 {
			t.Errorf("exit code %d\n%s", code, w.stderr)
		}
	}
}
