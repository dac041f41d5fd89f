//go:build integration

package integration

import (
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"crosstide/internal/kafkatest"
)

func TestTwoHundredTopicsThatAppearAtOnceAreCopied(t *testing.T) {
	w := newWorld(t)
	w.must(source.Create(w.ctx, w.topic("first"), 1, nil))
	w.must(source.Produce(w.ctx, kafkatest.Numbered(w.topic("first"), 1, 1)))
	w.start(w.properties())
	w.arrives("first", 1)
	names := make([]string, 200)
	topics, copies := make([]string, len(names)), make([]string, len(names))
	for i := range names {
		names[i] = fmt.Sprintf("topic-%03d", i)
		topics[i], copies[i] = w.topic(names[i]), w.copied(names[i])
	}
	w.must(source.CreateAll(w.ctx, 2, nil, topics...))
	for _, topic := range topics {
		w.must(source.Produce(w.ctx, kafkatest.Numbered(topic, 2, 10)))
	}
	w.eventually(func() error {
		n, err := target.Ends(w.ctx, copies...)
		if err == nil && n < int64(10*len(copies)) {
			err = fmt.Errorf("%d of %d records are there", n, 10*len(copies))
		}
		return err
	})
	for _, i := range []int{0, 99, 199} {
		w.same(names[i])
	}
	w.stop()
}

func TestATopicDeletedAndRecreatedAtTheSourceGoesOn(t *testing.T) {
	w := newWorld(t)
	w.must(source.Create(w.ctx, w.topic("orders"), 1, nil))
	all := kafkatest.Numbered(w.topic("orders"), 1, 150)
	w.must(source.Produce(w.ctx, all[:100]))
	w.start(w.properties())
	w.same("orders")
	w.recreate(source, w.topic("orders"), 1)
	w.must(source.Produce(w.ctx, all[100:]))
	w.logged(`data loss noticed.*kind=source_recreated.*` + w.topic("orders"))
	w.arrives("orders", 150)
	copied := w.read(target, w.copied("orders"))
	for i, r := range all {
		if string(copied[0][i].Value) != string(r.Value) {
			t.Fatalf("record %d of the copy is %s, want %s", i, copied[0][i].Value, r.Value)
		}
	}
	if n := copied.Count(); n != len(all) {
		t.Errorf("the copy has %d records, want %d", n, len(all))
	}
	w.stop()
}

func TestATopicDeletedAndRecreatedAtTheTargetIsFilledAgain(t *testing.T) {
	for name, recreate := range map[string]bool{"deleted": false, "deleted and created": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.must(source.Create(w.ctx, w.topic("orders"), 1, nil))
			w.must(source.Produce(w.ctx, kafkatest.Numbered(w.topic("orders"), 1, 100)))
			w.start(w.properties())
			w.same("orders")
			if recreate {
				w.recreate(target, w.copied("orders"), 1)
			} else {
				w.remove(target, w.copied("orders"))
			}
			w.must(source.Produce(w.ctx, kafkatest.Numbered(w.topic("orders"), 1, 20)))
			w.same("orders")
			w.logged(`data loss noticed.*kind=target_recreated.*` + w.topic("orders"))
			w.stop()
		})
	}
}

func TestRecordsDeletedBeforeTheyWereCopiedAreCounted(t *testing.T) {
	w := newWorld(t)
	w.must(source.Create(w.ctx, w.topic("orders"), 1, nil))
	all := kafkatest.Numbered(w.topic("orders"), 1, 300)
	w.must(source.Produce(w.ctx, all[:100]))
	w.start(w.properties())
	w.same("orders")
	w.stop()
	w.must(source.Produce(w.ctx, all[100:]))
	w.must(source.Admin(func(adm *kadm.Client) error {
		var upTo kadm.Offsets
		upTo.AddOffset(w.topic("orders"), 0, 200, -1)
		answers, err := adm.DeleteRecords(w.ctx, upTo)
		if err != nil {
			return err
		}
		return answers.Error()
	}))
	w.start(w.properties())
	w.arrives("orders", 200)
	copied := w.read(target, w.copied("orders"))
	for i, r := range append(append([]string(nil), values(all[:100])...), values(all[200:])...) {
		if string(copied[0][i].Value) != r {
			t.Fatalf("record %d of the copy is %s, want %s", i, copied[0][i].Value, r)
		}
	}
	w.logged(`data loss noticed.*kind=source_expired.*` + w.topic("orders") + `.*from=100 to=200`)
	w.eventually(func() error {
		missing, err := w.metric("crosstide_mirror_missing_records_total", w.topic("orders"))
		if err == nil && missing != 100 {
			err = fmt.Errorf("%v records counted as missing, want 100", missing)
		}
		return err
	})
	w.stop()
}

func (w *world) remove(c *kafkatest.Cluster, topic string) {
	w.t.Helper()
	w.must(c.Admin(func(adm *kadm.Client) error {
		answers, err := adm.DeleteTopics(w.ctx, topic)
		if err != nil {
			return err
		}
		return answers.Error()
	}))
}

// recreate deletes a topic and creates it again as soon as the name is free.
func (w *world) recreate(c *kafkatest.Cluster, topic string, partitions int32) {
	w.t.Helper()
	w.remove(c, topic)
	kafkatest.Eventually(w.t, 30*time.Second, func() error {
		err := c.Create(w.ctx, topic, partitions, nil)
		if err != nil && c == target {
			return nil // the mirror was faster
		}
		return err
	})
}
