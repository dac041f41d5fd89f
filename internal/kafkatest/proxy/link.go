package proxy

import (
	"io"
	"net"
	"sync"
	"time"
)

// A link is one connection through the proxy: two pipes.
type link struct {
	proxy   *Proxy
	in, out net.Conn
	cut     sync.Once
}

// run returns when both directions have ended.
func (l *link) run() {
	var both sync.WaitGroup
	both.Go(func() { l.pipe(l.out, l.in) })
	both.Go(func() { l.pipe(l.in, l.out) })
	both.Wait()
	l.in.Close()
	l.out.Close()
}

// reset closes both ends so that they see a reset, not an orderly end.
func (l *link) reset() {
	l.cut.Do(func() {
		reset(l.in)
		reset(l.out)
	})
}

func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // what was not sent is dropped and the peer gets RST
	}
	c.Close()
}

// pipe carries one direction until it ends.
func (l *link) pipe(to, from net.Conn) {
	_, size := l.proxy.settings()
	q := newQueue(size)
	var reader sync.WaitGroup
	reader.Go(func() {
		err := l.read(q, from)
		q.end(err)
	})
	for {
		c, ok := q.take()
		if !ok {
			break
		}
		// Chunks leave in the order they came, so waiting for the first
		// one's time delays none behind it by more than its own.
		time.Sleep(time.Until(c.due))
		l.proxy.pass(len(c.data))
		if _, err := to.Write(c.data); err != nil {
			q.abandon()
			l.reset()
			break
		}
	}
	reader.Wait()
	if q.err != nil {
		l.reset()
		return
	}
	if tcp, ok := to.(*net.TCPConn); ok {
		_ = tcp.CloseWrite() // the other direction may go on
	}
}

func (l *link) read(q *queue, from net.Conn) error {
	buf := make([]byte, 256<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			delay, _ := l.proxy.settings()
			if !q.put(chunk{data: append([]byte(nil), buf[:n]...), due: time.Now().Add(delay)}) {
				return nil
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// A chunk is what one read got, and when it may go on.
type chunk struct {
	data []byte
	due  time.Time
}

// A queue holds the chunks under way, at most size bytes of them.
type queue struct {
	mu        sync.Mutex
	changed   *sync.Cond
	chunks    []chunk
	bytes     int
	size      int
	ended     bool
	abandoned bool
	err       error // how the reader ended; nil at the sender's orderly end
}

func newQueue(size int) *queue {
	q := &queue{size: size}
	q.changed = sync.NewCond(&q.mu)
	return q
}

// put waits for room. It returns false when nobody takes any more.
func (q *queue) put(c chunk) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.bytes > 0 && q.bytes+len(c.data) > q.size && !q.abandoned {
		q.changed.Wait()
	}
	if q.abandoned {
		return false
	}
	q.chunks = append(q.chunks, c)
	q.bytes += len(c.data)
	q.changed.Broadcast()
	return true
}

// take returns the next chunk, or false when there will be none.
func (q *queue) take() (chunk, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.chunks) == 0 && !q.ended {
		q.changed.Wait()
	}
	if len(q.chunks) == 0 {
		return chunk{}, false
	}
	c := q.chunks[0]
	q.chunks = q.chunks[1:]
	q.bytes -= len(c.data)
	q.changed.Broadcast()
	return c, true
}

func (q *queue) end(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended, q.err = true, err
	q.changed.Broadcast()
}

func (q *queue) abandon() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.abandoned = true
	q.changed.Broadcast()
}
