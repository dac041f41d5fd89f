package source

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kerr"
)

// scripted is a cluster that refuses what it is told to: kfake takes configs
// and replication factors that real brokers refuse.
type scripted struct {
	side string

	mu      sync.Mutex
	known   topicMap
	configs map[string][]configEntry
	// refuseConfig has the broker's words for configs of new topics.
	refuseConfig map[string]string
	// refuse has codes for operations on names, such as "CREATE A.x".
	refuse map[string]int16
	down   error
	acls   []aclBinding
	calls  []string
	made   map[string]newTopic
}

func newScripted(side, topics string) *scripted {
	return &scripted{
		side: side, known: topicsOf(topics), configs: map[string][]configEntry{},
		refuseConfig: map[string]string{}, refuse: map[string]int16{}, made: map[string]newTopic{},
	}
}

func (s *scripted) allTopics(context.Context) (clusterView, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := newClusterView()
	v.ClusterID = s.side
	for name, t := range s.known {
		if s.refuse["DESCRIBE "+name] == 0 {
			v.Topics[name] = t
		}
	}
	return v, s.down
}

func (s *scripted) topics(_ context.Context, names []string) (clusterView, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := newClusterView()
	for _, name := range names {
		t, there := s.known[name]
		code := s.refuse["DESCRIBE "+name]
		switch {
		case code != 0:
			v.Refused[name] = s.no("DESCRIBE", name, code, "")
		case !there:
			v.Refused[name] = s.no("DESCRIBE", name, kerr.UnknownTopicOrPartition.Code, "")
		default:
			v.Topics[name] = t
		}
	}
	return v, s.down
}

func (s *scripted) no(operation, name string, code int16, message string) error {
	return newRefusal(s.side, operation, topicResource(name), code, &message)
}

func (s *scripted) topicConfigs(_ context.Context, names []string) (map[string][]configEntry, map[string]error, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out, errs := map[string][]configEntry{}, map[string]error{}
	for _, name := range names {
		if code := s.refuse["DESCRIBE_CONFIGS "+name]; code != 0 {
			errs[name] = s.no("DESCRIBE_CONFIGS", name, code, "")
		} else {
			out[name] = s.configs[name]
		}
	}
	return out, errs, s.down
}

func (s *scripted) topicACLs(context.Context) ([]aclBinding, error) { return s.acls, s.down }

func (s *scripted) createTopics(_ context.Context, topics []newTopic) (map[string]error, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	errs := map[string]error{}
	for _, t := range topics {
		s.calls = append(s.calls, "create "+t.Name)
		if err := s.create(t); err != nil {
			errs[t.Name] = err
		}
	}
	return errs, s.down
}

func (s *scripted) create(t newTopic) error {
	if code := s.refuse["CREATE "+t.Name]; code != 0 {
		return s.no("CREATE", t.Name, code, "")
	}
	if _, there := s.known[t.Name]; there {
		return s.no("CREATE", t.Name, kerr.TopicAlreadyExists.Code, "")
	}
	for _, name := range sortedNames(t.Configs) {
		if message, bad := s.refuseConfig[name]; bad {
			return s.no("CREATE", t.Name, kerr.InvalidConfig.Code, message)
		}
	}
	t.Configs = maps.Clone(t.Configs)
	s.made[t.Name] = t
	s.known[t.Name] = TopicInfo{Name: t.Name, Partitions: t.Partitions}
	return nil
}

func (s *scripted) growTopics(_ context.Context, wants []want) (map[string]error, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	errs := map[string]error{}
	for _, w := range wants {
		s.calls = append(s.calls, "grow "+w.Remote)
		if code := s.refuse["ALTER "+w.Remote]; code != 0 {
			errs[w.Remote] = s.no("ALTER", w.Remote, code, "")
			continue
		}
		s.known[w.Remote] = TopicInfo{Name: w.Remote, Partitions: w.Source.Partitions}
	}
	return errs, s.down
}

