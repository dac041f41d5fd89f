package herder

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"crosstide/connect/group"
)

func TestMembershipIsStaticUnlessThereIsNoPlaceForItsLock(t *testing.T) {
	props := map[string]string{
		"bootstrap.servers": "127.0.0.1:1", "group.id": "g",
		"config.storage.topic": "c", "offset.storage.topic": "o", "status.storage.topic": "s",
	}
	instance := func(t *testing.T) (*group.Instance, string) {
		t.Helper()
		s, err := parse(props)
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		i := groupInstance(s, slog.New(slog.NewTextHandler(&log, nil)))
		t.Cleanup(i.Release)
		return i, log.String()
	}

	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	if i, log := instance(t); i == nil || log != "" {
		t.Errorf("with a writable directory: %v, logged %s", i, log)
	}
	t.Setenv("XDG_RUNTIME_DIR", filepath.Join("/dev/null", "nowhere"))
	if i, log := instance(t); i != nil || !strings.Contains(log, "XDG_RUNTIME_DIR") {
		t.Errorf("without: %v, logged %s", i, log)
	}
	props["group.instance.id"] = "mine"
	if i, _ := instance(t); i == nil || i.ID() != "mine" {
		t.Errorf("with an id of the user's: %v", i)
	}
}
