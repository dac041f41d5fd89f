package storage

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"crosstide/connect/state"
)

// writeTimeout bounds one write sequence as a whole.
const writeTimeout = 30 * time.Second

// ConfigOptions say what a [Config] works with.
type ConfigOptions struct {
	Open Opener
	// DB receives what the records mean.
	DB *state.DB
	// OnRequest gets restart requests and logger levels that are read after the
	// start; older ones are not acted upon again. It must not block. May be nil.
	OnRequest func(ConfigRecord)
	// MayWrite is asked about each record right before it is sent; its error ends
	// the write sequence. nil lets all pass.
	MayWrite func(ConfigRecord) error
	Log      *slog.Logger
}

// Config is the config topic: the record of what should run.
type Config struct {
	log     Log
	options ConfigOptions
	apply   applier
	live    atomic.Bool

	// writing keeps write sequences apart. It is a channel so that waiting for it
	// ends with the context.
	writing chan struct{}
	closing sync.Once

	mu       sync.Mutex
	taskSets []*taskSet // waiting to be written
}

// OpenConfig reads the config topic to its end.
func OpenConfig(ctx context.Context, options ConfigOptions) (*Config, error) {
	c := &Config{options: options, writing: make(chan struct{}, 1)}
	log, err := options.Open(ctx, c.read)
	if err != nil {
		return nil, err
	}
	c.log = log
	c.live.Store(true)
	return c, nil
}

// read is called by the log's one reader.
func (c *Config) read(r Record) {
	record, err := DecodeConfig(string(r.Key), r.Value)
	if err != nil {
		// Another writer's mistake must not keep the worker from starting.
		c.options.Log.Error("ignoring a record of the config topic", "offset", r.Offset, "err", err)
	}
	c.options.DB.Update(func(txn *state.Txn) {
		if record != nil {
			c.apply.offset = r.Offset + 1
			c.apply.apply(txn, record, c.options.Log)
		}
		txn.SetConfigOffset(r.Offset + 1)
	})
	if c.live.Load() && c.options.OnRequest != nil {
		switch record.(type) {
		case RestartRequest, LoggerLevel:
			c.options.OnRequest(record)
		}
	}
}

// Refresh reads the topic to its end.
func (c *Config) Refresh(ctx context.Context) error { return c.log.ReadToEnd(ctx) }

// PutConnector creates or changes a connector; an empty target leaves its target
// state alone.
func (c *Config) PutConnector(ctx context.Context, name string, props map[string]string, target state.TargetState) error {
	var records []ConfigRecord
	if target != "" {
		records = append(records, TargetState{Connector: name, State: target})
	}
	records = append(records, ConnectorConfig{Connector: name, Properties: PropertiesOf(props)})
	return c.write(ctx, "connector "+name, records)
}

// DeleteConnector removes a connector. Its task records stay, as Java leaves them.
func (c *Config) DeleteConnector(ctx context.Context, name string) error {
	return c.write(ctx, "removal of connector "+name,
		[]ConfigRecord{ConnectorConfig{Connector: name}, TargetState{Connector: name}})
}

// PutTarget asks for a connector to be started, paused or stopped.
func (c *Config) PutTarget(ctx context.Context, connector string, target state.TargetState) error {
	return c.Put(ctx, TargetState{Connector: connector, State: target})
}

// Put writes one record of any kind and reads it back.
func (c *Config) Put(ctx context.Context, record ConfigRecord) error {
	return c.write(ctx, record.Key(), []ConfigRecord{record})
}

// write sends each batch and reads it back before the next one. It starts at the
// topic's end, so that it knows what it writes over.
func (c *Config) write(ctx context.Context, what string, batches ...[]ConfigRecord) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	err := c.exclusively(ctx, func() error {
		if len(batches) > 1 {
			if err := c.log.ReadToEnd(ctx); err != nil {
				return err
			}
		}
		for _, batch := range batches {
			if err := c.send(ctx, batch); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("writing %s to the config topic: %w", what, err)
	}
	return nil
}

func (c *Config) send(ctx context.Context, batch []ConfigRecord) error {
	if len(batch) == 0 {
		return nil
	}
	records := make([]Record, len(batch))
	for i, r := range batch {
		if c.options.MayWrite != nil {
			if err := c.options.MayWrite(r); err != nil {
				return err
			}
		}
		value, err := EncodeConfig(r)
		if err != nil {
			return err
		}
		records[i] = Record{Key: []byte(r.Key()), Value: value}
	}
	if err := c.log.Send(ctx, records...); err != nil {
		return err
	}
	return c.log.ReadToEnd(ctx)
}

func (c *Config) exclusively(ctx context.Context, do func() error) error {
	select {
	case c.writing <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-c.writing }()
	return do()
}

// Close stops reading. Writes fail from then on.
func (c *Config) Close() (err error) {
	c.closing.Do(func() { err = c.log.Close() })
	return err
}
