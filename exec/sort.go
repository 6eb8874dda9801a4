package exec

import (
	"github.com/apache/arrow-go/v18/arrow"

	"millrace/flow"
)

// Sort gives all rows in order when the input has ended; rows that are equal in it stay as they came. It has one
// instance and keeps all rows in memory.
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
	keys *orderKeys
	rows keptRows
}

func (o *sorter) Process(_ int, b *flow.Batch, _ flow.Emitter) error {
	if !appendOnly(b.Ops) {
		return noUpdates("ORDER BY")
	}
	return o.keep(b.Rec)
}

func (o *sorter) keep(rec arrow.RecordBatch) error {
	keys, err := o.keys.encode(rec)
	if err != nil {
		return err
	}
	if err := o.rows.add(rec, keys); err != nil {
		return err
	}
	return o.hold(o.rows.size+refBytes*o.rows.n, o.rows.n) // sorting takes a reference a row
}

// Watermark holds the output's back until the rows are out.
func (o *sorter) Watermark(_ int, t flow.Time, out flow.Emitter) (flow.Time, error) {
	if t < flow.MaxTime {
		return flow.MinTime, nil
	}
	if err := o.rows.emit(o.rows.sorted(), out); err != nil {
		return t, err
	}
	o.rows.clear()
	return t, o.hold(0, 0)
}

func (o *sorter) Snapshot(w flow.StateWriter) error { return o.rows.snapshot(w) }

func (o *sorter) Close() error {
	o.rows.clear()
	o.close()
	return nil
}
