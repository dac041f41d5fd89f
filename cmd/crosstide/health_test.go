package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"crosstide/connectors/mirror/maker"
)

func TestHealthCommandEndsAsTheMirrorAnswers(t *testing.T) {
	answers := []int{503, 503, 200}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(answers[0])
		_, _ = w.Write([]byte("the answer"))
		if len(answers) > 1 {
			answers = answers[1:]
		}
	}))
	defer server.Close()
	if code, out, errs := call(t, "crosstide", "health", server.URL); code != 2 || out != "the answer" || !strings.Contains(errs, "503") {
		t.Errorf("%d %q %q", code, out, errs)
	}
	if code, out, errs := call(t, "crosstide", "health", server.URL, "--wait", "1m"); code != 0 || out != "the answer" {
		t.Errorf("%d %q %q", code, out, errs)
	}
	server.Close()
	if code, _, errs := call(t, "crosstide", "health", server.URL); code != 2 || errs == "" {
		t.Errorf("%d %q", code, errs)
	}
}

func TestHealthCommandFindsTheMirrorOfItsOwnContainer(t *testing.T) {
	for addr, want := range map[string]string{
		":8080":            "http://localhost:8080/health",
		"0.0.0.0:80":       "http://localhost:80/health",
		"[::]:80":          "http://localhost:80/health",
		"10.1.2.3:80":      "http://10.1.2.3:80/health",
		"[2001:db8::1]:80": "http://[2001:db8::1]:80/health",
		"":                 "",
	} {
		if got := healthURL(addr); got != want {
			t.Errorf("%q: %q, want %q", addr, got, want)
		}
	}
	t.Setenv("CROSSTIDE_LISTEN", "")
	if code, _, errs := call(t, "crosstide", "health"); code != 255 || !strings.Contains(errs, "CROSSTIDE_LISTEN") {
		t.Errorf("%d %q", code, errs)
	}
}

func TestReadinessOfFlowsIsAMetric(t *testing.T) {
	flows := flowReady(func() []maker.FlowHealth {
		return []maker.FlowHealth{{Flow: "a->b", Enabled: true, Ready: true}, {Flow: "b->a", Reasons: []string{"cluster a cannot be reached"}}}
	})
	reg := prometheus.NewRegistry()
	reg.MustRegister(flows)
	families, err := reg.Gather()
	if err != nil || len(families) != 1 || families[0].GetName() != "crosstide_flow_ready" {
		t.Fatal(families, err)
	}
	got := map[string]float64{}
	for _, m := range families[0].GetMetric() {
		for _, l := range m.GetLabel() {
			if l.GetName() == "flow" {
				got[l.GetValue()] = m.GetGauge().GetValue()
			}
		}
	}
	if len(got) != 2 || got["a->b"] != 1 || got["b->a"] != 0 {
		t.Error(got)
	}
}
