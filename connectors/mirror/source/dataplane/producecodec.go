package dataplane

import (
	"cmp"
	"encoding/binary"
	"net"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// The versions of Produce that this package writes. Version 3 brought record
// batches of magic 2; 12 changes transactions only, 13 replaces names by ids.
const (
	produceLowest  = 3
	produceHighest = 11
)

// cargo is one partition's batch in a produce request.
type cargo struct {
	p *partition
	f *flight
}

// encodeProduce lays out the body of a Produce request around the batches, which
// stay where they are. It sorts load by topic.
func encodeProduce(version int16, timeoutMs int32, load []cargo) net.Buffers {
	slices.SortStableFunc(load, func(a, b cargo) int { return cmp.Compare(a.p.target.topic, b.p.target.topic) })
	flexible := version >= 9
	e := produceEncoder{flexible: flexible, bufs: make(net.Buffers, 0, 2*len(load)+1), b: make([]byte, 0, 64+48*len(load))}
	e.nullString() // transactional id
	e.b = binary.BigEndian.AppendUint16(e.b, 0xffff)
	e.b = binary.BigEndian.AppendUint32(e.b, uint32(timeoutMs))
	topics := 0
	for i := range load {
		if i == 0 || load[i].p.target.topic != load[i-1].p.target.topic {
			topics++
		}
	}
	e.arrayLen(topics)
	for i := 0; i < len(load); {
		n := i
		for n < len(load) && load[n].p.target.topic == load[i].p.target.topic {
			n++
		}
		e.string(load[i].p.target.topic)
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

// decodeProduce reads a response into answers by target partition.
func decodeProduce(version int16, raw []byte) (map[topicPartition]produceAnswer, int32, error) {
	resp := kmsg.NewPtrProduceResponse()
	resp.Version = version
	if err := resp.ReadFrom(raw); err != nil {
		return nil, 0, err
	}
	out := make(map[topicPartition]produceAnswer, len(resp.Topics))
	for _, rt := range resp.Topics {
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
