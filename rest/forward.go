package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"crosstide/connect/herder"
)

// forwarded is what another worker answered.
type forwarded struct {
	answer answer
	err    error
}

// forward sends a request to the worker that can do what this one cannot. was is
// false when err is not of that kind.
func (a *api) forward(c *call, err error) (out forwarded, was bool) {
	base, needed := a.target(err)
	if !needed {
		return out, false
	}
	hop := c.r.URL.Query()["forward"]
	if len(hop) > 0 && !strings.EqualFold(hop[0], "true") {
		return forwarded{err: &httpError{status: http.StatusConflict, message: conflictingOperation}}, true
	}
	if base == nil {
		return forwarded{err: err}, true
	}
	query := url.Values{"forward": {"true"}}
	if len(hop) > 0 {
		query.Set("forward", "false")
	}
	for _, name := range []string{"includeTasks", "onlyFailed"} {
		if v := c.r.URL.Query().Get(name); v != "" {
			query.Set(name, v)
		}
	}
	return a.send(c, strings.TrimSuffix(base.String(), "/")+c.r.URL.EscapedPath()+"?"+query.Encode()), true
}

// target returns where to send, nil when that is not known.
func (a *api) target(err error) (base *url.URL, needed bool) {
	var leader *herder.NotLeaderError
	var owner *herder.NotOwnerError
	address := ""
	switch {
	case errors.As(err, &leader):
		address = leader.LeaderURL
	case errors.As(err, &owner):
		if owner.WorkerID != "" && !strings.Contains(owner.WorkerID, "/") {
			address = "http://" + owner.WorkerID // ids are host:port of what is advertised
		}
	default:
		return nil, false
	}
	u, parseErr := url.Parse(address)
	if parseErr != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, true
	}
	return u, true
}

func (a *api) send(c *call, address string) forwarded {
	failed := func(err error) forwarded {
		return forwarded{err: &httpError{status: http.StatusInternalServerError, message: "IO Error trying to forward REST request: " + err.Error()}}
	}
	var body io.Reader
	if len(c.raw) > 0 {
		body = bytes.NewReader(c.raw)
	}
	r, err := http.NewRequestWithContext(c.ctx(), c.r.Method, address, body)
	if err != nil {
		return failed(err)
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "kafka-connect")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if auth := c.r.Header.Get("Authorization"); auth != "" {
		r.Header.Set("Authorization", auth)
	}
	resp, err := a.peers.Do(r)
	if err != nil {
		return failed(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return failed(err)
	}
	return a.answered(c, resp.StatusCode, raw)
}

// answered passes a peer's answer on.
func (a *api) answered(c *call, status int, raw []byte) forwarded {
	switch {
	case status >= 400:
		var e errorBody
		if err := json.Unmarshal(raw, &e); err != nil || e.Code == 0 {
			return forwarded{err: &httpError{status: http.StatusInternalServerError, message: "IO Error trying to forward REST request: the other worker answered " + http.StatusText(status) + " without a reason"}}
		}
		return forwarded{err: &httpError{status: status, message: e.Message}}
	case status >= 200 && status < 300:
		out := answer{status: status}
		if len(raw) > 0 {
			out.body = json.RawMessage(raw)
		}
		if status == http.StatusCreated {
			var created struct{ Name string }
			_ = json.Unmarshal(raw, &created) // only for the address
			out.location = locationOf(c, created.Name)
		}
		return forwarded{answer: out}
	}
	return forwarded{err: &httpError{status: http.StatusInternalServerError, message: "Unexpected status code when handling forwarded request: " + http.StatusText(status)}}
}

// newPeers makes the client for other workers.
func newPeers() *http.Client {
	return &http.Client{
		Timeout:       requestTimeout + 5*time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
