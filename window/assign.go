package window

import (
	"github.com/apache/arrow-go/v18/arrow"

	"millrace/expr"
	"millrace/flow"
	"millrace/types"
)

// Reasons that rows are dropped for, as Metrics.Dropped has them.
const (
	late   = "late"
	noTime = "event time is NULL"
)

// Assign appends window_start, window_end and window_time (the last instant of the window, a microsecond before its
// end) to each row, once for each window that the row belongs to. A row without a time belongs to none and is
// dropped and counted. So is a late one: a window that the mark of a row has closed does not get the row any more,
// and a row all of whose windows are closed is late.
type Assign struct {
	Window Assigner
	Time   int          // column of the input: TIMESTAMP or TIMESTAMPTZ
	Out    types.Schema // the input's columns and the three, of the type of Time
}

// Describe is the step in words.
func (s Assign) Describe() flow.Description {
	return flow.Description{Name: "Window", Attrs: []flow.Attr{
		{Key: "window", Value: s.Window.String()},
		{Key: "time", Value: s.Out[s.Time].Name},
	}}
}

// Open makes an instance.
func (s Assign) Open(tc *flow.TaskContext) (flow.Operator, error) {
	if err := s.Window.Validate(); err != nil {
		return nil, err
	}
	return &assign{spec: s, tc: tc, schema: s.Out.Arrow()}, nil
}

type assign struct {
	flow.Stateless
	spec   Assign
	tc     *flow.TaskContext
	schema *arrow.Schema

	spans []Span  // of the rows to emit
	rows  []int32 // their places in the batch
	nulls int64   // of this batch
	late  int64
}

// Process emits the rows of b with their windows, about BatchRows at a time.
func (a *assign) Process(_ int, b *flow.Batch, out flow.Emitter) error {
	col := b.Rec.Column(a.spec.Time)
	times := timeValues(col)
	a.spans, a.rows, a.nulls, a.late = a.spans[:0], a.rows[:0], 0, 0
	if len(times) == 0 {
		return nil
	}
	if a.spec.Window.Kind == Tumble && b.Marks == nil && col.NullN() == 0 {
		a.one(times)
		return out.Emit(a.all(b))
	}
	for i, v := range times {
		if col.IsNull(i) {
			a.nulls++
			continue
		}
		mark := flow.MinTime
		if b.Marks != nil {
			mark = b.Marks[i]
		}
		a.windows(int32(i), flow.Time(v), mark)
		for len(a.rows) >= flow.BatchRows {
			if err := a.emit(b, flow.BatchRows, out); err != nil {
				return err
			}
		}
	}
	if a.nulls > 0 {
		a.tc.Metrics.Dropped(noTime, a.nulls)
	}
	if a.late > 0 {
		a.tc.Metrics.Dropped(late, a.late)
	}
	if len(a.rows) == 0 {
		return nil
	}
	return a.emit(b, len(a.rows), out)
}

// one finds the windows of rows that are in one each. Neighbours are mostly in the same.
func (a *assign) one(times []arrow.Timestamp) {
	var w Span
	for _, v := range times {
		if t := flow.Time(v); t < w.Start || t >= w.End {
			w.End = a.spec.Window.Next(t)
			w.Start = a.spec.Window.Start(w.End)
		}
		a.spans = append(a.spans, w)
	}
}

// windows finds the windows of a row that are still open at its mark.
func (a *assign) windows(row int32, t, mark flow.Time) {
	have := len(a.spans)
	all := a.spec.Window.Windows(t, a.spans)
	a.spans = all[:have]
	for _, w := range all[have:] {
		if w.End > mark {
			a.spans = append(a.spans, w)
			a.rows = append(a.rows, row)
		}
	}
	if len(a.spans) == have {
		a.late++
	}
}

// all is the whole of b, its columns shared, with a window a row.
func (a *assign) all(b *flow.Batch) *flow.Batch {
	cols := make([]arrow.Array, 0, len(a.spec.Out))
	for _, c := range b.Rec.Columns() {
		c.Retain()
		cols = append(cols, c)
	}
	return &flow.Batch{Rec: a.record(cols, a.spans), Ops: b.Ops}
}

// emit emits the first n rows that were found.
func (a *assign) emit(b *flow.Batch, n int, out flow.Emitter) error {
	rows := a.rows[:n]
	cols := make([]arrow.Array, 0, len(a.spec.Out))
	for _, c := range b.Rec.Columns() {
		cols = append(cols, expr.Take(a.tc.Mem, c, rows))
	}
	o := &flow.Batch{Rec: a.record(cols, a.spans[:n])}
	if b.Ops != nil {
		o.Ops = make([]flow.Op, n)
		for i, r := range rows {
			o.Ops[i] = b.Ops[r]
		}
	}
	if b.Marks != nil {
		o.Marks = make([]flow.Time, n)
		for i, r := range rows {
			o.Marks[i] = b.Marks[r]
		}
	}
	a.rows = a.rows[:copy(a.rows, a.rows[n:])]
	a.spans = a.spans[:copy(a.spans, a.spans[n:])]
	return out.Emit(o)
}

// record adds the windows' columns to cols, which it takes over.
func (a *assign) record(cols []arrow.Array, spans []Span) arrow.RecordBatch {
	first := len(cols)
	dt := a.schema.Field(first).Type
	start, starts := newTimes(a.tc.Mem, dt, len(spans))
	end, ends := newTimes(a.tc.Mem, dt, len(spans))
	last, lasts := newTimes(a.tc.Mem, dt, len(spans))
	for i, w := range spans {
		starts[i], ends[i], lasts[i] = arrow.Timestamp(w.Start), arrow.Timestamp(w.End), arrow.Timestamp(w.End-1)
	}
	return newRecord(a.schema, append(cols, start, end, last))
}
