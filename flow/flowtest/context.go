// Package flowtest tests operators: Check runs one script of events twenty ways, and the parts that it is made of
// (memory that is poisoned when freed, state in memory, a budget, counters, a collector of output) serve other tests.
package flowtest

import (
	"slices"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/flow"
)

// Context is what an operator instance needs to run in a test: the only instance, without state. When the test ends,
// all memory must have been freed and the whole budget given back.
func Context(t testing.TB) *flow.TaskContext {
	t.Helper()
	mem := memory.NewCheckedAllocator(Poison{})
	budget := &Budget{}
	t.Cleanup(func() {
		mem.AssertSize(t, 0)
		if budget.Used() != 0 {
			t.Errorf("%d bytes of the budget were not given back", budget.Used())
		}
	})
	return &flow.TaskContext{
		Context:     t.Context(),
		Mem:         mem,
		Budget:      budget,
		Metrics:     &Metrics{},
		Parallelism: 1,
		After:       (&Timers{}).After,
	}
}

// Poison is Go's memory, overwritten when it is freed: a slice or a string that outlives the array it came from
// changes, and the test that keeps one fails.
type Poison struct{}

func (Poison) Allocate(size int) []byte { return make([]byte, size) }

func (p Poison) Reallocate(size int, b []byte) []byte {
	grown := make([]byte, size)
	copy(grown, b)
	p.Free(b)
	return grown
}

func (Poison) Free(b []byte) {
	b = b[:cap(b)]
	for i := range b {
		b[i] = 0xA5
	}
}

// Timers holds what an operator asked to be run later, until a test lets the time pass.
type Timers struct {
	now    time.Duration
	timers []timer
}

type timer struct {
	at time.Duration
	fn func(flow.Emitter) error
}

// After is a TaskContext.After.
func (t *Timers) After(d time.Duration, fn func(flow.Emitter) error) {
	t.timers = append(t.timers, timer{t.now + d, fn})
}

// Pass lets time pass and runs what is due, in order; also what that sets up within the time.
func (t *Timers) Pass(d time.Duration, out flow.Emitter) error {
	end := t.now + d
	for {
		next := -1
		for i, tm := range t.timers {
			if tm.at <= end && (next < 0 || tm.at < t.timers[next].at) {
				next = i
			}
		}
		if next < 0 {
			t.now = end
			return nil
		}
		tm := t.timers[next]
		t.timers = slices.Delete(t.timers, next, next+1)
		t.now = tm.at
		if err := tm.fn(out); err != nil {
			return err
		}
	}
}
