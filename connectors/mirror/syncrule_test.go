package mirror

import (
	"math/rand/v2"
	"testing"
)

// The vector was read off the classes of Kafka 4.3.0.
func TestSyncsAreFlaggedAsJavaFlagsThem(t *testing.T) {
	r := NewSyncRule()
	for _, a := range []struct {
		up, down int64
		want     bool
	}{
		{0, 100, true}, {2, 102, true}, {3, 152, false}, {4, 153, true}, {5, 154, false}, {6, 203, false},
		{7, 204, true}, {2, 206, true}, {3, 207, false}, {4, 3, true}, {5, 4, false},
	} {
		if got := r.Ack(50, a.up, a.down); got != a.want {
			t.Errorf("(%d,%d) flagged %v, want %v", a.up, a.down, got, a.want)
		}
	}
}

func TestARunOfAcksEqualsItsSingleAcks(t *testing.T) {
	for seed := range uint64(2000) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		maxLag := []int64{0, 1, 7, 100, -3, 1 << 62, 1<<63 - 1}[rnd.IntN(7)]
		run, single := NewSyncRule(), NewSyncRule()
		up, down := rnd.Int64N(50), rnd.Int64N(50)
		for range 40 {
			n := 1 + rnd.Int64N(250)
			before := single
			var first, last Sync
			var firstFlagged, anyFlagged bool
			for i := range n {
				if single.Ack(maxLag, up+i, down+i) {
					last, anyFlagged = Sync{up + i, down + i}, true
					if i == 0 {
						first, firstFlagged = last, before.breaks(up, down)
					}
				}
			}
			end := Sync{up + n - 1, down + n - 1}

			got := run.AckRun(maxLag, up, down, n)

			if run != single {
				t.Fatalf("seed %d: state %+v after the run, %+v after single acks", seed, run, single)
			}
			if got.HasAnchor != firstFlagged || got.HasAnchor && got.Anchor != first {
				t.Fatalf("seed %d: anchor %+v, want %v %v", seed, got, first, firstFlagged)
			}
			newest, has := got.Anchor, got.HasAnchor
			if got.HasLatest {
				newest, has = got.Latest, true
			}
			if has != anyFlagged || has && newest != last {
				t.Fatalf("seed %d: last flagged %+v, want %v %v", seed, got, last, anyFlagged)
			}
			if got.HasDelayed != (!anyFlagged || last != end) || got.HasDelayed && got.Delayed != end {
				t.Fatalf("seed %d: delayed %+v, last record %v, last flagged %v", seed, got, end, last)
			}
			up, down = up+n, down+n
			switch rnd.IntN(6) {
			case 0:
				up += rnd.Int64N(10)
			case 1:
				up = max(0, up-rnd.Int64N(400))
			case 2:
				down += rnd.Int64N(300)
			case 3:
				down = max(0, down-rnd.Int64N(400))
			}
		}
	}
}
