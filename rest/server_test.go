package rest

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func get(t *testing.T, h http.Handler, path string) *http.Response {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept", "text/html, */*")
	h.ServeHTTP(w, r)
	return w.Result()
}

func handler(flows ...Flow) http.Handler {
	reg := prometheus.NewRegistry()
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: "things_total", Help: "Things."})
	reg.MustRegister(c)
	return Handler(Config{
		Version: "1.2.3", Metrics: reg, Log: slog.New(slog.DiscardHandler),
		Flows: func() []Flow { return append([]Flow(nil), flows...) },
	})
}

func TestHealthAnswers200OnlyWhileEveryFlowIsReady(t *testing.T) {
	ready := Flow{Name: "a->b", Enabled: true, Ready: true}
	standing := Flow{Name: "a->c", Enabled: true, Ready: true, Warnings: []string{"a partition stands still: orders-0: denied"}}
	lame := Flow{Name: "b->a", Reasons: []string{"cluster a cannot be reached"}}
	for _, c := range []struct {
		flows  []Flow
		status int
		word   string
	}{
		{[]Flow{ready}, 200, "ok"},
		{[]Flow{ready, standing}, 200, "degraded"},
		{[]Flow{standing, lame}, 503, "unavailable"},
		{[]Flow{ready, lame}, 503, "unavailable"},
		{nil, 503, "unavailable"},
	} {
		resp := get(t, handler(c.flows...), "/health")
		var got health
		if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != c.status || got.Status != c.word || len(got.Flows) != len(c.flows) {
			t.Errorf("%v: %d %+v", c.flows, resp.StatusCode, got)
		}
		for i, f := range got.Flows {
			if strings.Join(f.Reasons, ",") != strings.Join(c.flows[i].Reasons, ",") || strings.Join(f.Warnings, ",") != strings.Join(c.flows[i].Warnings, ",") || f.Name != c.flows[i].Name {
				t.Errorf("got %+v", f)
			}
		}
	}
}

func TestAProcessWhoseClustersAreAwayIsAliveButNotReady(t *testing.T) {
	h := handler(Flow{Name: "a->b", Enabled: true, Reasons: []string{"cluster b cannot be reached"}})
	for path, want := range map[string]int{"/health/live": 200, "/health/ready": 503, "/health": 503} {
		if resp := get(t, h, path); resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, resp.StatusCode, want)
		}
	}
	if resp := get(t, handler(Flow{Name: "a->b", Ready: true}), "/health/ready"); resp.StatusCode != 200 {
		t.Error(resp.Status)
	}
}

func TestMetricsAndIndexAreServed(t *testing.T) {
	for path, want := range map[string]string{"/metrics": "things_total 0", "/": "crosstide 1.2.3"} {
		resp := get(t, handler(), path)
		body, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != 200 || !strings.Contains(string(body), want) {
			t.Errorf("%s: %d %s", path, resp.StatusCode, body)
		}
	}
	if resp := get(t, handler(), "/elsewhere"); resp.StatusCode != 404 {
		t.Error(resp.Status)
	}
}

func TestTheServerGivesItsAddressBackAlthoughAClientHangs(t *testing.T) {
	s, err := Listen("127.0.0.1:0", handler(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	hanging, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = hanging.Close() }()
	if _, err := hanging.Write([]byte("GET / HT")); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get("http://" + s.Addr() + "/health")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if _, err := Listen(s.Addr(), nil, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), s.Addr()) {
		t.Errorf("a port in use must be an error that names it: %v", err)
	}
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it does not stop")
	}
	l, err := net.Listen("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
}
