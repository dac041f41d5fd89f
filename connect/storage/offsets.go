package storage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"crosstide/connect"
)

// Offsets is the offset topic: source offsets of all connectors, by the exact
// bytes of their keys.
type Offsets struct {
	log     Log
	closing sync.Once

	mu     sync.RWMutex
	values map[string][]byte
}

// OpenOffsets reads the offset topic to its end.
func OpenOffsets(ctx context.Context, open Opener) (*Offsets, error) {
	o := &Offsets{values: make(map[string][]byte)}
	log, err := open(ctx, o.read)
	if err != nil {
		return nil, err
	}
	o.log = log
	return o, nil
}

func (o *Offsets) read(r Record) {
	if r.Key == nil {
		return // an old Java bug wrote some
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if r.Value == nil {
		delete(o.values, string(r.Key))
		return
	}
	o.values[string(r.Key)] = r.Value
}

// For returns the offsets of one connector, as its tasks see them.
func (o *Offsets) For(connector string) *ConnectorOffsets {
	return &ConnectorOffsets{store: o, connector: connector}
}

// All lists a connector's offsets, sorted by key, after reading to the end.
// Keys and values that no Connect runtime writes are left out and logged.
func (o *Offsets) All(ctx context.Context, connector string, log *slog.Logger) ([]connect.SourceOffset, error) {
	if err := o.log.ReadToEnd(ctx); err != nil {
		return nil, fmt.Errorf("reading offsets of connector %s: %w", connector, err)
	}
	var all []connect.SourceOffset
	o.mu.RLock()
	defer o.mu.RUnlock()
	keys := make([]string, 0, len(o.values))
	for key := range o.values {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		name, partition, err := DecodeOffsetKey([]byte(key))
		if err != nil || name != connector {
			continue
		}
		offset, err := DecodeOffset(o.values[key])
		if err != nil {
			log.Warn("ignoring a stored offset", "connector", connector, "key", key, "err", err)
			continue
		}
		all = append(all, connect.SourceOffset{Partition: partition, Offset: offset})
	}
	return all, nil
}

// Close stops reading. Reads and writes fail from then on.
func (o *Offsets) Close() (err error) {
	o.closing.Do(func() { err = o.log.Close() })
	return err
}

// ConnectorOffsets implements [connect.OffsetStorage] for one connector.
type ConnectorOffsets struct {
	store     *Offsets
	connector string
}

var _ connect.OffsetStorage = (*ConnectorOffsets)(nil)

// ReadOffsets implements [connect.OffsetStorage].
func (c *ConnectorOffsets) ReadOffsets(ctx context.Context, partitions []map[string]any) ([]map[string]any, error) {
	if err := c.store.log.ReadToEnd(ctx); err != nil {
		return nil, fmt.Errorf("reading offsets of connector %s: %w", c.connector, err)
	}
	keys := make([][]byte, len(partitions))
	for i, p := range partitions {
		key, err := EncodeOffsetKey(c.connector, p)
		if err != nil {
			return nil, fmt.Errorf("reading offsets of connector %s: %w", c.connector, err)
		}
		keys[i] = key
	}
	offsets := make([]map[string]any, len(partitions))
	c.store.mu.RLock()
	defer c.store.mu.RUnlock()
	for i, key := range keys {
		value, ok := c.store.values[string(key)]
		if !ok {
			continue
		}
		offset, err := DecodeOffset(value)
		if err != nil {
			// Starting over would copy everything again: say so instead.
			return nil, fmt.Errorf("stored offset of %s is %q: %w", key, value, err)
		}
		offsets[i] = offset
	}
	return offsets, nil
}

// WriteOffsets implements [connect.OffsetStorage].
func (c *ConnectorOffsets) WriteOffsets(ctx context.Context, offsets []connect.SourceOffset) error {
	if len(offsets) == 0 {
		return nil
	}
	records := make([]Record, len(offsets))
	for i, o := range offsets {
		key, err := EncodeOffsetKey(c.connector, o.Partition)
		if err != nil {
			return fmt.Errorf("writing offsets of connector %s: %w", c.connector, err)
		}
		value, err := EncodeOffset(o.Offset)
		if err != nil {
			return fmt.Errorf("writing offset of %s: %w", key, err)
		}
		records[i] = Record{Key: key, Value: value}
	}
	if err := c.store.log.Send(ctx, records...); err != nil {
		return fmt.Errorf("writing offsets of connector %s: %w", c.connector, err)
	}
	return nil
}

// EncodeOffsetKey returns the key under which Java finds a partition's offset.
func EncodeOffsetKey(connector string, partition map[string]any) ([]byte, error) {
	b := append(appendString([]byte{'['}, connector), ',')
	b, err := appendPrimitives(b, partition)
	if err != nil {
		return nil, fmt.Errorf("source partition: %w", err)
	}
	return append(b, ']'), nil
}

// EncodeOffset returns the value of an offset, nil (a tombstone) for a nil map.
func EncodeOffset(offset map[string]any) ([]byte, error) {
	if offset == nil {
		return nil, nil
	}
	b, err := appendPrimitives(nil, offset)
	if err != nil {
		return nil, fmt.Errorf("source offset: %w", err)
	}
	return b, nil
}

// appendPrimitives refuses what Java's OffsetUtils refuses: nested values.
func appendPrimitives(b []byte, m map[string]any) ([]byte, error) {
	if m == nil {
		return append(b, "null"...), nil
	}
	for name, v := range m {
		switch v.(type) {
		case map[string]any, map[string]string, object, []any:
			return nil, fmt.Errorf("%s: only strings, booleans, numbers and null may be stored, not a %T", name, v)
		}
	}
	return appendJSON(b, m)
}

// DecodeOffsetKey reads a key of the offset topic.
func DecodeOffsetKey(key []byte) (connector string, partition map[string]any, err error) {
	v, err := parseJSON(key)
	if err != nil {
		return "", nil, fmt.Errorf("offset key %q: %w", key, err)
	}
	pair, ok := v.([]any)
	if ok && len(pair) == 2 {
		name, ok1 := pair[0].(string)
		members, ok2 := pair[1].(object)
		if ok1 && ok2 {
			return name, members.toMap(), nil
		}
	}
	return "", nil, fmt.Errorf("offset key %q: not a connector's name and a partition", key)
}

// DecodeOffset reads a value of the offset topic, nil for a tombstone.
func DecodeOffset(value []byte) (map[string]any, error) {
	if value == nil {
		return nil, nil
	}
	v, err := parseJSON(value)
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case nil:
		return nil, nil
	case object:
		return v.toMap(), nil
	}
	return nil, errors.New("not a JSON object")
}
