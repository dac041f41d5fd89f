package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Config says what is served. What is nil is left out.
type Config struct {
	Version string
	Metrics prometheus.Gatherer
	Log     *slog.Logger

	// Herder serves the resources of a Connect worker's connectors.
	Herder Herder
	// FlowHerders serves those of dedicated mode's flows instead: each below
	// /{source}/{target}, and all together at the root. Called by any number of
	// goroutines.
	FlowHerders func() []FlowHerder
	Plugins     Plugins
	Loggers     Loggers
	// ReadOnly refuses everything that would change something.
	ReadOnly bool
	// ClusterID names the worker's Kafka cluster, "" while it is not known.
	ClusterID func(context.Context) string

	// Flows tells how dedicated mode's flows do; /health answers by it. Called by
	// any number of goroutines, as the next one.
	Flows func() []Flow
	// FlowDetails tells all about each flow.
	FlowDetails func() []FlowDetail
}

// Handler answers requests; it opens nothing and starts nothing.
func Handler(c Config) http.Handler {
	a := &api{config: c, peers: newPeers(), log: c.Log}
	r := mux.NewRouter().UseEncodedPath().SkipClean(true)
	r.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { writeError(w, bare(http.StatusNotFound)) })
	r.MethodNotAllowedHandler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { writeError(w, bare(http.StatusMethodNotAllowed)) })
	get := []string{http.MethodGet, http.MethodHead}
	a.plain(r, get)
	r.HandleFunc("/", a.index).Methods(get...).MatcherFunc(wantsText)
	routes, perFlow := c.routes()
	herderOf := func(map[string]string) (Herder, error) { return c.Herder, nil }
	if c.FlowHerders != nil {
		herderOf = func(map[string]string) (Herder, error) { return together{c.FlowHerders}, nil }
	}
	a.mount(r, "", append(routes, a.openAPI(routes, perFlow)), herderOf)
	a.mount(r, flowPrefix, perFlow, a.flowHerder)
	return a.guarded(normalise(r))
}

// plain adds what is not Connect's.
func (a *api) plain(r *mux.Router, get []string) {
	c := a.config
	if c.Flows != nil {
		r.Handle("/health", answerHealth(c.Flows)).Methods(get...)
		r.Handle("/health/ready", answerHealth(c.Flows)).Methods(get...)
		r.Handle("/health/live", answerAlive(c.Flows)).Methods(get...)
	}
	if c.Metrics != nil {
		r.Handle("/metrics", promhttp.HandlerFor(c.Metrics, promhttp.HandlerOpts{
			// One collector in trouble must not hide what the others say.
			ErrorHandling: promhttp.ContinueOnError,
			ErrorLog:      slog.NewLogLogger(c.Log.Handler(), slog.LevelWarn),
		})).Methods(get...)
	}
}

// routes are what the configuration serves at the root, and below each flow.
func (c Config) routes() (root, perFlow []route) {
	root = append(root, rootRoute())
	if c.Flows == nil && c.Herder != nil {
		root = append(root, healthRoute())
	}
	if c.Herder != nil || c.FlowHerders != nil {
		root = append(root, connectorRoutes()...)
	}
	if c.Plugins != nil {
		root = append(root, pluginRoutes()...)
	}
	if c.Loggers != nil {
		root = append(root, loggerRoutes()...)
	}
	if c.FlowDetails != nil {
		root = append(root, flowRoutes()...)
	}
	if c.FlowHerders != nil {
		perFlow = connectorRoutes()
	}
	return root, perFlow
}

const flowPrefix = "/{source}/{target}"

// flowHerder finds the flow that a path names.
func (a *api) flowHerder(vars map[string]string) (Herder, error) {
	for _, f := range a.config.FlowHerders() {
		if f.Source != vars["source"] || f.Target != vars["target"] {
			continue
		}
		if f.Herder == nil {
			return nil, notStarted(f)
		}
		return f.Herder, nil
	}
	return nil, bare(http.StatusNotFound)
}

// wantsText is true for people with a browser.
func wantsText(r *http.Request, _ *mux.RouteMatch) bool {
	accept := r.Header.Get("Accept")
	return strings.Contains(accept, "text/html") || strings.Contains(accept, "text/plain")
}

func (a *api) index(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = fmt.Fprintf(w, "crosstide %s\n\n%s", a.config.Version, index)
}

const index = `/health        200 while every flow is ready, else 503 and why
/health/ready  the same
/health/live   200 while the process can answer, whatever its clusters do
/metrics       for Prometheus
/connectors    Kafka Connect's REST API: connectors, tasks, offsets, plugins
/crosstide/v1/flows  lag, progress and losses of every flow
/openapi.json  all of it, described
`

// Server serves HTTP on one address.
type Server struct {
	listener net.Listener
	http     *http.Server
	log      *slog.Logger
}

// Listen takes the address, so that a port in use is known before anything else
// starts. Close or Run gives it back.
func Listen(addr string, h http.Handler, log *slog.Logger) (*Server, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", addr, err)
	}
	return &Server{listener: l, log: log, http: &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}}, nil
}

// Addr is where the server listens: the port is real even if 0 was asked for.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Close gives the address back without having served.
func (s *Server) Close() error { return s.listener.Close() }

// stopWithin is how long requests under way may take when the server stops.
const stopWithin = 2 * time.Second

// stoppingKey is where a request's context holds a channel that is closed when
// the server stops. Requests may end by themselves then; streams must.
type stoppingKey struct{}

// Run serves until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	s.log.Info("listening", "address", s.Addr())
	stopped := make(chan struct{})
	serving, cancel := context.WithCancel(ctx)
	base := context.WithValue(context.WithoutCancel(ctx), stoppingKey{}, serving.Done())
	s.http.BaseContext = func(net.Listener) context.Context { return base }
	go func() {
		defer close(stopped)
		<-serving.Done()
		stopping, done := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
		defer done()
		if s.http.Shutdown(stopping) != nil {
			_ = s.http.Close()
		}
	}()
	err := s.http.Serve(s.listener)
	cancel()
	<-stopped
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, io.EOF) {
		return nil
	}
	return fmt.Errorf("serving on %s: %w", s.Addr(), err)
}
