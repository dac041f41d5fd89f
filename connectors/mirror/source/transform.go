package source

import (
	"fmt"

	"crosstide/connect"
	"crosstide/connect/converter"
	"crosstide/connect/data"
	"crosstide/connectors/mirror/source/dataplane"
	"crosstide/internal/recordbatch"
)

// transformOf makes the configured transformations into the data plane's hook,
// nil when there are none, so that batches are copied as bytes.
//
// A partition's copy lives in one target partition, so a transformation that
// routes records elsewhere can't be followed.
func transformOf(tc connect.SourceTaskContext) (dataplane.Transform, error) {
	holder, ok := tc.(connect.Transformations)
	if !ok || len(holder.Transformations()) == 0 {
		return nil, nil
	}
	chain := holder.Transformations()
	return func(topic string, partition int32, records []recordbatch.Record) ([]recordbatch.Record, error) {
		kept := records[:0]
		for _, r := range records {
			out, err := applyAll(chain, toConnect(topic, partition, r))
			if err != nil {
				return nil, fmt.Errorf("offset %d: %w", r.Offset, err)
			}
			if out == nil {
				continue
			}
			if out.Topic != topic {
				return nil, fmt.Errorf("offset %d: a transformation moved the record to topic %s; mirrored records keep their topic", r.Offset, out.Topic)
			}
			back, err := fromConnect(out, r)
			if err != nil {
				return nil, fmt.Errorf("offset %d: %w", r.Offset, err)
			}
			kept = append(kept, back)
		}
		return kept, nil
	}, nil
}

func applyAll(chain []connect.Transformation, r *connect.SourceRecord) (*connect.SourceRecord, error) {
	for _, t := range chain {
		var err error
		if r, err = t.Apply(r); err != nil || r == nil {
			return nil, err
		}
	}
	return r, nil
}

func toConnect(topic string, partition int32, r recordbatch.Record) *connect.SourceRecord {
	out := &connect.SourceRecord{
		Topic: topic, Partition: &partition,
		KeySchema: data.OptionalBytes, ValueSchema: data.OptionalBytes,
		Key: bytesOrNil(r.Key), Value: bytesOrNil(r.Value), Timestamp: &r.Timestamp,
	}
	for _, h := range r.Headers {
		out.Headers = append(out.Headers, connect.Header{Key: string(h.Key), Schema: data.OptionalBytes, Value: bytesOrNil(h.Value)})
	}
	return out
}

func bytesOrNil(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}

func fromConnect(r *connect.SourceRecord, was recordbatch.Record) (recordbatch.Record, error) {
	out := recordbatch.Record{Offset: was.Offset, Timestamp: was.Timestamp}
	if r.Timestamp != nil {
		out.Timestamp = *r.Timestamp
	}
	var err error
	if out.Key, err = asBytes(r.Key); err != nil {
		return out, fmt.Errorf("key: %w", err)
	}
	if out.Value, err = asBytes(r.Value); err != nil {
		return out, fmt.Errorf("value: %w", err)
	}
	for _, h := range r.Headers {
		v, err := converter.ByteArrayHeader{}.FromConnectHeader(r.Topic, h.Key, h.Schema, h.Value)
		if err != nil {
			return out, fmt.Errorf("header %s: %w", h.Key, err)
		}
		out.Headers = append(out.Headers, recordbatch.Header{Key: h.Key, Value: v})
	}
	return out, nil
}

func asBytes(v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case []byte:
		return v, nil
	}
	return nil, fmt.Errorf("a transformation left a %T where ByteArrayConverter takes bytes", v)
}
