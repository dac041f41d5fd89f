package source

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// prefixed is Default naming with everything but "__" topics replicated.
var prefixed = naming{
	Replicates: func(t string) bool { return !strings.HasPrefix(t, "__") },
	Remote:     func(t string) string { return "A." + t },
}

// same keeps names, as Identity and the recipe with empty names do.
var same = naming{
	Replicates: prefixed.Replicates,
	Remote:     func(t string) string { return t },
}

// topicsOf reads "orders:3 payments:1#7": names, partitions, and ids where they matter.
func topicsOf(text string) topicMap {
	m := topicMap{}
	for f := range strings.FieldsSeq(text) {
		f, id, _ := strings.Cut(f, "#")
		name, n, _ := strings.Cut(f, ":")
		p, _ := strconv.Atoi(n)
		t := TopicInfo{Name: name, Partitions: int32(p)}
		copy(t.ID[:], id)
		m[name] = t
	}
	return m
}

func wantNames(wants []want) string {
	var out []string
	for _, w := range wants {
		out = append(out, w.Remote+":"+strconv.Itoa(int(w.Have))+">"+strconv.Itoa(int(w.Source.Partitions)))
	}
	return strings.Join(out, " ")
}

func TestARefreshPlansWhatDiffers(t *testing.T) {
	type answer struct{ create, grow, appeared, gone, resized, targetGone, sourceNew, targetNew string }
	for name, c := range map[string]struct {
		n                                      naming
		source, target, prevSource, prevTarget string
		want                                   answer
		changed                                bool
	}{
		"at first every topic has appeared": {
			n: prefixed, source: "b:2 a:1", target: "A.a:1",
			want: answer{create: "A.b:0>2", appeared: "a b"}, changed: true,
		},
		"nothing follows from clusters that agree": {
			n: prefixed, source: "a:1 b:2", target: "A.a:1 A.b:2 other:1",
			prevSource: "a:1 b:2", prevTarget: "A.a:1 A.b:2",
		},
		"topics that keep their names are known on the target": {
			n: same, source: "a:1 b:2", target: "a:1 b:2", prevSource: "a:1 b:2", prevTarget: "a:1 b:2",
		},
		"a topic that failed to be created is missing again without a reconfiguration": {
			n: same, source: "a:1 b:2", target: "a:1", prevSource: "a:1 b:2", prevTarget: "a:1",
			want: answer{create: "b:0>2"},
		},
		"more source partitions grow the target and the assignment": {
			n: prefixed, source: "a:5", target: "A.a:3", prevSource: "a:3", prevTarget: "A.a:3",
			want: answer{grow: "A.a:3>5", resized: "a"}, changed: true,
		},
		"a target with more partitions is left alone": {
			n: prefixed, source: "a:1", target: "A.a:3", prevSource: "a:1", prevTarget: "A.a:3",
		},
		"a deleted source topic leaves the target topic": {
			n: prefixed, source: "a:1", target: "A.a:1 A.b:1", prevSource: "a:1 b:1", prevTarget: "A.a:1 A.b:1",
			want: answer{gone: "b"}, changed: true,
		},
		"a vanished target topic is created again": {
			n: prefixed, source: "a:4", target: "", prevSource: "a:4", prevTarget: "A.a:4",
			want: answer{create: "A.a:0>4", targetGone: "A.a"},
		},
		"another id under the same name is a re-creation": {
			n: prefixed, source: "a:1#y", target: "A.a:1#q", prevSource: "a:1#x", prevTarget: "A.a:1#p",
			want: answer{sourceNew: "a", targetNew: "A.a"},
		},
		"brokers without ids prove no re-creation": {
			n: prefixed, source: "a:1", target: "A.a:1#q", prevSource: "a:1#x", prevTarget: "A.a:1",
		},
		"topics that are not replicated are not there": {
			n: prefixed, source: "__amazon_msk_canary:1 a:1", target: "A.a:1", prevSource: "a:1", prevTarget: "A.a:1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := planTopics(topicsOf(c.source), topicsOf(c.target), topicsOf(c.prevSource), topicsOf(c.prevTarget), c.n)
			got := answer{
				create: wantNames(p.Create), grow: wantNames(p.Grow),
				appeared: strings.Join(p.Appeared, " "), gone: strings.Join(p.Gone, " "), resized: strings.Join(p.Resized, " "),
				targetGone: strings.Join(p.TargetGone, " "),
				sourceNew:  recreatedNames(p.SourceRecreated), targetNew: recreatedNames(p.TargetRecreated),
			}
			if got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
			if p.partitionsChanged() != c.changed {
				t.Errorf("partitions changed = %v, want %v", !c.changed, c.changed)
			}
		})
	}
}

