package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

const heartbeatConfig = `{"connector.class":"MirrorHeartbeat","source.cluster.alias":"a","target.cluster.alias":"b","source.cluster.bootstrap.servers":"%s","target.cluster.bootstrap.servers":"%s","enabled":"true","heartbeats.topic.replication.factor":1}`

func TestBadInputIsTheCallersToMend(t *testing.T) {
	at := cluster(t, "west")
	w := startWorker(t, at, nil)
	config := fmt.Sprintf(heartbeatConfig, at, at)
	for _, c := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"POST", "/connectors", "not json", 400, "Unexpected character"},
		{"POST", "/connectors", "", 400, "no body"},
		{"POST", "/connectors", "null", 400, "Cannot deserialize value"},
		{"POST", "/connectors", "[]", 400, "Cannot deserialize value"},
		{"POST", "/connectors", "{} {}", 400, "more after"},
		{"POST", "/connectors", `{"name":"x"}`, 400, `needs "config"`},
		{"POST", "/connectors", `{"name":7,"config":{}}`, 400, `"name" must be a string`},
		{"POST", "/connectors", `{"name":"x","config":{"a":[]}}`, 400, "must be a string, not an array"},
		{"POST", "/connectors", `{"name":"x","bogus":1,"config":` + config + `}`, 400, `Unrecognized field "bogus"`},
		{"POST", "/connectors", `{"name":"x","initial_state":"BANANA","config":` + config + `}`, 400, "RUNNING, PAUSED or STOPPED"},
		{"POST", "/connectors", `{"config":` + config + `}`, 400, "Invalid value  for configuration name: String may not be empty"},
		{"POST", "/connectors", `{"name":"a\u0007b","config":` + config + `}`, 400, "following ASCII chars: 7"},
		{"POST", "/connectors", `{"name":"x","config":{"connector.class":"MirrorHeartbeat","source.cluster.alias":"a","tasks.max":"abc"}}`, 400,
			"Invalid value abc for configuration tasks.max: Not a number of type INT\nInvalid value null for configuration tasks.max: Value must be non-null"},
		{"POST", "/connectors", `{"name":"x","config":{"connector.class":"MirrorHeartbeat","source.cluster.alias":"a","key.converter":"no.Such"}}`, 400, "Class no.Such could not be found."},
		{"POST", "/connectors", `{"name":"x","config":{"connector.class":"MirrorHeartbeat","source.cluster.alias":"a","transforms":"t"}}`, 400, `Missing required configuration "transforms.t.type"`},
		{"POST", "/connectors", `{"name":"x","config":{"connector.class":"MirrorHeartbeat","source.cluster.alias":null}}`, 400, "Null value can not be supplied"},
		{"POST", "/connectors", `{"name":"x","config":{"password":"hunter2"}}`, 400, "contains no connector type"},
		{"PATCH", "/connectors/missing/offsets", `{"offsets":{}}`, 400, "Cannot deserialize value"},
		{"PATCH", "/connectors/missing/offsets", `{"offsets":[123]}`, 400, "Cannot construct instance"},
		{"PATCH", "/connectors/missing/offsets", `{"key":[]}`, 400, "Unrecognized field"},
		{"PATCH", "/connectors/missing/offsets", `{"offsets":[{"partition":{"a":{}}}]}`, 400, "Offsets may only contain primitive types as values, but field a contains OBJECT"},
		{"PATCH", "/connectors/missing/offsets", `{"offsets":[{"partition":{"a":99999999999999999999}}]}`, 400, "64 bits"},
		{"PUT", "/admin/loggers/root", `{"level":7}`, 400, "Desired 'level' parameter"},
		{"GET", "/connectors/missing/tasks/x/status", "", 404, "HTTP 404"},
		{"GET", "/connectors/%ff", "", 400, "UTF-8"},
		{"GET", "/connector-plugins/MirrorSource/config?version=9", "", 400, "[9,9], available versions: [4.3.0]"},
		{"GET", "/connector-plugins/MirrorSource/config?version=", "", 400, "[,], available versions: [4.3.0]"},
		{"GET", "/connector-plugins/MirrorSource/config?version=[1,", "", 400, "Invalid version specification"},
		{"PUT", "/connector-plugins/MirrorHeartbeat/config/validate", `{"connector.class":"MirrorSource"}`, 400, "Included connector type MirrorSource does not match request type MirrorHeartbeat"},
	} {
		got := w.call(t, c.method, c.path, c.body)
		if got.status != c.status || !strings.Contains(got.message(), c.says) || strings.Contains(got.raw, "hunter2") {
			t.Errorf("%s %s %s: %d %s, want %d %q", c.method, c.path, c.body, got.status, got.message(), c.status, c.says)
		}
	}
	if got := w.call(t, "PUT", "/connectors/x/config", `{"a":"`+strings.Repeat("x", 5<<20)+`"}`); got.status != 413 {
		t.Errorf("5 MiB: %d", got.status)
	}
}

