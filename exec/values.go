package exec

import (
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/expr"
	"millrace/flow"
	"millrace/sqlerr"
	"millrace/types"
)

// Values gives constant rows. It has no input: it emits when it is told that its input has ended.
type Values struct {
	Rows [][]expr.Expr // that read no columns
	Out  types.Schema
}

// Describe is the step in words.
func (s Values) Describe() flow.Description {
	return flow.Description{Name: "Values", Attrs: []flow.Attr{{Key: "rows", Value: strconv.Itoa(len(s.Rows))}}}
}

// emittedTable is the table of a snapshot that says whether the rows are out.
const emittedTable = "emitted"

// Open makes the instance.
func (s Values) Open(tc *flow.TaskContext) (flow.Operator, error) {
	if err := alone("Values", tc); err != nil {
		return nil, err
	}
	for i, row := range s.Rows {
		if len(row) != len(s.Out) {
			return nil, sqlerr.New(sqlerr.Internal, 0, "row %d of Values has %d values for %d columns", i, len(row), len(s.Out))
		}
	}
	emitted, err := getNumber(tc, emittedTable)
	return &constants{Values: s, tc: tc, ctx: evalCtx(tc), emitted: emitted}, err
}

type constants struct {
	Values
	tc      *flow.TaskContext
	ctx     *expr.Ctx
	emitted int64 // 1 when the rows are out
}

func (v *constants) Process(int, *flow.Batch, flow.Emitter) error {
	return sqlerr.New(sqlerr.Internal, 0, "Values was given rows")
}

func (v *constants) Watermark(_ int, t flow.Time, out flow.Emitter) (flow.Time, error) {
	if t < flow.MaxTime {
		return flow.MinTime, nil
	}
	if v.emitted == 0 {
		v.emitted = 1
		for from := 0; from < len(v.Rows); from += flow.BatchRows {
			rec, err := v.record(v.Rows[from:min(from+flow.BatchRows, len(v.Rows))])
			if err != nil {
				return t, err
			}
			if err := out.Emit(&flow.Batch{Rec: rec}); err != nil {
				return t, err
			}
		}
	}
	return t, nil
}

// record evaluates rows one by one, over a row of no columns.
func (v *constants) record(rows [][]expr.Expr) (arrow.RecordBatch, error) {
	nothing := array.NewRecordBatch(arrow.NewSchema(nil, nil), nil, 1)
	defer nothing.Release()
	schema := v.Out.Arrow()
	recs := make([]arrow.RecordBatch, 0, len(rows))
	defer func() {
		for _, r := range recs {
			r.Release()
		}
	}()
	for _, row := range rows {
		rec, err := evalAll(v.ctx, row, schema, nothing)
		if err != nil {
			return nil, err
		}
		recs = append(recs, rec)
	}
	return concat(v.tc.Mem, recs)
}

func (v *constants) Snapshot(w flow.StateWriter) error {
	return putNumber(w, v.tc.Mem, emittedTable, v.emitted)
}

func (v *constants) Close() error { return nil }
