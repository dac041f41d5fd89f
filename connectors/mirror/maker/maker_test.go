package maker

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"crosstide/connect/config"
)

const twoClusters = "clusters=A, B\nA.bootstrap.servers=a:1\nB.bootstrap.servers=b:1\nA->B.enabled=true\n"

func TestTheExampleFileIsValidAndNothingInItGoesUnread(t *testing.T) {
	c := parse(t, readFile(t, "testdata/golden/example.properties"))
	if err := c.Check(); err != nil {
		t.Error(err)
	}
	var keys []string
	for _, w := range c.Warnings() {
		keys = append(keys, w.Key)
		if !strings.Contains(w.What, "deprecated") {
			t.Errorf("unexpected: %s", w)
		}
	}
	if strings.Join(keys, " ") != "groups.blacklist topics.blacklist" {
		t.Errorf("warned of %v", keys)
	}
	for _, f := range c.Flows() {
		source := c.Connectors(f)["MirrorSourceConnector"]
		if source["topics.exclude"] != ".*[-.]internal, .*.replica, __consumer_offsets" {
			t.Errorf("%s excludes %q", f, source["topics.exclude"])
		}
		for _, empty := range []string{"replication.policy.separator", "source.cluster.alias", "target.cluster.alias"} {
			if v, ok := source[empty]; !ok || v != "" {
				t.Errorf("%s: %s is %q", f, empty, v)
			}
		}
	}
}

func TestTheTypoOfTheExampleFileIsReportedWithItsLikelyMeaning(t *testing.T) {
	props := readFile(t, "testdata/golden/example.properties")
	props["secondary.enabled->primary"] = "true"
	warns(t, parse(t, props), "secondary.enabled->primary", "did you mean secondary->primary.enabled?")
}

func warns(t *testing.T, c *Config, key, hint string) {
	t.Helper()
	for _, w := range c.Warnings() {
		if w.Key == key {
			if !strings.Contains(w.String(), hint) {
				t.Errorf("%s: says %q, want %q", key, w.String(), hint)
			}
			return
		}
	}
	t.Errorf("%s is not reported; want %q", key, hint)
}

func TestKeysThatNobodyReadsAreReportedWithTheirLikelyMeaning(t *testing.T) {
	for line, hint := range map[string]string{
		"use.defaults.from=source":                    "write A->B.use.defaults.from",
		"offset.flush.interval.ms=1":                  "write B.offset.flush.interval.ms",
		"exactly.once.source.support=enabled":         "write B.exactly.once.source.support",
		"producer.linger.ms=5":                        "write B.producer.linger.ms",
		"consumer.max.poll.records=5":                 "write A.consumer.max.poll.records or A->B.consumer.max.poll.records",
		"linger.ms=5":                                 "write B.producer.linger.ms",
		"fetch.min.bytes=5":                           "write A.consumer.fetch.min.bytes",
		"producer.override.acks=1":                    "write A->B.producer.override.acks",
		"transforms.a.type=T":                         "write A->B.transforms.a.type",
		"topic.creation.default.partitions=1":         "write A->B.topic.creation.default.partitions",
		"exactly.once.support=required":               "write A->B.exactly.once.support",
		"group.id=g":                                  "write B.group.id",
		"client.id=g":                                 "write B.client.id",
		"A->B.offset.flush.interval.ms=1":             "write B.offset.flush.interval.ms",
		"A->B.bootstrap.servers=x:1":                  "write A.bootstrap.servers or B.bootstrap.servers",
		"A->B.topic=x":                                "did you mean A->B.topics?",
		"A->B.consumer.max.pol.records=1":             "did you mean A->B.consumer.max.poll.records?",
		"A->B.producer.override.compresion.type=zstd": "did you mean A->B.producer.override.compression.type?",
		"B.topics=x":                                  "write A->B.topics",
		"B.boostrap.servers=x:1":                      "did you mean B.bootstrap.servers?",
		"B.producer.linger=1":                         "did you mean B.producer.linger.ms?",
		"B.offset.storage.min.insync.replica=1":       "did you mean B.offset.storage.min.insync.replicas?",
		"tasks.maxx=3":                                "did you mean tasks.max?",
		"topic=x":                                     "did you mean topics?",
		"cluster=A":                                   "did you mean clusters?",
		"replication.policy.seperator=-":              "did you mean replication.policy.separator?",
		"sync.topic.acl.enabled=false":                "did you mean sync.topic.acls.enabled?",
		"Ax.bootstrap.servers=x:1":                    "did you mean A.bootstrap.servers?",
		"elsewhere.bootstrap.servers=x:1":             `"elsewhere" is not among clusters`,
		"A.enabled->B=true":                           "did you mean A->B.enabled?",
		"A->B=true":                                   "did you mean A->B.enabled?",
		"A->Bx.topics=t":                              "did you mean A->B.topics?",
		"A->nowhere.topics=t":                         "flows are named source->target",
		"A->A.topics=t":                               "flows are named source->target",
		"listeners=http\\://\\:8083":                  "--listen",
		"B.exactly.once.source.support=enabled":       "not there yet",
		"restart.on.failure=false":                    "write B.restart.on.failure",
		"completely.unheard.of.thing=1":               "remove it, or check its spelling",
	} {
		key := onlyKey(t, line)
		warns(t, parse(t, text(t, twoClusters+line)), key, hint)
	}
}

