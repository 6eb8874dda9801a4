// Package over holds the window functions: what is computed of whole columns of rows that are sorted and cut into
// partitions.
package over

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr/agg"
	"millrace/sqlerr"
	"millrace/types"
)

// Call is a window function resolved for its arguments' types: plain data.
type Call struct {
	Name        string
	Args        []types.Type
	Result      types.Type
	Frame       Frame // of a function that looks at one
	IgnoreNulls bool
	At          sqlerr.Pos

	aggregate *agg.Call // nil: eval computes it
	eval      func(*Input) (arrow.Array, error)
}

// Input is the rows of whole partitions, sorted, with what a call reads of them.
type Input struct {
	Mem    memory.Allocator
	Args   []arrow.Array
	Filter arrow.Array // Boolean: an aggregate counts only the rows where it is true. nil: all rows
	Parts  []int32     // where each partition starts, and the end of the last
	Peers  []int32     // the same of peers, the rows of a partition that its order does not tell apart
	Range  *RangeKeys  // of a RANGE frame with offsets

	call   *Call
	frames *frames
}

// Equal reports whether two calls are the same but for where their arguments come from.
func (c Call) Equal(d Call) bool {
	if c.Name != d.Name || !c.Result.Equal(d.Result) || c.Frame != d.Frame || c.IgnoreNulls != d.IgnoreNulls || (c.aggregate == nil) != (d.aggregate == nil) {
		return false
	}
	return c.aggregate == nil || c.aggregate.Equal(*d.aggregate)
}

func (in *Input) rows() int { return int(in.Parts[len(in.Parts)-1]) }

// Eval computes the call for each row; the caller releases the values. An error of a value is a *sqlerr.Error with the
// place of the call.
func (c *Call) Eval(in *Input) (arrow.Array, error) {
	in.call = c
	if c.aggregate != nil {
		return evalAggregate(in)
	}
	return c.eval(in)
}

// TakesFrame reports whether the function looks at the frame; others look at the partition.
func (c *Call) TakesFrame() bool {
	switch c.Name {
	case "first_value", "last_value", "nth_value":
		return true
	}
	return c.aggregate != nil
}

// Ranks reports whether the call numbers rows by those before them alone, so that what is behind a row does not count.
func (c *Call) Ranks() bool {
	switch c.Name {
	case "row_number", "rank", "dense_rank":
		return true
	}
	return false
}
