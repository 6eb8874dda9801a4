package exec

import (
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr"
	"millrace/flow"
)

// Filter passes on the rows for which Where is true: not those for which it is false or NULL.
//
// Of an update, whose two rows stand side by side in one batch, it may pass on one: it is then a Delete of the old row,
// or an Insert of the new one.
type Filter struct{ Where expr.Expr }

// Describe is the step in words.
func (s Filter) Describe() flow.Description {
	return flow.Description{Name: "Filter", Attrs: []flow.Attr{{Key: "where", Value: s.Where.String()}}}
}

// Open makes an instance.
func (s Filter) Open(tc *flow.TaskContext) (flow.Operator, error) {
	return &filter{where: s.Where, mem: tc.Mem, ctx: evalCtx(tc)}, nil
}

type filter struct {
	flow.Stateless
	where expr.Expr
	mem   memory.Allocator
	ctx   *expr.Ctx
	rows  []int32
}

func (f *filter) Process(_ int, b *flow.Batch, out flow.Emitter) error {
	mask, err := f.where.Eval(f.ctx, b.Rec)
	if err != nil {
		return err
	}
	f.rows = expr.Select(mask, f.rows[:0])
	mask.Release()
	switch len(f.rows) {
	case 0:
		return nil
	case b.Len():
		return flow.Forward(out, b)
	}
	return out.Emit(selected(f.mem, b, f.rows))
}

// selected is some rows of b, in their order.
func selected(mem memory.Allocator, b *flow.Batch, rows []int32) *flow.Batch {
	return &flow.Batch{
		Rec:   expr.TakeRecord(mem, b.Rec, rows),
		Ops:   selectedOps(b.Ops, rows),
		Marks: rowsOf(b.Marks, rows),
	}
}

// selectedOps is the ops of some rows, in their order, with what is left of updates.
func selectedOps(ops []flow.Op, rows []int32) []flow.Op {
	out := rowsOf(ops, rows)
	for i := range out {
		r := rows[i]
		switch {
		case out[i] == flow.UpdateBefore && int(r)+1 < len(ops) && ops[r+1] == flow.UpdateAfter && (i+1 == len(rows) || rows[i+1] != r+1):
			out[i] = flow.Delete
		case out[i] == flow.UpdateAfter && r > 0 && ops[r-1] == flow.UpdateBefore && (i == 0 || rows[i-1] != r-1):
			out[i] = flow.Insert
		}
	}
	return out
}
