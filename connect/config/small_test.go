package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestAPasswordNeverShows(t *testing.T) {
	secret := Password("geheim")
	type holder struct {
		P Password
		M map[string]Password
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "p", secret, "h", holder{P: secret})
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "p", secret, "h", holder{P: secret})
	j, err := json.Marshal(holder{P: secret, M: map[string]Password{"k": secret}})
	if err != nil {
		t.Fatal(err)
	}
	outputs := []string{log.String(), string(j), Text(secret)}
	for _, verb := range []string{"%v", "%s", "%q", "%x", "%d", "%+v", "%#v"} {
		outputs = append(outputs, fmt.Sprintf(verb, secret), fmt.Sprintf(verb, []any{secret}))
	}
	for _, out := range outputs {
		if strings.Contains(out, "geheim") || strings.Contains(out, "67656865696d") || !strings.Contains(out, Hidden) {
			t.Errorf("%s", out)
		}
	}
	if secret.Reveal() != "geheim" {
		t.Error("lost")
	}
}

func TestTheLikelyMeaningOfAnUnknownKeyIsFound(t *testing.T) {
	known := []string{"topics", "topics.exclude", "groups", "tasks.max", "secondary->primary.enabled",
		"refresh.topics.enabled", "replication.policy.separator", "emit.heartbeats.enabled"}
	for key, want := range map[string]string{
		"topic":                        "topics",
		"topics.excludes":              "topics.exclude",
		"task.max":                     "tasks.max",
		"tasks_max":                    "tasks.max",
		"secondary.enabled->primary":   "secondary->primary.enabled",
		"heartbeats.emit.enabled":      "emit.heartbeats.enabled",
		"refresh.topcis.enabled":       "refresh.topics.enabled",
		"replication.policy.seperator": "replication.policy.separator",
		"\u00ef\u00bb\u00bftopics":     "topics",
		"completely.different.thing":   "",
		"x":                            "",
		"topics":                       "",
	} {
		got, ok := Suggest(key, known)
		if got != want || ok != (want != "") {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}
