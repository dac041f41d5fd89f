package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"crosstide/internal/kafkatest/proxy"
)

// Options say which cluster of real brokers to start.
type Options struct {
	Name       string            // for directories and messages
	Nodes      int               // 1 when zero; more than one replicate internal topics
	Dir        string            // data and logs; a temporary directory when empty
	Properties map[string]string // broker properties over the rig's own
	Heap       string            // each broker's Java heap; 512m when empty
	JVM        []string          // flags for the brokers; short-lived ones' flags when nil
	Proxied    bool              // listen behind proxies too
	Secured    bool              // listen with TLS and SASL too, and have an authorizer
}

// A Cluster is real Kafka on loopback.
type Cluster struct {
	name    string
	dir     string
	ownDir  bool
	java    *Java
	brokers []*Broker
}

// quickJVM makes JVMs start fast and stay small, at the price of peak speed.
var quickJVM = []string{"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xss512k"}

// startBound is how long a broker may take until it answers.
const startBound = 3 * time.Minute

// NewCluster starts a cluster that ends with the test. Its logs are kept when
// the test failed.
func NewCluster(t testing.TB, o Options) *Cluster {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startBound)
	defer cancel()
	c, err := Start(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("brokers of %s: data and logs in %s", c.name, c.dir)
			c.Stop()
			return
		}
		c.Close()
	})
	return c
}

// Start starts a cluster and returns when all its brokers answer.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	java, err := FindJava(ctx)
	if err != nil {
		return nil, err
	}
	if o.Nodes == 0 {
		o.Nodes = 1
	}
	c := &Cluster{name: o.Name, dir: o.Dir, java: java}
	if c.dir == "" {
		if c.dir, err = os.MkdirTemp("", "crosstide-"+o.Name+"-"); err != nil {
			return nil, err
		}
		c.ownDir = true
	}
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return nil, err
	}
	if err := c.configure(o); err != nil {
		return nil, err
	}
	if err := c.begin(ctx); err != nil {
		c.Stop()
		return nil, fmt.Errorf("starting cluster %s (logs in %s): %w", c.name, c.dir, err)
	}
	return c, nil
}

// begin starts all brokers for the first time.
func (c *Cluster) begin(ctx context.Context) error {
	err := c.each(func(b *Broker) error {
		if err := b.format(ctx); err != nil {
			return err
		}
		return b.launch()
	})
	if err != nil {
		return err
	}
	return c.WaitReady(ctx)
}

// configure lays out the brokers: ports, proxies, properties.
func (c *Cluster) configure(o Options) error {
	id := newClusterID()
	if o.Secured {
		if err := c.makeStores(); err != nil {
			return fmt.Errorf("making key stores: %w", err)
		}
	}
	var voters []string
	for i := range o.Nodes {
		ports, err := freePorts(4)
		if err != nil {
			return err
		}
		b := &Broker{cluster: c, id: i + 1, port: ports[0], innerPort: ports[1], controllerPort: ports[2],
			dir: filepath.Join(c.dir, fmt.Sprintf("broker-%d", i+1)), heap: o.Heap, jvm: o.JVM, clusterID: id}
		if o.Proxied {
			port, err := FreePort()
			if err != nil {
				return err
			}
			if b.proxy, err = proxy.New(fmt.Sprintf("127.0.0.1:%d", port), fmt.Sprintf("127.0.0.1:%d", b.innerPort)); err != nil {
				return err
			}
		}
		if o.Secured {
			b.securePort = ports[3]
		}
		voters = append(voters, fmt.Sprintf("%d@127.0.0.1:%d", b.id, b.controllerPort))
		c.brokers = append(c.brokers, b)
	}
	for _, b := range c.brokers {
		props := b.properties(min(o.Nodes, 3), strings.Join(voters, ","))
		if o.Secured {
			maps.Copy(props, b.secured())
		}
		maps.Copy(props, o.Properties)
		if err := b.write(props); err != nil {
			return err
		}
	}
	return nil
}

