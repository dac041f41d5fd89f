package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	ck "github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// read hands over records until Close.
func (l *Log) read() {
	defer close(l.stopped)
	complaint := ""
	for {
		select {
		case <-l.stop:
			return
		default:
		}
		switch e := l.consumer.Raw().Poll(250).(type) {
		case *ck.Message:
			if e.TopicPartition.Error != nil {
				complaint = l.complain(complaint, e.TopicPartition.Error)
				continue
			}
			complaint = ""
			l.handOver(e)
		case ck.PartitionEOF:
			// Offsets that carry no record of ours (transaction markers,
			// aborted or compacted ones) count as read too.
			l.advance(e.Partition, int64(e.Offset))
		case ck.Error:
			if e.IsFatal() {
				l.fail(e)
				return
			}
			complaint = l.complain(complaint, e)
		}
	}
}

// complain logs an error unless it was the last one logged.
func (l *Log) complain(last string, err error) string {
	if text := err.Error(); text != last {
		l.logger.Warn("reading is disturbed, trying on", "err", err)
		return text
	}
	return last
}

func (l *Log) handOver(m *ck.Message) {
	l.onRecord(LogRecord{
		Partition: m.TopicPartition.Partition, Offset: int64(m.TopicPartition.Offset),
		Timestamp: m.Timestamp.UnixMilli(), Key: m.Key, Value: m.Value,
	})
	l.advance(m.TopicPartition.Partition, int64(m.TopicPartition.Offset)+1)
}

func (l *Log) advance(partition int32, position int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.positions[partition] = position
	l.signal()
}

func (l *Log) fail(err error) {
	l.logger.Error("reading has ended", "err", err)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fatal = err
	l.signal()
}

func (l *Log) signal() {
	close(l.moved)
	l.moved = make(chan struct{})
}

// errLogClosed is what readers and writers of a closed log get.
var errLogClosed = errors.New("the log is closed")

// ReadToEnd returns when every record that was in the topic at the time of the
// call has been handed to OnRecord. It tries on through passing trouble until
// ctx ends.
func (l *Log) ReadToEnd(ctx context.Context) error {
	ends, err := l.listOffsets(ctx, ck.LatestOffsetSpec)
	if err == nil {
		err = l.waitFor(ctx, ends)
	}
	if err != nil {
		return fmt.Errorf("reading topic %s to its end: %w", l.topic, err)
	}
	return nil
}

func (l *Log) waitFor(ctx context.Context, ends map[int32]int64) error {
	for {
		l.mu.Lock()
		behind, fatal, moved := l.behind(ends), l.fatal, l.moved
		l.mu.Unlock()
		if fatal != nil || !behind {
			return fatal
		}
		select {
		case <-moved:
		case <-l.stopped:
			return errLogClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (l *Log) behind(ends map[int32]int64) bool {
	for p, end := range ends {
		if l.positions[p] < end {
			return true
		}
	}
	return false
}

// listOffsets asks for one kind of offset of all partitions at once.
func (l *Log) listOffsets(ctx context.Context, spec ck.OffsetSpec) (map[int32]int64, error) {
	ask := make(map[ck.TopicPartition]ck.OffsetSpec)
	l.mu.Lock()
	for p := range l.positions {
		ask[ck.TopicPartition{Topic: &l.topic, Partition: p}] = spec
	}
	l.mu.Unlock()
	var offsets map[int32]int64
	began := time.Now()
	err := retry(ctx, func() (err error) {
		if l.closed() {
			return errLogClosed
		}
		offsets, err = offsetsOf(l.admin.Raw().ListOffsets(ctx, ask, ck.SetAdminIsolationLevel(l.records)))
		if isUnknownTopic(err) && time.Since(began) < newTopicPatience {
			return errAgain
		}
		if leaderMoved(err) {
			l.relearnLeaders()
		}
		return err
	})
	return offsets, err
}

// leaderMoved holds for errors of one who asked by what he knew of the leaders
// before they changed.
func leaderMoved(err error) bool {
	switch codeOf(err) {
	case ck.ErrNotLeaderForPartition, ck.ErrFencedLeaderEpoch, ck.ErrUnknownLeaderEpoch:
		return true
	}
	return false
}

// relearnLeaders makes the admin client ask who leads the topic now. Of itself
// librdkafka asks by the leaders that it remembers, a quarter of an hour long, and
// no answer to ListOffsets makes it doubt them.
func (l *Log) relearnLeaders() {
	if _, err := l.admin.Raw().GetMetadata(&l.topic, false, int(relearnTimeout.Milliseconds())); err != nil {
		l.logger.Debug("the topic's leaders cannot be learned", "err", err)
	}
}

const relearnTimeout = 2 * time.Second

// newTopicPatience is how long a leader may say that it never heard of a topic
// that another broker has just described.
const newTopicPatience = 10 * time.Second

func offsetsOf(result ck.ListOffsetsResult, err error) (map[int32]int64, error) {
	if err != nil {
		return nil, err
	}
	offsets := make(map[int32]int64, len(result.ResultInfos))
	for tp, info := range result.ResultInfos {
		if info.Error.Code() != ck.ErrNoError {
			return nil, info.Error
		}
		offsets[tp.Partition] = int64(info.Offset)
	}
	return offsets, nil
}

func (l *Log) closed() bool {
	select {
	case <-l.stop:
		return true
	default:
		return false
	}
}
