package kafka

import (
	"math"
	"sync"
	"sync/atomic"
)

// forever is the end of a partition that has none.
const forever int64 = math.MaxInt64

// partition is what the goroutine that fetches and the reader have in common: one answer that waits to be read.
type partition struct {
	id    int32
	wake  func()
	end   int64        // before which reading ends
	bound atomic.Int64 // behind the last record that may be read, as the broker told last; -1: unknown

	mu     sync.Mutex
	next   int64  // where the next fetch begins
	ready  *chunk // nil: fetch
	empty  int    // answers in a row that said there is nothing where there should be
	err    error  // there will be nothing more
	closed bool
}

// chunk is what one fetch got of a partition.
type chunk struct {
	records []byte // whole batches, in memory from buffers
	aborted []aborted
	next    int64 // the offset behind them
}

// wants returns the offset to fetch from, and false where nothing is to be fetched now; ended says it never will.
func (p *partition) wants() (offset int64, ok, ended bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	ended = p.closed || p.err != nil || p.next >= p.end
	return p.next, !ended && p.ready == nil, ended
}

// deliver gives the reader a chunk; false where it was closed and takes nothing.
func (p *partition) deliver(c *chunk) bool {
	p.mu.Lock()
	closed := p.closed
	if !closed {
		p.ready, p.next, p.empty = c, c.next, 0
	}
	p.mu.Unlock()
	if !closed {
		p.wake()
	}
	return !closed
}

// nothing notes an answer that had no records, where the broker says that there is nothing before the given offset. A
// bounded read ends when that is said twice of all that is left of it: what was there was compacted away.
func (p *partition) nothing(before int64) {
	p.mu.Lock()
	ends := p.end <= before && p.next < p.end
	if !ends {
		p.empty = 0
	} else if p.empty++; p.empty < 2 || p.closed {
		ends = false
	} else {
		p.ready, p.next = &chunk{next: p.end}, p.end
	}
	p.mu.Unlock()
	if ends {
		p.wake()
	}
}

// fail ends the partition with an error, behind what is ready.
func (p *partition) fail(err error) {
	p.mu.Lock()
	if p.err == nil {
		p.err = err
	}
	p.mu.Unlock()
	p.wake()
}

// take gives what is ready; an error only when nothing is.
func (p *partition) take() (*chunk, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.ready; c != nil {
		p.ready = nil
		return c, nil
	}
	return nil, p.err
}

// told notes how far records may be read, and wakes the reader when that says that it has all of them.
func (p *partition) told(bound int64) {
	old := p.bound.Swap(bound)
	p.mu.Lock()
	caughtUp := old < 0 && p.ready == nil && bound <= p.next
	p.mu.Unlock()
	if caughtUp {
		p.wake()
	}
}

// close returns what nobody will read.
func (p *partition) close() *chunk {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	c := p.ready
	p.ready = nil
	return c
}

// buffers keeps memory for what is fetched, to be used again. Its zero value is ready.
type buffers struct {
	mu   sync.Mutex
	free [][]byte
}

const (
	bufferStep = 64 << 10 // to which lengths are rounded up
	freeMax    = 16       // buffers
)

// get gives memory of at least n bytes.
func (b *buffers) get(n int) []byte {
	b.mu.Lock()
	best := -1
	for i, f := range b.free {
		if cap(f) >= n && (best < 0 || cap(f) < cap(b.free[best])) {
			best = i
		}
	}
	var out []byte
	if best >= 0 {
		last := len(b.free) - 1
		out = b.free[best][:n]
		b.free[best] = b.free[last]
		b.free[last] = nil
		b.free = b.free[:last]
	}
	b.mu.Unlock()
	if out == nil {
		out = make([]byte, n, (n+bufferStep-1)/bufferStep*bufferStep)
	}
	return out
}

// put takes memory back that get gave. Of more than it keeps, the larger stay.
func (b *buffers) put(m []byte) {
	if cap(m) == 0 || cap(m) > partitionBytes {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.free) < freeMax {
		b.free = append(b.free, m)
		return
	}
	for i, f := range b.free {
		if cap(f) < cap(m) {
			b.free[i] = m
			return
		}
	}
}
