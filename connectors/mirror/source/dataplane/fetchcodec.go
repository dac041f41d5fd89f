package dataplane

import (
	"crosstide/internal/kafka/wire"
)

// The versions of Fetch that this package reads. Version 4 brought magic 2 and
// transactions, 7 sessions (KIP-227), 9 leader epochs (KIP-320), 10 zstd
// (KIP-110), 11 racks (KIP-392), 12 divergence (KIP-595), 13 topic ids (KIP-516),
// 15 and later change only what followers use.
const (
	fetchLowest       = 4
	fetchHighest      = 16
	fetchHighestNames = 12
)

// fetchHead opens a Fetch answer.
type fetchHead struct {
	throttleMs int32
	errorCode  int16
	sessionID  int32
}

// fetchedPartition is one partition's part of a Fetch answer, without its records.
type fetchedPartition struct {
	partition   int32
	errorCode   int16
	highWater   int64
	lastStable  int64
	logStart    int64
	replica     int32 // preferred follower, -1
	diverging   bool
	divergeEnd  int64
	aborted     []abortedTxn
	recordBytes int // -1 null
}

type abortedTxn struct{ producer, first int64 }

// fetchSink takes what readFetch finds. All calls come in the order of the
// answer, from the connection's reading goroutine.
type fetchSink interface {
	head(h fetchHead)
	topic(name string, id topicID)
	// records is called before the partition's trailing fields are known, with
	// the body standing at its records; it must read exactly fp.recordBytes.
	records(fp *fetchedPartition, body *wire.Body)
	// done ends a partition, all its fields known.
	done(fp *fetchedPartition)
}

// readFetch reads a Fetch answer as it arrives.
func readFetch(version int16, body *wire.Body, sink fetchSink) error {
	flexible := version >= 12
	var h fetchHead
	h.throttleMs = body.Int32()
	if version >= 7 {
		h.errorCode, h.sessionID = body.Int16(), body.Int32()
	}
	if body.Err() == nil {
		sink.head(h)
	}
	for topics := body.ArrayLen(flexible); topics > 0 && body.Err() == nil; topics-- {
		var name string
		var id topicID
		if version >= 13 {
			id = body.UUID()
		} else {
			name = body.String(flexible)
		}
		if body.Err() != nil {
			break
		}
		sink.topic(name, id)
		for parts := body.ArrayLen(flexible); parts > 0 && body.Err() == nil; parts-- {
			readFetchedPartition(version, body, sink)
		}
		body.Tags(flexible)
	}
	body.Tags(flexible)
	return body.Err()
}

func readFetchedPartition(version int16, body *wire.Body, sink fetchSink) {
	flexible := version >= 12
	fp := fetchedPartition{logStart: -1, replica: -1}
	fp.partition, fp.errorCode = body.Int32(), body.Int16()
	fp.highWater, fp.lastStable = body.Int64(), body.Int64()
	if version >= 5 {
		fp.logStart = body.Int64()
	}
	for n := body.ArrayLen(flexible); n > 0 && body.Err() == nil; n-- {
		fp.aborted = append(fp.aborted, abortedTxn{producer: body.Int64(), first: body.Int64()})
		body.Tags(flexible)
	}
	if version >= 11 {
		fp.replica = body.Int32()
	}
	fp.recordBytes = body.BytesLen(flexible)
	if body.Err() != nil {
		return
	}
	if fp.recordBytes > 0 {
		sink.records(&fp, body)
	}
	if flexible {
		body.EachTag(func(tag uint32, _ int) {
			if tag != 0 {
				return
			}
			body.Int32() // epoch
			if end := body.Int64(); end >= 0 {
				fp.diverging, fp.divergeEnd = true, end
			}
			body.Tags(true)
		})
	}
	if body.Err() == nil {
		sink.done(&fp)
	}
}
