// Package exec holds the operators that know nothing of windows: filter, project, limit, sort, union, distinct and the
// hash aggregate. Each is a plain spec, made by the planner, whose Open gives an instance for one task.
package exec

import (
	"errors"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr"
	"millrace/flow"
	"millrace/sqlerr"
)

// evalCtx is what expressions of one instance are evaluated with.
func evalCtx(tc *flow.TaskContext) *expr.Ctx {
	now := int64(tc.Now)
	if now == 0 {
		now = time.Now().UnixMicro()
	}
	return &expr.Ctx{Context: tc.Context, Mem: tc.Mem, Now: now}
}

// account keeps the budget and the metrics at what an operator holds.
type account struct {
	tc   *flow.TaskContext
	name string // of the operator
	held int64

	spilled bool // once, because of SpillEarly
}

// hold reserves what bytes are more than before, or gives back what they are less.
func (a *account) hold(bytes, rows int64) error {
	if more := bytes - a.held; more > 0 {
		if err := a.tc.Budget.Reserve(more); err != nil {
			return outOfMemory(a.name, err)
		}
	} else {
		a.tc.Budget.Release(-more)
	}
	a.held = bytes
	a.tc.Metrics.State(bytes, rows)
	return nil
}

// fits is hold, but where there is no room and rows may go to disk it reports that instead of an error.
func (a *account) fits(bytes, rows int64) (bool, error) {
	if a.tc.SpillEarly && a.tc.Spill != nil && !a.spilled {
		a.spilled = true
		return false, nil
	}
	err := a.hold(bytes, rows)
	if err != nil && a.tc.Spill != nil {
		return false, nil
	}
	return err == nil, err
}

// close gives everything back.
func (a *account) close() {
	a.tc.Budget.Release(a.held)
	a.held = 0
}

func outOfMemory(name string, cause error) error {
	err := sqlerr.New(sqlerr.OutOfMemory, 0, "%s needs more memory than memory_limit allows", name).
		WithDetail("%s", cause.Error()).
		WithHint("Raise memory_limit, or give it fewer rows or keys to keep.").
		Because(cause)
	var known *sqlerr.Error
	if errors.As(cause, &known) && known.Hint != "" {
		err.Hint = known.Hint
	}
	return err
}

// isOutOfMemory reports whether an error is that of the memory limit.
func isOutOfMemory(err error) bool {
	var e *sqlerr.Error
	return errors.As(err, &e) && e.Code == sqlerr.OutOfMemory
}

// appendOnly reports whether every row is an insert.
func appendOnly(ops []flow.Op) bool {
	for _, o := range ops {
		if o != flow.Insert {
			return false
		}
	}
	return true
}

// noUpdates is the error of an operator that cannot take rows back.
func noUpdates(name string) error {
	return sqlerr.Unsupported(0, name+" over rows that are updated or deleted",
		"Let it work on rows that are only inserted, such as those of a table that is append-only.")
}

// signs says how often each row counts: 1, or -1 where it is taken back. nil: all 1.
func signs(ops []flow.Op, into []int8) []int8 {
	if appendOnly(ops) {
		return nil
	}
	into = into[:0]
	for _, o := range ops {
		s := int8(1)
		if o == flow.UpdateBefore || o == flow.Delete {
			s = -1
		}
		into = append(into, s)
	}
	return into
}

// alone fails where an operator that needs all rows is one of several instances: a bug of the planner.
func alone(name string, tc *flow.TaskContext) error {
	if tc.Parallelism != 1 {
		return sqlerr.New(sqlerr.Internal, 0, "%s is one of %d instances", name, tc.Parallelism)
	}
	return nil
}

// oneGroup is the key group of the state that has no key.
const oneGroup = 0

// putNumber writes a number as a table of one row.
func putNumber(w flow.StateWriter, mem memory.Allocator, table string, n int64) error {
	b := array.NewInt64Builder(mem)
	defer b.Release()
	b.Append(n)
	rec := newRecord(numberSchema(table), []arrow.Array{b.NewArray()}, 1)
	defer rec.Release()
	return w.Put(table, oneGroup, rec)
}

// getNumber reads it; 0 where it is not there.
func getNumber(tc *flow.TaskContext, table string) (n int64, err error) {
	if tc.State == nil {
		return 0, nil
	}
	err = tc.State.Scan(table, func(rec arrow.RecordBatch) error {
		n = rec.Column(0).(*array.Int64).Value(0)
		return nil
	})
	return n, err
}

func numberSchema(name string) *arrow.Schema {
	return arrow.NewSchema([]arrow.Field{{Name: name, Type: arrow.PrimitiveTypes.Int64}}, nil)
}

// newRecord makes columns, which it takes over, a record of n rows.
func newRecord(schema *arrow.Schema, cols []arrow.Array, n int) arrow.RecordBatch {
	rec := array.NewRecordBatch(schema, cols, int64(n))
	release(cols)
	return rec
}

func release(cols []arrow.Array) {
	for _, c := range cols {
		c.Release()
	}
}

// concat puts records of one schema one behind the other.
func concat(mem memory.Allocator, recs []arrow.RecordBatch) (arrow.RecordBatch, error) {
	if len(recs) == 1 {
		recs[0].Retain()
		return recs[0], nil
	}
	n := 0
	for _, r := range recs {
		n += int(r.NumRows())
	}
	var cols []arrow.Array
	for c := range int(recs[0].NumCols()) {
		pieces := make([]arrow.Array, len(recs))
		for i, r := range recs {
			pieces[i] = r.Column(c)
		}
		col, err := array.Concatenate(pieces, mem)
		if err != nil {
			release(cols)
			return nil, err
		}
		cols = append(cols, col)
	}
	return newRecord(recs[0].Schema(), cols, n), nil
}

// rowsOf is the part of a slice that has an element a row, or nil, for some rows.
func rowsOf[T any](vals []T, rows []int32) []T {
	if vals == nil {
		return nil
	}
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = vals[r]
	}
	return out
}
