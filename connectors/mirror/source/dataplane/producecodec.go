package dataplane

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"net"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// The versions of Produce that this package writes. Version 3 brought record
// batches of magic 2; 12 changes transactions only. From 13 on topics are named
// by id, so that a batch never lands in a topic that was deleted and made anew
// since: the broker refuses the old id, and the new topic is filled from the
// beginning, in order.
const (
	produceLowest  = 3
	produceByName  = 12 // the last
	produceHighest = 13
)

// cargo is one partition's batch in a produce request.
type cargo struct {
	p *partition
	f *flight
}

func (c cargo) sameTopic(as cargo) bool {
	return c.p.target.topic == as.p.target.topic && c.f.topic == as.f.topic
}

// highestFor is the highest version that can carry load: ids are needed beyond
// produceByName, and brokers before Kafka 2.8 give none.
func highestFor(load []cargo) int16 {
	for _, c := range load {
		if c.f.topic == (topicID{}) {
			return produceByName
		}
	}
	return produceHighest
}

// encodeProduce lays out the body of a Produce request around the batches, which
// stay where they are. It sorts load by topic.
//
// While the metadata of a topic made anew comes in, its partitions may be sent
// under both ids.
func encodeProduce(version int16, timeoutMs int32, load []cargo) net.Buffers {
	slices.SortStableFunc(load, func(a, b cargo) int {
		return cmp.Or(cmp.Compare(a.p.target.topic, b.p.target.topic), bytes.Compare(a.f.topic[:], b.f.topic[:]))
	})
	flexible := version >= 9
	e := produceEncoder{flexible: flexible, bufs: make(net.Buffers, 0, 2*len(load)+1), b: make([]byte, 0, 64+48*len(load))}
	e.nullString() // transactional id
	e.b = binary.BigEndian.AppendUint16(e.b, 0xffff)
	e.b = binary.BigEndian.AppendUint32(e.b, uint32(timeoutMs))
	topics := 0
	for i := range load {
		if i == 0 || !load[i].sameTopic(load[i-1]) {
			topics++
		}
	}
	e.arrayLen(topics)
	for i := 0; i < len(load); {
		n := i
		for n < len(load) && load[n].sameTopic(load[i]) {
			n++
		}
		if version > produceByName {
			e.b = append(e.b, load[i].f.topic[:]...)
		} else {
			e.string(load[i].p.target.topic)
		}
		e.arrayLen(n - i)
		for ; i < n; i++ {
			e.b = binary.BigEndian.AppendUint32(e.b, uint32(load[i].p.target.partition))
			e.records(load[i].f.batch)
			e.tags()
		}
		e.tags()
	}
	e.tags()
	e.cut()
	return e.bufs
}

// produceEncoder writes fields into b and cuts it where a batch belongs. b never
// grows beyond its first capacity's worth of unfinished parts: each part is a
// slice of whatever array b had when it was cut.
type produceEncoder struct {
	flexible bool
	b        []byte
	bufs     net.Buffers
}

func (e *produceEncoder) cut() {
	e.bufs = append(e.bufs, e.b)
	e.b = e.b[len(e.b):]
}

func (e *produceEncoder) nullString() {
	if e.flexible {
		e.b = append(e.b, 0)
	} else {
		e.b = binary.BigEndian.AppendUint16(e.b, 0xffff)
	}
}

func (e *produceEncoder) string(s string) {
	if e.flexible {
		e.b = binary.AppendUvarint(e.b, uint64(len(s)+1))
	} else {
		e.b = binary.BigEndian.AppendUint16(e.b, uint16(len(s)))
	}
	e.b = append(e.b, s...)
}

func (e *produceEncoder) arrayLen(n int) {
	if e.flexible {
		e.b = binary.AppendUvarint(e.b, uint64(n+1))
	} else {
		e.b = binary.BigEndian.AppendUint32(e.b, uint32(n))
	}
}

func (e *produceEncoder) records(batch []byte) {
	e.arrayLen(len(batch))
	e.cut()
	e.bufs = append(e.bufs, batch)
}

func (e *produceEncoder) tags() {
	if e.flexible {
		e.b = append(e.b, 0)
	}
}

// produceAnswer is what a broker said of one partition.
type produceAnswer struct {
	code    int16
	base    int64
	message string
}

// decodeProduce reads the response to load into answers by target partition.
func decodeProduce(version int16, raw []byte, load []cargo) (map[topicPartition]produceAnswer, int32, error) {
	resp := kmsg.NewPtrProduceResponse()
	resp.Version = version
	if err := resp.ReadFrom(raw); err != nil {
		return nil, 0, err
	}
	names := make(map[topicID]string, len(resp.Topics))
	for _, c := range load {
		names[c.f.topic] = c.p.target.topic
	}
	out := make(map[topicPartition]produceAnswer, len(load))
	for _, rt := range resp.Topics {
		if version > produceByName {
			rt.Topic = names[rt.TopicID]
		}
		for _, rp := range rt.Partitions {
			a := produceAnswer{code: rp.ErrorCode, base: rp.BaseOffset}
			if rp.ErrorMessage != nil {
				a.message = *rp.ErrorMessage
			}
			out[topicPartition{rt.Topic, rp.Partition}] = a
		}
	}
	return out, resp.ThrottleMillis, nil
}
