package kafka

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"
)

// Dial connects to a broker as the properties say: plain TCP, or TLS with the
// certificates given. addr is host:port; the host is also what the broker's
// certificate must name. It gives up after socket.connection.setup.timeout.ms
// (10 s unless set) or when ctx ends. The caller closes the connection.
func (s *Settings) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, s.setupTimeout())
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	if err := s.sizeBuffers(conn); err != nil {
		conn.Close()
		return nil, err
	}
	if s.tls == nil {
		return conn, nil
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		host = addr
	}
	secured := tls.Client(conn, s.tls.config(host))
	if err := secured.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, &handshakeError{addr, err}
	}
	return secured, nil
}

// handshakeError tells a connection that came about from TLS that did not.
type handshakeError struct {
	addr string
	err  error
}

func (e *handshakeError) Error() string { return "TLS handshake with " + e.addr + ": " + e.err.Error() }
func (e *handshakeError) Unwrap() error { return e.err }

func (s *Settings) setupTimeout() time.Duration {
	if d := s.millis(keySetupTimeout, 10*time.Second); d > 0 {
		return d
	}
	return 10 * time.Second
}

// sizeBuffers sets the socket buffers that were asked for. Java sets 128 and 64
// KB unasked, which throttles links with a long round trip; the system's own
// tuning is left alone here.
func (s *Settings) sizeBuffers(conn net.Conn) error {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return nil
	}
	if n, ok := s.number(keySendBuffer); ok && n > 0 {
		if err := tcp.SetWriteBuffer(int(n)); err != nil {
			return fmt.Errorf("%s: %w", keySendBuffer, err)
		}
	}
	if n, ok := s.number(keyReceiveBuffer); ok && n > 0 {
		if err := tcp.SetReadBuffer(int(n)); err != nil {
			return fmt.Errorf("%s: %w", keyReceiveBuffer, err)
		}
	}
	return nil
}
