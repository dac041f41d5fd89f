package dataplane

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"crosstide/internal/kafka/wire"
)

const (
	// maxRequests bounds the produce requests on one connection. Brokers work
	// on one at a time; more only hide the round trip.
	maxRequests = 8
	// maxRequestBytes is where a produce request is full. The broker's own limit
	// is socket.request.max.bytes, 100 MiB.
	maxRequestBytes = 4 << 20
	// produceTimeoutMs is how long the broker may wait for its replicas.
	produceTimeoutMs = 30_000
)

// sender writes to one target broker. Partitions that have something to send are
// in its ready list, at most once each; each turn takes one batch from each.
type sender struct {
	pl   *Plane
	node int32
	log  *slog.Logger

	link *link
	wake chan struct{}
	rtt  atomic.Int64 // ns, of the link itself

	mu       sync.Mutex
	ready    []*partition
	inFlight int

	resume atomic.Int64 // throttled until, unix ns
}

func newSender(pl *Plane, node int32) *sender {
	log := pl.log.With("broker", node)
	return &sender{pl: pl, node: node, log: log, link: &link{topology: pl.targetTopology, node: node, log: log}, wake: make(chan struct{}, 1)}
}

// push lists a partition; a nil sender or one that was not to be listed is fine.
func (s *sender) push(p *partition) {
	if s == nil {
		return
	}
	s.mu.Lock()
	s.ready = append(s.ready, p)
	s.mu.Unlock()
	s.signal()
}

func (s *sender) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// roundTrip is the link's own, in ns, as measured when it was opened: a busy
// broker makes all produce requests look long.
func (s *sender) roundTrip() int64 { return s.rtt.Load() }

// run sends until ctx ends. Partitions may be pushed at any time.
func (s *sender) run(ctx context.Context) {
	var conn *wire.Conn
	defer func() {
		if conn != nil {
			conn.Close()
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		}
		for ctx.Err() == nil && s.may() {
			if conn != nil && (conn.Err() != nil || conn.Expired() && s.idle()) {
				conn.Close()
				conn = nil
			}
			if conn != nil && conn.Expired() {
				break // KIP-368: let what is in flight finish, its answer wakes us
			}
			if conn == nil {
				if conn = s.link.open(ctx); conn == nil {
					s.astray()
					continue
				}
				s.rtt.Store(conn.RoundTrip().Nanoseconds())
			}
			if !s.turn(conn) {
				break
			}
		}
	}
}

// astray asks where the partitions are now that their broker can't be reached.
func (s *sender) astray() {
	s.mu.Lock()
	list := s.ready
	s.ready = nil
	s.mu.Unlock()
	for _, p := range list {
		s.pl.targetTopology.stale(p.target.topic)
		p.mu.Lock()
		mine := p.sender == s
		p.mu.Unlock()
		if mine {
			s.push(p)
		}
	}
}

// may reports whether another request may go out now.
func (s *sender) may() bool {
	if wait := time.Until(time.Unix(0, s.resume.Load())); wait > 0 {
		s.pl.after(wait, s.signal)
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.ready) > 0 && s.inFlight < maxRequests
}

func (s *sender) idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inFlight == 0
}

// turn sends one request with a batch from each of as many ready partitions as
// fit. It returns false when none had anything.
func (s *sender) turn(conn *wire.Conn) bool {
	s.mu.Lock()
	list := s.ready
	s.ready = nil
	s.mu.Unlock()

	var load []cargo
	var again []*partition
	size := 0
	for i, p := range list {
		if size >= maxRequestBytes {
			again = append(again, list[i:]...)
			break
		}
		f, more := p.next(s)
		if f != nil {
			load = append(load, cargo{p, f})
			size += len(f.batch)
		}
		if more {
			again = append(again, p)
		}
	}
	s.mu.Lock()
	// Those already waiting keep their place before those pushed meanwhile.
	s.ready = append(again, s.ready...)
	if len(load) > 0 {
		s.inFlight++
	}
	s.mu.Unlock()
	if len(load) == 0 {
		return false
	}
	s.send(conn, load)
	return true
}

func (s *sender) send(conn *wire.Conn, load []cargo) {
	version, ok := conn.Version(0, produceLowest, highestFor(load))
	if !ok {
		s.lost(load, fmt.Errorf("%s does not speak a Produce version between %d and %d", conn.Addr(), produceLowest, produceHighest))
		return
	}
	body := encodeProduce(version, produceTimeoutMs, load)
	err := conn.Send(0, version, version >= 9, body, func(body *wire.Body, err error) {
		var raw []byte
		if err == nil {
			raw, err = body.Rest()
		}
		if err != nil {
			s.lost(load, err)
			return
		}
		answers, throttle, err := decodeProduce(version, raw, load)
		if err != nil {
			// What was written can't be known: the same as a lost connection.
			err = fmt.Errorf("reading a produce answer: %w", err)
			conn.Fail(err)
			s.lost(load, err)
			return
		}
		if pause := throttlePause(throttle); pause > 0 {
			s.pl.metrics.throttled.Add(pause.Seconds())
			s.resume.Store(time.Now().Add(pause).UnixNano())
		}
		s.landed(load, answers)
	})
	if err != nil {
		s.lost(load, err)
	}
}

func (s *sender) landed(load []cargo, answers map[topicPartition]produceAnswer) {
	s.free()
	for _, c := range load {
		a, ok := answers[c.p.target]
		if !ok {
			a = produceAnswer{code: -1, message: "the broker did not answer for this partition"}
		}
		c.p.answered(c.f, a)
	}
	s.signal()
}

// lost tells the partitions that nobody knows what became of their batches.
func (s *sender) lost(load []cargo, err error) {
	s.free()
	s.log.Debug("produce request unanswered, sending it again", "batches", len(load), "err", err)
	for _, c := range load {
		c.p.unanswered(c.f)
	}
	s.signal()
}

func (s *sender) free() {
	s.mu.Lock()
	s.inFlight--
	s.mu.Unlock()
}