func (s *scripted) alterConfigs(_ context.Context, ops map[string][]configOp) (map[string]error, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	errs := map[string]error{}
next:
	for _, name := range sortedNames(ops) {
		s.calls = append(s.calls, "alter "+name+" "+opsText(ops[name]))
		if code := s.refuse["ALTER_CONFIGS "+name]; code != 0 {
			errs[name] = s.no("ALTER_CONFIGS", name, code, "")
			continue
		}
		for _, op := range ops[name] {
			if message, bad := s.refuseConfig[op.Name]; bad {
				errs[name] = s.no("ALTER_CONFIGS", name, kerr.InvalidConfig.Code, message)
				continue next
			}
		}
	}
	return errs, s.down
}

func (s *scripted) createACLs(_ context.Context, bindings []aclBinding) ([]error, error) {
	errs := make([]error, len(bindings))
	for i, b := range bindings {
		s.calls = append(s.calls, "acl "+b.Topic)
		if code := s.refuse["ACL "+b.Topic]; code != 0 {
			errs[i] = s.no("ALTER", b.Topic, code, "")
		}
	}
	return errs, s.down
}

func (s *scripted) Close() {}

func (s *scripted) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := strings.Join(s.calls, "; ")
	s.calls = nil
	return calls
}

// logged collects log lines of at least Info, "LEVEL message" each.
type logged struct {
	mu    sync.Mutex
	lines []string
}

func (l *logged) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }
func (l *logged) WithAttrs([]slog.Attr) slog.Handler               { return l }
func (l *logged) WithGroup(string) slog.Handler                    { return l }
func (l *logged) Handle(_ context.Context, r slog.Record) error {
	line := r.Level.String() + " " + r.Message
	r.Attrs(func(a slog.Attr) bool { line += " " + a.String(); return true })
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
	return nil
}

func (l *logged) snapshot() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines)
}

func (l *logged) take(level string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for _, line := range l.lines {
		if strings.HasPrefix(line, level) {
			out = append(out, line)
		}
	}
	l.lines = nil
	return out
}

func scriptedTargets(t *testing.T, source, target *scripted) (*Targets, *logged) {
	t.Helper()
	lines := &logged{}
	log := slog.New(lines)
	m, err := newControlMetrics(prometheus.NewRegistry(), "A", "B")
	if err != nil {
		t.Fatal(err)
	}
	ts := &Targets{
		source: source, target: target, naming: prefixed, rules: configRules{Accepts: allBut()}, factor: 2,
		openWriter: func(context.Context) (writer, error) { return target, nil },
		log:        log, changes: newChanges(log), metrics: m, turn: make(chan struct{}, 1),
	}
	ts.turn <- struct{}{}
	return ts, lines
}

func TestAMissingTargetIsCreatedAsTheSourceIs(t *testing.T) {
	source, target := newScripted(sideSource, "a:3 b:1"), newScripted(sideTarget, "A.b:1")
	source.configs["a"] = entriesOf("cleanup.policy=compact/topic retention.ms=5/default")
	ts, _ := scriptedTargets(t, source, target)
	if err := ts.EnsureTarget(t.Context(), []string{"a", "b"}); err != nil {
		t.Fatal(err)
	}
	got := target.made["A.a"]
	if got.Partitions != 3 || got.ReplicationFactor != 2 || configText(got.Configs) != "cleanup.policy=compact" {
		t.Errorf("created %+v", got)
	}
	if calls := target.take(); calls != "create A.a" {
		t.Errorf("calls: %s", calls)
	}
	if err := ts.EnsureTarget(t.Context(), []string{"a", "b"}); err != nil || target.take() != "" {
		t.Errorf("a second look must change nothing (err %v)", err)
	}
}

