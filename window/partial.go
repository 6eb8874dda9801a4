package window

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/expr/agg"
	"millrace/flow"
	"millrace/types"
)

// Partial aggregates the rows of one task by key and slice, before they cross to the owners of the keys. It stands in
// the task of the source, where the marks of rows are known, and drops the late ones by them: what is late does not
// depend on batches, parallelism or restarts. Rows without a time are dropped too; both are counted.
//
// Whenever it emits a slice's groups it has emitted all of that slice's rows so far; a slice may be emitted more than
// once. At the latest that is when the watermark reaches the slice's end.
type Partial struct {
	Window Assigner
	Time   int   // column of In: TIMESTAMP or TIMESTAMPTZ
	Keys   []int // columns of In
	Aggs   []agg.Bound
	In     types.Schema
	Out    types.Schema // slice_start, keys, the state of each aggregate in order, rows BIGINT
}

// Describe is the step in words.
func (s Partial) Describe() flow.Description {
	keys := make([]string, len(s.Keys))
	for i, k := range s.Keys {
		keys[i] = s.In[k].Name
	}
	calls := make([]string, len(s.Aggs))
	for i, a := range s.Aggs {
		calls[i] = s.call(a)
	}
	return flow.Description{Name: "PartialWindowAggregate", Attrs: []flow.Attr{
		{Key: "window", Value: s.Window.String()},
		{Key: "time", Value: s.In[s.Time].Name},
		{Key: "keys", Value: "[" + strings.Join(keys, ", ") + "]"},
		{Key: "aggregates", Value: "[" + strings.Join(calls, ", ") + "]"},
	}}
}

// call is an aggregate as SQL has it.
func (s Partial) call(a agg.Bound) string {
	args := make([]string, len(a.Args))
	for i, c := range a.Args {
		args[i] = s.In[c].Name
	}
	text := a.Signature(args)
	if a.Filter >= 0 {
		text += " FILTER (WHERE " + s.In[a.Filter].Name + ")"
	}
	return text
}

// Open makes an instance. It has the groups that a snapshot found in it, if there were any.
func (s Partial) Open(tc *flow.TaskContext) (flow.Operator, error) {
	if err := s.Window.Validate(); err != nil {
		return nil, err
	}
	p := &partial{slots: newSlots(tc, s.Window, s.Out, len(s.Keys), s.Aggs), spec: s, limit: partialBytes}
	p.needed = append(p.needed, s.Keys...)
	for _, a := range s.Aggs {
		p.needed = append(p.needed, a.Args...)
		if a.Filter >= 0 {
			p.needed = append(p.needed, a.Filter)
		}
	}
	if err := p.restore(); err != nil {
		p.releaseAll()
		return nil, err
	}
	return p, nil
}

// partialBytes is how much memory the tables of an instance may take before the largest is emitted.
const partialBytes = 32 << 20

// A table that has taken in probeRows rows and has more than three groups for four of them does not reduce: it is
// emitted while it is still small enough for the processor's caches.
const probeRows = 4 * flow.BatchRows

type partial struct {
	*slots
	spec   Partial
	limit  int64
	needed []int // columns, keys and all that aggregates read
	signs  []int8
	parts  parts
	counts
}

// counts is the rows of a batch that are dropped.
type counts struct{ nulls, late int64 }

// Process puts the rows of b into the tables of their slices. A batch whose rows are all in one slice and have their
// time and no marks, as nearly all are, is put there as it is.
func (p *partial) Process(_ int, b *flow.Batch, out flow.Emitter) error {
	if b.Len() == 0 {
		return nil
	}
	sign := p.sign(b.Ops)
	times := b.Rec.Column(p.spec.Time)
	cols := b.Rec.Columns()
	if b.Marks == nil && times.NullN() == 0 {
		lo, hi := bounds(timeValues(times))
		slice := p.window.Slice(lo)
		if uint64(hi-slice) < uint64(p.window.SliceSize()) {
			if err := p.put(slice, cols, b.Len(), sign, out); err != nil {
				return err
			}
			p.report()
			return nil
		}
	}
	p.split(times, b.Marks)
	for _, part := range p.parts.list {
		if err := p.putPart(part, cols, sign, out); err != nil {
			return err
		}
	}
	p.report()
	return nil
}

