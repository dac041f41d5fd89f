package dataplane

import "testing"

func TestSizeClassesHoldWhatIsAskedForAndLittleMore(t *testing.T) {
	last := -1
	for n := 1; n < 40<<20; n += 1 + n/50 {
		class, size := sizeClass(n)
		if size < n || n > smallest && size > n+n/4+1 {
			t.Fatalf("%d bytes get %d", n, size)
		}
		if again, same := sizeClass(size); again != class || same != size {
			t.Fatalf("a slice of %d bytes comes back as class %d of %d, was %d", size, again, same, class)
		}
		if class < last {
			t.Fatalf("classes fall at %d bytes", n)
		}
		last = class
	}
}

func TestBusyFetchersShareWhatIsFree(t *testing.T) {
	b := NewBudget(10 << 20)
	b.fetchers.Store(100)
	b.busy.Store(2)
	if got := b.share(true); got != 5<<20 {
		t.Errorf("one of two busy fetchers may ask for %d", got)
	}
	if got := b.share(false); got != 10<<20/100 {
		t.Errorf("one of a hundred idle ones may ask for %d", got)
	}
	buf := b.buffer(10 << 20)
	if b.share(true) != 0 || b.share(false) != 0 {
		t.Error("a full budget gives shares")
	}
	ch, cancel := b.wait()
	defer cancel()
	buf.release()
	<-ch
	if b.Used() != 0 {
		t.Errorf("%d bytes are used after all came back", b.Used())
	}
}
