package rest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"crosstide/connect"
	"crosstide/connect/herder"
	"crosstide/rest"
)

// follower leaves everything to its leader.
type follower struct {
	rest.Herder
	leader string
}

func (f *follower) StopConnector(context.Context, string) error {
	return &herder.NotLeaderError{LeaderURL: f.leader}
}
func (f *follower) PutConnectorConfig(context.Context, string, map[string]*string) (herder.ConnectorInfo, bool, error) {
	return herder.ConnectorInfo{}, false, &herder.NotLeaderError{LeaderURL: f.leader}
}
func (f *follower) RestartPlanned(context.Context, string, bool, bool) (herder.ConnectorStatus, error) {
	return herder.ConnectorStatus{}, &herder.NotLeaderError{LeaderURL: f.leader}
}
func (f *follower) RestartTask(context.Context, connect.TaskID) error {
	return &herder.NotOwnerError{WorkerID: strings.TrimPrefix(f.leader, "http://")}
}

func TestAFollowerForwardsToItsLeader(t *testing.T) {
	var asked *http.Request
	var body string
	answer := func(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) }
	leader := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		asked, body = r, string(raw)
		answer(w)
	}))
	defer leader.Close()
	w := &worker{}
	w.url, w.checker = serve(t, rest.Config{Herder: &follower{leader: leader.URL}, Log: logger()})

	if got := w.call(t, "PUT", "/connectors/a%2Fb/stop", ""); got.status != 204 || asked.URL.RequestURI() != "/connectors/a%2Fb/stop?forward=true" {
		t.Errorf("%d, forwarded to %s", got.status, asked.URL.RequestURI())
	}
	if got := w.call(t, "PUT", "/connectors/x/stop?forward=true", ""); got.status != 204 || asked.URL.Query().Get("forward") != "false" {
		t.Errorf("%d, forwarded to %s", got.status, asked.URL.RequestURI())
	}
	if got := w.call(t, "PUT", "/connectors/x/stop?forward=false", ""); got.status != 409 || !strings.Contains(got.message(), "conflicting operation") {
		t.Errorf("a third hop: %d %s", got.status, got.raw)
	}
	if got := w.call(t, "POST", "/connectors/x/tasks/3/restart", ""); got.status != 204 || asked.URL.Path != "/connectors/x/tasks/3/restart" {
		t.Errorf("to the owner: %d %s", got.status, asked.URL.Path)
	}
	answer = func(w http.ResponseWriter) {
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"name":"x","config":{},"tasks":[],"type":"source"}`)
	}
	got := w.call(t, "PUT", "/connectors/x/config", `{"a":"<b>"}`)
	if got.status != 201 || got.header.Get("Location") != w.url+"/connectors/x" || body != `{"a":"<b>"}` || asked.Header.Get("User-Agent") != "kafka-connect" {
		t.Errorf("%d %v, the leader got %s", got.status, got.header, body)
	}
	answer = func(w http.ResponseWriter) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"error_code":404,"message":"Unknown connector: x"}`)
	}
	got = w.call(t, "POST", "/connectors/x/restart?includeTasks=true", "")
	if got.status != 404 || got.message() != "Unknown connector: x" || asked.URL.Query().Get("includeTasks") != "true" {
		t.Errorf("%d %s", got.status, got.raw)
	}
	answer = func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) }
	if got := w.call(t, "PUT", "/connectors/x/stop", ""); got.status != 500 || !strings.HasPrefix(got.message(), "IO Error trying to forward REST request") {
		t.Errorf("%d %s", got.status, got.raw)
	}
}

func TestWithoutALeaderTheCallerMayTryAgain(t *testing.T) {
	for _, leader := range []string{"", "host/A->B/0123"} {
		w := &worker{}
		w.url, w.checker = serve(t, rest.Config{Herder: &follower{leader: leader}, Log: logger()})
		if got := w.call(t, "PUT", "/connectors/x/stop", ""); got.status != 409 || !strings.Contains(got.message(), "no known leader URL") {
			t.Errorf("%d %s", got.status, got.raw)
		}
	}
}

func TestAReadOnlyAddressChangesNothing(t *testing.T) {
	w := &worker{}
	w.url, w.checker = serve(t, rest.Config{Herder: &stranger{}, Plugins: herder.NewPlugins(plugins(), nil), ReadOnly: true, Log: logger()})
	for request, want := range map[string]int{
		"PUT /connectors/x/stop": 403, "POST /connectors/x/restart": 403, "DELETE /connectors/x/offsets": 403, "GET /connectors": 200,
		"PUT /connector-plugins/MirrorSource/config/validate": 400,
	} {
		method, path, _ := strings.Cut(request, " ")
		if got := w.call(t, method, path, ""); got.status != want {
			t.Errorf("%s: %d %s", request, got.status, got.raw)
		}
	}
}

func FuzzNoRequestIsAnsweredWithA500(f *testing.F) {
	f.Add("POST", "/connectors", `{"name":"x","config":{"connector.class":"MirrorSource"}}`)
	f.Add("PUT", "/connectors/%2F/config", `{"a":null}`)
	f.Add("PATCH", "/connectors/x/offsets", `{"offsets":[{"partition":{},"offset":{"a":1.5}}]}`)
	f.Add("PUT", "/connector-plugins/MirrorSource/config/validate", `{"connector.class":"MirrorSource","transforms":"a,b","predicates":","}`)
	f.Add("GET", "/connector-plugins/MirrorSource/config?version=(1,2]", "")
	f.Add("GET", "/connectors;x//..", "")
	h := rest.Handler(rest.Config{Herder: &stranger{}, Plugins: herder.NewPlugins(plugins(), nil), Log: logger()})
	f.Fuzz(func(t *testing.T, method, path, body string) {
		r, err := http.NewRequest(method, "http://h/"+strings.TrimPrefix(path, "/"), strings.NewReader(body))
		if err != nil {
			return
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
		if w.Header().Get("Content-Type") == "application/json" && !json.Valid(w.Body.Bytes()) {
			t.Fatalf("%s %s: not JSON: %s", method, path, w.Body)
		}
	})
}