func onlyKey(t *testing.T, line string) string {
	t.Helper()
	for key := range text(t, line) {
		return key
	}
	t.Fatal("no key in " + line)
	return ""
}

func TestKeysThatSomebodyReadsAreNotReported(t *testing.T) {
	for _, line := range []string{
		"topics=a", "tasks.max=2", "A->B.topics=x", "security.protocol=PLAINTEXT", "A.consumer.isolation.level=read_committed",
		"B.producer.linger.ms=1", "B.offset.flush.interval.ms=1", "offset.storage.replication.factor=1", "B.group.id=g",
		"A->B.use.defaults.from=source", "A->B.producer.override.acks=all", "A->B.transforms.a.type=T", "transforms=a",
		"A->B.consumer.fetch.min.bytes=1", "A->B.source.consumer.fetch.min.bytes=1", "A->B.target.cluster.ssl.protocol=x",
		"A.admin.request.timeout.ms=1", "key.converter.schemas.enable=false", "config.providers=env",
		"config.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider",
		"mirror.on.data.loss=fail", "A->B.mirror.on.data.loss=fail", "B.status.storage.min.insync.replicas=1",
		"A->B.topic.creation.default.partitions=1", "task.shutdown.graceful.timeout.ms=3", "consumer.poll.timeout.ms=1",
		"admin.timeout.ms=1", "B->A.emit.heartbeats.enabled=true", "B->A.enabled=false", "B->A.topics=x",
		"B.restart.on.failure=false", "A->B.restart.on.failure=false", "B.exactly.once.source.support=disabled",
	} {
		for _, w := range parse(t, text(t, twoClusters+line)).Warnings() {
			t.Errorf("%s: %s", line, w)
		}
	}
}

func TestSettingsThatAnotherOverrulesOrNoFlowUsesAreReported(t *testing.T) {
	c := parse(t, text(t, twoClusters+`
emit.heartbeats.enabled=false
offset.storage.replication.factor=2
B.offset.storage.replication.factor=1
A.offset.storage.replication.factor=1
B->A.topics=x
topics.blacklist=x
A->B.topics.exclude=y
A->B.groups.blacklist=y
`))
	warns(t, c, "B.offset.storage.replication.factor", "top-level offset.storage.replication.factor wins")
	warns(t, c, "A.offset.storage.replication.factor", "no flow that runs would use it")
	warns(t, c, "B->A.topics", "write B->A.enabled=true")
	warns(t, c, "topics.blacklist", "honoured as topics.exclude")
	warns(t, c, "A->B.groups.blacklist", "honoured as A->B.groups.exclude")
}

func TestAPlaceholderWhoseProviderIsNotDeclaredIsReported(t *testing.T) {
	c := parse(t, text(t, twoClusters+"B.sasl.jaas.config=password=${env:SECRET};\n"))
	warns(t, c, "B.sasl.jaas.config", "${env:SECRET} stays as it is")
	warns(t, c, "B.sasl.jaas.config", "add env to config.providers")
}

func TestAnAliasMayHoldADot(t *testing.T) {
	c := parse(t, text(t, `
clusters=us, us.west
us.bootstrap.servers=a:1
us.west.bootstrap.servers=b:1
us->us.west.enabled=true
us.west.producer.linger.ms=1
`))
	if w := c.Warnings(); len(w) > 0 {
		t.Error(w)
	}
	if err := c.Check(); err != nil {
		t.Error(err)
	}
}

func TestDeprecatedNamesWorkAndNewNamesWin(t *testing.T) {
	c := parse(t, text(t, twoClusters+`
topics.blacklist=old
groups.blacklist=old
A->B.groups.exclude=new
A->B.config.properties.blacklist=flow
config.properties.blacklist=top
`))
	got := c.Connectors(Flow{"A", "B"})["MirrorSourceConnector"]
	for key, want := range map[string]string{
		"topics.exclude": "old", "groups.exclude": "new", "config.properties.exclude": "flow",
	} {
		if got[key] != want {
			t.Errorf("%s is %q, want %q", key, got[key], want)
		}
	}
	for old := range renamed {
		if _, ok := got[old]; ok {
			t.Errorf("%s is still there", old)
		}
	}
}

