// Package agg holds the aggregate functions: accumulators over dense group ids.
package agg

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/types"
)

// Accumulator keeps group g at index g of its slices. Ids are dense, given by the caller.
type Accumulator interface {
	// Grow makes the groups below groups exist from now on.
	Grow(groups int)
	// Update puts row i into groups[i]. args are as long as groups; sign nil: every row is +1, else row i counts
	// sign[i] times, which is -1 where it is taken back.
	Update(groups []uint32, args []arrow.Array, sign []int8) error
	// Merge puts row i of what State wrote into groups[i].
	Merge(groups []uint32, state []arrow.Array) error
	// State writes the groups in the order asked: for checkpoint, spill and partial aggregate. nil: all of them.
	State(groups []uint32) ([]arrow.Array, error)
	// Result writes the groups' values in the order asked. nil: all of them.
	Result(groups []uint32) (arrow.Array, error)
	// Bytes is the memory held.
	Bytes() int64
	// Reset forgets all groups and keeps the memory.
	Reset()
	Release()
}

// Call is an aggregate resolved for its arguments' types: plain data, made into an Accumulator by each instance.
type Call struct {
	Name   string // "sum"; "count_distinct" of count(DISTINCT x): another name is another function
	Args   []types.Type
	Result types.Type
	State  []types.Type // of the columns that State writes
	New    func(memory.Allocator) Accumulator
}
