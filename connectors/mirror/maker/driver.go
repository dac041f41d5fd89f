package maker

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A Herder is what the driver asks of the runtime. It runs one flow's
// connectors until ctx ends, and returns after everything acknowledged has been
// committed. An error means that it could not start or go on.
type Herder interface {
	Run(ctx context.Context) error
	// Ready reports whether all connectors and tasks that should run do.
	Ready() bool
	// Troubles says in words why Ready does not hold, or what has failed.
	Troubles() []string
}

// A Spec is what one flow's herder is made from. It holds secrets.
type Spec struct {
	Flow       Flow
	WorkerID   string
	Worker     map[string]string
	Connectors map[string]map[string]string // wanted configurations by name
	Log        *slog.Logger
	Metrics    prometheus.Registerer
}

// Options are what a driver needs beside its configuration.
type Options struct {
	Targets   []string // run only flows into these; none: all
	NewHerder func(Spec) (Herder, error)
	Log       *slog.Logger
	Metrics   prometheus.Registerer // nil: none
	// Connect reaches a cluster; nil: by internal/kafka.
	Connect func(props map[string]string, log *slog.Logger) (Cluster, error)
}

// Driver runs the flows of a file in one process.
type Driver struct {
	log      *slog.Logger
	probers  map[string]*prober
	flows    []*runningFlow
	patience time.Duration // how long a start waits for the source's cluster id
}

// NewDriver prepares the flows; it opens no connection. The configuration must
// have passed [Config.Check].
func NewDriver(c *Config, o Options) (*Driver, error) {
	d := &Driver{log: o.Log, probers: map[string]*prober{}, patience: 3 * time.Second}
	if o.Connect == nil {
		o.Connect = reach
	}
	flows := c.Flows(o.Targets...)
	bad := newFindings()
	for _, alias := range touched(flows) {
		props, err := c.Cluster(alias)
		if err != nil {
			bad.add(nil, err)
			continue
		}
		props["client.id"] = "crosstide-" + alias
		log := o.Log.With("cluster", alias)
		client, err := o.Connect(props, log)
		if err != nil {
			bad.add(nil, fmt.Errorf("cluster %s: %w", alias, err))
			continue
		}
		d.probers[alias] = newProber(alias, client, log)
	}
	for _, f := range flows {
		worker, err := c.resolvedWorker(f)
		if err != nil {
			bad.add(worker, err)
			continue
		}
		flow, err := newFlow(c, f, worker.values(), o)
		if err != nil {
			bad.add(worker, err)
			continue
		}
		d.flows = append(d.flows, flow)
	}
	if err := bad.Err(); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func newFlow(c *Config, f Flow, worker map[string]string, o Options) (*runningFlow, error) {
	spec := Spec{
		Flow: f, WorkerID: workerID(f), Worker: worker, Connectors: c.Connectors(f),
		Log: o.Log.With("flow", f.String()),
	}
	if o.Metrics != nil {
		spec.Metrics = prometheus.WrapRegistererWith(prometheus.Labels{"flow": f.String()}, o.Metrics)
	}
	// Made once here so that what is wrong with the worker's own keys is an
	// error of the file, not a flow that fails later.
	h, err := o.NewHerder(spec)
	if err != nil {
		return nil, err
	}
	return &runningFlow{
		Flow: f, enabled: c.Enabled(f), first: h, log: spec.Log, state: waiting,
		again: func() (Herder, error) { return o.NewHerder(spec) },
	}, nil
}

// workerID is host/S->T/<something unique>, so that two processes of one flow
// can be told apart.
func workerID(f Flow) string {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	unique := make([]byte, 8)
	_, _ = rand.Read(unique) // never fails
	return host + "/" + f.String() + "/" + hex.EncodeToString(unique)
}

// Run runs all flows until ctx ends, then stops them and returns nil. It
// returns earlier, with the reasons, when every flow has ended in an error.
func (d *Driver) Run(ctx context.Context) error {
	defer d.Close()
	probing, stopProbing := context.WithCancel(ctx)
	var probers sync.WaitGroup
	for _, p := range d.probers {
		probers.Go(func() { p.run(probing) })
	}
	errs := make([]error, len(d.flows))
	var running sync.WaitGroup
	for i, f := range d.flows {
		running.Go(func() { errs[i] = f.run(ctx, d.probers[f.Source], d.probers[f.Target], d.patience) })
	}
	running.Wait()
	stopProbing()
	probers.Wait()
	if ctx.Err() != nil {
		return nil // what failed before was told when it did
	}
	return errors.Join(errs...)
}

// Close lets go of what a driver holds that is not going to run; Run does so
// itself.
func (d *Driver) Close() {
	for _, p := range d.probers {
		p.cluster.Close()
	}
}

// FlowHealth is how one flow does.
type FlowHealth struct {
	Flow    string
	Enabled bool // false: only heartbeats
	Ready   bool
	Reasons []string // why it is not ready
}

// Health tells of every flow of this process. It may be called from any
// goroutine at any time.
func (d *Driver) Health() []FlowHealth {
	out := make([]FlowHealth, 0, len(d.flows))
	for _, f := range d.flows {
		h := FlowHealth{Flow: f.String(), Enabled: f.enabled, Reasons: f.troubles()}
		for _, alias := range []string{f.Source, f.Target} {
			if why := d.probers[alias].trouble(); why != "" {
				h.Reasons = append(h.Reasons, "cluster "+alias+" "+why)
			}
		}
		h.Ready = len(h.Reasons) == 0
		out = append(out, h)
	}
	return out
}
