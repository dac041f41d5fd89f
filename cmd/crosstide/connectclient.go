package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"crosstide/connect/config"
)

// clientTimeout is a little more than a worker takes to give up.
const clientTimeout = 95 * time.Second

// connectClient asks a worker's REST API.
type connectClient struct {
	base   string
	output string
	http   *http.Client
}

type clientStatus struct {
	Type      string
	Connector clientInstance
	Tasks     []struct {
		ID int
		clientInstance
	}
}

type clientInstance struct {
	State    string
	WorkerID string `json:"worker_id"`
	Trace    string
}

// tasks counts the tasks by state, such as "3 RUNNING, 1 FAILED".
func (s clientStatus) tasks() string {
	counts := map[string]int{}
	for _, t := range s.Tasks {
		counts[t.State]++
	}
	var out []string
	for _, state := range sortedNames(counts) {
		out = append(out, fmt.Sprintf("%d %s", counts[state], state))
	}
	if out == nil {
		return "none"
	}
	return strings.Join(out, ", ")
}

func connectorPath(name string) string {
	return "/connectors/" + strings.ReplaceAll(url.PathEscape(name), ";", "%3B")
}

// get asks for path and decodes the answer, which it also returns as it came.
func (c *connectClient) get(ctx context.Context, path string, out any) (json.RawMessage, error) {
	var raw json.RawMessage
	if err := c.ask(ctx, http.MethodGet, path, nil, &raw); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return nil, fmt.Errorf("%s answers something else than a Connect worker does: %w", c.base, err)
	}
	return raw, nil
}

// ask sends a request. An answer without a body leaves out alone.
func (c *connectClient) ask(ctx context.Context, method, path string, body, out any) error {
	if c.output != "table" && c.output != "json" {
		return fmt.Errorf("--output %s: write table or json", c.output)
	}
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.base, "/")+path, content)
	if err != nil {
		return fmt.Errorf("--url: %w", err)
	}
	r.Header.Set("Accept", "application/json")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return fmt.Errorf("is a worker listening there? %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return refusal(resp.Status, raw)
	}
	if out == nil || len(raw) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("%s answers something else than a Connect worker does: %w", c.base, err)
	}
	return nil
}

func refusal(status string, raw []byte) error {
	var e struct{ Message string }
	if json.Unmarshal(raw, &e) == nil && e.Message != "" {
		return errors.New(e.Message)
	}
	return errors.New("the worker answers " + status)
}

// each sends one request a name, and goes on after a refusal.
func (c *connectClient) each(cmd *cobra.Command, names []string, done string, request func(name string) (method, path string)) error {
	var problems []error
	for _, name := range names {
		method, path := request(name)
		if err := c.ask(cmd.Context(), method, path, nil, nil); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", name, err))
			continue
		}
		_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%s %s\n", name, done)
	}
	return errors.Join(problems...)
}

// readConnector reads {"name":…, "config":{…}}, a bare configuration with a name
// in it, or properties.
func readConnector(path string, stdin io.Reader) (name string, props map[string]any, err error) {
	text, err := readFile(path, stdin)
	if err != nil {
		return "", nil, err
	}
	props = map[string]any{}
	if trimmed := bytes.TrimSpace(text); bytes.HasPrefix(trimmed, []byte("{")) {
		d := json.NewDecoder(bytes.NewReader(trimmed))
		d.UseNumber()
		if err := d.Decode(&props); err != nil {
			return "", nil, fmt.Errorf("%s: %w", path, err)
		}
	} else {
		file, err := config.ReadProperties(bytes.NewReader(text))
		if err != nil {
			return "", nil, fmt.Errorf("%s: %w", path, err)
		}
		for key, value := range file.Map() {
			props[key] = value
		}
	}
	name, _ = props["name"].(string)
	if inner, is := props["config"].(map[string]any); is {
		props = inner
		if own, is := inner["name"].(string); name == "" && is {
			name = own
		}
	}
	if name == "" {
		return "", nil, fmt.Errorf("%s: it has no name; write name=… among the properties, or {\"name\": …, \"config\": {…}}", path)
	}
	return name, props, nil
}

func readFile(path string, stdin io.Reader) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(stdin)
	}
	return os.ReadFile(path)
}

// table is rows of cells, the first one the heads.
type table [][]string

// print shows the answer as it came, or as a table.
func (c *connectClient) print(w io.Writer, raw json.RawMessage, t table) error {
	if c.output == "json" {
		var b bytes.Buffer
		if err := json.Indent(&b, raw, "", "  "); err != nil {
			return err
		}
		_, err := fmt.Fprintln(w, b.String())
		return err
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range t {
		for i, cell := range row {
			if i > 0 {
				_, _ = fmt.Fprint(tw, "\t")
			}
			_, _ = fmt.Fprint(tw, strings.NewReplacer("\t", " ", "\n", " ").Replace(cell))
		}
		_, _ = fmt.Fprintln(tw)
	}
	return tw.Flush()
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
