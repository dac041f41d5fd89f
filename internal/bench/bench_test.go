package main

import (
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"crosstide/connect/config"
)

func TestFlagsChooseCasesAndMirrors(t *testing.T) {
	o, err := parse([]string{"-cases", "latency, 1k", "-mirrors", "crosstide", "-scale", "0.2"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if len(o.rows) != 2 || o.rows[0].name != "1k" || o.rows[1].name != "latency" || len(o.mirrors) != 1 || !o.picked || o.write {
		t.Errorf("%+v", o)
	}
	if o, _ = parse(nil, io.Discard); len(o.rows) != len(rows) || len(o.mirrors) != 3 || o.picked {
		t.Errorf("without flags: %+v", o)
	}
	for _, bad := range [][]string{{"-cases", "2k"}, {"-mirrors", "java"}, {"-scale", "0"}, {"1k"}} {
		if _, err := parse(bad, io.Discard); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
}

func TestEveryMirrorGetsTheSameFileExceptForTheTuning(t *testing.T) {
	read := func(c contestant) map[string]string {
		f, err := config.ReadProperties(strings.NewReader(c.properties("east1", "west1", `bench-x\..*`, "h:1", "h:2")))
		if err != nil {
			t.Fatal(err)
		}
		if d := f.Duplicates(); len(d) > 0 {
			t.Errorf("%s: twice: %v", c.name, d)
		}
		return f.Map()
	}
	plain, tuned, ours := read(contestants[0]), read(contestants[1]), read(contestants[2])
	if !maps.Equal(plain, ours) {
		t.Errorf("Java plain has\n%v\nand Crosstide\n%v", plain, ours)
	}
	for key, want := range map[string]string{
		"clusters": "east1, west1", "east1->west1.enabled": "true", "west1->east1.enabled": "false", "tasks.max": "2",
		"east1->west1.topics": `bench-x\..*`, "east1.bootstrap.servers": "h:1", "west1.bootstrap.servers": "h:2",
	} {
		if plain[key] != want {
			t.Errorf("%s is %q, want %q", key, plain[key], want)
		}
	}
	if tuned["tasks.max"] != "6" || tuned["west1.producer.batch.size"] != "1048576" || tuned["east1.consumer.max.poll.records"] != "10000" {
		t.Errorf("the tuning is not in %v", tuned)
	}
}

func TestSpeedLeavesOutWhatTheFirstLookFound(t *testing.T) {
	from := look{at: 2 * time.Second, got: 200, cpu: 3 * time.Second}
	to := look{at: 4 * time.Second, got: 1000, cpu: 7 * time.Second, peak: 50e6}
	f, err := drained(from, to, 1000, 1e6)
	want := map[string]float64{speed: 400, mbytes: 400, cpu: 5, whole: 7, peak: 50, first: 2}
	if err != nil || !maps.EqualFunc(f.values, want, func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }) {
		t.Errorf("%v, %v, want %v", f.values, err, want)
	}
}

func TestARunThatWasTooShortHasNoSpeed(t *testing.T) {
	f, err := drained(look{at: time.Second, got: 10}, look{at: time.Second + time.Millisecond, got: 20}, 20, 1)
	if _, has := f.values[speed]; err == nil || has || f.values[first] != 1 {
		t.Errorf("%v, %v", f.values, err)
	}
	if _, err := drained(look{}, look{at: time.Minute}, 20, 1); err == nil {
		t.Error("nothing arrived, and no error")
	}
}

func TestSweepingLeavesTheInputAndKafkasOwnTopics(t *testing.T) {
	got := leftovers([]string{"__consumer_offsets", "bench-1k", "heartbeats", "mm2-offsets.east1.internal"}, []string{"bench-1k"})
	if !slices.Equal(got, []string{"heartbeats", "mm2-offsets.east1.internal"}) {
		t.Errorf("%v", got)
	}
}

func TestQuantilesAreInMilliseconds(t *testing.T) {
	var took []time.Duration
	for i := range 101 {
		took = append(took, time.Duration(100-i)*time.Millisecond)
	}
	if p50, p99 := quantile(took, .5), quantile(took, .99); p50 != 50 || p99 != 99 {
		t.Errorf("p50 %v, p99 %v", p50, p99)
	}
}

func TestSamplesHaveTheirSize(t *testing.T) {
	for _, v := range samples(130) {
		if len(v) != 130 {
			t.Fatalf("%d bytes", len(v))
		}
	}
}
