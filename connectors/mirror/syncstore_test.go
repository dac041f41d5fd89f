package mirror

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// show writes a partition's slots as Kafka's debug output would: [0-7]=2000:2000.
func (s *OffsetSyncStore) show(topic string, partition int32) string {
	var b strings.Builder
	from := 0
	for _, r := range s.partitions[topicPartition{topic, partition}] {
		if from == int(r.end) {
			fmt.Fprintf(&b, "[%d]=%d:%d ", from, r.Up, r.Down)
		} else {
			fmt.Fprintf(&b, "[%d-%d]=%d:%d ", from, r.end, r.Up, r.Down)
		}
		from = int(r.end) + 1
	}
	return strings.TrimSpace(b.String())
}

func steps(from, to, step, ahead int64) []Sync {
	var s []Sync
	for u := from; u <= to; u += step {
		s = append(s, Sync{u, u + ahead})
	}
	return s
}

func syncsAt(ahead int64, ups ...int64) []Sync {
	var s []Sync
	for _, u := range ups {
		s = append(s, Sync{u, u + ahead})
	}
	return s
}

// The vectors were read off the classes of Kafka 4.3.0.
func TestTheStoreKeepsTheSyncsThatJavaKeeps(t *testing.T) {
	for _, tc := range []struct {
		name      string
		onlyLast  bool
		loading   []Sync
		live      []Sync
		want      string
		translate map[int64]int64
	}{
		{
			name: "A: every offset", live: steps(0, 16, 1, 0),
			want:      "[0]=16:16 [1]=15:15 [2]=14:14 [3]=12:12 [4]=8:8 [5-63]=0:0",
			translate: map[int64]int64{13: 13, 17: 17},
		},
		{
			name: "B: every hundredth", live: steps(0, 2000, 100, 0),
			want:      "[0-7]=2000:2000 [8]=1900:1900 [9]=1800:1800 [10]=1600:1600 [11]=800:800 [12-63]=0:0",
			translate: map[int64]int64{50: 1, 1000: 801, 1700: 1601, 1999: 1901},
		},
		{
			name: "C: irregular", live: syncsAt(7, 0, 1, 2, 3, 100, 101, 150, 1000, 1001, 1010, 5000),
			want:      "[0-13]=5000:5007 [14-63]=0:7",
			translate: map[int64]int64{4999: 8, 5000: 5007, 9999: 5008},
		},
		{
			name: "D: only the last while loading", onlyLast: true,
			loading: steps(0, 1000, 10, 0), live: steps(1010, 10000, 10, 0),
			want: "[0-4]=10000:10000 [5]=9990:9990 [6]=9970:9970 [7]=9940:9940 [8]=9880:9880 [9]=9640:9640 " +
				"[10]=9160:9160 [11]=8680:8680 [12]=6760:6760 [13]=4840:4840 [14-63]=1000:1000",
			translate: map[int64]int64{999: TooOld},
		},
		{
			name: "E: all while loading", loading: steps(0, 1000, 10, 0),
			want: "[0-4]=1000:1000 [5]=990:990 [6]=960:960 [7]=900:900 [8]=840:840 [9]=720:720 [10]=480:480 [11-63]=0:0",
		},
		{
			name: "F: and after it", loading: steps(0, 1000, 10, 0), live: steps(1000, 10000, 10, 0),
			want: "[0-4]=10000:10000 [5]=9990:9990 [6]=9960:9960 [7]=9900:9900 [8]=9840:9840 [9]=9600:9600 " +
				"[10]=9120:9120 [11]=8640:8640 [12]=7680:7680 [13]=3840:3840 [14-63]=0:0",
		},
		{
			name: "G: the source rewound", live: syncsAt(0, 100, 200, 300, 250),
			want: "[0-63]=250:250", translate: map[int64]int64{249: TooOld},
		},
		{
			name: "H: repeats", live: syncsAt(5, 100, 100, 100, 101),
			want: "[0]=101:106 [1-63]=100:105",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := NewOffsetSyncStore(tc.onlyLast)
			apply := func(syncs []Sync) {
				for _, n := range syncs {
					s.Apply(OffsetSync{"t", 3, n.Up, n.Down})
				}
			}
			apply(tc.loading)
			s.Loaded()
			apply(tc.live)
			if got := s.show("t", 3); got != tc.want {
				t.Errorf("slots\n got %s\nwant %s", got, tc.want)
			}
			for up, want := range tc.translate {
				if got, ok := s.Translate("t", 3, up); !ok || got != want {
					t.Errorf("%d translates to %d, %v; want %d", up, got, ok, want)
				}
			}
		})
	}
}

