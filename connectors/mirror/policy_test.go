package mirror

import (
	"errors"
	"slices"
	"testing"

	"crosstide/connect/config"
)

// named makes connector properties from pairs.
func named(pairs ...string) map[string]string {
	props := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		props[pairs[i]] = pairs[i+1]
	}
	return props
}

func policy(t *testing.T, pairs ...string) Policy {
	t.Helper()
	p, err := NewPolicy(named(pairs...))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var (
	aToB     = []string{SourceClusterAlias, "A", TargetClusterAlias, "B"}
	identity = append([]string{ReplicationPolicyClass, identityPolicyClass}, aToB...)
	allEmpty = []string{SourceClusterAlias, "", TargetClusterAlias, "", ReplicationPolicySeparator, ""}
)

func TestNamesByPolicy(t *testing.T) {
	const none = "(none)"
	for _, tc := range []struct {
		name                               string
		props                              []string
		topic                              string
		remote, source, upstream, original string
	}{
		{"default", aToB, "foo", "A.foo", none, none, "foo"},
		{"default", aToB, "X.Y.foo", "A.X.Y.foo", "X", "Y.foo", "foo"},
		{"default, nothing after the separator", aToB, "foo.", "A.foo.", none, none, "foo."},
		{"default, only separators", aToB, "..", "A...", none, none, ".."},
		{"default, nothing before it", aToB, ".foo", "A..foo", "", "foo", "foo"},
		{"default, an empty label", aToB, "a..b", "A.a..b", "a", ".b", "b"},
		{"long separator", append([]string{ReplicationPolicySeparator, "--"}, aToB...), "X---", "A--X---", "X", "-", "-"},
		{"long separator, odd rest", append([]string{ReplicationPolicySeparator, "--"}, aToB...), "X--", "A--X--", none, none, "X--"},
		{"empty separator splits characters", append([]string{ReplicationPolicySeparator, ""}, aToB...), "foo", "Afoo", "f", "oo", "o"},
		{"empty separator, one character", append([]string{ReplicationPolicySeparator, ""}, aToB...), "f", "Af", none, none, "f"},
		{"identity", identity, "A.foo", "A.foo", "A", "A.foo", "A.foo"},
		{"identity, heartbeats", identity, "heartbeats", "A.heartbeats", none, none, "heartbeats"},
		{"identity, looks like heartbeats", identity, "my-heartbeats", "A.my-heartbeats", none, none, "my-heartbeats"},
		{"identity without alias", []string{ReplicationPolicyClass, identityPolicyClass}, "foo", "foo", none, "foo", "foo"},
		{"all empty", allEmpty, "A.foo", "A.foo", "", "A.foo", "A.foo"},
		{"all empty, heartbeats", allEmpty, "heartbeats", "heartbeats", "", "heartbeats", "heartbeats"},
		{"only aliases empty", []string{SourceClusterAlias, "", TargetClusterAlias, ""}, "foo", ".foo", none, none, "foo"},
	} {
		p := policy(t, tc.props...)
		maybe := func(s string, ok bool) string {
			if !ok {
				return none
			}
			return s
		}
		for what, pair := range map[string][2]string{
			"remote": {p.RemoteTopic(tc.topic), tc.remote}, "source": {maybe(p.TopicSource(tc.topic)), tc.source},
			"upstream": {maybe(p.UpstreamTopic(tc.topic)), tc.upstream}, "original": {p.OriginalTopic(tc.topic), tc.original},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s: %s of %q is %q, want %q", tc.name, what, tc.topic, pair[0], pair[1])
			}
		}
	}
}

