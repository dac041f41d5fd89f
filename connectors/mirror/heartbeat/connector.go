package heartbeat

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"

	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connectors/mirror"
	"crosstide/internal/kafka"
)

// version is the Kafka release whose MirrorHeartbeatConnector this one stands in for.
const version = "4.3.0"

// Connector is MirrorHeartbeatConnector.
type Connector struct {
	cfg  *mirror.HeartbeatConfig
	stop context.CancelFunc
	done sync.WaitGroup
}

// New makes a connector that has not been started.
func New() *Connector { return &Connector{} }

// Version implements [connect.Connector].
func (c *Connector) Version() string { return version }

// ConfigDef implements [connect.Connector].
func (c *Connector) ConfigDef() *config.Def { return mirror.HeartbeatDef }

// NewTask implements [connect.SourceConnector].
func (c *Connector) NewTask() connect.SourceTask { return &Task{} }

// Start checks the configuration and begins to create the heartbeats topic,
// also where no heartbeats are to be written, as Java does. Unlike the other
// connectors this one runs whether or not the flow is enabled: its heartbeats
// are what the opposite flow replicates.
func (c *Connector) Start(cc connect.ConnectorContext, props map[string]string) error {
	cfg, err := mirror.ParseHeartbeat(props)
	if err != nil {
		return err
	}
	settings, err := kafka.ParseSettings(mirror.ClientConfig(props, mirror.HeartbeatsTargetAdmin, ""))
	if err != nil {
		return fmt.Errorf("target cluster's client: %w", err)
	}
	for _, w := range cfg.Warnings {
		cc.Log().Warn(w)
	}
	c.cfg = cfg
	ctx, cancel := context.WithCancel(context.Background())
	c.stop = cancel
	c.done.Go(func() {
		_ = mirror.Persist(ctx, cc.Log(), "creating the heartbeats topic", func(ctx context.Context) error {
			return c.createTopic(ctx, cc, settings)
		})
	})
	return nil
}

func (c *Connector) createTopic(ctx context.Context, cc connect.ConnectorContext, settings *kafka.Settings) error {
	client, err := kafka.NewFranz(settings, cc.Log())
	if err != nil {
		return err
	}
	defer client.Close()
	_, err = mirror.CreateCompactedTopic(ctx, client, []string{c.cfg.Policy.HeartbeatsTopic()}, c.cfg.HeartbeatsRF, cc.Log())
	return err
}

// TaskConfigs returns one task, or none where emit.heartbeats.enabled is false.
func (c *Connector) TaskConfigs(int) ([]map[string]string, error) {
	if c.cfg == nil || !c.cfg.EmitHeartbeats {
		return nil, nil
	}
	return []map[string]string{maps.Clone(c.cfg.Props)}, nil
}

// AlterOffsets checks an operator's offsets; nothing reads them.
func (c *Connector) AlterOffsets(_ map[string]string, offsets []connect.SourceOffset) error {
	var problems []string
	for _, o := range offsets {
		if err := mirror.CheckHeartbeatOffset(o.Partition, o.Offset); err != nil {
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
	if c.stop != nil {
		c.stop()
	}
	c.done.Wait()
	return nil
}
