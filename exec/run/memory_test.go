package run

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/sqlerr"
)

// sizes are at, below and above the edges of classes, up to what is left to the runtime.
var sizes = []int{1, 2, 63, 64, 65, 127, 128, 129, 1000, 4096, 4097, 1<<20 - 1, 1 << 20, 1<<20 + 1}

// huge is more than the largest class takes.
const huge = 1<<maxClass + 1

// sound fails where b is not what Arrow may be given: so long, of no more capacity, and at a multiple of 64 bytes.
func sound(t *testing.T, what string, b []byte, size int) {
	t.Helper()
	if len(b) != size || cap(b) != size {
		t.Fatalf("%s: length %d, capacity %d, want %d of both", what, len(b), cap(b), size)
	}
	if at := uintptr(unsafe.Pointer(unsafe.SliceData(b))); size > 0 && at%64 != 0 {
		t.Fatalf("%s: begins %d bytes behind a multiple of 64", what, at%64)
	}
}

// onlyBytes fails where b is not all v.
func onlyBytes(t *testing.T, what string, b []byte, v byte) {
	t.Helper()
	if bytes.Count(b, []byte{v}) == len(b) {
		return
	}
	for i, got := range b {
		if got != v {
			t.Fatalf("%s: byte %d of %d is %#x, want %#x", what, i, len(b), got, v)
		}
	}
}

func fill(b []byte, v byte) { copy(b, bytes.Repeat([]byte{v}, len(b))) }

// dirty gives back memory of each class below size that is not zero, so that some of it is used again.
func dirty(p *pool, size int) {
	for n := 1 << minClass; n < 4*size && n <= 1<<maxClass; n *= 2 {
		b := p.Allocate(n)
		fill(b, 0xff)
		p.Free(b)
	}
}

func TestAllocateGivesWhatArrowExpects(t *testing.T) {
	p := &pool{}
	for _, size := range append([]int{0, 1 << maxClass, huge}, sizes...) {
		for round := range 3 { // fresh, and then memory that was used
			what := fmt.Sprintf("%d bytes, round %d", size, round)
			b := p.Allocate(size)
			sound(t, what, b, size)
			onlyBytes(t, what, b, 0)
			if used := p.used.Load(); used != int64(size) {
				t.Fatalf("%s: %d bytes in use", what, used)
			}
			fill(b, 0xff)
			p.Free(b)
		}
	}
	if used := p.used.Load(); used != 0 {
		t.Errorf("%d bytes in use at the end", used)
	}
}

func TestReallocateKeepsWhatFitsAndClearsTheRest(t *testing.T) {
	p := &pool{}
	all := append([]int{0}, sizes...)
	for _, from := range all {
		for _, to := range all {
			what := fmt.Sprintf("from %d bytes to %d", from, to)
			dirty(p, max(from, to))
			b := p.Allocate(from)
			fill(b, 7)
			b = p.Reallocate(to, b)
			sound(t, what, b, to)
			kept := min(from, to)
			onlyBytes(t, what, b[:kept], 7)
			onlyBytes(t, what+": what is new", b[kept:], 0)
			if used := p.used.Load(); used != int64(to) {
				t.Fatalf("%s: %d bytes in use", what, used)
			}
			p.Free(b)
			if used := p.used.Load(); used != 0 {
				t.Fatalf("%s: %d bytes in use at the end", what, used)
			}
		}
	}
}

func TestShrunkMemoryIsClearedWhenItGrowsAgain(t *testing.T) {
	p := &pool{}
	b := p.Allocate(128)
	fill(b, 7)
	b = p.Reallocate(128, p.Reallocate(100, b)) // all in one class
	onlyBytes(t, "kept", b[:100], 7)
	onlyBytes(t, "grown", b[100:], 0)
	p.Free(b)
}

func TestReallocateAndFreeCountTheCapacityOfASlice(t *testing.T) {
	p := &pool{}
	b := p.Allocate(200)
	fill(b, 7)
	b = p.Reallocate(300, b[:10])
	sound(t, "grown from a part", b, 300)
	onlyBytes(t, "the whole of it is kept", b[:200], 7)
	p.Free(b[:0])
	if used := p.used.Load(); used != 0 {
		t.Errorf("%d bytes in use", used)
	}
}

func TestHugeMemoryIsTheRuntimes(t *testing.T) {
	p := &pool{}
	b := p.Allocate(1 << maxClass)
	b[0], b[len(b)-1] = 1, 2
	b = p.Reallocate(huge, b)
	sound(t, "grown out of the classes", b, huge)
	if b[0] != 1 || b[huge-2] != 2 || b[huge-1] != 0 {
		t.Errorf("grown: %d, %d, %d", b[0], b[huge-2], b[huge-1])
	}
	b = p.Reallocate(huge+64, b)
	sound(t, "grown outside of the classes", b, huge+64)
	b = p.Reallocate(10, b)
	sound(t, "shrunk into the classes", b, 10)
	if b[0] != 1 {
		t.Errorf("shrunk: %d", b[0])
	}
	p.Free(b)
	if used := p.used.Load(); used != 0 {
		t.Errorf("%d bytes in use", used)
	}
}

