package rest

import (
	"encoding/json"
	"io"
	"net/http"
)

// Flow is how one replication flow does, as /health tells it.
type Flow struct {
	Name    string   `json:"flow"`
	Enabled bool     `json:"enabled"` // false: it only emits heartbeats
	Ready   bool     `json:"ready"`
	Reasons []string `json:"reasons"` // why it is not ready
	// Warnings are what somebody should look at although the flow runs.
	Warnings []string `json:"warnings,omitempty"`
}

type health struct {
	Status string `json:"status"`
	Flows  []Flow `json:"flows"`
}

// answerHealth says 200 when all flows are ready: a process without flows
// serves nobody and is not healthy.
func answerHealth(flows func() []Flow) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		h := health{Status: "ok", Flows: flows()}
		status := http.StatusOK
		if !allReady(h.Flows) {
			h.Status, status = "unavailable", http.StatusServiceUnavailable
		}
		for i := range h.Flows {
			if len(h.Flows[i].Warnings) > 0 && h.Status == "ok" {
				h.Status = "degraded" // still 200: what stands still would not move by a restart
			}
			if h.Flows[i].Reasons == nil {
				h.Flows[i].Reasons = []string{}
			}
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		body := json.NewEncoder(w)
		body.SetEscapeHTML(false) // flows are named with an arrow
		_ = body.Encode(h)        // a client that went away needs no answer
	}
}

// answerAlive says 200 as long as the flows can be asked how they do, whatever
// they answer: restarting the process brings no cluster back. A process that
// hangs does not answer, which is what a liveness probe is to notice.
func answerAlive(flows func() []Flow) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		flows()
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = io.WriteString(w, "{\"status\":\"alive\"}\n") // a client that went away needs no answer
	}
}

func allReady(flows []Flow) bool {
	for _, f := range flows {
		if !f.Ready {
			return false
		}
	}
	return len(flows) > 0
}
