package wire

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl"
)

// ErrClosed is what handlers and callers get when the connection ended because
// Close was called.
var ErrClosed = errors.New("connection closed")

// Config says how to reach a broker. It may be shared by many connections.
type Config struct {
	// Dial opens the transport, TLS included.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// SASL authenticates; nil for none.
	SASL sasl.Mechanism
	// ClientID is sent with each request.
	ClientID string
	// RequestTimeout bounds the wait for each response; 30 s when zero.
	RequestTimeout time.Duration
}

// Handler consumes one response. body is nil when err is not; it must not be
// used after the handler has returned. Handlers run on the connection's reading
// goroutine, so they must not wait for later responses.
type Handler func(body *Body, err error)

type pending struct {
	corr     int32
	flexible bool // the response header carries tagged fields
	deadline time.Time
	handle   Handler
}

// Conn is an authenticated connection. Send may be called from any goroutine.
type Conn struct {
	addr     string
	conn     net.Conn
	br       *bufio.Reader
	clientID string
	timeout  time.Duration
	versions map[int16]versionRange
	expires  time.Time // zero: never

	roundTrip time.Duration

	writeMu sync.Mutex // held while writing, taken before mu

	mu      sync.Mutex
	corr    int32
	queue   []pending
	err     error
	done    chan struct{} // closed when the reading goroutine has ended
	closing bool
}

type versionRange struct{ min, max int16 }

// Open dials, asks for the broker's versions and authenticates. ctx bounds all
// of that and is not kept.
func Open(ctx context.Context, addr string, cfg Config) (*Conn, error) {
	nc, err := cfg.Dial(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", addr, err)
	}
	c := &Conn{
		addr: addr, conn: nc, br: bufio.NewReaderSize(nc, 64<<10),
		clientID: cfg.ClientID, timeout: cfg.RequestTimeout, done: make(chan struct{}),
	}
	if c.timeout <= 0 {
		c.timeout = 30 * time.Second
	}
	// A cancelled ctx must not leave the handshake hanging in a read.
	stop := context.AfterFunc(ctx, func() { _ = nc.SetDeadline(time.Now()) })
	err = c.handshake(ctx, cfg.SASL)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = nc.Close() // the handshake's error says more
		return nil, fmt.Errorf("opening a connection to %s: %w", addr, err)
	}
	go c.read()
	return c, nil
}

// Addr is the address that was dialled.
func (c *Conn) Addr() string { return c.addr }

// RoundTrip is how long the first small request took, when nothing else was on
// the way: about the link's own round trip.
func (c *Conn) RoundTrip() time.Duration { return c.roundTrip }

// Version returns the highest version of an API that both this broker and the
// caller know, and false when they share none.
func (c *Conn) Version(key, lowest, highest int16) (int16, bool) {
	r, ok := c.versions[key]
	if !ok || r.max < lowest || r.min > highest {
		return 0, false
	}
	return min(r.max, highest), true
}

// Expired reports whether the authenticated session is about to end (KIP-368).
// The owner should let what is in flight finish and open another connection.
func (c *Conn) Expired() bool { return !c.expires.IsZero() && time.Now().After(c.expires) }

// Err is the error that ended the connection, nil while it lives.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Send writes one request. body is everything after the request header; its
// parts are written where they lie and must stay unchanged until Send returns.
// When Send returns an error the handler is never called; otherwise it is called
// exactly once.
func (c *Conn) Send(key, version int16, flexible bool, body net.Buffers, handle Handler) error {
	size := 0
	for _, b := range body {
		size += len(b)
	}
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return c.err
	}
	c.corr++
	corr := c.corr
	deadline := time.Now().Add(c.timeout)
	// Queued before the write: the response may come while the write returns.
	c.queue = append(c.queue, pending{corr: corr, flexible: flexible, deadline: deadline, handle: handle})
	if len(c.queue) == 1 {
		_ = c.conn.SetReadDeadline(deadline) // a dead connection shows itself in the read
	}
	c.mu.Unlock()

	bufs := make(net.Buffers, 0, len(body)+1)
	bufs = append(bufs, c.header(key, version, flexible, corr, size))
	bufs = append(bufs, body...)
	_ = c.conn.SetWriteDeadline(deadline)
	if _, err := bufs.WriteTo(c.conn); err != nil {
		// The handler is called by the reading goroutine, like all others.
		c.fail(fmt.Errorf("writing to %s: %w", c.addr, err))
	}
	return nil
}

