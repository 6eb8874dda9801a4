package window

import (
	"slices"
	"sort"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/expr"
	"millrace/expr/agg"
	"millrace/flow"
	"millrace/types"
)

// slots is the tables of the slices that an operator keeps, the memory that they take, and their way into a snapshot
// and back.
//
// A slot's number is the start of its slice. Rows that came too late for the first windows of their slice, but not for
// all, have a slot of their own: its number is the start plus how many of the windows it is left out of. That is less
// than the length of a slice (Validate sees to it), so Slice gives the start back. Which windows a row counts in then
// depends on its own mark, and not on what other splits have done to the operator's watermark meanwhile.
type slots struct {
	layout
	tc     *flow.TaskContext
	window Assigner
	open   []slot // by number
	pool   []*table
	scratch

	bytes    int64 // of all tables, those in the pool too
	reserved int64 // of the budget
}

type slot struct {
	number flow.Time
	*table
}

// poolTables is how many empty tables are kept: the memory of a slice that closes serves the next.
const poolTables = 2

func newSlots(tc *flow.TaskContext, w Assigner, groups types.Schema, keys int, aggs []agg.Bound) *slots {
	return &slots{layout: newLayout(tc.Mem, groups, keys, aggs), tc: tc, window: w}
}

// number is the slot of a row at t whose split's watermark is mark, and false where all its windows are closed.
func (w Assigner) number(t, mark flow.Time) (flow.Time, bool) {
	slice := w.Slice(t)
	if w.Last(slice) <= mark {
		return 0, false
	}
	return slice + w.closed(slice, mark), true
}

// closed is how many windows of a slice have ended at a watermark; not all of them have.
func (w Assigner) closed(slice, mark flow.Time) flow.Time {
	if first := w.Next(slice); mark >= first {
		return (mark-first)/w.Slide + 1
	}
	return 0
}

// first is the end of the first window that a slot counts in.
func (w Assigner) first(number flow.Time) flow.Time {
	slice := w.Slice(number)
	return addTime(w.Next(slice), (number-slice)*w.Slide)
}

// table returns the table of a slot, a new one if it is not open.
func (o *slots) table(number flow.Time) *table {
	i := sort.Search(len(o.open), func(i int) bool { return o.open[i].number >= number })
	if i == len(o.open) || o.open[i].number != number {
		o.open = slices.Insert(o.open, i, slot{number, o.empty()})
	}
	return o.open[i].table
}

// empty returns an empty table.
func (o *slots) empty() *table {
	if n := len(o.pool); n > 0 {
		t := o.pool[n-1]
		o.pool = o.pool[:n-1]
		return t
	}
	return o.newTable()
}

// free takes a table back.
func (o *slots) free(t *table) {
	if len(o.pool) < poolTables {
		t.reset()
		o.pool = append(o.pool, t)
		return
	}
	o.bytes -= t.bytes
	t.release()
}

// dropPool gives the memory of the empty tables back.
func (o *slots) dropPool() {
	for _, t := range o.pool {
		o.bytes -= t.bytes
		t.release()
	}
	o.pool = o.pool[:0]
}

// close removes the slots from i to before j.
func (o *slots) close(i, j int) {
	for _, s := range o.open[i:j] {
		o.free(s.table)
	}
	o.open = slices.Delete(o.open, i, j)
}

// account asks the budget for what t has grown by.
func (o *slots) account(t *table) error {
	o.bytes += t.measure()
	if more := o.bytes - o.reserved; more > 0 {
		if err := o.tc.Budget.Reserve(more); err != nil {
			return err
		}
		o.reserved = o.bytes
	}
	return nil
}

// report gives back what is no longer held and tells how much is.
func (o *slots) report() {
	if less := o.reserved - o.bytes; less > 0 {
		o.tc.Budget.Release(less)
		o.reserved = o.bytes
	}
	var groups int64
	for _, s := range o.open {
		groups += int64(s.len())
	}
	o.tc.Metrics.State(o.bytes, groups)
}

// releaseAll lets go of every table.
func (o *slots) releaseAll() {
	for _, s := range o.open {
		s.release()
	}
	for _, t := range o.pool {
		t.release()
	}
	o.open, o.pool, o.bytes = nil, nil, 0
	o.tc.Budget.Release(o.reserved)
	o.reserved = 0
}

// mergeInto merges rows that were written out into a slot. cols is all columns of such a record.
func (o *slots) mergeInto(number flow.Time, cols []arrow.Array) error {
	t := o.table(number)
	if err := t.merge(cols[1:], &o.scratch); err != nil {
		return err
	}
	return o.account(t)
}

// parts is the rows of a batch by slot.
type parts struct {
	list  []part
	place map[flow.Time]int
}

type part struct {
	number flow.Time
	whole  bool // all rows of the batch; they are not listed then
	rows   []int32
}

// clear forgets the rows and keeps the memory.
func (p *parts) clear() {
	clear(p.place)
	p.list = p.list[:0]
}

// add puts a row into a slot's part. last is the part of the row before, -1 at first; the row's own is returned.
func (p *parts) add(number flow.Time, row int32, last int) int {
	if last < 0 || p.list[last].number != number {
		last = p.find(number)
	}
	p.list[last].rows = append(p.list[last].rows, row)
	return last
}

func (p *parts) find(number flow.Time) int {
	i, ok := p.place[number]
	if !ok {
		i = len(p.list)
		p.list = slices.Grow(p.list, 1)[:i+1]
		p.list[i] = part{number: number, rows: p.list[i].rows[:0]}
		if p.place == nil {
			p.place = map[flow.Time]int{}
		}
		p.place[number] = i
	}
	return i
}

// columns takes a part's rows of some columns, nil for the others: a slice where the rows follow each other, else a
// copy. The caller releases them.
func (o *slots) columns(cols []arrow.Array, needed []int, rows []int32) []arrow.Array {
	out := make([]arrow.Array, len(cols))
	first, n := int64(rows[0]), int64(len(rows))
	whole := int64(rows[n-1])-first == n-1 // rows are in order
	for _, c := range needed {
		switch {
		case out[c] != nil:
		case whole:
			out[c] = array.NewSlice(cols[c], first, first+n)
		default:
			out[c] = expr.Take(o.mem, cols[c], rows)
		}
	}
	return out
}