func TestATopicIsCreatedWithoutTheConfigThatTheTargetRefuses(t *testing.T) {
	source, target := newScripted(sideSource, "a:1 b:1"), newScripted(sideTarget, "")
	source.configs["a"] = entriesOf("new.one=1/topic cleanup.policy=compact/topic odd.one=2/topic")
	source.configs["b"] = entriesOf("new.one=1/topic")
	target.refuseConfig["new.one"] = "Unknown topic config name: new.one"
	target.refuseConfig["odd.one"] = "Invalid value 2 for configuration odd.one"
	ts, lines := scriptedTargets(t, source, target)
	if err := ts.EnsureTarget(t.Context(), []string{"a", "b"}); err != nil {
		t.Fatal(err)
	}
	if got := configText(target.made["A.a"].Configs); got != "cleanup.policy=compact" {
		t.Errorf("A.a has %q", got)
	}
	if got := configText(target.made["A.b"].Configs); got != "" {
		t.Errorf("A.b has %q", got)
	}
	if warnings := lines.take("WARN"); len(warnings) != 2 || !strings.Contains(warnings[0], "new.one") || !strings.Contains(warnings[1], "odd.one") {
		t.Errorf("one warning a config is wanted, got %q", warnings)
	}
}

func TestARefusalThatNamesNoConfigFailsTheTopicAlone(t *testing.T) {
	source, target := newScripted(sideSource, "a:1 b:1"), newScripted(sideTarget, "")
	source.configs["a"] = entriesOf("x=1/topic")
	target.refuseConfig["x"] = "no"
	ts, _ := scriptedTargets(t, source, target)
	err := ts.EnsureTarget(t.Context(), []string{"a", "b"})
	if !errors.Is(err, kerr.InvalidConfig) || !strings.Contains(err.Error(), "target of a") || strings.Contains(err.Error(), "target of b") {
		t.Errorf("got %v", err)
	}
	if _, made := target.made["A.b"]; !made {
		t.Error("b had to go on")
	}
}

func TestATopicThatABrokerMadeByItselfIsExtended(t *testing.T) {
	source, target := newScripted(sideSource, "a:6"), newScripted(sideTarget, "A.a:1")
	ts, _ := scriptedTargets(t, source, target)
	// The look that found it missing was before the broker made it.
	out := ts.applyInTurn(t.Context(), []want{{Source: source.known["a"], Remote: "A.a"}})
	if out.Err != nil || len(out.Failed) > 0 {
		t.Fatalf("%+v", out)
	}
	if calls := target.take(); calls != "create A.a; grow A.a" {
		t.Errorf("calls: %s", calls)
	}
}

func TestMissingPermissionsNameOperationAndResource(t *testing.T) {
	const no = 29 // TOPIC_AUTHORIZATION_FAILED
	for refuse, want := range map[string]string{
		"source DESCRIBE_CONFIGS a": `not authorized for DESCRIBE_CONFIGS on topic "a" in the source cluster`,
		"source DESCRIBE a":         `not authorized for DESCRIBE on topic "a" in the source cluster`,
		"target CREATE A.a":         `not authorized for CREATE on topic "A.a" in the target cluster`,
		"target DESCRIBE A.a":       `not authorized for DESCRIBE on topic "A.a" in the target cluster`,
	} {
		source, target := newScripted(sideSource, "a:1 b:1"), newScripted(sideTarget, "")
		side, what, _ := strings.Cut(refuse, " ")
		map[string]*scripted{sideSource: source, sideTarget: target}[side].refuse[what] = no
		ts, _ := scriptedTargets(t, source, target)
		err := ts.EnsureTarget(t.Context(), []string{"a", "b"})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v does not say %q", refuse, err, want)
		}
		if _, made := target.made["A.b"]; !made {
			t.Errorf("%s: the other topic had to go on", refuse)
		}
	}
}

func TestWaitingForATurnEndsWithTheContext(t *testing.T) {
	ts, _ := scriptedTargets(t, newScripted(sideSource, "a:1"), newScripted(sideTarget, ""))
	<-ts.turn
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := ts.EnsureTarget(ctx, []string{"a"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