func TestATopicJustMadeHasNotDisappearedWhenBrokersDoNotListItYet(t *testing.T) {
	source := topicsOf("a:4 b:4")
	first := planTopics(source, topicsOf("A.b:2"), nil, nil, prefixed)
	made := withMade(first.Target, outcome{Created: first.Create, Grown: first.Grow})
	again := planTopics(source, topicMap{}, source, made, prefixed)
	if got := strings.Join(again.TargetGone, " "); got != "A.b" {
		t.Errorf("gone: %q, want A.b alone", got)
	}
}

func recreatedNames(list []recreation) string {
	var out []string
	for _, r := range list {
		out = append(out, r.Topic)
	}
	return strings.Join(out, " ")
}

func TestTwoSourcesOfOneTargetShareItsPartitions(t *testing.T) {
	n := naming{Replicates: prefixed.Replicates, Remote: func(string) string { return "all" }}
	p := planTopics(topicsOf("a:2 b:5"), nil, nil, nil, n)
	if got := wantNames(p.Create); got != "all:0>5" {
		t.Errorf("creates %q", got)
	}
	if want := []clash{{Remote: "all", Sources: []string{"a", "b"}}}; !reflect.DeepEqual(p.Clashes, want) {
		t.Errorf("clashes %v, want %v", p.Clashes, want)
	}
}

// Whatever the clusters look like, doing what a plan says leaves nothing to do.
func TestAPlanCarriedOutLeavesNothingToDo(t *testing.T) {
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 0))
	for range 500 {
		source, target := topicMap{}, topicMap{}
		for i := range rnd.IntN(20) {
			name := "t" + strconv.Itoa(i)
			source[name] = TopicInfo{Name: name, Partitions: 1 + rnd.Int32N(8)}
			if rnd.IntN(2) == 0 {
				target["A."+name] = TopicInfo{Name: "A." + name, Partitions: 1 + rnd.Int32N(8)}
			}
		}
		p := planTopics(source, target, nil, nil, prefixed)
		for _, w := range append(p.Create, p.Grow...) {
			target[w.Remote] = TopicInfo{Name: w.Remote, Partitions: w.Source.Partitions}
		}
		again := planTopics(source, target, p.Source, p.Target, prefixed)
		if len(again.Create)+len(again.Grow) > 0 || again.partitionsChanged() {
			t.Fatalf("seed %d: still to do: %+v", seed, again)
		}
	}
}

func TestRequestsThatCreateTopicsStayWithinWhatAControllerTakes(t *testing.T) {
	for name, c := range map[string]struct{ costs, want []int }{
		"nothing":              {nil, nil},
		"many small ones":      {slices.Repeat([]int{2}, 250), []int{100, 100, 50}},
		"large ones":           {slices.Repeat([]int{1001}, 7), []int{3, 3, 1}},
		"one beyond the bound": {[]int{5, 9000, 5}, []int{1, 1, 1}},
	} {
		var got []int
		for _, p := range portions(c.costs, func(n int) int { return n }) {
			got = append(got, len(p))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: portions of %v, want %v", name, got, c.want)
		}
	}
}
