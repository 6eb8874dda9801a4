package window

import (
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr"
	"millrace/expr/agg"
	"millrace/flow"
	"millrace/types"
)

// layout is what the tables of one operator have in common. Groups are written out, for the next operator and for a
// snapshot alike, as a record of
//
//	slice_start | keys … | the state of each aggregate … | rows
type layout struct {
	mem    memory.Allocator
	schema *arrow.Schema // of such a record
	keys   []types.Type
	aggs   []agg.Bound
	// counter is an aggregate that counts every row, so that rows need not be counted a second time; -1: there is none.
	counter int
}

// newLayout checks the parts against each other: a plan that does not fit itself is a bug of the planner.
func newLayout(mem memory.Allocator, groups types.Schema, keys int, aggs []agg.Bound) layout {
	l := layout{mem: mem, schema: groups.Arrow(), aggs: aggs, counter: -1}
	for _, c := range groups[1 : 1+keys] {
		l.keys = append(l.keys, c.Type)
	}
	width := 1 + keys + 1
	for i, a := range aggs {
		width += len(a.State)
		if a.Name == "count" && len(a.Args) == 0 && a.Filter < 0 {
			l.counter = i
		}
	}
	if width != len(groups) {
		panic(fmt.Sprintf("window: %d keys and %d aggregates take %d columns, the schema has %v", keys, len(aggs), width, groups.Names()))
	}
	return l
}

// table holds the groups of one slice.
type table struct {
	*layout
	groups *agg.Groups
	accs   []agg.Accumulator
	rows   []int64 // put into each group, less those taken back; empty where there is a counter
	input  int64   // rows, or rows of partial groups, put in so far
	bytes  int64   // as of the last measure
}

func (l *layout) newTable() *table {
	t := &table{layout: l, groups: agg.NewGroups(l.keys, l.mem)}
	for _, a := range l.aggs {
		t.accs = append(t.accs, a.New(l.mem))
	}
	return t
}

func (t *table) len() int { return t.groups.Len() }

// measure returns how much more memory the table has than when it was measured last.
func (t *table) measure() int64 {
	now := t.groups.Bytes() + int64(cap(t.rows))*8
	for _, a := range t.accs {
		now += a.Bytes()
	}
	grown := now - t.bytes
	t.bytes = now
	return grown
}

// reset forgets the groups and keeps the memory.
func (t *table) reset() {
	t.groups.Reset()
	for _, a := range t.accs {
		a.Reset()
	}
	t.rows, t.input = t.rows[:0], 0
}

func (t *table) release() {
	t.groups.Release()
	for _, a := range t.accs {
		a.Release()
	}
}

// scratch is memory that one operator's calls reuse.
type scratch struct {
	hashes []uint64
	ids    []uint32
	args   []arrow.Array
	rows   []int32
	few    []uint32
	signs  []int8
	iota   []uint32
}

// find numbers the groups of n rows by their keys and makes room for new ones.
func (t *table) find(keys []arrow.Array, n int, s *scratch) []uint32 {
	s.hashes = agg.HashColumns(keys, slices.Grow(s.hashes[:0], n)[:n])
	s.ids = t.groups.IDs(keys, s.hashes, s.ids)
	groups := t.groups.Len()
	for _, a := range t.accs {
		a.Grow(groups)
	}
	if t.counter < 0 && groups > len(t.rows) {
		have := len(t.rows)
		t.rows = slices.Grow(t.rows, groups-have)[:groups]
		clear(t.rows[have:])
	}
	t.input += int64(n)
	return s.ids
}

// update puts n rows in. cols is the columns of the input, those that are not needed may be nil; sign is nil or says
// which rows are taken back.
func (t *table) update(cols []arrow.Array, keys []int, n int, sign []int8, s *scratch) error {
	s.args = pick(s.args, cols, keys)
	ids := t.find(s.args, n, s)
	if t.counter < 0 {
		count(t.rows, ids, sign)
	}
	for i, a := range t.aggs {
		s.args = pick(s.args, cols, a.Args)
		if a.Filter >= 0 {
			if err := t.filtered(t.accs[i], ids, cols[a.Filter], sign, s); err != nil {
				return err
			}
			continue
		}
		if err := t.accs[i].Update(ids, s.args, sign); err != nil {
			return err
		}
	}
	return nil
}

