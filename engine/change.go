package engine

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/expr"
	"millrace/flow"
	"millrace/internal/embedded"
	"millrace/planner"
	"millrace/sql"
	"millrace/sqlerr"
)

// Once reports whether an INSERT is a statement that ends by itself into a table that millrace keeps: it then is one
// transaction, and no job.
func (s *Session) Once(ctx context.Context, ins *sql.Insert) (bool, error) {
	t, err := s.catalog().Table(ctx, planner.TableName(ins.Table))
	if err != nil {
		return false, place(err, ins.Table.Pos())
	}
	if !t.Embedded() {
		return false, nil
	}
	env := s.env()
	env.Batch, env.Snapshots = s.settings.Mode == "batch", s.settings.Mode == "auto"
	if env.Batch || ins.Query == nil {
		return true, nil
	}
	endless, err := env.Endless(ctx, ins.Query)
	return !endless, err
}

// insert runs an INSERT to its end.
func (s *Session) insert(ctx context.Context, ins *sql.Insert) (*Result, error) {
	if err := untouchable(ins.Table); err != nil {
		return nil, err
	}
	once, err := s.Once(ctx, ins)
	if err != nil {
		return nil, err
	}
	if once {
		return s.change(ctx, ins)
	}
	job, err := s.Job("insert", []*sql.Insert{ins})
	if err != nil {
		return nil, err
	}
	if s.engine.cfg.Jobs && !job.Batch() {
		return s.insertJob(ctx, ins)
	}
	if err := job.Start(ctx, JobOptions{}); err != nil {
		return nil, err
	}
	return &Result{Tag: "INSERT"}, job.Wait()
}

func (s *Session) planChange(ctx context.Context, st sql.Statement) (*planner.Plan, error) {
	env := s.env()
	env.Batch = true
	c, err := env.Change(ctx, st)
	if err != nil {
		return nil, err
	}
	return c.Plan, nil
}

// gather begins a statement that writes to a table.
func (e *Engine) gather(t *catalog.Table) (*embedded.Gathered, error) {
	store, err := e.tables()
	if err != nil {
		return nil, err
	}
	table, err := store.Table(t)
	if err != nil {
		return nil, err
	}
	return table.Gather(), nil
}

// begin waits for its turn to write to a table.
func (e *Engine) begin(ctx context.Context, t *catalog.Table) (*embedded.Write, error) {
	g, err := e.gather(t)
	if err != nil {
		return nil, err
	}
	return g.Begin(ctx)
}

// change runs a statement that changes a table which millrace keeps: all of it is on disk when it returns, or none.
func (s *Session) change(ctx context.Context, st sql.Statement) (*Result, error) {
	env := s.env()
	env.Batch = true
	c, err := env.Change(ctx, st)
	if err != nil {
		return nil, err
	}
	notices := s.engine.views.fresh(ctx, c.Plan)
	g, err := s.engine.gather(c.Table)
	if err != nil {
		return nil, err
	}
	x := &changing{change: c, insert: g.Insert, ctx: &expr.Ctx{Mem: memory.DefaultAllocator, Now: env.Now}}
	sent := s.fed != nil // by a client, for as long as it likes: others may write until all is there
	if !sent {
		if x.write, err = g.Begin(ctx); err != nil {
			return nil, err
		}
		defer x.write.Rollback()
	}
	if err := s.engine.runQuery(ctx, s.settings, c.Plan, true, x.take); err != nil {
		return nil, err
	}
	if sent {
		if x.write, err = g.Begin(ctx); err != nil {
			return nil, err
		}
		defer x.write.Rollback()
	}
	w := x.write
	if err := w.Check(x.onConflict()); err != nil {
		return nil, place(err, st.Pos())
	}
	if err := x.written(); err != nil {
		return nil, err
	}
	if err := w.Commit(); err != nil {
		return nil, err
	}
	notices = append(notices, s.engine.views.follow(ctx, c.Table)...)
	r := &Result{Tag: fmt.Sprintf("%s %d", c.Verb, x.rows), Notices: notices}
	if c.Verb == "INSERT" {
		r.Tag = fmt.Sprintf("INSERT 0 %d", x.rows)
	}
	if c.Returning != nil {
		r.Schema, r.each = c.Returns, x.each
	}
	return r, nil
}

// changing is such a statement while it runs.
type changing struct {
	change   *planner.Change
	insert   func(cols []arrow.Array, n int) error
	write    *embedded.Write // once it has its turn
	ctx      *expr.Ctx
	rows     int64
	returned []arrow.RecordBatch
}

// take hands rows of the plan to the write.
func (x *changing) take(b *flow.Batch) error {
	cols, n := b.Rec.Columns(), b.Len()
	switch x.change.Verb {
	case "INSERT":
		return x.insert(cols, n)
	case "UPDATE":
		return x.write.Update(cols[0], cols[1:], n)
	}
	x.rows += int64(n)
	if err := x.write.Delete(cols[0], n); err != nil {
		return err
	}
	return x.returning(cols[1:], n)
}

