package worker

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"crosstide/connect"
	"crosstide/connect/converter"
	"crosstide/connect/data"
	"crosstide/connect/plugin"
	"crosstide/connect/state"
	"crosstide/connect/transform"
)

func builtins() *plugin.Registry {
	r := plugin.NewRegistry()
	converter.Register(r)
	transform.Register(r)
	return r
}

func TestRecordsAreTransformedAndConvertedAsConfigured(t *testing.T) {
	connector := map[string]string{
		"key.converter":   "org.apache.kafka.connect.storage.StringConverter",
		"value.converter": "JsonConverter", "value.converter.schemas.enable": "false",
		"transforms": "mark,drop", "predicates": "marked,internal",
		"transforms.mark.type":   "org.apache.kafka.connect.transforms.InsertHeader",
		"transforms.mark.header": "copied", "transforms.mark.value.literal": "1.5",
		"transforms.mark.predicate": "marked", "transforms.mark.negate": "true",
		"predicates.marked.type": "HasHeaderKey", "predicates.marked.name": "copied",
		"transforms.drop.type":      "org.apache.kafka.connect.transforms.Filter",
		"transforms.drop.predicate": "internal",
		"predicates.internal.type":  "TopicNameMatches", "predicates.internal.pattern": ".*\\.internal",
	}
	c, err := newChain(builtins(), connector)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	conv, err := newConverters(builtins(), connector, map[string]string{"header.converter": "SimpleHeaderConverter", "value.converter": "unused"})
	if err != nil {
		t.Fatal(err)
	}
	record := &connect.SourceRecord{
		Topic: "orders", KeySchema: data.StringSchema, Key: "k", Value: map[string]any{"id": int64(1)},
	}
	for range 2 { // the second time it is marked already
		if record, err = c.apply(record); err != nil {
			t.Fatal(err)
		}
	}
	out, err := conv.convert(record)
	if err != nil {
		t.Fatal(err)
	}
	if string(out.key) != "k" || string(out.value) != `{"id":1}` || len(out.headers) != 1 || string(out.headers[0].value) != "1.5" {
		t.Errorf("got %q %q %q", out.key, out.value, out.headers)
	}
	dropped, err := c.apply(&connect.SourceRecord{Topic: "a.internal"})
	if dropped != nil || err != nil {
		t.Errorf("%v, %v was not dropped", dropped, err)
	}
}

func TestConnectorsConverterHidesTheWorkersWithItsKeys(t *testing.T) {
	c, err := newConverters(builtins(),
		map[string]string{"value.converter": "Json"},
		map[string]string{"value.converter": "Json", "value.converter.schemas.enable": "false", "key.converter": "Json", "key.converter.schemas.enable": "false"})
	if err != nil {
		t.Fatal(err)
	}
	record := &connect.SourceRecord{KeySchema: data.StringSchema, Key: "k", ValueSchema: data.StringSchema, Value: "v"}
	out, err := c.convert(record)
	if err != nil {
		t.Fatal(err)
	}
	if string(out.key) != `"k"` || !strings.HasPrefix(string(out.value), `{"schema":`) {
		t.Errorf("got %s and %s", out.key, out.value)
	}
}

func TestTasksThatCopyBytesRefuseOtherConverters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, script{task: &driven{run: untilStopped}})
		converter.Register(b.config.Plugins)
		task := b.StartTask(TaskSpec{ID: connect.TaskID{Connector: "c"}, ConnectorConfig: map[string]string{
			"connector.class": "Script", "value.converter": "StringConverter", "header.converter": "StringConverter",
		}})
		synctest.Wait()
		if s := b.last(); s.State != state.StatusFailed || !strings.Contains(s.Trace, "value.converter: this connector copies") {
			t.Errorf("status %+v", s)
		}
		task.Stop(nil)
		<-task.Gone()
	})
}

func TestEveryBadConverterIsNamed(t *testing.T) {
	_, err := newConverters(builtins(), map[string]string{"key.converter": "Foo", "value.converter": "Json", "value.converter.schemas.enable": "no"},
		map[string]string{"header.converter": "Bar"})
	if err == nil || !errors.Is(err, plugin.ErrUnknownClass) {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{"key.converter = Foo", "value.converter = Json", "schemas.enable", "header.converter = Bar"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in %v", want, err)
		}
	}
}