func TestPoisonShowsInMemoryThatWasGivenBack(t *testing.T) {
	p := &pool{poison: true}
	freed, moved := p.Allocate(100), p.Allocate(100)
	p.Free(freed)
	onlyBytes(t, "freed", freed, 0xdb)
	b := p.Reallocate(1000, moved)
	onlyBytes(t, "moved away from", moved, 0xdb)
	onlyBytes(t, "where it is now", b, 0)
	onlyBytes(t, "used again", p.Allocate(100), 0)
}

func TestBuildersOverThePoolGiveAllBack(t *testing.T) {
	p := &pool{poison: true}
	for range 3 {
		b := array.NewInt64Builder(p)
		for i := range int64(10_000) {
			if i%3 == 0 {
				b.AppendNull()
			} else {
				b.Append(i)
			}
		}
		a := b.NewInt64Array()
		b.Release()
		for i := range a.Len() {
			if a.IsNull(i) != (i%3 == 0) || a.IsValid(i) && a.Value(i) != int64(i) {
				t.Fatalf("value %d is %s", i, a.ValueStr(i))
			}
		}
		a.Release()
	}
	if used := p.used.Load(); used != 0 {
		t.Errorf("%d bytes in use", used)
	}
}

// Each goroutine marks what it has; memory that two of them had at once would carry the other's mark.
func TestPoolIsSharedByTasks(t *testing.T) {
	p := &pool{}
	var wg sync.WaitGroup
	for id := range byte(8) {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(id), 0))
			var held [][]byte
			for range 2000 {
				switch {
				case len(held) < 8:
					b := p.Allocate(1 + r.IntN(5000))
					for i, v := range b {
						if v != 0 {
							t.Errorf("byte %d of fresh memory is %d", i, v)
							return
						}
					}
					fill(b, id+1)
					held = append(held, b)
					continue
				case r.IntN(2) == 0:
					k := r.IntN(len(held))
					old := len(held[k])
					held[k] = p.Reallocate(1+r.IntN(5000), held[k])
					for i := old; i < len(held[k]); i++ {
						held[k][i] = id + 1
					}
				default:
					p.Free(held[0])
					held = held[1:]
				}
				for _, b := range held {
					if b[0] != id+1 || b[len(b)-1] != id+1 {
						t.Errorf("memory of %d is marked %d and %d", id+1, b[0], b[len(b)-1])
						return
					}
				}
			}
			for _, b := range held {
				p.Free(b)
			}
		})
	}
	wg.Wait()
	if used := p.used.Load(); used != 0 && !t.Failed() {
		t.Errorf("%d bytes in use", used)
	}
}

func TestBudgetRefusesWhatPassesItAndCountsNoneOfThat(t *testing.T) {
	b := &budget{limit: 100}
	if err := b.Reserve(100); err != nil {
		t.Fatalf("all of it: %v", err)
	}
	if err := b.Reserve(1); sqlerr.Code(err) != sqlerr.OutOfMemory {
		t.Fatalf("one more: %v", err)
	}
	b.Release(1)
	if err := b.Reserve(1); err != nil {
		t.Fatalf("what was given back: %v", err)
	}
	if err := (&budget{}).Reserve(1 << 62); err != nil {
		t.Fatalf("no limit: %v", err)
	}
}

func TestEveryOperatorMayHoldALittleWhateverTheOthersDo(t *testing.T) {
	const limit = 6400 // of which an operator has a 64th for itself
	b := &budget{limit: limit}
	greedy, modest := &share{budget: b}, &share{budget: b}
	if err := greedy.Reserve(limit + 100); err != nil {
		t.Fatal(err)
	}
	if err := modest.Reserve(100); err != nil {
		t.Errorf("the first 100 bytes: %v", err)
	}
	if err := modest.Reserve(1); err == nil {
		t.Error("one byte more than that was given")
	}
	greedy.Release(1)
	if err := modest.Reserve(1); err != nil {
		t.Errorf("a byte that was given back: %v", err)
	}
	greedy.Release(limit + 99)
	modest.Release(101)
	if used := b.used.Load(); used != 0 {
		t.Errorf("%d bytes are in use when all were given back", used)
	}
}

func TestSpillFilesHaveNoName(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tmp") // which is made
	r := &Run{cfg: Config{TempDir: dir}}
	f, err := r.spill()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("the folder has %v (%v)", left, err)
	}
	if _, err := f.WriteString("rows"); err != nil {
		t.Error(err)
	}
}
