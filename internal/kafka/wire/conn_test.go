package wire

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// broker answers as script says, after the handshake.
type broker struct {
	t    *testing.T
	ln   net.Listener
	done chan struct{}
}

// request is what the fake broker read of one request.
type request struct {
	key, version int16
	corr         int32
	body         []byte
}

func newBroker(t *testing.T, serve func(conn net.Conn, next func() (request, error))) *broker {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &broker{t: t, ln: ln, done: make(chan struct{})}
	go func() {
		defer close(b.done)
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		next := func() (request, error) { return readRequest(conn) }
		first, err := next()
		if err != nil {
			return
		}
		versions := kmsg.NewPtrApiVersionsResponse()
		versions.Version = first.version
		for key := range int16(20) {
			versions.ApiKeys = append(versions.ApiKeys, kmsg.ApiVersionsResponseApiKey{ApiKey: key, MaxVersion: 9})
		}
		answer(conn, first.corr, versions.AppendTo(nil))
		serve(conn, next)
	}()
	t.Cleanup(func() {
		_ = ln.Close()
		<-b.done
	})
	return b
}

func readRequest(conn net.Conn) (request, error) {
	var size [4]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return request{}, err
	}
	raw := make([]byte, binary.BigEndian.Uint32(size[:]))
	if _, err := io.ReadFull(conn, raw); err != nil {
		return request{}, err
	}
	id := int(binary.BigEndian.Uint16(raw[8:]))
	return request{
		key: int16(binary.BigEndian.Uint16(raw)), version: int16(binary.BigEndian.Uint16(raw[2:])),
		corr: int32(binary.BigEndian.Uint32(raw[4:])), body: raw[10+id:],
	}, nil
}

func answer(conn net.Conn, corr int32, body []byte) {
	head := binary.BigEndian.AppendUint32(nil, uint32(len(body)+4))
	head = binary.BigEndian.AppendUint32(head, uint32(corr))
	_, _ = conn.Write(append(head, body...)) // the other side's tests tell
}

