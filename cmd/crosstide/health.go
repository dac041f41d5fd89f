package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"crosstide/connectors/mirror/maker"
)

func newHealth() *cobra.Command {
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "health [URL]",
		Short: "Ask a running mirror whether it is ready",
		Long: `Asks /health of the mirror in this container or at URL, prints the answer,
and ends with 0 if every flow is ready, else with 2. For images without curl.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			url := healthURL(listenAddress())
			if len(args) == 1 {
				url = args[0]
			}
			if !strings.HasPrefix(url, "http://") && !strings.HasPrefix(url, "https://") {
				return exitWith(exitBadArguments, fmt.Errorf("%q is no URL: write http://host:port/health, or set CROSSTIDE_LISTEN", url))
			}
			return exitWith(exitFailed, askHealth(cmd.Context(), url, wait, cmd.OutOrStdout()))
		},
	}
	cmd.Flags().DurationVar(&wait, "wait", 0, "how long to ask again until it is ready")
	return cmd
}

// healthURL is where a process that listens on addr can be asked from beside it.
func healthURL(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return ""
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port) + "/health"
}

// askHealth writes the last answer to out. It returns nil once that is 200.
func askHealth(ctx context.Context, url string, wait time.Duration, out io.Writer) error {
	const every = time.Second
	client := http.Client{Timeout: 5 * time.Second}
	giveUp := time.Now().Add(wait)
	for {
		body, err := ask(ctx, &client, url)
		if err == nil || time.Now().Add(every).After(giveUp) || ctx.Err() != nil {
			_, _ = out.Write(body)
			return err
		}
		select {
		case <-time.After(every):
		case <-ctx.Done():
		}
	}
}

func ask(ctx context.Context, client *http.Client, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = errors.New("not ready: " + resp.Status)
	}
	return body, err
}

// flowReady shows at scrape time what /health says.
type flowReady func() []maker.FlowHealth

var descFlowReady = prometheus.NewDesc("crosstide_flow_ready",
	"1 while the flow runs, or stands by, as it should and its clusters can be reached; /health names what is wrong.",
	[]string{"flow", "enabled"}, nil)

// Describe implements [prometheus.Collector].
func (flowReady) Describe(ch chan<- *prometheus.Desc) { ch <- descFlowReady }

// Collect implements [prometheus.Collector].
func (f flowReady) Collect(ch chan<- prometheus.Metric) {
	for _, flow := range f() {
		ready := 0.0
		if flow.Ready {
			ready = 1
		}
		ch <- prometheus.MustNewConstMetric(descFlowReady, prometheus.GaugeValue, ready, flow.Flow, fmt.Sprint(flow.Enabled))
	}
}
