package source

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func configSyncOf(w *watched) *configSync {
	return &configSync{targets: w.targets, known: w.published.Load, log: w.log, changes: w.changes, metrics: w.metrics}
}

func TestConfigSyncAltersKnownTopicsOnly(t *testing.T) {
	w := watch(t, "a:1 b:1 c:1", "A.a:1 A.b:1")
	w.target.refuse["CREATE A.c"] = kerr.PolicyViolation.Code
	w.source.configs["a"] = entriesOf("x=1/topic y=1/default")
	w.target.configs["A.a"] = entriesOf("x=0/default y=2/topic")
	w.source.configs["b"] = entriesOf("x=1/topic")
	w.target.configs["A.b"] = entriesOf("x=1/topic")
	w.source.configs["c"] = entriesOf("x=1/topic")
	w.must(t)
	w.target.take()
	if err := configSyncOf(w).run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if calls := w.target.take(); calls != "alter A.a x=1 -y" {
		t.Errorf("calls: %s", calls)
	}
}

func TestARefusedConfigIsLeftOutAndToldOnce(t *testing.T) {
	w := watch(t, "a:1 b:1", "A.a:1 A.b:1")
	for _, name := range []string{"a", "b"} {
		w.source.configs[name] = entriesOf("bad=1/topic good=1/topic")
		w.target.configs["A."+name] = entriesOf("bad=0/default good=0/default")
	}
	w.target.refuse["ALTER_CONFIGS A.b"] = kerr.TopicAuthorizationFailed.Code
	w.target.refuseConfig["bad"] = "Invalid value 1 for configuration bad"
	w.must(t)
	sync := configSyncOf(w)
	for range 2 {
		if err := sync.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if calls := w.target.take(); calls != "alter A.a bad=1 good=1; alter A.b bad=1 good=1; alter A.a good=1" {
			t.Errorf("calls: %s", calls)
		}
	}
	if warnings := w.lines.take("WARN"); len(warnings) != 2 {
		t.Errorf("one warning a topic is wanted, got %q", warnings)
	}
}

func TestConfigsAreSentBlindWhereTheTargetsMayNotBeRead(t *testing.T) {
	w := watch(t, "a:1", "A.a:1")
	w.source.configs["a"] = entriesOf("x=1/topic y=1/default")
	w.target.refuse["DESCRIBE_CONFIGS A.a"] = kerr.TopicAuthorizationFailed.Code
	w.must(t)
	if err := configSyncOf(w).run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if calls := w.target.take(); calls != "alter A.a x=1 -y" {
		t.Errorf("calls: %s", calls)
	}
}

func TestATargetWithoutIncrementalAlterEndsTheConnector(t *testing.T) {
	w := watch(t, "a:1", "A.a:1")
	w.source.configs["a"] = entriesOf("x=1/topic")
	w.target.configs["A.a"] = entriesOf("x=0/topic")
	w.target.refuse["ALTER_CONFIGS A.a"] = kerr.UnsupportedVersion.Code
	w.must(t)
	if err := configSyncOf(w).run(t.Context()); !errors.Is(err, errNoIncremental) {
		t.Errorf("got %v", err)
	}
}

func TestOneACLThatFailsHoldsUpNoOther(t *testing.T) {
	w := watch(t, "a:1 b:1", "A.a:1 A.b:1")
	w.source.acls = []aclBinding{
		acl("a", kmsg.ACLOperationRead, kmsg.ACLPermissionTypeAllow),
		acl("b", kmsg.ACLOperationRead, kmsg.ACLPermissionTypeAllow),
	}
	w.target.refuse["ACL A.a"] = kerr.ClusterAuthorizationFailed.Code
	sync := &aclSync{targets: w.targets, log: w.log, changes: w.changes, metrics: w.metrics}
	for range 2 {
		if err := sync.run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if calls := w.target.take(); calls != "acl A.a; acl A.b; acl A.a; acl A.b" {
		t.Errorf("calls: %s", calls)
	}
	if warnings := w.lines.take("WARN"); len(warnings) != 1 || !strings.Contains(warnings[0], "not authorized for ALTER") {
		t.Errorf("got %q", warnings)
	}
}

func TestAClusterWithoutAuthorizerIsToldOnce(t *testing.T) {
	w := watch(t, "a:1", "")
	w.source.down = newRefusal(sideSource, "DESCRIBE", "the cluster", kerr.SecurityDisabled.Code, nil)
	sync := &aclSync{targets: w.targets, log: w.log, changes: w.changes, metrics: w.metrics}
	for range 3 {
		if err := sync.run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if infos := w.lines.take("INFO"); len(infos) != 1 || w.target.take() != "" {
		t.Errorf("got %q", infos)
	}
}

func TestACLsAreCreatedBlindOnlyWhereTheTargetRefusesToShowThem(t *testing.T) {
	for _, c := range []struct {
		name  string
		down  error
		calls string
		fails bool
	}{
		{"refused", newRefusal(sideTarget, "DESCRIBE", "the cluster", kerr.ClusterAuthorizationFailed.Code, nil), "acl A.a", false},
		{"unreachable", &callError{sideTarget, "describing ACLs", errors.New("dial: refused")}, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := watch(t, "a:1", "A.a:1")
			w.source.acls = []aclBinding{acl("a", kmsg.ACLOperationRead, kmsg.ACLPermissionTypeAllow)}
			w.targets.target = hiddenACLs{w.target, c.down}
			sync := &aclSync{targets: w.targets, log: w.log, changes: w.changes, metrics: w.metrics}
			if err := sync.run(t.Context()); (err != nil) != c.fails {
				t.Errorf("got %v", err)
			}
			if calls := w.target.take(); calls != c.calls {
				t.Errorf("calls: %s", calls)
			}
		})
	}
}

type hiddenACLs struct {
	*scripted
	err error
}

func (h hiddenACLs) topicACLs(context.Context) ([]aclBinding, error) { return nil, h.err }
