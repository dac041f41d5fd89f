package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"crosstide/connect/config"
	"crosstide/connectors/mirror/maker"
	"crosstide/internal/loglevel"
	"crosstide/rest"
)

func newMirror(logs *logFlags) *cobra.Command {
	var clusters []string
	var listen string
	var readOnly bool
	cmd := &cobra.Command{
		Use:   "mirror mm2.properties",
		Short: "Mirror clusters as an mm2.properties file says",
		Long: `Runs the flows of an mm2.properties file, as connect-mirror-maker does, until
SIGTERM or SIGINT.

Exit codes: 0 stopped cleanly, 2 the file is wrong or running failed,
3 no flow could be started, 255 the command line is wrong.`,
		Example: `  crosstide mirror mm2.properties
  crosstide mirror mm2.properties --clusters eu us --listen :8080`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("one properties file is needed, before --clusters; got %d", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			log, levels, err := logs.logger(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			props, err := readProperties(args[0], log)
			if err != nil {
				return exitWith(exitFailed, err)
			}
			return mirrorFile(cmd.Context(), props, mirrorOptions{targets: clusters, listen: listen, readOnly: readOnly, log: log, levels: levels})
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&clusters, "clusters", nil, "run only the flows into these clusters: A B …, A,B … or repeated")
	flags.StringVar(&listen, "listen", listenAddress(), "address for the REST API, /health and /metrics, such as :8080 (CROSSTIDE_LISTEN; off when empty)")
	flags.BoolVar(&readOnly, "read-only", os.Getenv("CROSSTIDE_READ_ONLY") == "true", "refuse changes over the REST API: pausing, restarting, offsets (CROSSTIDE_READ_ONLY)")
	return cmd
}

func readProperties(path string, log *slog.Logger) (map[string]string, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }()
	file, err := config.ReadProperties(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, key := range file.Duplicates() {
		log.Warn("key is given more than once; the last one counts", "key", key, "line", file.Line(key))
	}
	return file.Map(), nil
}

type mirrorOptions struct {
	targets []string
	listen  string
	// readOnly refuses changes over HTTP.
	readOnly bool
	log      *slog.Logger
	// levels are those of log; nil: they cannot be changed.
	levels *loglevel.Levels
	// health, if set, is handed the driver's before it starts.
	health func(func() []maker.FlowHealth)
	// metrics, if set, is used instead of a new registry.
	metrics *prometheus.Registry
}

// mirrorFile runs dedicated mode until ctx ends.
func mirrorFile(ctx context.Context, props map[string]string, o mirrorOptions) error {
	c, err := understand(props, o)
	if err != nil {
		return exitWith(exitFailed, err)
	}
	if o.metrics == nil {
		o.metrics = newMetrics()
	}
	peers, err := listenForPeers(props, o.levels, o.log)
	if err != nil {
		return err
	}
	driver, err := maker.NewDriver(c, maker.Options{
		Targets: o.targets, NewHerder: peers.newHerder, Log: o.log, Metrics: o.metrics,
	})
	if err != nil {
		_ = peers.server.Close()
		return exitWith(exitFailed, err)
	}
	o.metrics.MustRegister(flowReady(driver.Health))
	if o.health != nil {
		o.health(driver.Health)
	}
	server, err := listenOn(o, c, driver)
	if err != nil {
		driver.Close()
		_ = peers.server.Close()
		return exitWith(exitStartFailed, err)
	}
	g, ctx := errgroup.WithContext(ctx)
	serving, stopServing := context.WithCancel(ctx)
	g.Go(func() error { return exitWith(exitFailed, peers.server.Run(serving)) })
	if server != nil {
		g.Go(func() error { return exitWith(exitFailed, server.Run(serving)) })
	}
	g.Go(func() error {
		defer stopServing()
		return exitWith(exitStartFailed, driver.Run(ctx))
	})
	return g.Wait()
}

// understand reads the configuration, refuses it with all that is wrong, and
// reports what in it will have no effect.
func understand(props map[string]string, o mirrorOptions) (*maker.Config, error) {
	c, err := maker.Parse(props)
	if err != nil {
		return nil, err
	}
	warnings := c.Warnings()
	if err = c.Check(o.targets...); err == nil {
		warnings = append(warnings, c.Unhonoured(o.targets...)...)
	}
	for _, w := range warnings {
		o.log.Warn(w.What, "key", w.Key, "hint", w.Hint)
	}
	return c, err
}

func newMetrics() *prometheus.Registry {
	reg := prometheus.NewRegistry()
	reg.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		buildInfo(),
	)
	return reg
}

func buildInfo() prometheus.Collector {
	g := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "crosstide_build_info", Help: "1, with the version as a label.",
		ConstLabels: prometheus.Labels{"version": version},
	})
	g.Set(1)
	return g
}

// listenOn returns nil when nothing is to be served.
func listenOn(o mirrorOptions, c *maker.Config, driver *maker.Driver) (*rest.Server, error) {
	if o.listen == "" {
		return nil, nil
	}
	return rest.Listen(o.listen, rest.Handler(restConfig(o, c, driver)), o.log)
}
