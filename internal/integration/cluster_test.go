//go:build integration

package integration

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"crosstide/internal/kafkatest"
)

func TestASecondProcessTakesOver(t *testing.T) {
	w := newWorld(t)
	w.must(source.Create(w.ctx, w.topic("orders"), 4, nil))
	traffic := startTraffic(t, source, w.topic("orders"), 4, 1000)
	w.start(w.properties())
	w.flowing("orders", 1000)
	second := w.another(w.properties())
	t.Cleanup(second.Kill)
	// It has joined when it has heard of the first; nothing is copied by both.
	w.flowing("orders", 5000)
	w.mirror.Kill()
	w.mirror = second
	t.Logf("flowing again after %v", w.flowing("orders", 1).Round(time.Millisecond))
	traffic.end(t)
	if twice := w.complete("orders"); twice > 1000 {
		t.Errorf("%d records were copied twice, more than a second of traffic", twice)
	}
	w.stop()
}

func TestActiveActiveMakesNoLoop(t *testing.T) {
	w := newWorld(t)
	for _, c := range []*kafkatest.Cluster{source, target} {
		w.must(c.Create(w.ctx, w.topic("orders"), 2, nil))
		w.must(c.Produce(w.ctx, kafkatest.Numbered(w.topic("orders"), 2, 100)))
	}
	w.start(w.properties(
		w.b+"->"+w.a+".enabled = true",
		w.a+"->"+w.b+`.topics = .*story-`+w.a+`\\..*`,
		w.b+"->"+w.a+`.topics = .*story-`+w.a+`\\..*`))
	w.same("orders")
	back := w.b + "." + w.topic("orders")
	original := w.read(target, w.topic("orders"))
	w.eventually(func() error {
		copied, err := source.Read(w.ctx, back)
		if err != nil {
			return err
		}
		return kafkatest.SameContents(original, copied)
	})
	// Two refreshes later a loop would have shown.
	w.must(source.Create(w.ctx, w.topic("late"), 1, nil))
	w.must(source.Produce(w.ctx, kafkatest.Numbered(w.topic("late"), 1, 1)))
	w.same("late")
	for _, c := range []*kafkatest.Cluster{source, target} {
		for _, topic := range topicsOf(t, w, c) {
			if strings.Contains(topic, w.a+"."+w.b) || strings.Contains(topic, w.b+"."+w.a) {
				t.Errorf("%s has %s: a copy was copied back", c.Name(), topic)
			}
		}
	}
	w.stop()
}

func TestAGroupFailsOverWithItsPosition(t *testing.T) {
	w := newWorld(t)
	const n, read = 1000, 600
	w.must(source.Create(w.ctx, w.topic("orders"), 1, nil))
	w.must(source.Produce(w.ctx, kafkatest.Numbered(w.topic("orders"), 1, n)))
	group := "billing-" + w.a
	w.must(source.Admin(func(adm *kadm.Client) error {
		var at kadm.Offsets
		at.AddOffset(w.topic("orders"), 0, read, -1)
		return adm.CommitAllOffsets(w.ctx, group, at)
	}))
	w.start(w.properties("sync.group.offsets.enabled = true", "sync.group.offsets.interval.seconds = 1",
		"emit.checkpoints.interval.seconds = 1", "refresh.groups.interval.seconds = 2", "groups = "+group))
	w.same("orders")
	var at int64
	w.eventually(func() error {
		return target.Admin(func(adm *kadm.Client) error {
			offsets, err := adm.FetchOffsets(w.ctx, group)
			if err != nil {
				return err
			}
			o, ok := offsets.Lookup(w.copied("orders"), 0)
			if !ok {
				return fmt.Errorf("group %s has no position on the target", group)
			}
			at = o.At
			return nil
		})
	})
	if at <= 0 || at > read {
		t.Errorf("the group goes on at %d on the target, after having read %d: it would %s", at, read,
			map[bool]string{true: "miss records", false: "read all again"}[at > read])
	}
	t.Logf("position %d at the source is %d at the target", read, at)
	w.stop()
}
