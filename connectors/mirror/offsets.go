package mirror

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
)

// Fields of the connectors' source partitions and offsets.
const (
	clusterField   = "cluster"
	topicField     = "topic"
	partitionField = "partition"
	groupField     = "group"
	offsetField    = "offset"
	sourceIDField  = "sourceTopicId"
	targetIDField  = "targetTopicId"
	sourceField    = "sourceClusterAlias"
	targetField    = "targetClusterAlias"
)

// SourcePartition is the Connect source partition of a mirrored partition.
func SourcePartition(alias, topic string, partition int32) map[string]any {
	return map[string]any{clusterField: alias, topicField: topic, partitionField: partition}
}

// SourceOffset is the Connect source offset that says that everything up to and
// including the source's offset has been copied.
func SourceOffset(offset int64) map[string]any { return map[string]any{offsetField: offset} }

// SourceOffsetIn is [SourceOffset] with the ids of the topics it was copied from
// and to (KIP-516), where they are known. Java reads the offset and leaves the
// rest alone; what it writes has no ids.
func SourceOffsetIn(offset int64, sourceTopic, targetTopic [16]byte) map[string]any {
	out := SourceOffset(offset)
	if sourceTopic != ([16]byte{}) && targetTopic != ([16]byte{}) {
		out[sourceIDField] = base64.RawURLEncoding.EncodeToString(sourceTopic[:])
		out[targetIDField] = base64.RawURLEncoding.EncodeToString(targetTopic[:])
	}
	return out
}

// TopicIDs reads the ids that [SourceOffsetIn] wrote, zero where there are none.
func TopicIDs(offset map[string]any) (sourceTopic, targetTopic [16]byte) {
	read := func(field string) (id [16]byte) {
		text, _ := offset[field].(string)
		if raw, err := base64.RawURLEncoding.DecodeString(text); err == nil && len(raw) == len(id) {
			copy(id[:], raw)
		}
		return id
	}
	return read(sourceIDField), read(targetIDField)
}

// CopiedOffset reads a [SourceOffset], and false if it holds none.
func CopiedOffset(offset map[string]any) (int64, bool) { return integer(offset[offsetField]) }

// CheckpointPartition is the Connect source partition of a checkpoint.
func CheckpointPartition(c Checkpoint) map[string]any {
	return map[string]any{groupField: c.Group, topicField: c.Topic, partitionField: c.Partition}
}

// HeartbeatPartition is the Connect source partition of a flow's heartbeats.
func HeartbeatPartition(sourceAlias, targetAlias string) map[string]any {
	return map[string]any{sourceField: sourceAlias, targetField: targetAlias}
}

// CheckSourceOffset says whether an operator may store offset for a partition
// of MirrorSourceConnector. A nil offset deletes, and may do so for anything.
func CheckSourceOffset(partition, offset map[string]any) error {
	if offset == nil {
		return nil
	}
	if err := checkStrings(partition, clusterField, topicField); err != nil {
		return err
	}
	if err := checkPartition(partition); err != nil {
		return err
	}
	n, ok := integer(offset[offsetField])
	if !ok || n < 0 {
		return fmt.Errorf("the offset's %q must be an integer of at least 0, not %v", offsetField, offset[offsetField])
	}
	return nil
}

// CheckCheckpointOffset is CheckSourceOffset for MirrorCheckpointConnector.
func CheckCheckpointOffset(partition, offset map[string]any) error {
	if offset == nil {
		return nil
	}
	if err := checkStrings(partition, groupField, topicField); err != nil {
		return err
	}
	if err := checkPartition(partition); err != nil {
		return err
	}
	return checkZero(offset)
}

// CheckHeartbeatOffset is CheckSourceOffset for MirrorHeartbeatConnector.
func CheckHeartbeatOffset(partition, offset map[string]any) error {
	if offset == nil {
		return nil
	}
	if err := checkStrings(partition, sourceField, targetField); err != nil {
		return err
	}
	return checkZero(offset)
}

func checkStrings(partition map[string]any, fields ...string) error {
	for _, f := range fields {
		if _, ok := partition[f].(string); !ok {
			return fmt.Errorf("the source partition needs %q as a string, not %v", f, partition[f])
		}
	}
	return nil
}

func checkPartition(partition map[string]any) error {
	n, ok := integer(partition[partitionField])
	if !ok || n < 0 || n > math.MaxInt32 {
		return fmt.Errorf("the source partition needs %q as an integer from 0 to %d, not %v",
			partitionField, math.MaxInt32, partition[partitionField])
	}
	return nil
}

func checkZero(offset map[string]any) error {
	if n, ok := integer(offset[offsetField]); !ok || n != 0 {
		return fmt.Errorf("the offset's %q can only be 0, not %v", offsetField, offset[offsetField])
	}
	return nil
}

// integer accepts what JSON decoders make of an integer. A float64 counts if it
// is whole, since encoding/json makes floats of all numbers.
func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case int:
		return int64(v), true
	case int32:
		return int64(v), true
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int64(v), true
		}
	case json.Number:
		n, err := v.Int64()
		return n, err == nil
	}
	return 0, false
}
