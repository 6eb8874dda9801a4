package exec

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/expr"
	"millrace/flow"
	"millrace/sqlerr"
	"millrace/types"
)

// Expand gives each batch once for each grouping set, with the keys that the set has and the number of the set. The
// columns of the input are shared, and the keys are computed once.
type Expand struct {
	Keys []expr.Expr
	Sets [][]bool     // which keys a set has
	Out  types.Schema // the input, the keys, the set
}

// Describe is the step in words.
func (s Expand) Describe() flow.Description {
	return flow.Description{Name: "Expand", Attrs: []flow.Attr{{Key: "sets", Value: fmt.Sprint(len(s.Sets))}}}
}

// Open makes an instance.
func (s Expand) Open(tc *flow.TaskContext) (flow.Operator, error) {
	for _, set := range s.Sets {
		if len(set) != len(s.Keys) {
			return nil, sqlerr.New(sqlerr.Internal, 0, "Expand has a set of %d keys of %d", len(set), len(s.Keys))
		}
	}
	return &expand{Expand: s, tc: tc, ctx: evalCtx(tc), schema: s.Out.Arrow()}, nil
}

type expand struct {
	flow.Stateless
	Expand
	tc     *flow.TaskContext
	ctx    *expr.Ctx
	schema *arrow.Schema
}

func (e *expand) Process(_ int, b *flow.Batch, out flow.Emitter) error {
	keys := make([]arrow.Array, 0, len(e.Keys))
	defer func() { release(keys) }()
	for _, k := range e.Keys {
		col, err := k.Eval(e.ctx, b.Rec)
		if err != nil {
			return err
		}
		keys = append(keys, col)
	}
	for id, set := range e.Sets {
		cols := make([]arrow.Array, 0, len(e.Out))
		for _, c := range b.Rec.Columns() {
			c.Retain()
			cols = append(cols, c)
		}
		for k, has := range set {
			if has {
				keys[k].Retain()
				cols = append(cols, keys[k])
			} else {
				cols = append(cols, array.MakeArrayOfNull(e.tc.Mem, keys[k].DataType(), b.Len()))
			}
		}
		cols = append(cols, repeated(e.tc, int32(id), b.Len()))
		if err := out.Emit(&flow.Batch{Rec: newRecord(e.schema, cols, b.Len()), Ops: b.Ops, Marks: b.Marks}); err != nil {
			return err
		}
	}
	return nil
}

// repeated is a column of one number.
func repeated(tc *flow.TaskContext, v int32, n int) arrow.Array {
	b := array.NewInt32Builder(tc.Mem)
	defer b.Release()
	b.Reserve(n)
	for range n {
		b.UnsafeAppend(v)
	}
	return b.NewArray()
}