func open(t *testing.T, addr string, timeout time.Duration) *Conn {
	t.Helper()
	c, err := Open(context.Background(), addr, Config{Dial: (&net.Dialer{}).DialContext, ClientID: "test", RequestTimeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestRequestsAreWrittenAndAnsweredInTheOrderOfTheCalls(t *testing.T) {
	const n = 200
	b := newBroker(t, func(conn net.Conn, next func() (request, error)) {
		for range n {
			r, err := next()
			if err != nil {
				return
			}
			answer(conn, r.corr, r.body)
		}
	})
	c := open(t, b.ln.Addr().String(), 0)
	var mu sync.Mutex
	var got []uint32
	all := make(chan struct{})
	for i := range uint32(n) {
		body := binary.BigEndian.AppendUint32(nil, i)
		err := c.Send(0, 3, false, net.Buffers{body[:1], body[1:]}, func(body *Body, err error) {
			if err != nil {
				t.Errorf("request %d: %v", i, err)
			}
			mu.Lock()
			defer mu.Unlock()
			if got = append(got, uint32(body.Int32())); len(got) == n {
				close(all)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	<-all
	for i, v := range got {
		if v != uint32(i) {
			t.Fatalf("answer %d is %d", i, v)
		}
	}
}

func TestEveryHandlerIsCalledOnceWhenTheConnectionBreaks(t *testing.T) {
	b := newBroker(t, func(_ net.Conn, next func() (request, error)) {
		for range 3 {
			if _, err := next(); err != nil {
				return
			}
		}
	})
	c := open(t, b.ln.Addr().String(), 0)
	errs := make(chan error, 10)
	sent := 0
	for range 5 {
		if c.Send(0, 3, false, net.Buffers{[]byte("x")}, func(_ *Body, err error) { errs <- err }) == nil {
			sent++
		}
	}
	for range sent {
		if err := <-errs; err == nil {
			t.Error("a request without answer succeeded")
		}
	}
	c.Close()
	if len(errs) != 0 {
		t.Error("a handler was called twice")
	}
	if err := c.Send(0, 3, false, nil, nil); err == nil {
		t.Error("a broken connection takes requests")
	}
}

func TestAnAnswerThatDoesNotComeEndsTheConnection(t *testing.T) {
	release := make(chan struct{})
	b := newBroker(t, func(_ net.Conn, next func() (request, error)) {
		_, _ = next()
		<-release
	})
	defer close(release)
	c := open(t, b.ln.Addr().String(), 50*time.Millisecond)
	got := make(chan error, 1)
	if err := c.Send(1, 4, false, net.Buffers{[]byte("x")}, func(_ *Body, err error) { got <- err }); err != nil {
		t.Fatal(err)
	}
	var timeout net.Error
	if err := <-got; !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("got %v, want a timeout", err)
	}
}

func TestCloseAnswersWhatIsOpenWithErrClosed(t *testing.T) {
	b := newBroker(t, func(_ net.Conn, next func() (request, error)) {
		for {
			if _, err := next(); err != nil {
				return
			}
		}
	})
	c := open(t, b.ln.Addr().String(), 0)
	got := make(chan error, 1)
	if err := c.Send(1, 4, false, net.Buffers{[]byte("x")}, func(_ *Body, err error) { got <- err }); err != nil {
		t.Fatal(err)
	}
	c.Close()
	if err := <-got; !errors.Is(err, ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
}

func TestAnswersThatLieAboutTheirSizeEndTheConnection(t *testing.T) {
	for name, raw := range map[string][]byte{
		"negative":      {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 2},
		"other request": {0, 0, 0, 8, 0, 0, 0, 9, 1, 2, 3, 4},
		"string longer": {0, 0, 0, 10, 0, 0, 0, 2, 0x7f, 0xff, 'a', 'b', 'c', 'd'},
		"array longer":  {0, 0, 0, 12, 0, 0, 0, 2, 0x7f, 0xff, 0xff, 0xff, 'a', 'b', 'c', 'd'},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBroker(t, func(conn net.Conn, next func() (request, error)) {
				_, _ = next()
				_, _ = conn.Write(raw)
				_, _ = next()
			})
			c := open(t, b.ln.Addr().String(), 0)
			got := make(chan error, 1)
			if err := c.Send(1, 4, false, net.Buffers{[]byte("x")}, func(body *Body, err error) {
				if err == nil {
					if name == "array longer" {
						body.ArrayLen(false)
					} else {
						_ = body.String(false)
					}
					err = body.Err()
				}
				got <- err
			}); err != nil {
				t.Fatal(err)
			}
			if err := <-got; err == nil {
				t.Error("the answer was taken")
			}
		})
	}
}

func TestSASLIsSpokenBeforeRequests(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser("PLAIN", "u", "p"), kfake.Superuser("SCRAM-SHA-256", "u", "p"), kfake.Superuser("SCRAM-SHA-512", "u", "p"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	dial := (&net.Dialer{}).DialContext
	for name, cfg := range map[string]Config{
		"PLAIN":         {Dial: dial, SASL: plain.Auth{User: "u", Pass: "p"}.AsMechanism()},
		"SCRAM-SHA-256": {Dial: dial, SASL: scram.Auth{User: "u", Pass: "p"}.AsSha256Mechanism()},
		"SCRAM-SHA-512": {Dial: dial, SASL: scram.Auth{User: "u", Pass: "p"}.AsSha512Mechanism()},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Open(context.Background(), cluster.ListenAddrs()[0], cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			req := kmsg.NewPtrMetadataRequest()
			req.Version, _ = c.Version(3, 0, 12)
			got := make(chan error, 1)
			if err := c.Request(req, func(_ kmsg.Response, err error) { got <- err }); err != nil {
				t.Fatal(err)
			}
			if err := <-got; err != nil {
				t.Error(err)
			}
		})
	}
	_, err = Open(context.Background(), cluster.ListenAddrs()[0], Config{Dial: dial, SASL: plain.Auth{User: "u", Pass: "wrong"}.AsMechanism()})
	if err == nil {
		t.Error("a wrong password was accepted")
	}
}

func TestOpenEndsWithItsContext(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	if _, err := Open(ctx, ln.Addr().String(), Config{Dial: (&net.Dialer{}).DialContext}); err == nil {
		t.Error("a silent broker was opened")
	}
}
