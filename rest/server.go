package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Config says what is served.
type Config struct {
	Version string
	Metrics prometheus.Gatherer
	Flows   func() []Flow // called by any number of goroutines
	Log     *slog.Logger
}

// Handler answers requests; it opens nothing and starts nothing.
func Handler(c Config) http.Handler {
	r := mux.NewRouter()
	get := []string{http.MethodGet, http.MethodHead}
	r.Handle("/health", answerHealth(c.Flows)).Methods(get...)
	r.Handle("/health/ready", answerHealth(c.Flows)).Methods(get...)
	r.Handle("/health/live", answerAlive(c.Flows)).Methods(get...)
	r.Handle("/metrics", promhttp.HandlerFor(c.Metrics, promhttp.HandlerOpts{
		// One collector in trouble must not hide what the others say.
		ErrorHandling: promhttp.ContinueOnError,
		ErrorLog:      slog.NewLogLogger(c.Log.Handler(), slog.LevelWarn),
	})).Methods(get...)
	r.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = fmt.Fprintf(w, "crosstide %s\n\n%s", c.Version, index)
	}).Methods(get...)
	return r
}

const index = `/health        200 while every flow is ready, else 503 and why
/health/ready  the same
/health/live   200 while the process can answer, whatever its clusters do
/metrics       for Prometheus
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

// Run serves until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	s.log.Info("listening", "address", s.Addr())
	stopped := make(chan struct{})
	serving, cancel := context.WithCancel(ctx)
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
