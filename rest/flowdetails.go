package rest

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// FlowDetail is all about one flow of dedicated mode.
type FlowDetail struct {
	Name    string   `json:"flow"`
	Source  string   `json:"source"`
	Target  string   `json:"target"`
	Enabled bool     `json:"enabled"`
	Ready   bool     `json:"ready"`
	Reasons []string `json:"reasons"`
	// Lag is nil while nothing is copied by this process.
	Lag        *Lag              `json:"lag"`
	Partitions []PartitionDetail `json:"partitions"`
	Losses     []Loss            `json:"data_loss"`
	// Configuration is what each connector runs with, secrets hidden.
	Configuration map[string]map[string]string `json:"configuration"`
	Ignored       []Ignored                    `json:"ignored_keys"`
}

// Lag is how far the copies are behind.
type Lag struct {
	Records int64 `json:"records"`
	// Seconds is the age of the newest copied record of the partition that is
	// furthest behind.
	Seconds float64 `json:"seconds"`
}

// PartitionDetail is how far one source partition is.
type PartitionDetail struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Connector string `json:"connector"`
	Task      int    `json:"task"`
	// Copied is the last source offset that is in the target with all before it.
	Copied int64 `json:"copied_offset"`
	// Lag is nil before the first fetch.
	Lag         *Lag   `json:"lag"`
	Records     int64  `json:"records"`
	Bytes       int64  `json:"bytes"`
	Missing     int64  `json:"missing_records"`
	Retries     int64  `json:"retries"`
	DeadLetters int64  `json:"dead_letters"`
	Failure     string `json:"failure,omitempty"`
}

// Loss is records that can no longer be copied, or copies that vanished.
type Loss struct {
	Kind      string    `json:"kind"`
	Topic     string    `json:"topic"`
	Partition int32     `json:"partition"`
	From      int64     `json:"from_offset"`
	To        int64     `json:"to_offset"` // -1: nobody can know
	Missing   int64     `json:"missing_records"`
	Time      time.Time `json:"time"`
}

// Ignored is a key of the properties file that has no effect, or another than its
// name says.
type Ignored struct {
	Key  string `json:"key"`
	What string `json:"what"`
	Hint string `json:"hint"`
}

// Total sums the partitions' lags; nil when none is known.
func Total(partitions []PartitionDetail) *Lag {
	var sum *Lag
	for _, p := range partitions {
		if p.Lag == nil {
			continue
		}
		if sum == nil {
			sum = &Lag{}
		}
		sum.Records += p.Lag.Records
		sum.Seconds = max(sum.Seconds, p.Lag.Seconds)
	}
	return sum
}

func flowRoutes() []route {
	return []route{
		{method: "GET", path: "/crosstide/v1/flows", summary: "Every flow of this process: lag, progress, losses, configuration. ?watch streams changes as server-sent events", query: []string{"watch"},
			answers: map[int]string{200: "Flows"}, handle: listFlows, stream: watching(func(c *call) any {
				return c.api.config.flowDetails()
			})},
		{method: "GET", path: "/crosstide/v1/flows/{source}/{target}", summary: "One flow. ?watch streams changes as server-sent events", query: []string{"watch"},
			answers: map[int]string{200: "Flow", 404: "Error"}, handle: getFlow, stream: watching(func(c *call) any {
				if f, known := oneFlow(c); known {
					return f
				}
				return nil
			})},
	}
}

// flowDetails never has null where a list is expected.
func (c Config) flowDetails() []FlowDetail {
	all := c.FlowDetails()
	for i := range all {
		f := &all[i]
		f.Reasons, f.Partitions, f.Losses, f.Ignored = orEmpty(f.Reasons), orEmpty(f.Partitions), orEmpty(f.Losses), orEmpty(f.Ignored)
		if f.Configuration == nil {
			f.Configuration = map[string]map[string]string{}
		}
	}
	return orEmpty(all)
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func listFlows(c *call) (answer, error) { return ok(c.api.config.flowDetails()) }

func getFlow(c *call) (answer, error) {
	if f, known := oneFlow(c); known {
		return ok(f)
	}
	return answer{}, &httpError{status: http.StatusNotFound, message: fmt.Sprintf("There is no flow %s->%s here", c.vars["source"], c.vars["target"])}
}

func oneFlow(c *call) (FlowDetail, bool) {
	for _, f := range c.api.config.flowDetails() {
		if f.Source == c.vars["source"] && f.Target == c.vars["target"] {
			return f, true
		}
	}
	return FlowDetail{}, false
}

const (
	eventStream   = "text/event-stream"
	watchInterval = time.Second
	watchQuiet    = 15 * time.Second // after which a comment keeps the connection
	mostWatchers  = 64
)

var watchers atomic.Int64

// watching streams what now returns, each time it has changed, until the client
// or the server goes. A nil stands for something that does not exist.
func watching(now func(*call) any) func(http.ResponseWriter, *call) bool {
	return func(w http.ResponseWriter, c *call) bool {
		query := c.r.URL.Query()
		if !query.Has("watch") || strings.EqualFold(query.Get("watch"), "false") || now(c) == nil {
			return false
		}
		if watchers.Add(1) > mostWatchers {
			watchers.Add(-1)
			writeError(w, &httpError{status: http.StatusServiceUnavailable, message: fmt.Sprintf("There are %d watchers already", mostWatchers)})
			return true
		}
		defer watchers.Add(-1)
		w.Header().Set("Content-Type", eventStream)
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusOK)
		if c.r.Method == http.MethodHead {
			return true
		}
		stream(w, c, now)
		return true
	}
}

func stream(w http.ResponseWriter, c *call, now func(*call) any) {
	stopping, _ := c.ctx().Value(stoppingKey{}).(<-chan struct{})
	out := http.NewResponseController(w)
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	var last []byte
	wrote := time.Now()
	for {
		text := ""
		if body := encode(now(c)); !bytes.Equal(body, last) {
			last, text = body, "data: "+string(body)+"\n\n"
		} else if time.Since(wrote) >= watchQuiet {
			text = ": quiet\n\n"
		}
		if text != "" {
			_ = out.SetWriteDeadline(time.Now().Add(writingTime))
			if _, err := fmt.Fprint(w, text); err != nil || out.Flush() != nil {
				return
			}
			wrote = time.Now()
		}
		select {
		case <-ticker.C:
		case <-c.ctx().Done():
			return
		case <-stopping:
			return
		}
	}
}
