package kafkatest

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// OldMessages lays out records as brokers before Kafka 0.11 stored them: magic
// 0 or 1, each message alone or all of them in one gzipped message. Offsets
// begin at first. Magic 0 has no timestamps, and neither has headers.
func OldMessages(magic int8, zipped bool, first int64, records []*kgo.Record) ([]byte, error) {
	var set []byte
	for i, r := range records {
		offset := first + int64(i)
		if zipped && magic == 1 {
			offset = int64(i) // relative to the first one inside the wrapper
		}
		set = appendMessage(set, magic, 0, offset, r.Timestamp.UnixMilli(), r.Key, r.Value)
	}
	if !zipped {
		return set, nil
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(set); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	last := len(records) - 1 // the wrapper has the last one's offset and time
	return appendMessage(nil, magic, 1, first+int64(last), records[last].Timestamp.UnixMilli(), nil, packed.Bytes()), nil
}

func appendMessage(to []byte, magic, attributes int8, offset, timestamp int64, key, value []byte) []byte {
	begin := len(to)
	if magic == 0 {
		to = (&kmsg.MessageV0{Offset: offset, Magic: 0, Attributes: attributes, Key: key, Value: value}).AppendTo(to)
	} else {
		to = (&kmsg.MessageV1{Offset: offset, Magic: 1, Attributes: attributes, Timestamp: timestamp, Key: key, Value: value}).AppendTo(to)
	}
	const sizeAt, crcAt, crcFrom = 8, 12, 16
	m := to[begin:]
	binary.BigEndian.PutUint32(m[sizeAt:], uint32(len(m)-crcAt))
	binary.BigEndian.PutUint32(m[crcAt:], crc32.ChecksumIEEE(m[crcFrom:]))
	return to
}

// Plant replaces what a stopped broker has stored of a partition by one
// segment that begins at offset 0. The broker builds its indexes anew when it
// starts.
func (b *Broker) Plant(topic string, partition int32, segment []byte) error {
	if b.process.Running() {
		return fmt.Errorf("broker %d is running: stop it first", b.id)
	}
	dir := filepath.Join(b.dir, "data", fmt.Sprintf("%s-%d", topic, partition))
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		if strings.HasPrefix(f.Name(), "0") { // segments, indexes, snapshots
			if err := os.Remove(filepath.Join(dir, f.Name())); err != nil {
				return err
			}
		}
	}
	return os.WriteFile(filepath.Join(dir, "00000000000000000000.log"), segment, 0o644)
}
