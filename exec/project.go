package exec

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/expr"
	"millrace/flow"
	"millrace/sqlerr"
	"millrace/types"
)

// Project computes a row out of each row.
type Project struct {
	Exprs []expr.Expr
	Out   types.Schema // of the values of Exprs
}

// Describe is the step in words.
func (s Project) Describe() flow.Description {
	parts := make([]string, len(s.Exprs))
	for i, e := range s.Exprs {
		parts[i] = e.String()
		if i < len(s.Out) && s.Out[i].Name != parts[i] {
			parts[i] += " AS " + s.Out[i].Name
		}
	}
	return flow.Description{Name: "Project", Attrs: []flow.Attr{{Key: "columns", Value: "[" + strings.Join(parts, ", ") + "]"}}}
}

// Open makes an instance.
func (s Project) Open(tc *flow.TaskContext) (flow.Operator, error) {
	if len(s.Exprs) != len(s.Out) {
		return nil, sqlerr.New(sqlerr.Internal, 0, "Project has %d expressions for %d columns", len(s.Exprs), len(s.Out))
	}
	return &project{exprs: s.Exprs, schema: s.Out.Arrow(), ctx: evalCtx(tc)}, nil
}

type project struct {
	flow.Stateless
	exprs  []expr.Expr
	schema *arrow.Schema
	ctx    *expr.Ctx
}

func (p *project) Process(_ int, b *flow.Batch, out flow.Emitter) error {
	rec, err := evalAll(p.ctx, p.exprs, p.schema, b.Rec)
	if err != nil {
		return err
	}
	return out.Emit(&flow.Batch{Rec: rec, Ops: b.Ops, Marks: b.Marks})
}

// evalAll makes the values of expressions over rec a record.
func evalAll(ctx *expr.Ctx, exprs []expr.Expr, schema *arrow.Schema, rec arrow.RecordBatch) (arrow.RecordBatch, error) {
	cols := make([]arrow.Array, 0, len(exprs))
	for _, e := range exprs {
		col, err := e.Eval(ctx, rec)
		if err != nil {
			release(cols)
			return nil, err
		}
		cols = append(cols, col)
	}
	return newRecord(schema, cols, int(rec.NumRows())), nil
}