func TestInternalTopicNamesFollowSeparatorAndFlag(t *testing.T) {
	for _, tc := range []struct {
		name        string
		props       []string
		syncs       []string // of alias B
		checkpoints []string // of alias A
	}{
		{"default", aToB, []string{"mm2-offset-syncs.B.internal"}, []string{"A.checkpoints.internal"}},
		{"separator", append([]string{ReplicationPolicySeparator, "_"}, aToB...),
			[]string{"mm2-offset-syncs_B_internal", "mm2-offset-syncs.B.internal"}, []string{"A_checkpoints_internal", "A.checkpoints.internal"}},
		{"flag off", append([]string{ReplicationPolicySeparator, "_", ReplicationPolicyInternalSeparator, "false"}, aToB...),
			[]string{"mm2-offset-syncs.B.internal"}, []string{"A.checkpoints.internal"}},
		{"empty separator", append([]string{ReplicationPolicySeparator, ""}, aToB...),
			[]string{"mm2-offset-syncsBinternal", "mm2-offset-syncs.B.internal"}, []string{"Acheckpointsinternal", "A.checkpoints.internal"}},
	} {
		p := policy(t, tc.props...)
		if got := p.OffsetSyncsTopics("B"); !slices.Equal(got, tc.syncs) || p.OffsetSyncsTopic("B") != tc.syncs[0] {
			t.Errorf("%s: offset syncs %q, want %q", tc.name, got, tc.syncs)
		}
		if got := p.CheckpointsTopics("A"); !slices.Equal(got, tc.checkpoints) || p.CheckpointsTopic("A") != tc.checkpoints[0] {
			t.Errorf("%s: checkpoints %q, want %q", tc.name, got, tc.checkpoints)
		}
	}
	p := policy(t, allEmpty...)
	if got := p.OffsetSyncsTopics(""); !slices.Equal(got, []string{"mm2-offset-syncsinternal", "mm2-offset-syncs..internal"}) {
		t.Errorf("all empty: %q", got)
	}
	if got := p.CheckpointsTopics(""); !slices.Equal(got, []string{"checkpointsinternal", ".checkpoints.internal"}) {
		t.Errorf("all empty: %q", got)
	}
}

func TestTheInternalFlagIsReadOnlyWhereTheSeparatorIsSet(t *testing.T) {
	p := policy(t, append([]string{ReplicationPolicyInternalSeparator, "false"}, aToB...)...)
	if got := p.OffsetSyncsTopic("B"); got != "mm2-offset-syncs.B.internal" {
		t.Error(got)
	}
}

func TestWhichTopicsAreInternal(t *testing.T) {
	for _, tc := range []struct {
		name  string
		props []string
		yes   []string
		no    []string
	}{
		{"default", aToB,
			[]string{"mm2-offsets.A.internal", "mm2-offset-syncs.B.internal", "A.checkpoints.internal", "__consumer_offsets", ".hidden", "mm2-offset-runs.A.internal"},
			[]string{"orders.internal", "orders-internal", "heartbeats", "mm2-orders"}},
		{"separator _", append([]string{ReplicationPolicySeparator, "_"}, aToB...),
			[]string{"mm2-offset-syncs_B_internal", "mm2-mirror-producers.internal", "mm2-offset-runs.A.internal"},
			[]string{"A.checkpoints.internal", "mm2-offsets.A.internal"}},
		{"all empty", allEmpty,
			[]string{"mm2-offsets.us.internal", "mm2-offset-syncsinternal", "checkpointsinternal", "mm2-offset-syncs..internal", ".checkpoints.internal", "A.checkpoints.internal"},
			[]string{"orders.internal", "heartbeats"}},
	} {
		p := policy(t, tc.props...)
		for _, topic := range tc.yes {
			if !p.IsInternalTopic(topic) {
				t.Errorf("%s: %s is not internal", tc.name, topic)
			}
		}
		for _, topic := range tc.no {
			if p.IsInternalTopic(topic) {
				t.Errorf("%s: %s is internal", tc.name, topic)
			}
		}
	}
}

func TestHeartbeatsTopicsAreRecognisedAcrossHops(t *testing.T) {
	for topic, want := range map[string]bool{"heartbeats": true, "A.heartbeats": true, "A.B.heartbeats": true, "my-heartbeats": false} {
		if got := policy(t, aToB...).IsHeartbeatsTopic(topic); got != want {
			t.Errorf("%s: %v", topic, got)
		}
	}
	// Both clusters' heartbeats share one name: copying them regardless of the
	// filter would run in circles.
	if policy(t, allEmpty...).IsHeartbeatsTopic("heartbeats") {
		t.Error("all empty: heartbeats must go by the filter")
	}
}

