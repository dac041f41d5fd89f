package assignor

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"crosstide/connect"
	"crosstide/connect/protocol"
)

// javaRound is one line of testdata/java: what Java's leader was asked, and what
// it answered. Lists begin with the member's id.
type javaRound struct {
	History          int
	Fresh            bool // a new leader
	MaxDelay         int64
	Now              int64
	Last, Generation int32
	Configured       map[string]int
	Members          [][]string
	Assigned         [][]string
	Revoked          [][]string
	Delay            int64
}

func (j javaRound) round() Round {
	r := Round{Now: time.UnixMilli(j.Now), LastGeneration: j.Last, Generation: j.Generation}
	for c, n := range j.Configured {
		r.Configured.Connectors = append(r.Configured.Connectors, c)
		for t := range n {
			r.Configured.Tasks = append(r.Configured.Tasks, connect.TaskID{Connector: c, Task: t})
		}
	}
	for _, m := range j.Members {
		r.Members = append(r.Members, Member{ID: m[0], Holds: workOf(m[1:])})
	}
	return r
}

// workOf reads names: a task ends in a dash and its number.
func workOf(names []string) protocol.Work {
	var w protocol.Work
	for _, n := range names {
		if i := strings.LastIndexByte(n, '-'); i > 0 {
			if t, err := strconv.Atoi(n[i+1:]); err == nil {
				w.Tasks = append(w.Tasks, connect.TaskID{Connector: n[:i], Task: t})
				continue
			}
		}
		w.Connectors = append(w.Connectors, n)
	}
	return w
}

func names(w protocol.Work) []string {
	all := append([]string{}, w.Connectors...)
	for _, t := range w.Tasks {
		all = append(all, t.String())
	}
	return all
}

func javaHistories(t *testing.T) []javaRound {
	t.Helper()
	path := "testdata/java/histories.jsonl.gz"
	if p := os.Getenv("JAVA_HISTORIES"); p != "" {
		path = p
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all []javaRound
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var j javaRound
		if err := json.Unmarshal(lines.Bytes(), &j); err != nil {
			t.Fatal(err)
		}
		all = append(all, j)
	}
	if err := lines.Err(); err != nil || len(all) == 0 {
		t.Fatalf("%d lines, %v", len(all), err)
	}
	return all
}

func TestEveryAnswerIsJavas(t *testing.T) {
	var c *Cooperative
	for _, j := range javaHistories(t) {
		if j.Fresh {
			c = NewCooperative(time.Duration(j.MaxDelay) * time.Millisecond)
		}
		got := c.Assign(j.round())
		if got.Delay.Milliseconds() != j.Delay {
			t.Errorf("history %d generation %d: delay %v, Java's %d ms", j.History, j.Generation, got.Delay, j.Delay)
		}
		for i := range j.Members {
			id := j.Members[i][0]
			if a := names(got.Assigned[id]); !reflect.DeepEqual(a, append([]string{}, j.Assigned[i][1:]...)) {
				t.Errorf("history %d generation %d: %s is assigned %v, by Java %v", j.History, j.Generation, id, a, j.Assigned[i][1:])
			}
			if r := names(got.Revoked[id]); !reflect.DeepEqual(r, append([]string{}, j.Revoked[i][1:]...)) {
				t.Errorf("history %d generation %d: %s is revoked %v, by Java %v", j.History, j.Generation, id, r, j.Revoked[i][1:])
			}
		}
		if t.Failed() {
			return
		}
	}
}
