package window

import (
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/expr/agg"
	"millrace/flow"
	"millrace/types"
)

// Final merges the groups of Partial by key and emits each window once, when the watermark reaches its end: a row for
// each key that has rows in the window. It keeps one table a slice, and drops it when the last window closes that the
// slice is part of. Groups that come when all windows of their slice are closed are dropped, and their rows counted
// as late; with the marks that Partial goes by, that is only so after an idle split or a new one has come to life.
type Final struct {
	Window  Assigner
	NumKeys int
	Aggs    []agg.Bound
	In      types.Schema // Partial.Out
	Out     types.Schema // window_start, window_end, window_time, keys, the result of each aggregate in order
}

// windowColumns is how many columns say which window a row is in.
const windowColumns = 3

// Describe is the step in words.
func (s Final) Describe() flow.Description {
	slice := span(s.Window.SliceSize())
	out := s.Out.Names()[windowColumns:]
	calls := make([]string, len(s.Aggs))
	for i, a := range s.Aggs {
		calls[i] = a.Name + " AS " + out[s.NumKeys+i]
	}
	return flow.Description{Name: "WindowAggregate", Attrs: []flow.Attr{
		{Key: "window", Value: s.Window.String()},
		{Key: "keys", Value: "[" + strings.Join(out[:s.NumKeys], ", ") + "]"},
		{Key: "aggregates", Value: "[" + strings.Join(calls, ", ") + "]"},
		{Key: "emit", Value: "on window close"},
		{Key: "state", Value: "one row a key and slice of " + slice + ", dropped when its last window closes"},
	}}
}

// Open makes an instance, with the state that it had.
func (s Final) Open(tc *flow.TaskContext) (flow.Operator, error) {
	if err := s.Window.Validate(); err != nil {
		return nil, err
	}
	if want := windowColumns + s.NumKeys + len(s.Aggs); want != len(s.Out) {
		panic(fmt.Sprintf("window: %d keys and %d aggregates give %d columns, the schema has %v",
			s.NumKeys, len(s.Aggs), want, s.Out.Names()))
	}
	f := &final{slots: newSlots(tc, s.Window, s.In, s.NumKeys, s.Aggs), schema: s.Out.Arrow(), wm: flow.MinTime}
	if err := f.restore(); err != nil {
		f.releaseAll()
		return nil, err
	}
	return f, nil
}

type final struct {
	*slots
	schema *arrow.Schema
	wm     flow.Time // windows that end here or before are closed
	parts  parts
}

// Process merges groups into the tables of their slices.
func (f *final) Process(_ int, b *flow.Batch, _ flow.Emitter) error {
	if b.Len() == 0 {
		return nil
	}
	cols := b.Rec.Columns()
	f.parts.bySlot(timeValues(cols[0]))
	for _, part := range f.parts.list {
		if f.window.Last(f.window.Slice(part.number)) <= f.wm {
			f.drop(cols[len(cols)-1], part)
			continue
		}
		if err := f.mergePart(cols, part); err != nil {
			return err
		}
	}
	f.report()
	return nil
}

// drop counts the rows of groups that come too late.
func (f *final) drop(counts arrow.Array, part part) {
	var n int64
	vals := counts.(*array.Int64).Int64Values()
	if part.whole {
		for _, v := range vals {
			n += max(v, -v)
		}
	}
	for _, r := range part.rows {
		n += max(vals[r], -vals[r])
	}
	f.tc.Metrics.Dropped(late, n)
}

// Watermark emits the windows that end at t or before, in the order of their ends, and drops the slices that no other
// window needs.
func (f *final) Watermark(_ int, t flow.Time, out flow.Emitter) (flow.Time, error) {
	for t > f.wm {
		end, ok := f.next()
		if !ok || end > t {
			break
		}
		if err := f.emitWindow(Span{f.window.Start(end), end}, out); err != nil {
			return t, err
		}
		f.advance(end)
	}
	f.advance(t)
	f.report()
	return t, nil
}

// next is the end of the first open window that has rows.
func (f *final) next() (end flow.Time, ok bool) {
	for _, s := range f.open {
		if ok && s.number >= end {
			break // a slice that begins at the end of a window or later is not part of it
		}
		if e := max(f.window.first(s.number), f.window.Next(f.wm)); !ok || e < end {
			end, ok = e, true
		}
	}
	return end, ok
}

// advance closes the windows that end at t or before.
func (f *final) advance(t flow.Time) {
	f.wm = max(f.wm, t)
	done := 0
	for done < len(f.open) && f.window.Last(f.window.Slice(f.open[done].number)) <= f.wm {
		done++
	}
	f.close(0, done)
}

// emitWindow emits one window: the table of its slice if there is one slice with rows, else the merge of all.
func (f *final) emitWindow(w Span, out flow.Emitter) error {
	var of []slot
	for _, s := range f.open {
		if s.number >= w.End {
			break
		}
		if s.number >= w.Start && f.window.first(s.number) <= w.End {
			of = append(of, s)
		}
	}
	if len(of) == 1 {
		return f.emitTable(w, of[0].table, out)
	}
	sum := f.empty()
	defer f.free(sum)
	for _, s := range of {
		if err := f.mergeTable(sum, s.table); err != nil {
			return err
		}
		if err := f.account(sum); err != nil {
			return err
		}
	}
	return f.emitTable(w, sum, out)
}

// mergeTable adds the groups of from to those of into, BatchRows at a time.
func (f *final) mergeTable(into, from *table) error {
	for at, n := 0, from.len(); at < n; at += flow.BatchRows {
		rec, err := from.write(0, f.sequence(at, min(at+flow.BatchRows, n)))
		if err != nil {
			return err
		}
		err = into.merge(rec.Columns()[1:], &f.scratch)
		rec.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

// emitTable emits the groups of t as the rows of a window, BatchRows at a time.
func (f *final) emitTable(w Span, t *table, out flow.Emitter) error {
	for at, n := 0, t.len(); at < n; at += flow.BatchRows {
		ids, err := t.alive(at, min(at+flow.BatchRows, n), &f.scratch)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			continue
		}
		rec, err := f.results(w, t, ids)
		if err != nil {
			return err
		}
		if err := out.Emit(&flow.Batch{Rec: rec}); err != nil {
			return err
		}
	}
	return nil
}

func (f *final) results(w Span, t *table, ids []uint32) (arrow.RecordBatch, error) {
	cols := make([]arrow.Array, 0, f.schema.NumFields())
	dt := f.schema.Field(0).Type
	for _, at := range [windowColumns]flow.Time{w.Start, w.End, w.End - 1} {
		cols = append(cols, constantTime(f.mem, dt, at, len(ids)))
	}
	cols = append(cols, t.groups.Keys(ids)...)
	for _, a := range t.accs {
		col, err := a.Result(ids)
		if err != nil {
			release(cols)
			return nil, err
		}
		cols = append(cols, col)
	}
	return newRecord(f.schema, cols), nil
}

// Snapshot writes the groups of the windows that are open.
func (f *final) Snapshot(w flow.StateWriter) error { return f.snapshot(w, f.wm) }

func (f *final) Close() error {
	f.releaseAll()
	return nil
}