// Request sends a kmsg request with its Version set and hands over the decoded
// response. The response's byte slices may be kept.
func (c *Conn) Request(req kmsg.Request, handle func(kmsg.Response, error)) error {
	flexible := req.IsFlexible()
	return c.Send(req.Key(), req.GetVersion(), flexible, net.Buffers{req.AppendTo(nil)}, func(body *Body, err error) {
		if err != nil {
			handle(nil, err)
			return
		}
		resp := req.ResponseKind()
		raw, err := body.Rest()
		if err == nil {
			err = resp.ReadFrom(raw)
		}
		if err != nil {
			handle(nil, fmt.Errorf("reading the answer to %s from %s: %w", kmsg.NameForKey(req.Key()), c.addr, err))
			return
		}
		handle(resp, nil)
	})
}

// Close ends the connection; requests still unanswered get [ErrClosed]. It waits
// until their handlers have returned, so it must not be called from a handler.
func (c *Conn) Close() {
	c.mu.Lock()
	c.closing = true
	c.mu.Unlock()
	c.fail(ErrClosed)
	<-c.done
}

// Fail ends the connection as if the network had, without waiting. Handlers may
// call it.
func (c *Conn) Fail(err error) { c.fail(err) }

func (c *Conn) header(key, version int16, flexible bool, corr int32, bodySize int) []byte {
	h := make([]byte, 4, 4+2+2+4+2+len(c.clientID)+1)
	h = binary.BigEndian.AppendUint16(h, uint16(key))
	h = binary.BigEndian.AppendUint16(h, uint16(version))
	h = binary.BigEndian.AppendUint32(h, uint32(corr))
	h = binary.BigEndian.AppendUint16(h, uint16(len(c.clientID)))
	h = append(h, c.clientID...)
	if flexible {
		h = append(h, 0)
	}
	binary.BigEndian.PutUint32(h, uint32(len(h)-4+bodySize))
	return h
}

func (c *Conn) fail(err error) {
	c.mu.Lock()
	if c.err == nil {
		if c.closing {
			err = ErrClosed
		}
		c.err = err
	}
	c.mu.Unlock()
	_ = c.conn.Close() // wakes the reader
}

func (c *Conn) read() {
	defer close(c.done)
	for {
		if err := c.readOne(); err != nil {
			c.fail(err)
			break
		}
	}
	c.mu.Lock()
	err, rest := c.err, c.queue
	c.queue = nil
	c.mu.Unlock()
	for _, p := range rest {
		p.handle(nil, err)
	}
}

func (c *Conn) readOne() error {
	var head [8]byte
	if _, err := io.ReadFull(c.br, head[:]); err != nil {
		return fmt.Errorf("reading from %s: %w", c.addr, err)
	}
	size, corr := int32(binary.BigEndian.Uint32(head[:])), int32(binary.BigEndian.Uint32(head[4:]))
	c.mu.Lock()
	if len(c.queue) == 0 || c.queue[0].corr != corr || size < 4 {
		c.mu.Unlock()
		return fmt.Errorf("%s answered out of turn: correlation id %d, %d bytes", c.addr, corr, size)
	}
	p := c.queue[0]
	c.mu.Unlock()

	// A large body on a slow link may take longer than the answer's deadline;
	// the body extends it while bytes arrive.
	body := &Body{conn: c.conn, r: c.br, left: int(size) - 4, patience: c.timeout}
	if p.flexible {
		body.skipTags()
	}
	if body.err == nil {
		p.handle(body, nil)
	} else {
		p.handle(nil, body.err)
	}
	if body.err == nil {
		body.Skip(body.left)
	}
	c.mu.Lock()
	c.queue[0] = pending{}
	c.queue = c.queue[1:]
	if len(c.queue) > 0 {
		_ = c.conn.SetReadDeadline(c.queue[0].deadline)
	} else {
		c.queue = nil
		_ = c.conn.SetReadDeadline(time.Time{})
	}
	c.mu.Unlock()
	if body.err != nil {
		return fmt.Errorf("reading from %s: %w", c.addr, body.err)
	}
	return nil
}
