package flow

import (
	"context"
	"os"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Emitter takes the output of an operator. Emit takes over the caller's reference, also when it fails.
type Emitter interface{ Emit(*Batch) error }

// Forward passes on a batch that the caller only borrowed.
func Forward(out Emitter, b *Batch) error { b.Retain(); return out.Emit(b) }

// Operator is one instance of one step of a query. Its task calls it from one goroutine, in the order of the
// input. A batch given to Process is borrowed for the call; an emitted batch is given away.
type Operator interface {
	Process(port int, b *Batch, out Emitter) error
	// Watermark: no row before t will come on this port. MaxTime: no row at all. It returns what holds for the output.
	Watermark(port int, t Time, out Emitter) (Time, error)
	// Snapshot writes all that Open needs to go on from here. Nothing is emitted between it and the barrier.
	Snapshot(w StateWriter) error
	Close() error
}

// Flusher is an operator that holds rows back for throughput alone, such as a partial aggregate. Its task calls
// Flush before a barrier (so that the rows are in front of it and the snapshot has none of them) and before it
// declares itself idle (so that no window closes without them).
type Flusher interface{ Flush(out Emitter) error }

// Gated is an operator of several inputs that does not want them in any order: its task does not read an input whose port
// is not Ready, and what stands before it waits. Plans are trees, so that no two wait for each other.
type Gated interface{ Ready(port int) bool }

// Resumer is an operator that may have much to give at once. It gives some; its task then calls Resume for the rest, a
// piece between any two events, and only when there is room behind it.
type Resumer interface {
	// Resume does a piece of what a call before it left to do, or, when all input has ended, of what there is to do then.
	// It reports whether there was any. The Watermark that ends the last input still comes, and does all that is left.
	Resume(ended bool, out Emitter) (bool, error)
}

// Stateless is embedded by operators that keep nothing between batches.
type Stateless struct{}

func (Stateless) Watermark(_ int, t Time, _ Emitter) (Time, error) { return t, nil }
func (Stateless) Snapshot(StateWriter) error                       { return nil }
func (Stateless) Close() error                                     { return nil }

// KeyGroups is the number of slices that keyed state is cut into: the upper bound of parallelism.
const KeyGroups = 128

// KeyGroup is the key group of a key's hash.
func KeyGroup(hash uint64) int { return int(hash >> 57) }

// Owner is the instance, of parallelism, that has a key group: contiguous ranges, so that a restore at another
// parallelism reads few ranges.
func Owner(group, parallelism int) int { return group * parallelism / KeyGroups }

// StateWriter takes an operator's state. Put retains rec; group is in [0, KeyGroups).
type StateWriter interface {
	Put(table string, group int, rec arrow.RecordBatch) error
}

// StateReader gives it back.
type StateReader interface {
	// Scan calls fn for each record that was Put, by whichever instance, for a key group that this one owns now.
	// The record is borrowed for the call.
	Scan(table string, fn func(arrow.RecordBatch) error) error
}

// Metrics counts what an operator does with rows beyond passing them on. Safe for use by one task at a time, read
// by others.
type Metrics interface {
	// Dropped counts rows that an operator discards, with the reason; the first ones are told to the user.
	Dropped(reason string, rows int64)
	// State reports the bytes and rows that an operator keeps now.
	State(bytes, rows int64)
	// Spilled counts bytes written to disk because the budget had no room for them.
	Spilled(bytes int64)
}

// TaskContext is what an operator instance gets from its surroundings.
type TaskContext struct {
	Context context.Context  // ends with the task; for operators that do I/O
	Mem     memory.Allocator // counts what Arrow allocates
	Budget  Budget           // asked before state grows
	State   StateReader      // nil on a first start
	// Spill makes a file for what Budget has no room for. It has no name: closing it gives its space back. nil: nothing
	// may be spilled, since a checkpoint has to hold it.
	Spill   func() (*os.File, error)
	Metrics Metrics
	// SpillEarly is for tests: what can be spilled goes to disk the first time that an operator would reserve memory.
	SpillEarly  bool
	Index       int // this instance, of Parallelism
	Parallelism int
	// Now is the time of the statement, which now() gives in every instance; 0: that of the instance's opening.
	Now Time
	// After runs fn once, that much later, between two events, on the task's goroutine.
	After func(d time.Duration, fn func(Emitter) error)
}

// Budget is a job's memory limit. Reserve fails when n more bytes would pass it: the operator spills all that it holds,
// or the job stops. Every operator may always hold a little, so that none waits for the others to spill.
type Budget interface {
	Reserve(n int64) error
	Release(n int64)
}
