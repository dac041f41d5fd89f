package heartbeat

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"crosstide/connect"
	"crosstide/connect/data"
	"crosstide/connectors/mirror"
)

// pollMost is how long one Poll waits at most.
const pollMost = time.Second

// Task writes the heartbeats.
type Task struct {
	cfg     *mirror.HeartbeatConfig
	next    time.Time
	written prometheus.Counter
}

// Start implements [connect.SourceTask].
func (t *Task) Start(_ context.Context, tc connect.SourceTaskContext, props map[string]string) error {
	cfg, err := mirror.ParseHeartbeat(props)
	if err != nil {
		return err
	}
	if t.written, err = mirror.NewHeartbeatCounter(tc.Metrics(), cfg.SourceAlias, cfg.TargetAlias); err != nil {
		return fmt.Errorf("registering metrics: %w", err)
	}
	t.cfg = cfg
	t.next = time.Now().Add(cfg.Interval)
	return nil
}

// Poll returns a heartbeat when one is due. A worker that was held up writes one
// for all that it missed.
func (t *Task) Poll(ctx context.Context) ([]*connect.SourceRecord, error) {
	wait := time.Until(t.next)
	if !mirror.Sleep(ctx, min(wait, pollMost)) || wait > pollMost {
		return nil, nil
	}
	now := time.Now()
	if t.next = t.next.Add(t.cfg.Interval); t.next.Before(now) {
		t.next = now.Add(t.cfg.Interval)
	}
	record, err := t.heartbeat(now.UnixMilli())
	if err != nil {
		return nil, err
	}
	return []*connect.SourceRecord{record}, nil
}

func (t *Task) heartbeat(at int64) (*connect.SourceRecord, error) {
	h := mirror.Heartbeat{SourceAlias: t.cfg.SourceAlias, TargetAlias: t.cfg.TargetAlias, Timestamp: at}
	key, value, err := h.Encode()
	if err != nil {
		return nil, fmt.Errorf("encoding a heartbeat: %w", err)
	}
	partition := int32(0)
	bytes := &data.Schema{Type: data.Bytes}
	return &connect.SourceRecord{
		SourcePartition: mirror.HeartbeatPartition(h.SourceAlias, h.TargetAlias),
		SourceOffset:    mirror.SourceOffset(0),
		Topic:           t.cfg.Policy.HeartbeatsTopic(),
		Partition:       &partition,
		KeySchema:       bytes, Key: key,
		ValueSchema: bytes, Value: value,
		Timestamp: &at,
	}, nil
}

// CommitRecord counts what was acknowledged.
func (t *Task) CommitRecord(_ context.Context, _ *connect.SourceRecord, m *connect.RecordMetadata) {
	if m != nil {
		t.written.Inc()
	}
}

// Stop implements [connect.SourceTask].
func (t *Task) Stop() error { return nil }