// filtered updates acc with the rows of s.args for which mask is true.
func (t *table) filtered(acc agg.Accumulator, ids []uint32, mask arrow.Array, sign []int8, s *scratch) error {
	s.rows = expr.Select(mask, s.rows[:0])
	switch len(s.rows) {
	case 0:
		return nil
	case len(ids):
		return acc.Update(ids, s.args, sign)
	}
	s.few = s.few[:0]
	for _, r := range s.rows {
		s.few = append(s.few, ids[r])
	}
	if sign != nil {
		s.signs = s.signs[:0]
		for _, r := range s.rows {
			s.signs = append(s.signs, sign[r])
		}
		sign = s.signs
	}
	args := make([]arrow.Array, len(s.args))
	for i, a := range s.args {
		args[i] = expr.Take(t.mem, a, s.rows)
	}
	defer release(args)
	return acc.Update(s.few, args, sign)
}

// merge puts groups in that were written out: cols is the columns of such a record behind its slice.
func (t *table) merge(cols []arrow.Array, s *scratch) error {
	last := len(cols) - 1
	keys, states := cols[:len(t.keys)], cols[len(t.keys):last]
	counts := cols[last].(*array.Int64).Int64Values()
	ids := t.find(keys, len(counts), s)
	if t.counter < 0 {
		for i, id := range ids {
			t.rows[id] += counts[i]
		}
	}
	for i, a := range t.aggs {
		n := len(a.State)
		if err := t.accs[i].Merge(ids, states[:n]); err != nil {
			return err
		}
		states = states[n:]
	}
	return nil
}

// write writes groups out, in the order asked, as rows of a slice.
func (t *table) write(slice flow.Time, ids []uint32) (arrow.RecordBatch, error) {
	cols := make([]arrow.Array, 0, t.schema.NumFields())
	cols = append(cols, constantTime(t.mem, t.schema.Field(0).Type, slice, len(ids)))
	cols = append(cols, t.groups.Keys(ids)...)
	var counts arrow.Array
	for i, a := range t.accs {
		state, err := a.State(ids)
		if err != nil {
			release(cols)
			return nil, err
		}
		cols = append(cols, state...)
		if i == t.counter {
			counts = state[0]
		}
	}
	if counts != nil {
		counts.Retain()
	} else {
		counts = newInts(t.mem, gather(t.rows, ids))
	}
	return newRecord(t.schema, append(cols, counts)), nil
}

// alive returns the groups that have rows left, of those from first to before end: all of them unless rows were taken
// back.
func (t *table) alive(first, end int, s *scratch) ([]uint32, error) {
	ids := s.sequence(first, end)
	rows := t.rows
	if t.counter >= 0 {
		state, err := t.accs[t.counter].State(ids)
		if err != nil {
			return nil, err
		}
		defer release(state)
		rows = state[0].(*array.Int64).Int64Values()
	} else {
		rows = rows[first:end]
	}
	if !slices.ContainsFunc(rows, func(n int64) bool { return n <= 0 }) {
		return ids, nil
	}
	s.few = s.few[:0]
	for i, n := range rows {
		if n > 0 {
			s.few = append(s.few, ids[i])
		}
	}
	return s.few, nil
}

// sequence is the numbers from first to before end. It is borrowed, until the next call.
func (s *scratch) sequence(first, end int) []uint32 {
	for i := len(s.iota); i < end; i++ {
		s.iota = append(s.iota, uint32(i))
	}
	return s.iota[first:end]
}

func count(rows []int64, ids []uint32, sign []int8) {
	if sign == nil {
		for _, id := range ids {
			rows[id]++
		}
		return
	}
	sign = sign[:len(ids)]
	for i, id := range ids {
		rows[id] += int64(sign[i])
	}
}

func gather(vals []int64, ids []uint32) []int64 {
	out := make([]int64, len(ids))
	for i, id := range ids {
		out[i] = vals[id]
	}
	return out
}

// pick lists the columns at some positions, in the memory of into.
func pick(into, cols []arrow.Array, at []int) []arrow.Array {
	into = into[:0]
	for _, c := range at {
		into = append(into, cols[c])
	}
	return into
}
