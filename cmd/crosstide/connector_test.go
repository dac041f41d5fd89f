package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// connectWorker answers as a Connect worker with one connector, and records what
// it is asked.
func connectWorker(t *testing.T) (url string, asked *[]string) {
	t.Helper()
	asked = &[]string{}
	answers := map[string]string{
		"GET /connectors?expand=status":                                    `{"a/b":{"status":{"name":"a/b","connector":{"state":"RUNNING","worker_id":"w:1"},"tasks":[{"id":0,"state":"RUNNING","worker_id":"w:1"},{"id":1,"state":"FAILED","worker_id":"w:1","trace":"boom\nat x"}],"type":"source"}}}`,
		"GET /connectors/a%2Fb/status":                                     `{"name":"a/b","connector":{"state":"RUNNING","worker_id":"w:1"},"tasks":[{"id":1,"state":"FAILED","worker_id":"w:1","trace":"boom\nat x"}],"type":"source"}`,
		"PUT /connectors/a%2Fb/config":                                     `{"name":"a/b","config":{},"tasks":[],"type":"source"}`,
		"PUT /connector-plugins/X/config/validate":                         `{"name":"X","error_count":1,"groups":[],"configs":[{"definition":null,"value":{"name":"k","value":null,"recommended_values":[],"errors":["wrong"],"visible":true}}]}`,
		"GET /connectors/a%2Fb/offsets":                                    `{"offsets":[{"partition":{"topic":"t"},"offset":{"offset":3}}]}`,
		"DELETE /connectors/a%2Fb/offsets":                                 `{"message":"reset"}`,
		"GET /connectors":                                                  `["a/b"]`,
		"PUT /connectors/a%2Fb/pause":                                      "",
		"POST /connectors/a%2Fb/tasks/1/restart":                           "",
		"POST /connectors/a%2Fb/restart?includeTasks=true&onlyFailed=true": `{"name":"a/b","connector":{"state":"RUNNING","worker_id":"w:1"},"tasks":[],"type":"source"}`,
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		request := r.Method + " " + r.URL.EscapedPath()
		if r.URL.RawQuery != "" {
			request += "?" + r.URL.RawQuery
		}
		*asked = append(*asked, strings.TrimSpace(request+" "+string(body)))
		text, known := answers[request]
		if !known {
			w.WriteHeader(http.StatusNotFound)
			text = `{"error_code":404,"message":"Unknown connector"}`
		}
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

func TestConnectorCommandsSpeakToAWorker(t *testing.T) {
	url, asked := connectWorker(t)
	file := filepath.Join(t.TempDir(), "c.properties")
	if err := os.WriteFile(file, []byte("name=a/b\nconnector.class=X\ntasks.max=2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		out  string // in stdout, or stderr when the code is not 0
		ask  string
	}{
		{[]string{"list"}, 0, "a/b        source  RUNNING  1 FAILED, 1 RUNNING  w:1", ""},
		{[]string{"status", "a/b"}, 0, "task 1     FAILED   w:1     boom", ""},
		{[]string{"create", file}, 0, "a/b", `PUT /connectors/a%2Fb/config {"connector.class":"X","name":"a/b","tasks.max":"2"}`},
		{[]string{"validate", file}, 2, "1 errors", ""},
		{[]string{"offsets", "a/b"}, 0, `{"topic":"t"}  {"offset":3}`, ""},
		{[]string{"offsets", "a/b", "--reset"}, 0, "reset", "DELETE /connectors/a%2Fb/offsets"},
		{[]string{"pause", "a/b", "gone"}, 2, "gone: Unknown connector", "PUT /connectors/a%2Fb/pause"},
		{[]string{"restart", "a/b", "--task", "1"}, 0, "asked to restart", "POST /connectors/a%2Fb/tasks/1/restart"},
		{[]string{"restart", "a/b", "--tasks", "--failed"}, 0, "asked to restart", ""},
		{[]string{"delete", "gone"}, 2, "gone: Unknown connector", "DELETE /connectors/gone"},
		{[]string{"list", "-o", "yaml"}, 2, "write table or json", ""},
	} {
		*asked = nil
		code, stdout, stderr := call(t, append([]string{"crosstide", "connector", "--url", url}, c.args...)...)
		out := stdout
		if c.code != 0 {
			out = stderr
		}
		if code != c.code || !strings.Contains(out, c.out) {
			t.Errorf("%v: exit code %d\n%s%s", c.args, code, stdout, stderr)
		}
		if c.ask != "" && !strings.Contains(strings.Join(*asked, "\n"), c.ask) {
			t.Errorf("%v asked %q", c.args, *asked)
		}
	}
	_, stdout, _ := call(t, "crosstide", "connector", "list", "-o", "json", "--url", url)
	if !json.Valid([]byte(stdout)) {
		t.Errorf("not JSON: %s", stdout)
	}
	_, stdout, _ = call(t, "crosstide", "__complete", "connector", "--url", url, "status", "")
	if !strings.HasPrefix(stdout, "a/b\n") {
		t.Errorf("completion: %s", stdout)
	}
}

func TestAConnectorCommandWithoutAWorkerSaysSo(t *testing.T) {
	if code, _, stderr := call(t, "crosstide", "connector", "list", "--url", "http://127.0.0.1:1"); code != 2 || !strings.Contains(stderr, "is a worker listening there?") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}