func TestNothingIsTranslatedWhileLoadingOrWithoutSyncs(t *testing.T) {
	s := NewOffsetSyncStore(false)
	s.Apply(OffsetSync{"t", 0, 1, 1})
	if _, ok := s.Translate("t", 0, 5); ok {
		t.Error("translated while loading")
	}
	s.Loaded()
	if d, ok := s.Translate("t", 0, 5); !ok || d != 2 {
		t.Errorf("got %d, %v after loading; want 2", d, ok)
	}
	if _, ok := s.Translate("t", 1, 5); ok {
		t.Error("translated for a partition without syncs")
	}
}

// naive is the store as its description reads: 64 pointers a partition,
// compared by identity.
type naive struct {
	t       [64]*Sync
	started bool
}

func (n *naive) near(a, b *Sync, i, j int) bool {
	l := b.Up + int64(1)<<j - int64(1)<<i
	return a == b || l < 0 || a.Up <= l
}

func (n *naive) apart(a, b *Sync, i int) bool {
	l := b.Up + int64(1)<<max(i-2, 0)
	return a == b || (l >= 0 && a.Up >= l)
}

func (n *naive) apply(s Sync) {
	sync := &s
	if !n.started || sync.Up < n.t[0].Up {
		n.started = true
		for i := range n.t {
			n.t[i] = sync
		}
		return
	}
	old := n.t
	n.t[0] = sync
	cand, k := sync, 0
	for c := 1; c <= 63; c++ {
		for {
			o := old[k]
			sp := n.apart(n.t[c-1], o, c-1)
			take := n.near(n.t[c-1], o, c-1, c) && sp && (c == 63 || n.apart(o, n.t[c+1], c))
			dup := k < 63 && old[k+1] == o
			if take {
				cand = o
			}
			skip := dup || !sp
			if take || skip {
				k++
			}
			if !(k < c && skip) {
				break
			}
		}
		if n.near(n.t[c-1], n.t[c], c-1, c) {
			return
		}
		n.t[c] = cand
	}
}

// broken names the first invariant that does not hold.
func (n *naive) broken(newest Sync) string {
	if *n.t[0] != newest {
		return "slot 0 is not the newest sync"
	}
	for i := range 64 {
		for j := i + 1; j < 64; j++ {
			if !n.near(n.t[i], n.t[j], i, j) {
				return fmt.Sprintf("slots %d and %d are too far apart", i, j)
			}
			if n.t[i] != n.t[j] && !n.apart(n.t[i], n.t[j], i) {
				return fmt.Sprintf("slots %d and %d are too close", i, j)
			}
		}
	}
	return ""
}

func TestTheCompactStoreEqualsSixtyFourPointers(t *testing.T) {
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		s, ref := NewOffsetSyncStore(false), &naive{}
		s.Loaded()
		// A repeat is kept beside its equal, as in Java, though that is too close.
		repeats := seed%2 == 0
		up, down := rnd.Int64N(1000), rnd.Int64N(1000)
		if seed%10 == 0 {
			up = 1<<62 + rnd.Int64N(1<<62) // sums wrap
		}
		for i := range 300 {
			n := Sync{up, down}
			s.Apply(OffsetSync{"t", 0, up, down})
			ref.apply(n)
			if i%20 == 0 && !repeats {
				if why := ref.broken(n); why != "" {
					t.Fatalf("seed %d: the reference itself is wrong: %s", seed, why)
				}
			}
			var unfolded slots
			unfold(s.partitions[topicPartition{"t", 0}], &unfolded)
			for slot, want := range ref.t {
				if got := unfolded.syncs[unfolded.at[slot]]; got != *want {
					t.Fatalf("seed %d, sync %v, slot %d: got %v, want %v", seed, n, slot, got, *want)
				}
			}
			switch rnd.IntN(30) {
			case 0:
				if up > 50 || up < 0 { // the source rewound
					up -= 1 + rnd.Int64N(50)
				} else {
					up++
				}
			default:
				up += 1 + rnd.Int64N(1<<(1+rnd.IntN(12)))
			case 1:
				if !repeats {
					up++
				}
			}
			down += rnd.Int64N(200)
		}
	}
}

func TestTranslationNeverGoesPastTheRecord(t *testing.T) {
	s := NewOffsetSyncStore(false)
	s.Loaded()
	rnd := rand.New(rand.NewPCG(7, 7))
	// downstream has everything upstream has, a thousand records later
	for up := int64(0); up < 20000; up += 1 + rnd.Int64N(150) {
		s.Apply(OffsetSync{"t", 0, up, up + 1000})
	}
	last := int64(-1)
	for x := range int64(21000) {
		d, _ := s.Translate("t", 0, x)
		if d > x+1000 {
			t.Fatalf("%d translates past itself, to %d", x, d)
		}
		if d < last {
			t.Fatalf("%d translates to %d, before the one for %d", x, d, x-1)
		}
		last = d
	}
}

func BenchmarkApply(b *testing.B) {
	s := NewOffsetSyncStore(false)
	s.Loaded()
	b.ReportAllocs()
	for i := range b.N {
		s.Apply(OffsetSync{"t", 0, int64(i) * 100, int64(i) * 100})
	}
}