func TestNamesMayHoldAnyCharacter(t *testing.T) {
	at := cluster(t, "west")
	w := startWorker(t, at, nil)
	config := fmt.Sprintf(heartbeatConfig, at, at)
	for name, escaped := range map[string]string{
		"a/b": "a%2Fb", "100%": "100%25", " x ": "%20x%20", "a+b": "a+b", "semi;v=1": "semi%3Bv=1", "..": "..", "früh": "fr%C3%BCh", "A->B": "A-%3EB", "q?#": "q%3F%23",
	} {
		path := "/connectors/" + escaped
		created := w.call(t, "PUT", path+"/config", config)
		if created.status != 201 {
			t.Errorf("%q: %d %s", name, created.status, created.raw)
			continue
		}
		location := strings.TrimPrefix(created.header.Get("Location"), w.url)
		for _, where := range []string{path, path + "/", path + ";v=1", location} {
			got := w.call(t, "GET", where, "")
			if info, _ := got.body.(map[string]any); got.status != 200 || info["name"] != name {
				t.Errorf("%q at %s: %d %s", name, where, got.status, got.raw)
			}
		}
		if got := w.call(t, "DELETE", path, ""); got.status != 204 {
			t.Errorf("removing %q: %d", name, got.status)
		}
	}
}

func TestTheHTTPLayerAnswersAsConnectDoes(t *testing.T) {
	w := startWorker(t, cluster(t, "west"), nil)
	for _, c := range []struct {
		method, path, accept, kind string
		status                     int
	}{
		{"GET", "/nope", "", "", 404},
		{"GET", "/connectors//x", "", "", 404},
		{"DELETE", "/connectors", "", "", 405},
		{"PATCH", "/admin/loggers", "", "", 405},
		{"GET", "/connectors", "text/csv", "", 406},
		{"GET", "/connectors", "text/csv, application/json;q=0.1", "", 200},
		{"POST", "/connectors", "", "text/plain", 415},
		{"POST", "/connectors", "", "application/json; charset=utf-8", 400},
		{"HEAD", "/connectors", "", "", 200},
		{"OPTIONS", "/connectors", "", "", 200},
		{"PUT", "/connectors/x/pause", "", "text/plain", 404},
	} {
		r, err := http.NewRequest(c.method, w.url+c.path, strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", c.kind)
		if c.accept != "" {
			r.Header.Set("Accept", c.accept)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != c.status {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, resp.StatusCode, c.status)
		}
		early := c.status == 405 || c.status == 406 || c.status == 415 || c.path == "/nope"
		if early && resp.Header["Content-Type"] != nil {
			t.Errorf("%s %s: an early error has Content-Type %s", c.method, c.path, resp.Header.Get("Content-Type"))
		}
		if c.method == "OPTIONS" && resp.Header.Get("Allow") != "GET,HEAD,OPTIONS,POST" {
			t.Errorf("Allow: %s", resp.Header.Get("Allow"))
		}
	}
}