func TestAPolicyTellsWhetherItRecognisesItsCopies(t *testing.T) {
	for _, tc := range []struct {
		name  string
		props []string
		want  bool
	}{
		{"default", aToB, true},
		{"identity", identity, true},
		{"all empty", allEmpty, true},
		{"only separator empty", []string{SourceClusterAlias, "us", ReplicationPolicySeparator, ""}, false},
		{"separator empty, one-letter alias", []string{SourceClusterAlias, "u", ReplicationPolicySeparator, ""}, true},
		{"alias with the separator inside", []string{SourceClusterAlias, "us.east"}, false},
	} {
		if got := policy(t, tc.props...).KnowsTargets(); got != tc.want {
			t.Errorf("%s: %v", tc.name, got)
		}
	}
}

func TestDeployedClassNamesOfIdentityAreIdentity(t *testing.T) {
	for _, class := range []string{
		"org.apache.kafka.connect.mirror.IdentityReplicationPolicy", "IdentityReplicationPolicy",
		"io.strimzi.kafka.connect.mirror.IdentityReplicationPolicy", "com.amazonaws.kafka.samples.CustomMM2ReplicationPolicy",
	} {
		if k := policy(t, append([]string{ReplicationPolicyClass, class}, aToB...)...).Kind(); k != Identity {
			t.Errorf("%s is %v", class, k)
		}
	}
}

func TestAnUnknownPolicyClassIsNamedWithItsKey(t *testing.T) {
	_, err := NewPolicy(named(ReplicationPolicyClass, "com.example.MyPolicy"))
	var e *config.Error
	if !errors.As(err, &e) || e.Key != ReplicationPolicyClass || e.Value != "com.example.MyPolicy" || e.Remedy == "" {
		t.Errorf("%#v", err)
	}
}

type allTopics struct{}

func (allTopics) Replicates(string) bool { return true }

type noTopics struct{}

func (noTopics) Replicates(string) bool { return false }

func TestCopiesOfTheTargetsOwnTopicsAreNotCopiedBack(t *testing.T) {
	props := []string{SourceClusterAlias, "source", TargetClusterAlias, "target"}
	s := Selection{Policy: policy(t, props...), Filter: allTopics{}, SourceAlias: "source", TargetAlias: "target"}
	for topic, want := range map[string]bool{
		"topic1": true, "source.topic1": true, "other.topic1": true,
		"target.topic1": false, "source.target.topic1": false, "target.source.target.topic1": false,
		"__consumer_offsets": false, "mm2-offsets.x.internal": false,
	} {
		if got := s.Replicates(topic); got != want {
			t.Errorf("%s: %v", topic, got)
		}
	}
}

func TestAnEmptySeparatorWithAOneLetterTargetBlocksNamesThatReachIt(t *testing.T) {
	s := Selection{Policy: policy(t, SourceClusterAlias, "A", ReplicationPolicySeparator, ""), TargetAlias: "B"}
	for topic, want := range map[string]bool{"fooBar": true, "Bar": true, "fooB": false, "foo": false} {
		if got := s.IsCycle(topic); got != want {
			t.Errorf("%s: %v", topic, got)
		}
	}
}

func TestHeartbeatsAreReplicatedWhateverTheFilterSays(t *testing.T) {
	s := Selection{Policy: policy(t, aToB...), Filter: noTopics{}, SourceAlias: "A", TargetAlias: "B", Heartbeats: true}
	if !s.Replicates("heartbeats") || s.Replicates("B.heartbeats") || s.Replicates("topic") {
		t.Error("only heartbeats that do not come from the target")
	}
	s.Heartbeats = false
	if s.Replicates("heartbeats") {
		t.Error("switched off, yet replicated")
	}
}

func TestNamesThatAreKeptNeverCountAsCycles(t *testing.T) {
	for name, props := range map[string][]string{
		"identity": identity, "all empty": allEmpty,
		"identity, aliases empty": {ReplicationPolicyClass, identityPolicyClass, SourceClusterAlias, "", TargetClusterAlias, ""},
	} {
		p := named(props...)
		s := Selection{Policy: policy(t, props...), Filter: allTopics{}, SourceAlias: p[SourceClusterAlias], TargetAlias: p[TargetClusterAlias]}
		for _, topic := range []string{"foo", "A.foo", "B.foo", "foo.bar"} {
			if !s.Replicates(topic) {
				t.Errorf("%s: %s is not replicated", name, topic)
			}
		}
		if s.Policy.Kind().NamesTellCycles() {
			t.Errorf("%s: claims protection from cycles", name)
		}
	}
}
