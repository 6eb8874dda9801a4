package run

import (
	"math/bits"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
)

// pool is an allocator that uses memory again. Fresh memory costs a kernel more than its work does: it is zeroed, and
// the garbage collector has to look after it. Sizes are rounded up to powers of two, each with a sync.Pool, so that
// what is not used for long goes back to the runtime by itself.
//
// Arrow's rules, which it keeps: what Allocate returns has cap == len (Arrow's builders trust the capacity), begins at
// a multiple of 64 bytes (as every power of two from 64 up does in Go's heap), and is zero.
type pool struct {
	classes [maxClass + 1]sync.Pool
	used    atomic.Int64
	poison  bool // overwrite what is given back, so that whoever still reads it is found out
}

const (
	minClass = 6  // 64 bytes
	maxClass = 26 // 64 MiB; what is larger is left to the runtime
)

var _ memory.Allocator = (*pool)(nil)

// class is the power of two that n bytes are rounded up to.
func class(n int) int { return max(minClass, bits.Len(uint(n-1))) }

func (p *pool) Allocate(size int) []byte {
	if size == 0 {
		return []byte{}
	}
	p.used.Add(int64(size))
	b, dirty := p.take(size)
	if dirty {
		clear(b)
	}
	return b
}

func (p *pool) take(size int) (b []byte, dirty bool) {
	c := class(size)
	if c > maxClass {
		return make([]byte, size), false
	}
	if first, _ := p.classes[c].Get().(*byte); first != nil {
		return unsafe.Slice(first, 1<<c)[:size:size], true
	}
	return make([]byte, 1<<c)[:size:size], false
}

func (p *pool) Reallocate(size int, b []byte) []byte {
	old := cap(b)
	switch {
	case old == 0:
		return p.Allocate(size)
	case size == 0:
		p.Free(b)
		return []byte{}
	}
	p.used.Add(int64(size - old))
	if c := class(size); c <= maxClass && c == class(old) {
		whole := unsafe.Slice(&b[:1][0], 1<<c)
		if size > old {
			clear(whole[old:size])
		}
		return whole[:size:size]
	}
	n, dirty := p.take(size)
	kept := copy(n, b[:old])
	if dirty {
		clear(n[kept:])
	}
	p.give(b[:old])
	return n
}

func (p *pool) Free(b []byte) {
	if cap(b) == 0 {
		return
	}
	p.used.Add(-int64(cap(b)))
	p.give(b[:cap(b)])
}

func (p *pool) give(b []byte) {
	if p.poison {
		for i := range b {
			b[i] = 0xdb
		}
	}
	if c := class(len(b)); c <= maxClass {
		p.classes[c].Put(&b[0])
	}
}

// budget is a job's memory limit, shared by its operators.
type budget struct {
	limit int64 // 0: none
	used  atomic.Int64
}

func (b *budget) Reserve(n int64) error {
	used := b.used.Add(n)
	if b.limit > 0 && used > b.limit && n > 0 {
		b.used.Add(-n)
		return sqlerr.New(sqlerr.OutOfMemory, 0, "the query's state needs more than memory_limit allows: %d bytes of %d", used, b.limit).
			WithHint("Raise it with --set memory_limit=…, or make the windows or the number of keys smaller.")
	}
	return nil
}

func (b *budget) Release(n int64) { b.used.Add(-n) }

// least is what every operator may hold whatever the others do: it is not counted. An operator that spills gets on with
// that, however much the others hold.
func (b *budget) least() int64 { return min(4<<20, b.limit/64) }

// share is the budget as one operator sees it. Its task alone uses it.
type share struct {
	*budget
	held int64
}

// Reserve takes n bytes, those above the least from the budget.
func (s *share) Reserve(n int64) error {
	if more := s.counted(s.held+n) - s.counted(s.held); more > 0 {
		if err := s.budget.Reserve(more); err != nil {
			return err
		}
	}
	s.held += n
	return nil
}

func (s *share) Release(n int64) {
	s.budget.Release(s.counted(s.held) - s.counted(s.held-n))
	s.held -= n
}

// counted is how much of what an operator holds is above the least.
func (s *share) counted(held int64) int64 { return max(0, held-s.least()) }
