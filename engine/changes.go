package engine

import (
	"context"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/checkpoint"
	"millrace/flow"
	"millrace/planner"
	"millrace/sources"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// changesEvery is how often a query with EMIT CHANGES gives what has become of its groups.
const changesEvery = 100 * time.Millisecond

// opColumn is the column in front of rows that are changes.
const opColumn = "op"

// changes plans SELECT … EMIT CHANGES.
func (s *Session) changes(ctx context.Context, q *sql.Query) (*Result, error) {
	env := s.env()
	env.Changes = true
	plan, err := env.Query(ctx, q)
	if err == nil {
		err = plan.CheckMode(false)
	}
	if err != nil {
		return nil, err
	}
	return s.changesOf(ctx, plan), nil
}

// changesOf runs a plan that gives changes.
func (s *Session) changesOf(ctx context.Context, plan *planner.Plan) *Result {
	schema := withOpColumn(plan.Schema)
	out := schema.Arrow()
	settings := *s.settings // as they are now
	return &Result{Tag: "SELECT", Schema: schema, Changes: true, Notices: s.engine.views.fresh(ctx, plan), each: func(ctx context.Context, fn func(*flow.Batch) error) error {
		return s.engine.runQuery(ctx, &settings, plan, false, func(b *flow.Batch) error {
			rec := withOps(out, b)
			defer rec.Release()
			return fn(&flow.Batch{Rec: rec})
		})
	}}
}

// withOpColumn is the columns of rows with those of their changes.
func withOpColumn(s types.Schema) types.Schema {
	return append(types.Schema{{Name: opColumn, Type: types.Of(types.Text)}}, s...)
}

// givesChanges reports whether a query's rows are changes.
func givesChanges(q *sql.Query) bool { return q.Emit != nil && q.Emit.Mode == sql.OnChange }

// withOps is the rows of a batch with their ops as the first column.
func withOps(schema *arrow.Schema, b *flow.Batch) arrow.RecordBatch {
	ops := array.NewStringBuilder(memory.DefaultAllocator)
	defer ops.Release()
	ops.Reserve(b.Len())
	for i := range b.Len() {
		op := flow.Insert
		if b.Ops != nil {
			op = b.Ops[i]
		}
		ops.Append(op.String())
	}
	col := ops.NewArray()
	defer col.Release()
	return array.NewRecordBatch(schema, append([]arrow.Array{col}, b.Rec.Columns()...), int64(b.Len()))
}

// subscribe is SELECT * FROM name EMIT CHANGES of a table that millrace keeps, with or without the rows that are there.
func (s *Session) subscribe(ctx context.Context, st *sql.Subscribe) (*Result, error) {
	latest := false
	for _, o := range st.Options {
		if o.Key.Text != "snapshot" {
			err := sqlerr.New(sqlerr.InvalidParameterValue, o.Key.Pos(), "SUBSCRIBE has no option %q", o.Key.Text)
			err.Hint = sqlerr.Suggest(o.Key.Text, []string{"snapshot"})
			return nil, err
		}
		switch o.Value.Text {
		case "true", "on":
		case "false", "off":
			latest = true
		default:
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, o.Value.Pos(), "option \"snapshot\": %q is neither 'true' nor 'false'", o.Value.Text)
		}
	}
	if t, err := s.catalog().Table(ctx, planner.TableName(st.Name)); err != nil || !t.Embedded() {
		if err == nil || s.catalog().View(ctx, planner.TableName(st.Name)) != nil {
			err = sqlerr.New(sqlerr.WrongObjectType, 0, "%q is neither a materialized view nor a table that millrace keeps", planner.TableName(st.Name).String()).
				WithHint("Write SELECT … FROM %s EMIT CHANGES.", planner.TableName(st.Name).String())
		}
		return nil, place(err, st.Name.Pos())
	}
	env := s.env()
	env.Changes = true
	plan, err := env.Query(ctx, sql.SelectAll(st.Name))
	if err != nil {
		return nil, err
	}
	for n := plan.Root; ; n = n.Inputs[0].From {
		if scan, ok := n.Spec.(*sources.Scan); ok {
			scan.Latest = latest
			break
		}
	}
	return s.changesOf(ctx, plan), nil
}

// nowhere is a checkpoint store that keeps nothing: what is barriers alone goes through it.
type nowhere struct{}

func (nowhere) Load() (*checkpoint.Checkpoint, []string, error)      { return nil, nil, nil }
func (nowhere) Save(*checkpoint.Manifest, []checkpoint.Record) error { return nil }
func (nowhere) Close() error                                         { return nil }
