package proxy

import (
	"fmt"
	"net"
	"sync"
	"time"
)

// defaultBuffer bounds the bytes under way in one direction of one connection:
// 80 ms of a 10 Gbit/s link.
const defaultBuffer = 100 << 20

// A Proxy passes connections on to one address.
type Proxy struct {
	listener net.Listener
	target   string
	running  sync.WaitGroup

	mu      sync.Mutex
	changed *sync.Cond // paused or closed changed
	delay   time.Duration
	buffer  int
	paused  bool
	refuse  bool
	closed  bool
	links   map[*link]struct{}
	passed  int64
}

// New listens on an address and passes connections on to target, which need
// not be up.
func New(listen, target string) (*Proxy, error) {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("proxy to %s: %w", target, err)
	}
	p := &Proxy{listener: l, target: target, buffer: defaultBuffer, links: map[*link]struct{}{}}
	p.changed = sync.NewCond(&p.mu)
	p.running.Go(p.accept)
	return p, nil
}

// Address is where the proxy listens.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

// SetDelay delays every byte that arrives from now on by d, in each direction:
// a round trip takes 2·d longer.
func (p *Proxy) SetDelay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

// SetBuffer bounds the bytes under way in one direction of one connection made
// from now on.
func (p *Proxy) SetBuffer(bytes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.buffer = bytes
}

// Pause lets nothing pass until Resume: connections stay open and silent, new
// ones are accepted and silent too.
func (p *Proxy) Pause() { p.set(func() { p.paused = true }) }

// Resume ends Pause and Refuse. What waited passes.
func (p *Proxy) Resume() { p.set(func() { p.paused, p.refuse = false, false }) }

// Refuse cuts all connections and every new one until Resume.
func (p *Proxy) Refuse() {
	p.set(func() { p.refuse = true })
	p.Cut()
}

// Cut resets all present connections, losing what is under way, and returns
// how many there were.
func (p *Proxy) Cut() int {
	p.mu.Lock()
	cut := make([]*link, 0, len(p.links))
	for l := range p.links {
		cut = append(cut, l)
	}
	p.mu.Unlock()
	for _, l := range cut {
		l.reset()
	}
	return len(cut)
}

// Connections is how many connections there are now.
func (p *Proxy) Connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.links)
}

// Passed is how many bytes have gone through, both directions together.
func (p *Proxy) Passed() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.passed
}

// Close ends the proxy and all its connections.
func (p *Proxy) Close() {
	p.set(func() { p.closed = true })
	p.listener.Close()
	p.Cut()
	p.running.Wait()
}

func (p *Proxy) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	p.changed.Broadcast()
}

// pass waits while the proxy is paused and counts the bytes that go.
func (p *Proxy) pass(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.paused && !p.closed {
		p.changed.Wait()
	}
	p.passed += int64(n)
}

func (p *Proxy) settings() (delay time.Duration, buffer int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.delay, p.buffer
}

func (p *Proxy) accept() {
	for {
		in, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.running.Go(func() { p.serve(in) })
	}
}

func (p *Proxy) serve(in net.Conn) {
	out, err := net.DialTimeout("tcp", p.target, 5*time.Second)
	if err != nil {
		reset(in)
		return
	}
	l := &link{proxy: p, in: in, out: out}
	if !p.add(l) {
		l.reset()
		return
	}
	l.run()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
}

func (p *Proxy) add(l *link) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.refuse {
		return false
	}
	p.links[l] = struct{}{}
	return true
}
