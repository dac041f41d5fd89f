//go:build integration

package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"crosstide/internal/kafkatest"
)

// The file that somebody runs today, unchanged but for its two addresses:
// topics keep their names, nothing internal is mirrored.
func TestAFileOfTodayRunsUnchanged(t *testing.T) {
	pair, err := kafkatest.StartAll(t.Context(), kafkatest.Options{Name: "primary"}, kafkatest.Options{Name: "secondary"})
	if err != nil {
		t.Fatal(err)
	}
	primary, secondary := pair[0], pair[1]
	t.Cleanup(primary.Close)
	t.Cleanup(secondary.Close)

	text, err := os.ReadFile(filepath.Join("testdata", "mm2.properties"))
	if err != nil {
		t.Fatal(err)
	}
	properties := strings.NewReplacer("127.0.0.1:19092", primary.Bootstrap(), "127.0.0.1:19192", secondary.Bootstrap()).Replace(string(text))

	w := newWorld(t)
	w.must(primary.CreateAll(w.ctx, 2, nil, "orders", "payments"))
	for _, topic := range []string{"orders", "payments"} {
		w.must(primary.Produce(w.ctx, kafkatest.Numbered(topic, 2, 500)))
	}
	w.must(primary.Admin(func(adm *kadm.Client) error {
		var at kadm.Offsets
		at.AddOffset("orders", 0, 200, -1)
		return adm.CommitAllOffsets(w.ctx, "billing", at)
	}))
	w.start(properties)
	for _, topic := range []string{"orders", "payments"} {
		original, err := primary.Read(w.ctx, topic)
		w.must(err)
		w.eventually(func() error {
			copied, err := secondary.Read(w.ctx, topic)
			if err != nil {
				return err
			}
			return kafkatest.SameContents(original, copied)
		})
	}
	// Whatever internal topics of either side would be mirrored is by now: the
	// next refresh sees them all.
	w.must(primary.Create(w.ctx, "late", 1, nil))
	w.must(primary.Produce(w.ctx, kafkatest.Numbered("late", 1, 10)))
	w.eventually(func() error {
		n, err := secondary.Ends(w.ctx, "late")
		if err == nil && n < 10 {
			err = fmt.Errorf("%d of 10 records of the late topic", n)
		}
		return err
	})
	for _, topic := range topicsOf(t, w, secondary) {
		if strings.HasPrefix(topic, "primary.") && !strings.HasSuffix(topic, ".internal") || strings.Contains(topic, "__consumer_offsets") && topic != "__consumer_offsets" {
			t.Errorf("the target has %s: names should stay, and internal topics should not be mirrored", topic)
		}
	}
	began := time.Now()
	w.stop()
	t.Logf("stopped in %v", time.Since(began).Round(time.Millisecond))
}

func topicsOf(t *testing.T, w *world, c *kafkatest.Cluster) []string {
	t.Helper()
	var names []string
	w.must(c.Admin(func(adm *kadm.Client) error {
		all, err := adm.ListTopicsWithInternal(w.ctx)
		names = all.Names()
		return err
	}))
	return names
}