// each runs do for all brokers at once.
func (c *Cluster) each(do func(*Broker) error) error {
	errs := make([]error, len(c.brokers))
	var wg sync.WaitGroup
	for i, b := range c.brokers {
		wg.Go(func() { errs[i] = do(b) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Name is the name from the options, Dir where data and logs are.
func (c *Cluster) Name() string { return c.name }

// Dir is where data and logs are.
func (c *Cluster) Dir() string { return c.dir }

// Broker returns the i-th broker, from 0.
func (c *Cluster) Broker(i int) *Broker { return c.brokers[i] }

// Bootstrap is the brokers' own addresses, comma-separated.
func (c *Cluster) Bootstrap() string { return c.addresses((*Broker).Address) }

// Proxied is the proxies' addresses, comma-separated. Who bootstraps there
// talks to this cluster through the proxies only.
func (c *Cluster) Proxied() string { return c.addresses((*Broker).proxiedAddress) }

// Secured is the addresses that want TLS and SASL, comma-separated.
func (c *Cluster) Secured() string { return c.addresses((*Broker).securedAddress) }

func (c *Cluster) addresses(of func(*Broker) string) string {
	all := make([]string, len(c.brokers))
	for i, b := range c.brokers {
		all[i] = of(b)
	}
	return strings.Join(all, ",")
}

// Proxies are the proxies before the brokers, in the brokers' order.
func (c *Cluster) Proxies() []*proxy.Proxy {
	var all []*proxy.Proxy
	for _, b := range c.brokers {
		if b.proxy != nil {
			all = append(all, b.proxy)
		}
	}
	return all
}

// Client makes a client of the cluster, past the proxies.
func (c *Cluster) Client(opts ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(strings.Split(c.Bootstrap(), ",")...),
		kgo.MetadataMinAge(50 * time.Millisecond),
		kgo.RetryBackoffFn(func(int) time.Duration { return 100 * time.Millisecond }),
		kgo.UnknownTopicRetries(-1), // a broker just started knows its topics a little later
	}, opts...)...)
}

// WaitReady returns when every broker is a member of the cluster and every
// partition of every topic has its leader and all its replicas in sync, so that
// any one broker may go.
func (c *Cluster) WaitReady(ctx context.Context) error {
	cl, err := c.Client()
	if err != nil {
		return err
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	for {
		ask, cancel := context.WithTimeout(ctx, 5*time.Second)
		last := c.ready(ask, adm)
		cancel()
		if last == nil {
			return nil
		}
		for _, b := range c.brokers {
			if b.process == nil || !b.process.Running() {
				return fmt.Errorf("broker %d has ended:\n%s", b.id, b.tail())
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %d brokers: %w: last: %w", len(c.brokers), ctx.Err(), last)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (c *Cluster) ready(ctx context.Context, adm *kadm.Client) error {
	md, err := adm.Metadata(ctx)
	if err != nil {
		return err
	}
	if len(md.Brokers) != len(c.brokers) {
		return fmt.Errorf("%d brokers answer for %d", len(md.Brokers), len(c.brokers))
	}
	for _, t := range md.Topics {
		for _, p := range t.Partitions {
			if p.Err != nil || p.Leader < 0 {
				return fmt.Errorf("%s-%d has no leader", t.Topic, p.Partition)
			}
			if len(p.ISR) < len(p.Replicas) {
				return fmt.Errorf("%s-%d has %d of its %d replicas in sync", t.Topic, p.Partition, len(p.ISR), len(p.Replicas))
			}
		}
	}
	return nil
}

// Stop kills the brokers and closes the proxies; data and logs stay.
func (c *Cluster) Stop() {
	for _, b := range c.brokers {
		if b.process != nil {
			b.process.Kill()
		}
		if b.proxy != nil {
			b.proxy.Close()
		}
	}
}

// Close stops the cluster and removes its data, unless the directory was given.
func (c *Cluster) Close() {
	c.Stop()
	if c.ownDir {
		os.RemoveAll(c.dir)
	}
}

// StartAll starts clusters side by side.
func StartAll(ctx context.Context, all ...Options) ([]*Cluster, error) {
	clusters := make([]*Cluster, len(all))
	errs := make([]error, len(all))
	var wg sync.WaitGroup
	for i, o := range all {
		wg.Go(func() { clusters[i], errs[i] = Start(ctx, o) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		for _, c := range clusters {
			if c != nil {
				c.Close()
			}
		}
		return nil, err
	}
	return clusters, nil
}
