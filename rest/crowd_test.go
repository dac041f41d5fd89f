package rest_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"crosstide/connect"
	"crosstide/connect/herder"
	"crosstide/connect/state"
	"crosstide/rest"
)

func TestManyClientsLoseNoChange(t *testing.T) {
	at := cluster(t, "west")
	w := startWorker(t, at, nil)
	config := fmt.Sprintf(heartbeatConfig, at, at)
	if got := w.call(t, "POST", "/connectors", `{"name":"shared","initial_state":"STOPPED","config":`+config+`}`); got.status != 201 {
		t.Fatalf("%d %s", got.status, got.raw)
	}
	const clients = 30
	var created, conflicts sync.Map
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			// Everybody wants the same name; one gets it.
			got := w.call(t, "POST", "/connectors", `{"name":"wanted","initial_state":"PAUSED","config":`+config+`}`)
			switch got.status {
			case 201:
				created.Store(i, true)
			case 409:
				conflicts.Store(i, true)
			default:
				t.Errorf("%d %s", got.status, got.raw)
			}
			// Everybody adds a key of their own; none may be lost.
			if got := w.call(t, "PATCH", "/connectors/shared/config", fmt.Sprintf(`{"client.%d":"here"}`, i)); got.status != 200 {
				t.Errorf("%d %s", got.status, got.raw)
			}
		})
	}
	all.Wait()
	if n, m := count(&created), count(&conflicts); n != 1 || m != clients-1 {
		t.Errorf("%d created it, %d were told that it exists", n, m)
	}
	got := w.call(t, "GET", "/connectors/shared/config", "")
	stored, _ := got.body.(map[string]any)
	for i := range clients {
		if stored[fmt.Sprintf("client.%d", i)] != "here" {
			t.Errorf("the key of client %d was lost", i)
		}
	}
}

func count(m *sync.Map) (n int) {
	m.Range(func(any, any) bool { n++; return true })
	return n
}

// crowd is a herder with a thousand connectors and nothing else.
type crowd struct {
	rest.Herder
	names []string
}

func (c *crowd) ConnectorNames() []string { return c.names }
func (c *crowd) ConnectorInfo(name string) (herder.ConnectorInfo, error) {
	return herder.ConnectorInfo{Name: name, Type: "source", Config: map[string]string{"name": name}, Tasks: []connect.TaskID{{Connector: name}}}, nil
}
func (c *crowd) ConnectorStatus(name string) (herder.ConnectorStatus, error) {
	one := state.Status{Connector: name, State: state.StatusRunning, WorkerID: "w:1"}
	return herder.ConnectorStatus{Name: name, Type: "source", Connector: one, Tasks: []state.Status{one}}, nil
}

func BenchmarkListingAThousandConnectors(b *testing.B) {
	c := &crowd{}
	for i := range 1000 {
		c.names = append(c.names, fmt.Sprintf("connector-%d", i))
	}
	h := rest.Handler(rest.Config{Herder: c, Log: logger()})
	r, err := http.NewRequest("GET", "/connectors?expand=status&expand=info", nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		h.ServeHTTP(&sink{}, r)
	}
}

type sink struct{ header http.Header }

func (s *sink) Header() http.Header {
	if s.header == nil {
		s.header = http.Header{}
	}
	return s.header
}
func (s *sink) Write(b []byte) (int, error)      { return len(b), nil }
func (s *sink) WriteHeader(int)                  {}
func (s *sink) SetWriteDeadline(time.Time) error { return nil }
