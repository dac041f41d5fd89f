package source

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"crosstide/connectors/mirror"
)

func assigned(configs []map[string]string) []string {
	var out []string
	for _, c := range configs {
		out = append(out, c[mirror.TaskAssignedPartitions])
	}
	return out
}

func TestPartitionsAreDealtRoundRobinThroughTopics(t *testing.T) {
	for name, c := range map[string]struct {
		topics string
		max    int
		want   []string
	}{
		"as Java deals 8+2+2 to three tasks": {"t0:8 t1:2 t2:2", 3, []string{
			"t0-0,t0-3,t0-6,t1-1", "t0-1,t0-4,t0-7,t2-0", "t0-2,t0-5,t1-0,t2-1"}},
		"never more tasks than partitions": {"a:1 b:1", 9, []string{"a-0", "b-0"}},
		"no partitions, no tasks":          {"", 3, nil},
		"no tasks allowed":                 {"a:1", 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := assigned(taskConfigs(nil, topicsOf(c.topics), c.max))
			if strings.Join(got, " | ") != strings.Join(c.want, " | ") {
				t.Errorf("got  %v\nwant %v", got, c.want)
			}
		})
	}
}

func TestATaskConfigIsTheConnectorsWithAssignmentAndIndex(t *testing.T) {
	props := map[string]string{"name": "m", "topics": ".*"}
	configs := taskConfigs(props, topicsOf("a:2"), 2)
	want := map[string]string{"name": "m", "topics": ".*", "task.assigned.partitions": "a-1", "task.index": "1"}
	if fmt.Sprint(configs[1]) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", configs[1], want)
	}
	if len(props) != 2 {
		t.Errorf("the connector's own configuration was changed: %v", props)
	}
}

func TestEveryPartitionIsDealtOnceAndReadBack(t *testing.T) {
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 0))
	for range 100 {
		topics := topicMap{}
		total := 0
		for i := range rnd.IntN(30) {
			name := fmt.Sprintf("topic-%d-x.%d", i, rnd.IntN(9))
			topics[name] = TopicInfo{Name: name, Partitions: rnd.Int32N(7)}
			total += int(topics[name].Partitions)
		}
		n := 1 + rnd.IntN(8)
		seen := map[TopicPartition]bool{}
		least, most := total, 0
		for _, list := range assigned(taskConfigs(nil, topics, n)) {
			tps, err := parseAssigned(list)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			least, most = min(least, len(tps)), max(most, len(tps))
			for _, tp := range tps {
				if seen[tp] || tp.Partition >= topics[tp.Topic].Partitions {
					t.Fatalf("seed %d: %v is dealt twice or does not exist", seed, tp)
				}
				seen[tp] = true
			}
		}
		if len(seen) != total || total > 0 && most-least > 1 {
			t.Fatalf("seed %d: dealt %d of %d, from %d to %d a task", seed, len(seen), total, least, most)
		}
	}
}

func TestAnAssignmentThatCannotBeReadIsNamed(t *testing.T) {
	for _, list := range []string{"orders", "-1", "orders-x", "orders-0,,orders-1", "orders-4294967296"} {
		if _, err := parseAssigned(list); err == nil || !strings.Contains(err.Error(), "task.assigned.partitions") {
			t.Errorf("%q: error %v does not name the key", list, err)
		}
	}
	if tps, err := parseAssigned(" "); err != nil || tps != nil {
		t.Errorf("a blank list is empty, not %v, %v", tps, err)
	}
}

func TestDealingAHundredThousandPartitionsAllocatesLittle(t *testing.T) {
	topics := topicMap{}
	for i := range 1000 {
		name := fmt.Sprintf("some.topic.of.ours-%d", i)
		topics[name] = TopicInfo{Name: name, Partitions: 100}
	}
	allocs := testing.AllocsPerRun(3, func() { taskConfigs(nil, topics, 4) })
	if allocs > 500 {
		t.Errorf("%v allocations: the cost must not be per partition", allocs)
	}
}
