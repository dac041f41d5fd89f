//go:build integration

package integration

import (
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"crosstide/internal/kafkatest"
)

// Both ways to log in, over TLS with a Java-style trust store; and with an
// authorizer there are ACLs to copy.
func TestSecuredClustersAreMirroredWithTheirACLs(t *testing.T) {
	pair, err := kafkatest.StartAll(t.Context(),
		kafkatest.Options{Name: "secured-source", Secured: true}, kafkatest.Options{Name: "secured-target", Secured: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range pair {
		t.Cleanup(c.Close)
	}
	w := newWorld(t)
	w.source, w.target = pair[0], pair[1]
	w.must(w.source.Create(w.ctx, w.topic("orders"), 2, nil))
	w.must(w.source.Produce(w.ctx, kafkatest.Numbered(w.topic("orders"), 2, 200)))
	w.must(w.source.Admin(func(adm *kadm.Client) error {
		reader := kadm.NewACLs().Allow("User:alice").AllowHosts("*").Topics(w.topic("orders")).
			Operations(kadm.OpRead).ResourcePatternType(kadm.ACLPatternLiteral)
		answers, err := adm.CreateACLs(w.ctx, reader)
		if err == nil {
			for _, a := range answers {
				err = a.Err
			}
		}
		return err
	}))
	login := func(alias string, c *kafkatest.Cluster, mechanism, module string) string {
		return fmt.Sprintf(`%[1]s.security.protocol = SASL_SSL
%[1]s.sasl.mechanism = %[2]s
%[1]s.sasl.jaas.config = org.apache.kafka.common.security.%[3]s required username="%[4]s" password="%[5]s";
%[1]s.ssl.truststore.type = PKCS12
%[1]s.ssl.truststore.location = %[6]s
%[1]s.ssl.truststore.password = %[7]s
`, alias, mechanism, module, kafkatest.SecureUser, kafkatest.SecurePassword, c.TrustStore(), kafkatest.StorePassword)
	}
	w.start(w.between(w.source.Secured(), w.target.Secured(), "sync.topic.acls.interval.seconds = 2",
		login(w.a, w.source, "SCRAM-SHA-512", "scram.ScramLoginModule"),
		login(w.b, w.target, "PLAIN", "plain.PlainLoginModule")))
	w.same("orders")
	w.eventually(func() error {
		return w.target.Admin(func(adm *kadm.Client) error {
			answers, err := adm.DescribeACLs(w.ctx, kadm.NewACLs().Topics(w.copied("orders")).
				Allow("User:alice").AllowHosts("*").Operations(kadm.OpRead).ResourcePatternType(kadm.ACLPatternLiteral))
			if err != nil {
				return err
			}
			for _, a := range answers {
				if len(a.Described) > 0 {
					return nil
				}
			}
			return fmt.Errorf("User:alice may not read %s", w.copied("orders"))
		})
	})
	w.stop()
}
