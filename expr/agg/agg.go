// Package agg holds the aggregate functions: accumulators over dense group ids.
package agg

import (
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/types"
)

// Accumulator keeps group g at index g of its slices. Ids are dense, given by the caller.
//
// What its users rely on, besides GROUP BY those that have windows over rows and those that spill:
//   - Result and State change nothing: more rows may be put in afterwards, and the same groups asked again.
//   - Rows, and states, count as coming in the order in which they are given, for what depends on it (array_agg, first).
//   - A group that Grow has made and no row was put into has the result of no rows: 0 of a count, else NULL.
//   - State → Merge loses nothing, into a group of any number; the state of a group without rows changes nothing.
//   - Where Call.Retracts says so, a row put in with sign -1 undoes one with +1, also if it comes first, or in another
//     state that is merged. An aggregate of which that is not said fails for such a row with 0A000, and has then put
//     nothing in.
//   - Arrays that are given are only read during the call; arrays that are returned are the caller's to release.
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

	// Retracts: Update takes back rows, which sign says. Else it fails for them, with 0A000, so that a plan over rows that
	// are updated or deleted is better refused.
	Retracts bool
	// What else was in the call, for EXPLAIN, and to tell it from another of this name and these arguments.
	OrderBy   []Order
	Extra     int // so many of Args, the last ones, are only there to order by
	Within    bool
	Fractions Fractions

	collect *collectSpec // of one that keeps its rows
}

// Equal reports whether two calls are the same but for where their arguments come from.
func (c Call) Equal(o Call) bool {
	return c.Name == o.Name && c.Result.Equal(o.Result) && slices.Equal(c.OrderBy, o.OrderBy) && c.Extra == o.Extra &&
		c.Fractions.Array == o.Fractions.Array &&
		slices.EqualFunc(c.Fractions.Values, o.Fractions.Values, func(a, b float64) bool { return a == b || a != a && b != b })
}

// Signature is the call as SQL has it, its arguments by these names.
func (c Call) Signature(args []string) string {
	by := make([]string, len(c.OrderBy))
	for i, o := range c.OrderBy {
		by[i] = args[o.Arg]
		if o.Desc {
			by[i] += " DESC"
		}
		if o.NullsFirst != o.Desc { // not the default of its direction
			by[i] += map[bool]string{true: " NULLS FIRST", false: " NULLS LAST"}[o.NullsFirst]
		}
	}
	order := ""
	if len(by) > 0 {
		order = "ORDER BY " + strings.Join(by, ", ")
	}
	if c.Within {
		return c.Name + "(" + c.Fractions.String() + ") WITHIN GROUP (" + order + ")"
	}
	args = args[:len(args)-c.Extra]
	if f := c.Fractions.String(); f != "" {
		args = append(args, f)
	}
	text := strings.Join(args, ", ")
	if len(args) == 0 {
		text = "*"
	}
	if order != "" {
		text += " " + order
	}
	return c.Name + "(" + text + ")"
}

// String is the constant as SQL has it; empty where there is none.
func (f Fractions) String() string {
	parts := make([]string, len(f.Values))
	for i, v := range f.Values {
		parts[i] = strconv.FormatFloat(v, 'g', -1, 64)
		if v != v {
			parts[i] = "NULL"
		}
	}
	text := strings.Join(parts, ", ")
	if f.Array {
		return "ARRAY[" + text + "]"
	}
	return text
}
