package herder

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// The headers that carry a [Signature].
const (
	HeaderAuthorization = "X-Connect-Authorization"
	HeaderAlgorithm     = "X-Connect-Request-Signature-Algorithm"
)

// NoURL is what a worker that answers nobody tells the group, as Java's
// MirrorMaker does without dedicated.mode.enable.internal.rest.
const NoURL = "NOTUSED"

const (
	forwardTimeout = 40 * time.Second // the leader may take half a minute to write
	dialTimeout    = 3 * time.Second
	mostAnswer     = 64 << 10
)

// errNoWay says that the leader cannot have heard of a request: it has no address,
// or nobody there took the connection.
var errNoWay = errors.New("the leader cannot be reached")

// errRefused says that the leader did not take a signature; right after the key was
// replaced that is no cause for worry.
var errRefused = errors.New("the leader does not accept this worker's signature")

// forwarder takes requests to the group's leader.
type forwarder struct {
	client    *http.Client
	namespace []string
}

func newForwarder(namespace []string) *forwarder {
	return &forwarder{namespace: namespace, client: &http.Client{
		Timeout: forwardTimeout,
		Transport: &http.Transport{
			DialContext:     (&net.Dialer{Timeout: dialTimeout}).DialContext,
			IdleConnTimeout: 30 * time.Second,
			MaxIdleConns:    2,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (f *forwarder) close() { f.client.CloseIdleConnections() }

// tasksURL is where the leader takes a connector's task configurations.
func (f *forwarder) tasksURL(leader, connector string) (string, error) {
	base, err := url.Parse(leader)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return "", fmt.Errorf("%w: its address is %q", errNoWay, leader)
	}
	path := strings.TrimSuffix(base.EscapedPath(), "/")
	for _, part := range append(append([]string{}, f.namespace...), "connectors", connector, "tasks") {
		path += "/" + url.PathEscape(part)
	}
	return base.Scheme + "://" + base.Host + path, nil
}

// putTasks hands task configurations to the leader.
func (f *forwarder) putTasks(ctx context.Context, leader, connector string, body []byte, sig Signature) error {
	target, err := f.tasksURL(leader, connector)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%w: %w", errNoWay, err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "kafka-connect")
	if sig.Authorization != "" {
		req.Header.Set(HeaderAuthorization, sig.Authorization)
		req.Header.Set(HeaderAlgorithm, sig.Algorithm)
	}
	resp, err := f.client.Do(req)
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) && op.Op == "dial" && ctx.Err() == nil {
			return fmt.Errorf("%w: %w", errNoWay, err)
		}
		return fmt.Errorf("handing task configurations to the leader: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	return answerOf(resp, target)
}

func answerOf(resp *http.Response, target string) error {
	text, _ := io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	if resp.StatusCode/100 == 2 {
		return nil
	}
	var answer struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(text, &answer) != nil || answer.Message == "" {
		answer.Message = strings.TrimSpace(string(text[:min(len(text), 200)]))
	}
	err := fmt.Errorf("the leader answers %s to %s: %s", resp.Status, target, answer.Message)
	if resp.StatusCode == http.StatusForbidden {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	return err
}
