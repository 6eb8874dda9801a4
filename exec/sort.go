package exec

import (
	"errors"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/flow"
)

// Sort gives all rows in order when the input has ended; rows that are equal in it stay as they came. It has one
// instance. Rows that do not fit into memory go to disk in sorted runs, which are merged at the end.
type Sort struct{ By []Order }

// Describe is the step in words.
func (s Sort) Describe() flow.Description {
	return flow.Description{Name: "Sort", Attrs: []flow.Attr{orderAttr(s.By)}}
}

// Open makes the instance. It fails where a type has no order.
func (s Sort) Open(tc *flow.TaskContext) (flow.Operator, error) {
	if err := alone("Sort", tc); err != nil {
		return nil, err
	}
	keys, err := newOrderKeys(s.By, evalCtx(tc))
	if err != nil {
		return nil, err
	}
	o := &sorter{keys: keys, rows: keptRows{mem: tc.Mem}, account: account{tc: tc, name: "ORDER BY"}}
	if tc.State != nil {
		if err := tc.State.Scan(rowsTable, o.keep); err != nil {
			_ = o.Close() // the error of Scan says more
			return nil, err
		}
	}
	return o, nil
}

type sorter struct {
	account
	keys  *orderKeys
	rows  keptRows
	runs  sortedRuns
	refs  []ref // of all rows in order, when the input has ended
	ended bool
}

func (o *sorter) Process(_ int, b *flow.Batch, _ flow.Emitter) error {
	if !appendOnly(b.Ops) {
		return noUpdates("ORDER BY")
	}
	return o.keep(b.Rec)
}

func (o *sorter) keep(rec arrow.RecordBatch) error {
	if rec.NumRows() == 0 {
		return nil
	}
	keys, err := o.keys.encode(rec)
	if err != nil {
		return err
	}
	if err := o.rows.add(rec, keys); err != nil {
		return err
	}
	fits, err := o.fits(o.rows.size+refBytes*o.rows.n, o.rows.n) // sorting takes a reference a row
	if err != nil || fits {
		return err
	}
	return o.spill()
}

// spill writes the rows that are kept to disk, in order.
func (o *sorter) spill() error {
	if err := o.runs.add(o.tc, &o.rows, o.rows.sorted()); err != nil {
		return err
	}
	o.rows.clear()
	return o.hold(0, 0)
}

// Resume gives some of the rows when the input has ended.
func (o *sorter) Resume(ended bool, out flow.Emitter) (bool, error) {
	if !ended {
		return false, nil
	}
	if !o.ended {
		o.ended = true
		if len(o.runs.files) == 0 {
			o.refs = o.rows.sorted()
		} else if err := o.endRuns(); err != nil {
			return true, err
		}
		return true, nil
	}
	if len(o.runs.files) > 0 {
		return o.runs.emit(out)
	}
	if len(o.refs) == 0 {
		return false, nil
	}
	n := min(len(o.refs), chunks*flow.BatchRows)
	err := o.rows.emit(o.refs[:n], out)
	o.refs = o.refs[n:]
	return true, err
}

// endRuns writes the last run and begins to merge.
func (o *sorter) endRuns() error {
	if o.rows.n > 0 {
		if err := o.spill(); err != nil {
			return err
		}
	}
	return o.runs.begin(o.runs.schema)
}

// Watermark holds the output's back until the rows are out.
func (o *sorter) Watermark(_ int, t flow.Time, out flow.Emitter) (flow.Time, error) {
	if t < flow.MaxTime {
		return flow.MinTime, nil
	}
	for more := true; more; {
		var err error
		if more, err = o.Resume(true, out); err != nil {
			return t, err
		}
	}
	o.rows.clear()
	return t, errors.Join(o.runs.close(), o.hold(0, 0))
}

func (o *sorter) Snapshot(w flow.StateWriter) error { return o.rows.snapshot(w) }

func (o *sorter) Close() error {
	o.rows.clear()
	o.close()
	return o.runs.close()
}
