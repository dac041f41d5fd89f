package kafkatest

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"crosstide/internal/kafkatest/proxy"
)

// A Broker is one node, broker and controller in one.
type Broker struct {
	cluster        *Cluster
	id             int
	port           int // clients
	innerPort      int // clients that come through the proxy
	controllerPort int
	securePort     int // clients that come with TLS and SASL; 0: there is no such listener
	dir            string
	heap           string
	jvm            []string
	clusterID      string
	proxy          *proxy.Proxy
	process        *Process
}

const protocols = "PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT"

func (b *Broker) listeners() string {
	return fmt.Sprintf("PLAINTEXT://127.0.0.1:%d,PROXIED://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d", b.port, b.innerPort, b.controllerPort)
}

func (b *Broker) advertised() string {
	return fmt.Sprintf("PLAINTEXT://127.0.0.1:%d,PROXIED://%s", b.port, b.proxiedAddress())
}

// properties are the rig's own: small, quick to rebalance, one loopback
// address, one more listener for those who come through the proxy.
func (b *Broker) properties(replicas int, voters string) map[string]string {
	props := map[string]string{
		"process.roles":                                "broker,controller",
		"node.id":                                      fmt.Sprint(b.id),
		"controller.quorum.voters":                     voters,
		"listeners":                                    b.listeners(),
		"advertised.listeners":                         b.advertised(),
		"listener.security.protocol.map":               protocols,
		"controller.listener.names":                    "CONTROLLER",
		"inter.broker.listener.name":                   "PLAINTEXT",
		"log.dirs":                                     filepath.Join(b.dir, "data"),
		"num.partitions":                               "1",
		"auto.create.topics.enable":                    "false",
		"group.initial.rebalance.delay.ms":             "0",
		"offsets.topic.num.partitions":                 "4",
		"transaction.state.log.num.partitions":         "4",
		"log.cleaner.backoff.ms":                       "500",
		"log.cleaner.dedupe.buffer.size":               "8388608",
		"log.initial.task.delay.ms":                    "500",
		"log.retention.check.interval.ms":              "1000",
		"transaction.state.log.min.isr":                "1",
		"share.coordinator.state.topic.min.isr":        "1",
		"controlled.shutdown.retry.backoff.ms":         "200",
		"broker.session.timeout.ms":                    "6000",
		"broker.heartbeat.interval.ms":                 "500",
		"controller.quorum.election.timeout.ms":        "1000",
		"log.retention.ms":                             "-1", // tests write records of any age
		"share.coordinator.state.topic.num.partitions": "1",
	}
	for _, key := range []string{"default.replication.factor", "offsets.topic.replication.factor",
		"transaction.state.log.replication.factor", "share.coordinator.state.topic.replication.factor"} {
		props[key] = fmt.Sprint(replicas)
	}
	return props
}

// Address is where clients reach the broker directly.
func (b *Broker) Address() string { return fmt.Sprintf("127.0.0.1:%d", b.port) }

func (b *Broker) proxiedAddress() string {
	if b.proxy == nil {
		return fmt.Sprintf("127.0.0.1:%d", b.innerPort)
	}
	return b.proxy.Address()
}

func (b *Broker) securedAddress() string { return fmt.Sprintf("127.0.0.1:%d", b.securePort) }

// Process is the broker's process since its last start.
func (b *Broker) Process() *Process { return b.process }

func (b *Broker) configFile() string { return filepath.Join(b.dir, "server.properties") }

func (b *Broker) write(props map[string]string) error {
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return err
	}
	var text strings.Builder
	for _, k := range slices.Sorted(maps.Keys(props)) {
		fmt.Fprintf(&text, "%s=%s\n", k, props[k])
	}
	return os.WriteFile(b.configFile(), []byte(text.String()), 0o644)
}

func (b *Broker) format(ctx context.Context) error {
	args := b.cluster.java.command(quickJVM, "kafka.tools.StorageTool", "format", "-t", b.clusterID, "-c", b.configFile())
	if b.securePort != 0 {
		args = append(args, "--add-scram", scramUser)
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.SysProcAttr = dieTogether()
	out := &strings.Builder{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := spawn(cmd); err != nil {
		return err
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("formatting broker %d: %w\n%s", b.id, err, out)
	}
	return nil
}

func (b *Broker) launch() error {
	heap, jvm := b.heap, b.jvm
	if heap == "" {
		heap = "512m"
	}
	if jvm == nil {
		jvm = quickJVM
	}
	jvm = append([]string{"-Xmx" + heap, "-Xms" + heap}, jvm...)
	p, err := StartProcess(Command{
		Name: fmt.Sprintf("%s broker %d", b.cluster.name, b.id),
		Args: b.cluster.java.command(jvm, "kafka.Kafka", b.configFile()),
		Log:  filepath.Join(b.dir, "log"),
	})
	b.process = p
	return err
}

func (b *Broker) tail() string {
	if b.process == nil {
		return "never started"
	}
	return b.process.Tail(15)
}

// Stop ends the broker as an operator does, handing over what it leads.
func (b *Broker) Stop() error { return b.process.Stop(time.Minute) }

// Kill ends the broker as a power cut does.
func (b *Broker) Kill() { b.process.Kill() }

// Start starts a stopped broker again and waits until the cluster is whole.
func (b *Broker) Start(ctx context.Context) error {
	if err := b.launch(); err != nil {
		return err
	}
	return b.cluster.WaitReady(ctx)
}

// Restart stops the broker and starts it again.
func (b *Broker) Restart(ctx context.Context) error {
	if err := b.Stop(); err != nil {
		return err
	}
	return b.Start(ctx)
}

// newClusterID is sixteen random bytes as Kafka spells them; it may not begin
// with a dash, which its tools take for an option.
func newClusterID() string {
	var id [16]byte
	rand.Read(id[:])
	id[0] &= 0x7f
	return base64.RawURLEncoding.EncodeToString(id[:])
}
