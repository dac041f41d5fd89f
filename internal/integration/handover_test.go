//go:build integration

package integration

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"crosstide/internal/kafkatest"
)

// Java's MirrorMaker 2 and ours take over from each other on the same internal
// topics, under traffic, without a record missing or copied again.
func TestJavaAndCrosstideTakeOverFromEachOther(t *testing.T) {
	w := newWorld(t)
	w.must(source.Create(w.ctx, w.topic("orders"), 4, nil))
	traffic := startTraffic(t, source, w.topic("orders"), 4, 1000)
	for _, turn := range []string{"java", "crosstide", "java", "crosstide"} {
		t.Logf("%s copies", turn)
		if turn == "java" {
			w.startJava(w.properties())
		} else {
			w.start(w.properties())
		}
		w.flowing("orders", 3000)
		w.must(w.mirror.Stop(time.Minute))
	}
	sent := traffic.end(t)
	w.start(w.properties())
	twice := w.complete("orders")
	t.Logf("%d records sent, %d copied twice over four hand-overs", sent, twice)
	// A clean stop commits all that was acknowledged, Java's own restarts
	// repeat nothing then either; what Java may repeat is what it had under
	// way when it was told to stop.
	if twice > 1000 {
		t.Errorf("%d records were copied twice over four hand-overs", twice)
	}
	w.stop()
}

func (w *world) startJava(properties string) {
	w.t.Helper()
	w.starts++
	dir := filepath.Join(w.dir, "java-"+time.Now().Format("150405"))
	w.must(os.MkdirAll(dir, 0o755))
	p, err := kafkatest.StartMirrorMaker(w.ctx, dir, properties, nil)
	w.must(err)
	w.mirror = p
}
