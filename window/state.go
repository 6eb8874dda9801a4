package window

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/flow"
)

// stateTable is the table of a snapshot that groups are in, as records of a layout's schema.
const stateTable = "slices"

// snapshot writes the groups of all slots, a record a key group. Windows that have ended at the watermark do not come
// back: a slot that is part of one is written as a slot that is left out of it.
func (o *slots) snapshot(w flow.StateWriter, mark flow.Time) error {
	var runs []run
	defer func() {
		for _, r := range runs {
			r.rec.Release()
		}
	}()
	for _, s := range o.open {
		slice := o.window.Slice(s.number)
		left := max(s.number-slice, o.window.closed(slice, mark))
		r, err := s.byKeyGroup(slice + left)
		if err != nil {
			return err
		}
		runs = append(runs, r)
	}
	for group := range flow.KeyGroups {
		rec, err := o.join(runs, group)
		if err != nil {
			return err
		}
		if rec == nil {
			continue
		}
		err = w.Put(stateTable, group, rec)
		rec.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

// run is the groups of a slot in the order of their key groups: those of group g are from ends[g-1] to before ends[g].
type run struct {
	rec  arrow.RecordBatch
	ends [flow.KeyGroups]int
}

func (r *run) of(group int) (from, to int64) {
	if group > 0 {
		from = int64(r.ends[group-1])
	}
	return from, int64(r.ends[group])
}

// byKeyGroup writes a slot out: a counting sort by key group.
func (t *table) byKeyGroup(number flow.Time) (run, error) {
	var r run
	hashes := t.groups.Hashes()
	for _, h := range hashes {
		r.ends[flow.KeyGroup(h)]++
	}
	var next [flow.KeyGroups]int
	sum := 0
	for g, n := range r.ends {
		next[g] = sum
		sum += n
		r.ends[g] = sum
	}
	ids := make([]uint32, len(hashes))
	for id, h := range hashes {
		g := flow.KeyGroup(h)
		ids[next[g]] = uint32(id)
		next[g]++
	}
	var err error
	r.rec, err = t.write(number, ids)
	return r, err
}

// join is the groups of one key group, of all slots; nil where there are none.
func (o *slots) join(runs []run, group int) (arrow.RecordBatch, error) {
	var pieces []arrow.RecordBatch
	for i := range runs {
		if from, to := runs[i].of(group); to > from {
			pieces = append(pieces, runs[i].rec.NewSlice(from, to))
		}
	}
	switch len(pieces) {
	case 0:
		return nil, nil
	case 1:
		return pieces[0], nil
	}
	defer func() {
		for _, p := range pieces {
			p.Release()
		}
	}()
	var cols []arrow.Array
	for c := range o.schema.NumFields() {
		same := make([]arrow.Array, len(pieces))
		for i, p := range pieces {
			same[i] = p.Column(c)
		}
		col, err := array.Concatenate(same, o.mem)
		if err != nil {
			release(cols)
			return nil, err
		}
		cols = append(cols, col)
	}
	return newRecord(o.schema, cols), nil
}

// restore merges what snapshots had, of however many instances.
func (o *slots) restore() error {
	if o.tc.State == nil {
		return nil
	}
	var p parts
	return o.tc.State.Scan(stateTable, func(rec arrow.RecordBatch) error {
		return o.mergeRecord(rec, &p)
	})
}

// mergeRecord merges a record of groups, which may be of several slots.
func (o *slots) mergeRecord(rec arrow.RecordBatch, p *parts) error {
	p.bySlot(timeValues(rec.Column(0)))
	for _, part := range p.list {
		if err := o.mergePart(rec.Columns(), part); err != nil {
			return err
		}
	}
	return nil
}

// bySlot puts rows that were written out into the parts of their slots. Most batches are of one slot.
func (p *parts) bySlot(numbers []arrow.Timestamp) {
	p.clear()
	if len(numbers) == 0 {
		return
	}
	if first := numbers[0]; !slices.ContainsFunc(numbers, func(n arrow.Timestamp) bool { return n != first }) {
		p.list[p.find(flow.Time(first))].whole = true
		return
	}
	last := -1
	for i, v := range numbers {
		last = p.add(flow.Time(v), int32(i), last)
	}
}

// mergePart merges the rows of one slot.
func (o *slots) mergePart(cols []arrow.Array, part part) error {
	if part.whole {
		return o.mergeInto(part.number, cols)
	}
	all := make([]int, len(cols))
	for i := range all {
		all[i] = i
	}
	mine := o.columns(cols, all, part.rows)
	defer release(mine)
	return o.mergeInto(part.number, mine)
}
