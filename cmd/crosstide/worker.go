package main

import (
	"context"
	"log/slog"
	"net"
	"strings"

	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"crosstide/connect/config"
	"crosstide/connect/herder"
	"crosstide/internal/loglevel"
	"crosstide/rest"
)

// exitUsage is connect-distributed's exit code for a wrong command line.
const exitUsage = 1

func newWorker(logs *logFlags) *cobra.Command {
	return &cobra.Command{
		Use:     "worker worker.properties",
		Aliases: []string{"distributed"},
		Short:   "Run a worker of a Kafka Connect cluster",
		Long: `Runs a distributed Kafka Connect worker from the file of Java's, as
connect-distributed does, until SIGTERM or SIGINT. Workers with one group.id share
connectors and tasks, Java's workers among them.

Exit codes: 0 stopped cleanly, 1 the command line is wrong, 2 the file is wrong or
running failed, 3 the REST listener could not be opened.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return exitWith(exitUsage, cobra.ExactArgs(1)(cmd, args))
			}
			log, levels, err := logs.logger(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			props := map[string]string{}
			if args[0] != "" { // as Java: an empty name is an empty file
				if props, err = readProperties(args[0], log); err != nil {
					return exitWith(exitFailed, err)
				}
			}
			return runWorker(cmd.Context(), props, levels, log)
		},
	}
}

// runWorker runs distributed mode until ctx ends.
func runWorker(ctx context.Context, props map[string]string, levels *loglevel.Levels, log *slog.Logger) error {
	props, err := resolved(props)
	if err != nil {
		return exitWith(exitFailed, err)
	}
	metrics := newMetrics()
	w, err := newWorkerProcess(props, metrics, levels, log)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	g.Go(func() error { return exitWith(exitFailed, w.server.Run(serving)) })
	g.Go(func() error {
		defer stopServing()
		return exitWith(exitFailed, w.herder.Run(ctx))
	})
	return g.Wait()
}

// resolved replaces the placeholders of a worker's file, once. plugin.path has none.
func resolved(props map[string]string) (map[string]string, error) {
	t, err := config.NewTransformer(props)
	if err != nil {
		return nil, err
	}
	out, err := t.Transform(props)
	if path, ok := props["plugin.path"]; ok && err == nil {
		out["plugin.path"] = path
	}
	return out, err
}

// workerProcess is a worker and where it answers.
type workerProcess struct {
	herder *herder.Distributed
	server *rest.Server
	router *mux.Router
}

func newWorkerProcess(props map[string]string, metrics *prometheus.Registry, levels *loglevel.Levels, log *slog.Logger) (*workerProcess, error) {
	addr, err := firstListener(props, "http://:8083")
	if err != nil {
		return nil, exitWith(exitFailed, err)
	}
	w := &workerProcess{router: mux.NewRouter().UseEncodedPath().SkipClean(true)}
	// The address comes first: it is part of the worker's id.
	if w.server, err = rest.Listen(addr, w.router, log); err != nil {
		return nil, exitWith(exitStartFailed, err)
	}
	host, port := advertised(props, addr, w.server.Addr())
	w.herder, err = herder.New(herder.Config{
		WorkerProps: props, Plugins: plugins(), WorkerID: net.JoinHostPort(host, port), LoggerLevel: setter(levels), Metrics: metrics, Log: log,
		AdvertisedURL: func() string { return "http://" + net.JoinHostPort(host, port) + "/" },
	})
	if err != nil {
		_ = w.server.Close()
		return nil, exitWith(exitFailed, err)
	}
	rest.AddInternal(w.router, w.herder, log)
	w.router.PathPrefix("/").Handler(rest.Handler(rest.Config{
		Version: version, Metrics: metrics, Log: log,
		Herder: w.herder, Plugins: w.herder.Plugins(), Loggers: levels, ClusterID: w.herder.ClusterID,
	}))
	for _, key := range herder.Unread(props) {
		log.Warn("nobody reads it", "key", key)
	}
	return w, nil
}

// advertised is where other workers reach a listener.
func advertised(props map[string]string, asked, bound string) (host, port string) {
	host, port = strings.TrimSpace(props["rest.advertised.host.name"]), strings.TrimSpace(props["rest.advertised.port"])
	listenHost, _, _ := net.SplitHostPort(asked)
	if host == "" {
		host = listenHost
	}
	if host == "" || host == "0.0.0.0" || host == "::" {
		host = ownAddress(props)
	}
	if port == "" {
		_, port, _ = net.SplitHostPort(bound)
	}
	return host, port
}
