package agg

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr"
)

// Bound is an aggregate over the columns of a batch.
type Bound struct {
	Call
	Args   []int // positions of its arguments
	Filter int   // the position of a Boolean column; rows where it is not true do not count. -1: there is none
}

// Feeder hands rows of batches to accumulators, with filters applied. The zero value is ready; it is for one goroutine.
type Feeder struct {
	args   []arrow.Array
	rows   []int32
	groups []uint32
	sign   []int8
}

// Update puts row i of cols, the columns of a batch, into groups[i] of acc, which b.New made; see Accumulator.Update.
func (f *Feeder) Update(mem memory.Allocator, b *Bound, acc Accumulator, groups []uint32, cols []arrow.Array, sign []int8) error {
	f.args = f.args[:0]
	if b.Filter < 0 {
		for _, a := range b.Args {
			f.args = append(f.args, cols[a])
		}
		return acc.Update(groups, f.args, sign)
	}
	f.rows = expr.Select(cols[b.Filter], f.rows[:0])
	f.groups = sized(f.groups, len(f.rows))
	for i, r := range f.rows {
		f.groups[i] = groups[r]
	}
	if sign != nil {
		f.sign = sized(f.sign, len(f.rows))
		for i, r := range f.rows {
			f.sign[i] = sign[r]
		}
		sign = f.sign
	}
	for _, a := range b.Args {
		arg := expr.Take(mem, cols[a], f.rows)
		defer arg.Release()
		f.args = append(f.args, arg)
	}
	return acc.Update(f.groups, f.args, sign)
}