func TestClustersOptionSelectsFlowsByTheirTarget(t *testing.T) {
	c := parse(t, text(t, "clusters=A,B,C\nA->B.enabled=true\nA->C.enabled=true\n"))
	if all := c.Flows(); len(all) != 6 {
		t.Errorf("%v", all)
	}
	if some := c.Flows("B"); len(some) != 2 || some[0] != (Flow{"A", "B"}) || some[1] != (Flow{"C", "B"}) {
		t.Errorf("%v", some)
	}
}

// problem is one line of an error that must be told.
func wantProblems(t *testing.T, err error, lines ...string) {
	t.Helper()
	var p *config.Problems
	if err == nil {
		t.Fatalf("no error; want %q", lines)
	}
	text := err.Error()
	for _, line := range lines {
		if !strings.Contains(text, line) {
			t.Errorf("missing %q in:\n%s", line, text)
		}
	}
	if errors.As(err, &p) && p.Len() != len(lines) {
		t.Errorf("%d problems, want %d:\n%s", p.Len(), len(lines), text)
	}
}

func TestAFileWithoutFlowsIsRefused(t *testing.T) {
	for lines, want := range map[string]string{
		"":              "clusters: required, but not given (fix: list the aliases",
		"clusters=":     "a flow needs two clusters",
		"clusters=A":    "a flow needs two clusters",
		"clusters=A,,B": "an alias is empty",
		"clusters=A,B\nemit.heartbeats.enabled=false":        "No source->target replication flows",
		"clusters=A,B\nA->A.enabled=true":                    "a cluster cannot be mirrored into itself",
		"clusters=prim,sec\nprim->sek.enabled=true":          `prim->sek.enabled=true: "sek" is not among clusters (fix: did you mean "sec"?`,
		"clusters=A,B\nA->Q.enabled=true\nB->A.enabled=true": `"Q" is not among clusters`,
	} {
		_, err := Parse(text(t, lines))
		wantProblems(t, err, want)
	}
}

func TestEverythingWrongInAFileIsToldAtOnceByTheKeysOfTheFile(t *testing.T) {
	keystore := filepath.Join(t.TempDir(), "missing.jks")
	c := parse(t, text(t, `
clusters=A, B
A.bootstrap.servers=a
A->B.enabled=yes
tasks.max=many
A->B.topics=orders(
groups.blacklist=*x
A->B.refresh.topics.interval.seconds=1.5
B.security.protocol=SSL
B.ssl.keystore.location=`+keystore+`
B.ssl.keystore.password=geheim
B.producer.linger.ms=soon
offset-syncs.topic.location=nowhere
`))
	err := c.Check()
	wantProblems(t, err,
		"A.bootstrap.servers=a",
		"B.bootstrap.servers: required",
		"A->B.enabled=yes",
		"tasks.max=many",
		"A->B.topics=orders(",
		"groups.blacklist=*x",
		"A->B.refresh.topics.interval.seconds=1.5",
		"B.ssl.keystore.location="+keystore,
		"B.producer.linger.ms=soon",
		"offset-syncs.topic.location=nowhere",
	)
	if strings.Contains(err.Error(), "geheim") {
		t.Error("the error shows a password")
	}
}

func TestOnlyTheFlowsThatThisProcessRunsAreChecked(t *testing.T) {
	c := parse(t, text(t, twoClusters+"A->B.topics=(\n"))
	if err := c.Check("A"); err != nil {
		t.Error(err)
	}
	wantProblems(t, c.Check("B"), "A->B.topics=(")
	wantProblems(t, c.Check("Bx"), `did you mean "B"?`)
}

func TestClientPropertiesThatNothingActsOnAreReported(t *testing.T) {
	c := parse(t, text(t, twoClusters+"A.consumer.interceptor.classes=org.example.I\nB.producer.linger.ms=5\n"))
	w := c.Unhonoured()
	if len(w) != 1 || w[0].Key != "A.consumer.interceptor.classes" {
		t.Errorf("%v", w)
	}
}

func TestFixedNamesOfConnectorsCannotBeChanged(t *testing.T) {
	c := parse(t, text(t, twoClusters+"A->B.name=mine\n"))
	wantProblems(t, c.Check(), "A->B.name=mine")
}

func TestWithoutCheckpointsTheCheckpointConnectorIsLeftOut(t *testing.T) {
	c := parse(t, text(t, twoClusters+"emit.checkpoints.enabled=false\n"))
	if err := c.Check(); err != nil {
		t.Error(err)
	}
	if _, ok := c.Connectors(Flow{"A", "B"})["MirrorCheckpointConnector"]; ok {
		t.Error("it is still there")
	}
}

func TestAnUnreadablePlaceholderNamesItsFile(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "secrets.properties")
	c := parse(t, text(t, twoClusters+`
config.providers=file
config.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider
B.sasl.jaas.config=${file:`+missing+`:jaas}
`))
	err := c.Check()
	if err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(missing, []byte("jaas=x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.Check(); err != nil {
		t.Error(err)
	}
}
