package herder

import (
	"errors"
	"strings"
	"testing"

	"crosstide/connect/plugin"
	"crosstide/connect/state"
)

func TestAPlanMarksOnlyWhatWillRestart(t *testing.T) {
	s := ConnectorStatus{
		Connector: state.Status{State: state.StatusRunning},
		Tasks:     []state.Status{{Task: 0, State: state.StatusRunning}, {Task: 1, State: state.StatusFailed, Trace: "boom"}},
	}
	for _, c := range []struct {
		tasks, failed bool
		want          string
	}{
		{false, false, "RESTARTING RUNNING FAILED"},
		{true, false, "RESTARTING RESTARTING RESTARTING"},
		{true, true, "RUNNING RUNNING RESTARTING"},
		{false, true, "RUNNING RUNNING FAILED"},
	} {
		p := planned(s, c.tasks, c.failed)
		if got := string(p.Connector.State) + " " + string(p.Tasks[0].State) + " " + string(p.Tasks[1].State); got != c.want {
			t.Errorf("tasks %t, failed only %t: %s, want %s", c.tasks, c.failed, got, c.want)
		}
	}
	if s.Tasks[1].State != state.StatusFailed {
		t.Error("planning changed what it was given")
	}
}

func TestVersionsMatchMavensRanges(t *testing.T) {
	for wanted, want := range map[string]bool{
		"": true, "latest": true, "4.3.0": true, "4.3": true, "4.2.9": false, "[4.0,5.0)": true, "[4.3.0]": true, "(4.3.0,)": false,
		"[,4.3.0]": true, "[,4.3.0)": false, "[4.10,)": false, "[,]": false,
	} {
		if err := inRange("c", wanted, "4.3.0"); (err == nil) != want {
			t.Errorf("%q: %v", wanted, err)
		}
	}
	for _, bad := range []string{"[", "[1", "1]", "[1,2,3]", "(("} {
		if err := inRange("c", bad, "4.3.0"); err == nil || !strings.HasPrefix(err.Error(), "Invalid version specification") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestAPlaceholderIsCheckedByItsValueAndShownAsItself(t *testing.T) {
	t.Setenv("TASKS", "0")
	s, err := parse(map[string]string{
		"bootstrap.servers": "h:1", "group.id": "g", "config.storage.topic": "c", "offset.storage.topic": "o", "status.storage.topic": "s",
		"config.providers": "env", "config.providers.env.class": "org.apache.kafka.common.config.provider.EnvVarConfigProvider",
	})
	if err != nil {
		t.Fatal(err)
	}
	r := plugin.NewRegistry()
	r.AddSource(plugin.Source{Class: "a.DummyConnector", New: dummy})
	class, tasks, name := "Dummy", "${env:TASKS}", "n"
	infos, err := NewPlugins(r, s.resolve).Validate(t.Context(), map[string]*string{"connector.class": &class, "tasks.max": &tasks, "name": &name})
	if err != nil || infos.ErrorCount != 1 {
		t.Fatalf("%+v %v", infos, err)
	}
	for _, c := range infos.Configs {
		if c.Value.Name == "tasks.max" && (*c.Value.Value != tasks || c.Value.Errors[0] != "Invalid value ${env:TASKS} for configuration tasks.max: Value must be at least 1") {
			t.Errorf("shown as %q, errors %q", *c.Value.Value, c.Value.Errors)
		}
	}
	var refusal *Error
	if !errors.As(infos.Err(), &refusal) || refusal.Kind != Invalid || !strings.Contains(refusal.Message, "contains the following 1 error(s)") {
		t.Errorf("%v", infos.Err())
	}
}

func TestRequestsBeforeTheStartAreRefusedAsUnavailable(t *testing.T) {
	h, err := New(Config{WorkerProps: map[string]string{
		"bootstrap.servers": "h:1", "group.id": "g", "config.storage.topic": "c", "offset.storage.topic": "o", "status.storage.topic": "s",
	}, Plugins: plugin.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.StopConnector(t.Context(), "x"); !errors.Is(err, ErrNotRunning) {
		t.Errorf("%v", err)
	}
	if _, err := h.ConnectorInfo("x"); !errors.Is(err, ErrNotFound) {
		t.Errorf("%v", err)
	}
	if err := h.Answers(t.Context()); !errors.Is(err, ErrNotRunning) || h.Doing() == "" {
		t.Errorf("%v", err)
	}
}
