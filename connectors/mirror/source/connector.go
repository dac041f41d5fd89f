package source

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connectors/mirror"
)

// version is the Kafka release whose MirrorSourceConnector this one stands in for.
const version = "4.3.0"

// errNotLoaded is returned until both clusters have been looked at.
var errNotLoaded = errors.New("the clusters' topics are not known yet")

// Connector is MirrorSourceConnector: it finds the topics to copy, keeps their
// target topics in shape and deals their partitions to tasks.
type Connector struct {
	cfg       *mirror.SourceConfig
	props     map[string]string
	refresher *refresher
	stop      context.CancelFunc
	done      sync.WaitGroup
	closers   []func()
}

var _ connect.SourceConnector = (*Connector)(nil)

// New makes a connector that has not been started.
func New() *Connector { return &Connector{} }

// Version implements [connect.Connector].
func (c *Connector) Version() string { return version }

// ConfigDef implements [connect.Connector].
func (c *Connector) ConfigDef() *config.Def { return mirror.SourceDef }

// Start checks the configuration and begins to look at both clusters. It waits
// for neither: where one does not answer, the connector keeps trying.
func (c *Connector) Start(cc connect.ConnectorContext, props map[string]string) error {
	cfg, err := mirror.ParseSource(props)
	if err != nil {
		return err
	}
	c.cfg, c.props = cfg, props
	log := cc.Log()
	for _, w := range cfg.Warnings {
		log.Warn(w)
	}
	if !cfg.Enabled {
		log.Info("connector is not enabled: it has no tasks")
		return nil
	}
	metrics, err := newControlMetrics(cc.Metrics(), cfg.SourceAlias, cfg.TargetAlias)
	if err != nil {
		return fmt.Errorf("registering metrics: %w", err)
	}
	targets, err := NewTargets(cfg, "", log)
	if err != nil {
		return err
	}
	c.closers = append(c.closers, targets.Close)
	targets.metrics = metrics
	c.refresher = &refresher{
		targets: targets, interval: cfg.RefreshTopics, attempt: adminTimeout(cfg),
		log: log, changes: targets.changes, metrics: metrics,
		changed: cc.RequestTaskReconfiguration, refuse: cc.RaiseError,
		loaded: make(chan struct{}),
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.stop = cancel
	if err := c.startSyncsTopic(ctx, cc, targets); err != nil {
		return errors.Join(err, c.Stop())
	}
	c.done.Go(func() { c.refresher.run(ctx) })
	acls := &aclSync{targets: targets, log: log, changes: targets.changes, metrics: metrics}
	configs := &configSync{targets: targets, known: c.refresher.published.Load, log: log, changes: targets.changes, metrics: metrics}
	c.periodic(ctx, periodic{what: "ACL sync", interval: cfg.SyncTopicACLs, run: acls.run, failed: func() { metrics.ran(metrics.aclSyncs, false) }}, cc)
	c.periodic(ctx, periodic{what: "topic config sync", interval: cfg.SyncTopicConfigs, run: configs.run, failed: func() { metrics.ran(metrics.configSyncs, false) }}, cc)
	return nil
}

func (c *Connector) startSyncsTopic(ctx context.Context, cc connect.ConnectorContext, targets *Targets) error {
	if !c.cfg.EmitOffsetSyncs {
		return nil
	}
	topic, closeClient, err := newSyncsTopic(c.cfg, cc.Log(), targets.changes)
	if err != nil {
		return err
	}
	c.done.Go(func() {
		defer closeClient()
		untilDone(ctx, targets.changes, "creation of the offset syncs topic", topic.run)
	})
	return nil
}

// TaskConfigs deals the partitions known now to at most maxTasks tasks. Before
// the clusters were looked at it returns a retriable error, and the connector
// asks for a reconfiguration once they are.
func (c *Connector) TaskConfigs(maxTasks int) ([]map[string]string, error) {
	if c.cfg == nil || !c.cfg.Enabled {
		return nil, nil
	}
	v := c.refresher.published.Load()
	if v == nil {
		return nil, connect.Retriable(errNotLoaded)
	}
	return taskConfigs(c.props, v.Source, maxTasks), nil
}

// Stop ends everything and waits for it.
func (c *Connector) Stop() error {
	if c.stop != nil {
		c.stop()
	}
	c.done.Wait()
	for _, closeClient := range c.closers {
		closeClient()
	}
	c.closers = nil
	return nil
}

// periodic is something done at every interval once topics are known.
type periodic struct {
	what     string
	interval time.Duration // 0: never
	run      func(context.Context) error
	failed   func() // counts a run that ended in an error
}

func (c *Connector) periodic(ctx context.Context, p periodic, cc connect.ConnectorContext) {
	if p.interval == 0 {
		return
	}
	c.done.Go(func() {
		select {
		case <-c.refresher.loaded:
		case <-ctx.Done():
			return
		}
		p.loop(ctx, c.refresher.changes, cc.RaiseError)
	})
}

// loop runs at once and then at every interval. A run that failed as a whole is
// repeated sooner.
func (p periodic) loop(ctx context.Context, ch *changes, raise func(error)) {
	misses := 0
	for {
		err := p.run(ctx)
		if ctx.Err() != nil {
			return
		}
		wait := p.interval
		switch {
		case errors.Is(err, errNoIncremental):
			raise(err)
			return
		case err != nil:
			misses++
			p.failed()
			ch.failed(p.what, p.what+" failed, trying again", err)
			wait = backoff(unreachableFirst, min(creationMost, p.interval), misses)
		default:
			misses = 0
			ch.cleared(p.what, p.what+" works again")
		}
		if !sleepUntil(ctx, time.Now().Add(wait)) {
			return
		}
	}
}

// untilDone repeats run until it succeeds or ctx ends.
func untilDone(ctx context.Context, ch *changes, what string, run func(context.Context) error) {
	for misses := 1; ; misses++ {
		err := run(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			ch.cleared(what, what+" succeeded")
			return
		}
		ch.failed(what, what+" failed, trying again", err)
		if !sleepUntil(ctx, time.Now().Add(backoff(creationFirst, creationMost, misses))) {
			return
		}
	}
}

// NewTask implements [connect.SourceConnector].
func (c *Connector) NewTask() connect.SourceTask { return NewTask() }