// written counts what was inserted or updated, and makes what is returned of it.
func (x *changing) written() error {
	if x.change.Verb == "DELETE" {
		return nil
	}
	x.rows = x.write.Written()
	if x.change.Returning == nil {
		return nil
	}
	return x.write.Rows(x.returning)
}

// returning evaluates RETURNING over stored columns.
func (x *changing) returning(cols []arrow.Array, n int) error {
	if x.change.Returning == nil {
		return nil
	}
	rec := record(cols, n)
	defer rec.Release()
	out, err := evalAll(x.ctx, x.change.Returning, rec)
	if err != nil {
		return err
	}
	x.returned = append(x.returned, array.NewRecordBatch(x.change.Returns.Arrow(), out, int64(n)))
	release(out)
	return nil
}

// each gives what the statement returns.
func (x *changing) each(_ context.Context, fn func(*flow.Batch) error) error {
	for _, rec := range x.returned {
		if err := fn(&flow.Batch{Rec: rec}); err != nil {
			return err
		}
	}
	return nil
}

// onConflict is what ON CONFLICT says.
func (x *changing) onConflict() embedded.OnConflict {
	c := x.change.Conflict
	switch {
	case c == nil:
		return embedded.OnConflict{}
	case c.Set == nil:
		return embedded.OnConflict{Nothing: true}
	}
	return embedded.OnConflict{Update: func(there, proposed []arrow.Array, n int) ([]arrow.Array, []bool, error) {
		rec := record(append(append([]arrow.Array(nil), there...), proposed...), n)
		defer rec.Release()
		keep := make([]bool, n)
		if c.Where != nil {
			mask, err := c.Where.Eval(x.ctx, rec)
			if err != nil {
				return nil, nil, err
			}
			defer mask.Release()
			for i := range keep {
				keep[i] = true
			}
			for _, i := range expr.Select(mask, nil) {
				keep[i] = false
			}
		}
		// SET is not evaluated for rows that stay
		rows := make([]int32, 0, n)
		for i := range keep {
			if !keep[i] {
				rows = append(rows, int32(i))
			}
		}
		some := expr.TakeRecord(x.ctx.Mem, rec, rows)
		defer some.Release()
		set, err := evalAll(x.ctx, c.Set, some)
		if err != nil {
			return nil, nil, err
		}
		if len(rows) == n {
			return set, keep, nil
		}
		defer release(set)
		at := make([]int32, n) // where row i is among those that are set; those that stay take any
		k := int32(0)
		for i := range keep {
			if !keep[i] {
				at[i] = k
				k++
			}
		}
		if len(rows) == 0 {
			out := make([]arrow.Array, len(there))
			for i := range out {
				out[i] = there[i]
				out[i].Retain()
			}
			return out, keep, nil
		}
		out := make([]arrow.Array, len(set))
		for i := range out {
			out[i] = expr.Take(x.ctx.Mem, set[i], at)
		}
		return out, keep, nil
	}}
}

// record makes a record of columns.
func record(cols []arrow.Array, n int) arrow.RecordBatch {
	fields := make([]arrow.Field, len(cols))
	for i, c := range cols {
		fields[i] = arrow.Field{Name: fmt.Sprint(i), Type: c.DataType(), Nullable: true}
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), cols, int64(n))
}

// evalAll evaluates expressions; the caller releases what they give.
func evalAll(ctx *expr.Ctx, exprs []expr.Expr, rec arrow.RecordBatch) ([]arrow.Array, error) {
	var out []arrow.Array
	for _, e := range exprs {
		col, err := e.Eval(ctx, rec)
		if err != nil {
			release(out)
			return nil, err
		}
		out = append(out, col)
	}
	return out, nil
}

func release(cols []arrow.Array) {
	for _, c := range cols {
		c.Release()
	}
}

// truncate removes all rows of a table.
func (s *Session) truncate(ctx context.Context, st *sql.Truncate) (*Result, error) {
	if err := untouchable(st.Table); err != nil {
		return nil, err
	}
	t, err := s.catalog().Table(ctx, planner.TableName(st.Table))
	if err != nil {
		return nil, place(err, st.Table.Pos())
	}
	switch {
	case !t.Embedded():
		return nil, sqlerr.Unsupported(st.Pos(), "TRUNCATE of a table of connector '"+t.Connector()+"'", "")
	case t.Materialized():
		return nil, sqlerr.New(sqlerr.WrongObjectType, st.Table.Pos(), "cannot change materialized view %q", t.Name.String()).
			WithHint("Its rows are what its query gives: change the tables that it reads.")
	case t.AppendOnly:
		return nil, sqlerr.New(sqlerr.ObjectNotInPrereqState, st.Table.Pos(), "table %q is APPEND ONLY: its rows do not change", t.Name.String()).
			WithHint("DROP TABLE it and create it again.")
	}
	w, err := s.engine.begin(ctx, t)
	if err != nil {
		return nil, err
	}
	defer w.Rollback()
	if err := w.Truncate(); err != nil {
		return nil, err
	}
	return &Result{Tag: "TRUNCATE TABLE", Notices: s.engine.views.follow(ctx, t)}, nil
}
