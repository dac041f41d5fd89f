package dataplane

import (
	"math/bits"
	"sync"
	"sync/atomic"
)

// DefaultBudgetBytes is how many fetched but unacknowledged bytes a worker
// holds, over all its mirror tasks. It bounds throughput on long links: at 100
// MB/s over a 200 ms round trip 20 MB are under way.
const DefaultBudgetBytes = 40 << 20

// Budget bounds the bytes that all data planes of a process hold between fetch
// and acknowledgement. It is safe for concurrent use.
//
// Fetches are not charged in advance, since most long polls bring nothing.
// Instead each fetch asks for at most its share of what is free at that moment;
// what arrives is charged as it arrives and given back when the target has it.
//
// A partition may hold at most as much as is still free (the dynamic threshold
// of shared switch buffers, Choudhury and Hahne 1998, with factor one): one
// stuck partition takes at most half, n stuck ones leave total/(n+1) free, and
// nobody has to know n.
type Budget struct {
	total    int64
	used     atomic.Int64
	fetchers atomic.Int64 // all
	busy     atomic.Int64 // those whose last fetch brought something

	mu      sync.Mutex
	waiting map[chan struct{}]struct{} // fetchers that found nothing free

	pool pool
}

// NewBudget makes a budget of total bytes.
func NewBudget(total int64) *Budget {
	b := &Budget{total: total, waiting: map[chan struct{}]struct{}{}}
	b.pool.keep = total / 2
	return b
}

var shared = sync.OnceValue(func() *Budget { return NewBudget(DefaultBudgetBytes) })

// SharedBudget is the process's own budget: one worker, one bound.
func SharedBudget() *Budget { return shared() }

// Used is how many bytes are held now.
func (b *Budget) Used() int64 { return b.used.Load() }

// Total is the bound.
func (b *Budget) Total() int64 { return b.total }

func (b *Budget) free() int64 { return b.total - b.used.Load() }

// share is what one fetch may ask for now; zero means wait. Those that brought
// something last time divide what is free among themselves; a long poll that
// probably brings nothing asks as if all did.
func (b *Budget) share(busy bool) int32 {
	const least = 64 << 10
	among := b.fetchers.Load()
	if busy {
		among = b.busy.Load()
	}
	s := b.free() / max(1, among)
	if s < least {
		if busy || b.free() < least {
			return 0
		}
		s = least
	}
	return int32(min(s, 16<<20))
}

// wait returns a channel that is closed when bytes have come back. The caller
// looks at share again after calling wait, so that nothing is missed.
func (b *Budget) wait() (ch chan struct{}, cancel func()) {
	ch = make(chan struct{})
	b.mu.Lock()
	b.waiting[ch] = struct{}{}
	b.mu.Unlock()
	return ch, func() {
		b.mu.Lock()
		delete(b.waiting, ch)
		b.mu.Unlock()
	}
}

func (b *Budget) charge(n int) { b.used.Add(int64(n)) }

func (b *Budget) refund(n int) {
	b.used.Add(-int64(n))
	b.mu.Lock()
	defer b.mu.Unlock()
	for ch := range b.waiting {
		close(ch)
		delete(b.waiting, ch)
	}
}

// buffer holds bytes on their way. It goes back to its budget when the last
// holder has released it.
type buffer struct {
	b      []byte
	refs   atomic.Int32
	budget *Budget
}

// buffer returns n bytes, charged, held once.
func (b *Budget) buffer(n int) *buffer {
	buf := &buffer{b: b.pool.get(n), budget: b}
	buf.refs.Store(1)
	b.charge(cap(buf.b))
	return buf
}

func (u *buffer) retain() { u.refs.Add(1) }

func (u *buffer) release() {
	switch n := u.refs.Add(-1); {
	case n == 0:
		size := cap(u.b)
		u.budget.pool.put(u.b)
		u.b = nil
		u.budget.refund(size)
	case n < 0:
		panic("dataplane: buffer released twice")
	}
}

// pool keeps freed byte slices by size class, four classes an octave, so that a
// slice is at most a fifth larger than asked for. It holds at most keep bytes.
type pool struct {
	keep    int64
	mu      sync.Mutex
	held    int64
	classes [128][][]byte
}

const smallest = 1 << 10

func sizeClass(n int) (class, size int) {
	if n <= smallest {
		return 0, smallest
	}
	octave := bits.Len(uint(n-1)) - 1 // 2^octave <= n-1 < 2^(octave+1)
	step := 1 << octave / 4
	k := (n - 1 - 1<<octave) / step // 0..3
	return (octave-10)*4 + k + 1, 1<<octave + (k+1)*step
}

func (p *pool) get(n int) []byte {
	class, size := sizeClass(n)
	p.mu.Lock()
	if free := p.classes[class]; len(free) > 0 {
		b := free[len(free)-1]
		free[len(free)-1] = nil
		p.classes[class] = free[:len(free)-1]
		p.held -= int64(size)
		p.mu.Unlock()
		return b[:n]
	}
	p.mu.Unlock()
	return make([]byte, n, size)
}

func (p *pool) put(b []byte) {
	class, size := sizeClass(cap(b))
	if size != cap(b) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held+int64(size) > p.keep {
		return
	}
	p.held += int64(size)
	p.classes[class] = append(p.classes[class], b[:0])
}
