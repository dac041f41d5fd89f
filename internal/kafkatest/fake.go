package kafkatest

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
)

// A Fake is an in-memory cluster on loopback.
type Fake struct {
	*kfake.Cluster
}

// NewFake starts an in-memory cluster of one broker that creates no topics by
// itself; opts add to that. It ends with the test.
func NewFake(t testing.TB, opts ...kfake.Opt) *Fake {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, opts...)...)
	if err != nil {
		t.Fatalf("starting an in-memory cluster: %v", err)
	}
	t.Cleanup(c.Close)
	return &Fake{c}
}

// Bootstrap is the address to give clients.
func (f *Fake) Bootstrap() string { return f.ListenAddrs()[0] }
