package exec

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/expr/agg"
	"millrace/flow"
	"millrace/types"
)

// EmptyGroups passes on the rows of an aggregate over grouping sets, and where there are none gives a row for each set
// without keys. It has one instance.
type EmptyGroups struct {
	Keys int         // columns before the results; the last of them is the number of the set
	Aggs []agg.Bound // whose results over no rows are given
	Sets []int       // those without keys
	Out  types.Schema
}

// Describe is the step in words.
func (s EmptyGroups) Describe() flow.Description { return flow.Description{Name: "EmptyGroups"} }

// Open makes the instance.
func (s EmptyGroups) Open(tc *flow.TaskContext) (flow.Operator, error) {
	if err := alone("EmptyGroups", tc); err != nil {
		return nil, err
	}
	seen, err := getNumber(tc, seenTable)
	return &emptyGroups{EmptyGroups: s, tc: tc, seen: seen}, err
}

type emptyGroups struct {
	EmptyGroups
	tc   *flow.TaskContext
	seen int64 // 1 when there was a row
}

func (e *emptyGroups) Process(_ int, b *flow.Batch, out flow.Emitter) error {
	if b.Len() > 0 {
		e.seen = 1
	}
	return flow.Forward(out, b)
}

func (e *emptyGroups) Watermark(_ int, t flow.Time, out flow.Emitter) (flow.Time, error) {
	if t < flow.MaxTime || e.seen != 0 {
		return t, nil
	}
	e.seen = 1
	rec, err := e.rows()
	if err != nil {
		return t, err
	}
	return t, out.Emit(&flow.Batch{Rec: rec})
}

func (e *emptyGroups) rows() (arrow.RecordBatch, error) {
	n := len(e.Sets)
	var cols []arrow.Array
	for _, c := range e.Out[:e.Keys-1] {
		cols = append(cols, array.MakeArrayOfNull(e.tc.Mem, c.Type.Arrow(), n))
	}
	ids := array.NewInt32Builder(e.tc.Mem)
	defer ids.Release()
	for _, s := range e.Sets {
		ids.Append(int32(s))
	}
	cols = append(cols, ids.NewArray())
	for i := range e.Aggs {
		acc := e.Aggs[i].New(e.tc.Mem)
		acc.Grow(n)
		groups := make([]uint32, n)
		for g := range groups {
			groups[g] = uint32(g)
		}
		col, err := acc.Result(groups)
		acc.Release()
		if err != nil {
			release(cols)
			return nil, err
		}
		cols = append(cols, col)
	}
	return newRecord(e.Out.Arrow(), cols, n), nil
}

func (e *emptyGroups) Snapshot(w flow.StateWriter) error {
	return putNumber(w, e.tc.Mem, seenTable, e.seen)
}

func (e *emptyGroups) Close() error { return nil }
