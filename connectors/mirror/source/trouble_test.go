package source

import (
	"bytes"
	goruntime "runtime"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

// startGuarded is a fake cluster with an authorizer. The returned admin client
// is a superuser's; user mirror has the given rights on topics ("DESCRIBE a").
func startGuarded(t *testing.T, id string, rights ...string) *fakeKafka {
	t.Helper()
	operations := map[string]kmsg.ACLOperation{
		"DESCRIBE": kmsg.ACLOperationDescribe, "DESCRIBE_CONFIGS": kmsg.ACLOperationDescribeConfigs,
		"CREATE": kmsg.ACLOperationCreate, "READ": kmsg.ACLOperationRead,
	}
	var acls []kfake.ACL
	for _, right := range rights {
		op, topic, _ := strings.Cut(right, " ")
		acls = append(acls, kfake.ACL{
			Resource: kmsg.ACLResourceTypeTopic, Name: topic, Pattern: kmsg.ACLResourcePatternTypeLiteral,
			Operation: operations[op], Allow: true,
		})
	}
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.ClusterID(id), kfake.EnableSASL(), kfake.EnableACLs(),
		kfake.Superuser("PLAIN", "root", "root"), kfake.User("PLAIN", "mirror", "mirror", acls...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	address := strings.Join(c.ListenAddrs(), ",")
	client, err := kgo.NewClient(kgo.SeedBrokers(address), kgo.MetadataMinAge(10*time.Millisecond),
		kgo.SASL(plain.Auth{User: "root", Pass: "root"}.AsMechanism()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &fakeKafka{t: t, address: address, client: client, admin: kadm.NewClient(client)}
}

func TestMissingPermissionsAreNamedWhileOtherTopicsGoOn(t *testing.T) {
	source := startGuarded(t, "source", "DESCRIBE fine", "DESCRIBE_CONFIGS fine",
		"DESCRIBE unread", "DESCRIBE unmade", "DESCRIBE_CONFIGS unmade")
	target := startGuarded(t, "target", "CREATE A.fine", "DESCRIBE A.fine", "CREATE A.unread")
	source.create(2, nil, "fine", "unread", "unmade")
	props := flowProps(source, target, nil)
	for _, side := range []string{"source", "target"} {
		props[side+".cluster.security.protocol"] = "SASL_PLAINTEXT"
		props[side+".cluster.sasl.mechanism"] = "PLAIN"
		props[side+".cluster.sasl.jaas.config"] = `org.apache.kafka.common.security.plain.PlainLoginModule required username="mirror" password="mirror";`
	}
	c, r, lines := startConnector(t, props)
	<-r.reconfigured
	if n := target.partitions("A.fine"); n != 2 {
		t.Errorf("A.fine has %d partitions", n)
	}
	if configs, err := c.TaskConfigs(1); err != nil || assigned(configs)[0] != "fine-0,fine-1,unmade-0,unmade-1,unread-0,unread-1" {
		t.Errorf("%v, %v: partitions whose target fails have to be assigned, so that they fail visibly", configs, err)
	}
	for _, want := range []string{
		`not authorized for DESCRIBE_CONFIGS on topic "unread" in the source cluster`,
		`not authorized for CREATE on topic "A.unmade" in the target cluster`,
		`the offset syncs topic cannot be created`,
	} {
		eventually(t, "the log says: "+want, func() bool {
			return strings.Contains(strings.Join(lines.snapshot(), "\n"), want)
		})
	}
	select {
	case err := <-r.raised:
		t.Errorf("the connector must not fail: %v", err)
	default:
	}
}

func TestStopDoesNotWaitForABrokerThatDoesNotAnswer(t *testing.T) {
	source := startFake(t, "source")
	source.create(1, nil, "orders")
	asked, stopped := make(chan struct{}), make(chan struct{})
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.ClusterID("target"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	c.ControlKey(int16(kmsg.CreateTopics), func(kmsg.Request) (kmsg.Response, error, bool) {
		close(asked)
		c.SleepControl(func() { <-stopped })
		return nil, nil, false
	})
	connector := New()
	target := &fakeKafka{address: strings.Join(c.ListenAddrs(), ",")}
	if err := connector.Start(newRuntime(&logged{}), flowProps(source, target, nil)); err != nil {
		t.Fatal(err)
	}
	<-asked
	if err := connector.Stop(); err != nil {
		t.Error(err)
	}
	close(stopped) // only now the broker goes on: had Stop waited for it, the test would hang
}

func TestStopLeavesNoGoroutine(t *testing.T) {
	source, target := startFake(t, "source"), startFake(t, "target")
	source.create(1, nil, "orders")
	r := newRuntime(&logged{})
	c := New()
	if err := c.Start(r, flowProps(source, target, nil)); err != nil {
		t.Fatal(err)
	}
	<-r.reconfigured
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	stacks := make([]byte, 1<<20)
	stacks = stacks[:goruntime.Stack(stacks, true)]
	for _, ours := range []string{"source.(*Connector).", "source.(*refresher).", "source.(*librdkafkaWriter).", "kafka.NewAdmin"} {
		if bytes.Contains(stacks, []byte(ours)) {
			t.Errorf("after Stop there still runs %s:\n%s", ours, stacks)
		}
	}
}
