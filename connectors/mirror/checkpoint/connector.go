package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connectors/mirror"
	"crosstide/internal/kafka"
)

// version is the Kafka release whose MirrorCheckpointConnector this one stands in for.
const version = "4.3.0"

// errNotLoaded is returned until the source's groups have been listed once.
var errNotLoaded = errors.New("the source's consumer groups are not known yet")

// Connector is MirrorCheckpointConnector.
type Connector struct {
	cfg    *mirror.CheckpointConfig
	cc     connect.ConnectorContext
	log    *slog.Logger
	source *kgo.Client
	target *kgo.Client
	stop   context.CancelFunc
	done   sync.WaitGroup

	mu     sync.Mutex
	groups []string
	loaded bool
}

// New makes a connector that has not been started.
func New() *Connector { return &Connector{} }

// Version implements [connect.Connector].
func (c *Connector) Version() string { return version }

// ConfigDef implements [connect.Connector].
func (c *Connector) ConfigDef() *config.Def { return mirror.CheckpointDef }

// NewTask implements [connect.SourceConnector].
func (c *Connector) NewTask() connect.SourceTask { return &Task{} }

// Start checks the configuration and begins to look for consumer groups. It
// waits for neither cluster.
func (c *Connector) Start(cc connect.ConnectorContext, props map[string]string) error {
	cfg, err := mirror.ParseCheckpoint(props)
	if err != nil {
		return err
	}
	c.cfg, c.cc, c.log = cfg, cc, cc.Log()
	for _, w := range cfg.Warnings {
		c.log.Warn(w)
	}
	if !c.active() {
		c.log.Info("the connector has no tasks: it is not enabled, or emits no checkpoints")
		return nil
	}
	if c.source, err = newClient(props, mirror.CheckpointSourceAdmin, "", c.log); err != nil {
		return err
	}
	if c.target, err = newClient(props, mirror.CheckpointTargetAdmin, "", c.log); err != nil {
		c.source.Close()
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.stop = cancel
	c.done.Go(func() { c.createTopic(ctx) })
	c.done.Go(func() { c.refreshGroups(ctx) })
	return nil
}

func (c *Connector) active() bool { return c.cfg.Enabled && c.cfg.EmitCheckpoints > 0 }

func newClient(props map[string]string, role mirror.Role, task string, log *slog.Logger) (*kgo.Client, error) {
	settings, err := kafka.ParseSettings(mirror.ClientConfig(props, role, task))
	if err != nil {
		return nil, fmt.Errorf("client %s: %w", role, err)
	}
	client, err := kafka.NewFranz(settings, log)
	if err != nil {
		return nil, fmt.Errorf("client %s: %w", role, err)
	}
	return client, nil
}

func (c *Connector) createTopic(ctx context.Context) {
	_ = mirror.Persist(ctx, c.log, "creating the checkpoints topic", func(ctx context.Context) error {
		_, err := mirror.CreateCompactedTopic(ctx, c.target, c.cfg.CheckpointsTopics, c.cfg.CheckpointsRF, c.log)
		return err
	})
}

// refreshGroups looks for groups until it succeeds, then at every interval.
func (c *Connector) refreshGroups(ctx context.Context) {
	for {
		err := mirror.Persist(ctx, c.log, "looking for consumer groups", c.refreshOnce)
		if err != nil || c.cfg.RefreshGroups == 0 || !mirror.Sleep(ctx, c.cfg.RefreshGroups) {
			return
		}
	}
}

func (c *Connector) refreshOnce(ctx context.Context) error {
	c.mu.Lock()
	known := c.groups
	c.mu.Unlock()
	found, err := findGroups(ctx, kadm.NewClient(c.source), c.cfg, known)
	if err != nil {
		return err
	}
	c.mu.Lock()
	changed := !c.loaded || !slices.Equal(c.groups, found)
	c.groups, c.loaded = found, true
	c.mu.Unlock()
	if changed {
		c.log.Info("consumer groups changed", "groups", len(found), "before", len(known))
		c.cc.RequestTaskReconfiguration()
	}
	return nil
}

// TaskConfigs deals the groups known now. Until they are it returns a retriable
// error, and asks for a reconfiguration once they are.
func (c *Connector) TaskConfigs(maxTasks int) ([]map[string]string, error) {
	if c.cfg == nil || !c.active() {
		return nil, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.loaded {
		return nil, connect.Retriable(errNotLoaded)
	}
	return taskConfigs(c.cfg.Props, c.groups, maxTasks), nil
}

// AlterOffsets checks an operator's offsets; nothing reads them.
func (c *Connector) AlterOffsets(_ map[string]string, offsets []connect.SourceOffset) error {
	var problems []string
	for _, o := range offsets {
		if err := mirror.CheckCheckpointOffset(o.Partition, o.Offset); err != nil {
			problems = append(problems, err.Error())
		}
	}
	if problems != nil {
		return fmt.Errorf("these offsets cannot be stored: %s", strings.Join(problems, "; "))
	}
	return nil
}

// Stop ends what Start began and waits for it.
func (c *Connector) Stop() error {
	if c.stop == nil {
		return nil
	}
	c.stop()
	c.done.Wait()
	c.source.Close()
	c.target.Close()
	return nil
}
