package proxy

import (
	"bytes"
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo answers every connection with what it says.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				io.Copy(c, c)
			}()
		}
	}()
	return l.Addr().String()
}

func through(t *testing.T) (*Proxy, *net.TCPConn) {
	t.Helper()
	p, err := New("127.0.0.1:0", echo(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p, dial(t, p)
}

func dial(t *testing.T, p *Proxy) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", p.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

func TestBytesPassUnchangedAndTheEndPassesToo(t *testing.T) {
	_, c := through(t)
	sent := make([]byte, 5<<20)
	rand.NewChaCha8([32]byte{1}).Read(sent)
	go func() {
		c.Write(sent)
		c.CloseWrite()
	}()
	got, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	if sha256.Sum256(got) != sha256.Sum256(sent) {
		t.Errorf("%d bytes came back for %d", len(got), len(sent))
	}
}

func TestADelayHoldsForEachDirection(t *testing.T) {
	p, c := through(t)
	p.SetDelay(60 * time.Millisecond)
	start := time.Now()
	c.Write([]byte("ping"))
	if _, err := io.ReadFull(c, make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took < 120*time.Millisecond {
		t.Errorf("a round trip took %v, sooner than two delays", took)
	}
}

// Ten chunks sent while the first is still under way arrive one delay later,
// not ten: the window is not closed by the delay.
func TestADelayDoesNotLimitWhatIsUnderWay(t *testing.T) {
	p, c := through(t)
	p.SetDelay(200 * time.Millisecond)
	start := time.Now()
	const chunks, size = 10, 512 << 10
	go func() {
		for range chunks {
			c.Write(bytes.Repeat([]byte("x"), size))
		}
	}()
	if _, err := io.ReadFull(c, make([]byte, chunks*size)); err != nil {
		t.Fatal(err)
	}
	// Were every chunk a round trip of its own it would be four seconds.
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("%d chunks took %v: the delay adds up", chunks, took)
	}
}

func TestCutResetsConnectionsAndNewOnesWork(t *testing.T) {
	p, c := through(t)
	c.Write([]byte("a"))
	if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if n := p.Cut(); n != 1 {
		t.Errorf("cut %d connections, want 1", n)
	}
	if _, err := c.Read(make([]byte, 1)); err == nil || err == io.EOF {
		t.Errorf("after the cut a read gives %v, want a reset", err)
	}
	again := dial(t, p)
	again.Write([]byte("b"))
	if _, err := io.ReadFull(again, make([]byte, 1)); err != nil {
		t.Errorf("a new connection after the cut: %v", err)
	}
}

func TestPauseHoldsBytesUntilResume(t *testing.T) {
	p, c := through(t)
	p.Pause()
	c.Write([]byte("a"))
	c.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Fatal("a byte passed while paused")
	}
	c.SetReadDeadline(time.Time{})
	p.Resume()
	if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
		t.Errorf("after resume: %v", err)
	}
}

func TestRefusedConnectionsEndUntilResume(t *testing.T) {
	p, _ := through(t)
	p.Refuse()
	if c, err := net.Dial("tcp", p.Address()); err == nil { // or reset before Dial has returned
		defer c.Close()
		if _, err := c.Read(make([]byte, 1)); err == nil {
			t.Error("a refused connection gave a byte")
		}
	}
	p.Resume()
	again := dial(t, p)
	again.Write([]byte("b"))
	if _, err := io.ReadFull(again, make([]byte, 1)); err != nil {
		t.Errorf("after resume: %v", err)
	}
}

func TestATargetThatIsDownResetsTheCaller(t *testing.T) {
	p, err := New("127.0.0.1:0", "127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if c, err := net.Dial("tcp", p.Address()); err == nil {
		defer c.Close()
		if _, err := c.Read(make([]byte, 1)); err == nil {
			t.Error("a connection to nowhere gave a byte")
		}
	}
}
