package main

import (
	"context"
	"log/slog"
	"maps"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/mux"

	"crosstide/connect/config"
	"crosstide/connect/herder"
	"crosstide/connectors/mirror/maker"
	"crosstide/internal/kafka"
	"crosstide/internal/loglevel"
	"crosstide/rest"
)

// peers is where the workers of other processes reach those of this one: task
// configurations travel from the worker that runs a connector to its group's leader.
type peers struct {
	server *rest.Server
	host   string           // rest.advertised.host.name
	port   string           // rest.advertised.port
	levels *loglevel.Levels // may be nil

	mu      sync.Mutex
	herders map[maker.Flow]*herder.Distributed
}

// listenForPeers opens a port for every flow of this process: a free one, or the
// one that listeners names where Java's driver would open it too.
func listenForPeers(props map[string]string, levels *loglevel.Levels, log *slog.Logger) (*peers, error) {
	p := &peers{
		herders: map[maker.Flow]*herder.Distributed{}, levels: levels,
		host: strings.TrimSpace(props["rest.advertised.host.name"]), port: strings.TrimSpace(props["rest.advertised.port"]),
	}
	if p.port != "" {
		if n, err := strconv.ParseUint(p.port, 10, 16); err != nil || n == 0 {
			return nil, exitWith(exitFailed, &config.Error{Key: "rest.advertised.port", Value: p.port, Reason: "not a port", Remedy: "write a number from 1 to 65535"})
		}
	}
	addr := ":0"
	if strings.EqualFold(strings.TrimSpace(props["dedicated.mode.enable.internal.rest"]), "true") {
		l, err := firstListener(props, "http://:8083")
		if err != nil {
			return nil, exitWith(exitFailed, err)
		}
		addr = l
		if host, _, err := net.SplitHostPort(l); err == nil && p.host == "" {
			p.host = host
		}
	}
	router := mux.NewRouter().UseEncodedPath()
	rest.AddInternalFlows(router, p.find, log)
	var err error
	if p.server, err = rest.Listen(addr, router, log.With("for", "other workers")); err != nil {
		return nil, exitWith(exitStartFailed, err)
	}
	return p, nil
}

// firstListener reads listeners as far as it is served: one address, plain HTTP.
func firstListener(props map[string]string, byDefault string) (string, error) {
	text, ok := props["listeners"]
	if !ok {
		text = byDefault
	}
	for _, item := range config.SplitList(text) {
		scheme, addr, found := strings.Cut(item, "://")
		host, port, err := net.SplitHostPort(addr)
		switch {
		case !found || err != nil:
			return "", &config.Error{Key: "listeners", Value: text, Reason: "Listener doesn't have the right format (protocol://hostname:port)", Remedy: "write http://host:port"}
		case strings.EqualFold(scheme, "http"):
			return net.JoinHostPort(host, port), nil
		case !strings.EqualFold(scheme, "https"):
			return "", &config.Error{Key: "listeners", Value: text, Reason: `Listener protocol must be either "http" or "https"`, Remedy: "write http://host:port"}
		}
	}
	return "", &config.Error{Key: "listeners", Value: text, Reason: "no listener speaks plain HTTP, and HTTPS is not there yet", Remedy: "add http://host:port"}
}

func (p *peers) find(source, target string) rest.TaskReceiver {
	p.mu.Lock()
	defer p.mu.Unlock()
	if h := p.herders[maker.Flow{Source: source, Target: target}]; h != nil {
		return h
	}
	return nil
}

func (p *peers) add(f maker.Flow, h *herder.Distributed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.herders[f] = h
}

// url tells the address under which other workers of a flow find this process: the
// one by which this host speaks to the flow's own cluster, because they do too.
func (p *peers) url(worker map[string]string) func() string {
	port := p.port
	if port == "" {
		_, port, _ = net.SplitHostPort(p.server.Addr())
	}
	return func() string {
		host := p.host
		if host == "" || host == "0.0.0.0" || host == "::" {
			host = ownAddress(worker)
		}
		return "http://" + net.JoinHostPort(host, port) + "/"
	}
}

// ownAddress is this host's address on the way to a cluster, or else its name.
func ownAddress(worker map[string]string) string {
	if settings, err := kafka.ParseSettings(worker); err == nil {
		for _, broker := range settings.Bootstrap() {
			if ip := localIP(broker); ip != "" {
				return ip
			}
		}
	}
	if name, err := os.Hostname(); err == nil {
		return name
	}
	return "localhost"
}

// localIP asks the routing table; connecting a datagram socket sends nothing.
func localIP(broker string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "udp", broker)
	if err != nil {
		return ""
	}
	defer func() { _ = conn.Close() }()
	host, _, err := net.SplitHostPort(conn.LocalAddr().String())
	if err != nil {
		return ""
	}
	return host
}

// rebalanceDelay is how long a lost worker's tasks wait for it. Java's five minutes
// are meant for workers that come back; ours come back to their own work within the
// session without it, and a mirror's tasks are cheap to move, dear to leave idle.
const rebalanceDelay = "scheduled.rebalance.max.delay.ms"

// newHerder makes a flow's herder: the runtime does not know the connectors,
// nor they it.
func (p *peers) newHerder(s maker.Spec) (maker.Herder, error) {
	props := maps.Clone(s.Worker)
	if _, given := props[rebalanceDelay]; !given {
		props[rebalanceDelay] = "0"
	}
	h, err := herder.New(herder.Config{
		WorkerProps: props, Plugins: plugins(), Connectors: s.Connectors,
		WorkerID: s.WorkerID, LoggerLevel: setter(p.levels), Metrics: s.Metrics, Log: s.Log,
		AdvertisedURL: p.url(s.Worker), Namespace: []string{s.Flow.Source, s.Flow.Target},
	})
	if err != nil {
		return nil, err
	}
	p.add(s.Flow, h)
	return flowHerder{h}, nil
}