// split finds the slot of each row and counts those that have none.
func (p *partial) split(times arrow.Array, marks []flow.Time) {
	p.parts.clear()
	p.counts = counts{}
	last := -1
	size := p.window.SliceSize()
	slice := p.window.Slice(0)
	for i, v := range timeValues(times) {
		if times.IsNull(i) {
			p.nulls++
			continue
		}
		t := flow.Time(v)
		if t < slice || uint64(t-slice) >= uint64(size) {
			slice = p.window.Slice(t)
		}
		number := slice
		if marks != nil {
			var open bool
			if number, open = p.window.number(t, marks[i]); !open {
				p.late++
				continue
			}
		}
		last = p.parts.add(number, int32(i), last)
	}
	if p.nulls > 0 {
		p.tc.Metrics.Dropped(noTime, p.nulls)
	}
	if p.late > 0 {
		p.tc.Metrics.Dropped(late, p.late)
	}
}

// putPart puts some rows of a batch into a slot.
func (p *partial) putPart(part part, cols []arrow.Array, sign []int8, out flow.Emitter) error {
	n := len(part.rows)
	if n == cols[0].Len() {
		return p.put(part.number, cols, n, sign, out)
	}
	mine := p.columns(cols, p.needed, part.rows)
	defer func() {
		for _, c := range mine {
			if c != nil {
				c.Release()
			}
		}
	}()
	if sign != nil {
		own := make([]int8, n)
		for i, r := range part.rows {
			own[i] = sign[r]
		}
		sign = own
	}
	return p.put(part.number, mine, n, sign, out)
}

// put puts rows into a slot, and emits what has become too large or does not reduce.
func (p *partial) put(number flow.Time, cols []arrow.Array, n int, sign []int8, out flow.Emitter) error {
	t := p.table(number)
	if err := t.update(cols, p.spec.Keys, n, sign, &p.scratch); err != nil {
		return err
	}
	if err := p.account(t); err != nil {
		// The rows do not need to be kept here: what is asked too much of the budget goes on to the next operator.
		if err := p.Flush(out); err != nil {
			return err
		}
		p.releaseAll()
		return nil
	}
	if t.input >= probeRows && int64(t.len())*4 > t.input*3 {
		return p.emitSlot(number, out)
	}
	if p.bytes > p.limit {
		p.dropPool()
	}
	for p.bytes > p.limit && len(p.open) > 0 {
		largest := p.open[0]
		for _, s := range p.open {
			if s.table.bytes > largest.table.bytes {
				largest = s
			}
		}
		if err := p.emitSlot(largest.number, out); err != nil {
			return err
		}
		p.dropPool()
	}
	return nil
}

// sign says which rows are taken back; nil: none.
func (p *partial) sign(ops []flow.Op) []int8 {
	back := false
	for _, op := range ops {
		back = back || op == flow.UpdateBefore || op == flow.Delete
	}
	if !back {
		return nil
	}
	p.signs = p.signs[:0]
	for _, op := range ops {
		s := int8(1)
		if op == flow.UpdateBefore || op == flow.Delete {
			s = -1
		}
		p.signs = append(p.signs, s)
	}
	return p.signs
}

// Watermark emits the slices that end at t or before, in order.
func (p *partial) Watermark(_ int, t flow.Time, out flow.Emitter) (flow.Time, error) {
	done := 0
	for _, s := range p.open {
		if addTime(p.window.Slice(s.number), p.window.SliceSize()) > t {
			break
		}
		if err := p.emit(s, out); err != nil {
			return t, err
		}
		done++
	}
	p.close(0, done)
	p.report()
	return t, nil
}

// Flush emits everything.
func (p *partial) Flush(out flow.Emitter) error {
	for _, s := range p.open {
		if err := p.emit(s, out); err != nil {
			return err
		}
	}
	p.close(0, len(p.open))
	p.report()
	return nil
}

// emitSlot emits one slot and closes it.
func (p *partial) emitSlot(number flow.Time, out flow.Emitter) error {
	for i, s := range p.open {
		if s.number == number {
			if err := p.emit(s, out); err != nil {
				return err
			}
			p.close(i, i+1)
			break
		}
	}
	return nil
}

func (p *partial) emit(s slot, out flow.Emitter) error {
	for at, n := 0, s.len(); at < n; at += flow.BatchRows {
		rec, err := s.write(s.number, p.sequence(at, min(at+flow.BatchRows, n)))
		if err != nil {
			return err
		}
		if err := out.Emit(&flow.Batch{Rec: rec}); err != nil {
			return err
		}
	}
	return nil
}

// Snapshot writes what was not flushed.
func (p *partial) Snapshot(w flow.StateWriter) error { return p.snapshot(w, flow.MinTime) }

func (p *partial) Close() error {
	p.releaseAll()
	return nil
}

// bounds is the lowest and the highest time.
func bounds(times []arrow.Timestamp) (lo, hi flow.Time) {
	l, h := times[0], times[0]
	for _, t := range times {
		l, h = min(l, t), max(h, t)
	}
	return flow.Time(l), flow.Time(h)
}
