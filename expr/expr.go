// Package expr holds typed expressions over the columns of a batch: bound, resolved to kernels once, and evaluated a
// batch at a time.
package expr

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

// Expr is typed, its columns are positions and its functions are kernels: nothing is looked up when it runs. It is
// not changed once made, and one Expr may be evaluated by several tasks at once.
type Expr interface {
	Type() types.Type
	Pos() sqlerr.Pos
	Inputs() []Expr
	// WithInputs is the same expression over other inputs of the same types.
	WithInputs([]Expr) Expr
	// Eval gives one value a row; the caller releases it. An error of a value (overflow, division by zero, a cast
	// that fails) is a *sqlerr.Error with the place of the expression, and its message names the value.
	Eval(*Ctx, arrow.RecordBatch) (arrow.Array, error)
	String() string // SQL, for EXPLAIN and for pushing down
}

// Ctx is what an evaluation gets from its task.
type Ctx struct {
	Context context.Context // of the task: what waits ends with it; nil: nothing ends it
	Mem     memory.Allocator
	Now     int64 // microseconds since the epoch: the time of the statement, the same for all its rows
}
