package exec

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr"
	"millrace/expr/agg"
	"millrace/flow"
	"millrace/types"
)

// keptCall is an aggregate that cannot take rows back, such as max, over rows that are. It keeps the arguments of each
// group's rows, equal ones once with how often they are there. Rows that are added go into the accumulator as ever; a
// group of which some were taken away is computed anew from what it has left.
type keptCall struct {
	bound  *agg.Bound
	in     types.Schema
	mem    memory.Allocator
	acc    agg.Accumulator
	slots  int      // of acc that are taken
	slot   []uint32 // of each group
	values *agg.Groups
	n      []int64    // how often each value is there
	of     [][]uint32 // each group's values
	gone   int        // values that are there no longer
	stale  map[uint32]bool

	hashes []uint64
	ids    []uint32
}

func keptTable(i int) string { return fmt.Sprintf("kept.%d", i) }

func newKeptCall(b *agg.Bound, in types.Schema, mem memory.Allocator) *keptCall {
	k := &keptCall{bound: b, in: in, mem: mem, acc: b.New(mem), stale: map[uint32]bool{}}
	k.values = k.noValues()
	return k
}

func (k *keptCall) noValues() *agg.Groups {
	keys := []types.Type{types.Of(types.Int64)}
	for _, a := range k.bound.Args {
		keys = append(keys, k.in[a].Type)
	}
	return agg.NewGroups(keys, k.mem)
}

// grow makes groups below n exist.
func (k *keptCall) grow(n int) {
	for len(k.slot) < n {
		k.slot, k.of = append(k.slot, uint32(k.slots)), append(k.of, nil)
		k.slots++
	}
	k.acc.Grow(k.slots)
}

// update takes rows of groups, whose arguments are columns of cols.
func (k *keptCall) update(groups []uint32, cols []arrow.Array, sign []int8) error {
	args := make([]arrow.Array, len(k.bound.Args))
	for i, a := range k.bound.Args {
		args[i] = cols[a]
		args[i].Retain()
	}
	defer func() { release(args) }()
	if k.bound.Filter >= 0 {
		rows := expr.Select(cols[k.bound.Filter], nil)
		groups, sign = pick(groups, rows), pick(sign, rows)
		args = k.taken(args, rows)
	}
	k.count(groups, args, sign, nil)
	if sign == nil {
		return k.acc.Update(k.slotsOf(groups), args, nil)
	}
	var added []int32
	for i, s := range sign {
		if s > 0 {
			added = append(added, int32(i))
		} else {
			k.stale[groups[i]] = true
		}
	}
	if len(added) == 0 {
		return nil
	}
	args = k.taken(args, added)
	return k.acc.Update(k.slotsOf(pick(groups, added)), args, nil)
}

// taken is some rows of args, which it releases.
func (k *keptCall) taken(args []arrow.Array, rows []int32) []arrow.Array {
	out := make([]arrow.Array, len(args))
	for i, a := range args {
		out[i] = expr.Take(k.mem, a, rows)
		a.Release()
	}
	return out
}

// pick is some rows of a slice; nil stays nil.
func pick[T any](s []T, rows []int32) []T {
	if s == nil {
		return nil
	}
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = s[r]
	}
	return out
}

func (k *keptCall) slotsOf(groups []uint32) []uint32 {
	k.ids = k.ids[:0]
	for _, g := range groups {
		k.ids = append(k.ids, k.slot[g])
	}
	return k.ids
}

// count notes how often the values of groups are there: times each, or 1, or as sign says.
func (k *keptCall) count(groups []uint32, args []arrow.Array, sign []int8, times []int64) {
	b := array.NewInt64Builder(k.mem)
	defer b.Release()
	b.Reserve(len(groups))
	for _, g := range groups {
		b.UnsafeAppend(int64(g))
	}
	of := b.NewArray()
	defer of.Release()
	cols := append([]arrow.Array{of}, args...)
	k.hashes = agg.HashColumns(cols, sizedTo(k.hashes, len(groups)))
	ids := k.values.IDs(cols, k.hashes, nil)
	for i, id := range ids {
		if int(id) == len(k.n) {
			k.n = append(k.n, 0)
			k.of[groups[i]] = append(k.of[groups[i]], id)
			k.gone++
		}
		was := k.n[id]
		switch {
		case times != nil:
			k.n[id] += times[i]
		case sign != nil:
			k.n[id] += int64(sign[i])
		default:
			k.n[id]++
		}
		switch {
		case was == 0 && k.n[id] != 0:
			k.gone--
		case was != 0 && k.n[id] == 0:
			k.gone++
		}
	}
}

// refresh computes the groups anew of which rows were taken away.
func (k *keptCall) refresh() error {
	if len(k.stale) == 0 {
		return nil
	}
	var ids, slots []uint32
	feed := func() error {
		if len(ids) == 0 {
			return nil
		}
		cols := k.values.Keys(ids)
		defer release(cols)
		err := k.acc.Update(slots, cols[1:], nil)
		ids, slots = ids[:0], slots[:0]
		return err
	}
	once := !k.bound.DuplicatesMatter()
	for g := range k.stale {
		k.slot[g] = uint32(k.slots)
		k.slots++
		k.acc.Grow(k.slots)
		for _, v := range k.of[g] {
			times := k.n[v]
			if once {
				times = min(times, 1)
			}
			for range times {
				ids, slots = append(ids, v), append(slots, k.slot[g])
				if len(ids) == flow.BatchRows {
					if err := feed(); err != nil {
						return err
					}
				}
			}
		}
	}
	if err := feed(); err != nil {
		return err
	}
	clear(k.stale)
	return k.compact()
}

// compact forgets values that are there no longer, and slots that no group has, where they are most of them.
func (k *keptCall) compact() error {
	if k.slots > 2*len(k.slot)+compactAt {
		state, err := k.acc.State(k.slot)
		if err != nil {
			return err
		}
		defer release(state)
		acc := k.bound.New(k.mem)
		acc.Grow(len(k.slot))
		for g := range k.slot {
			k.slot[g] = uint32(g)
		}
		if err := acc.Merge(k.slot, state); err != nil {
			acc.Release()
			return err
		}
		k.acc.Release()
		k.acc, k.slots = acc, len(k.slot)
	}
	if k.gone < compactAt || k.gone < len(k.n)/2 {
		return nil
	}
	ids, groups, times := k.live()
	cols := k.values.Keys(ids)
	defer release(cols)
	k.values.Release()
	k.values, k.n, k.gone = k.noValues(), nil, 0
	for g := range k.of {
		k.of[g] = nil
	}
	k.count(groups, cols[1:], nil, times)
	return nil
}

// live lists the values that are there, with their groups and how often.
func (k *keptCall) live() (ids, groups []uint32, times []int64) {
	for g, vs := range k.of {
		for _, v := range vs {
			if k.n[v] != 0 {
				ids, groups, times = append(ids, v), append(groups, uint32(g)), append(times, k.n[v])
			}
		}
	}
	return ids, groups, times
}

// result is what the aggregate says of groups, none of them stale.
func (k *keptCall) result(groups []uint32) (arrow.Array, error) {
	return k.acc.Result(k.slotsOf(groups))
}

// snapshot writes the values with the keys of their groups.
func (k *keptCall) snapshot(w flow.StateWriter, table string, hashes []uint64, of *agg.Groups, in types.Schema, keys []int) error {
	ids, groups, times := k.live()
	if len(ids) == 0 {
		return nil
	}
	var schema types.Schema
	for _, c := range keys {
		schema = append(schema, in[c])
	}
	for _, a := range k.bound.Args {
		schema = append(schema, in[a])
	}
	schema = append(schema, types.Column{Name: "times", Type: types.Of(types.Int64)})
	by := make([]uint64, len(groups))
	for i, g := range groups {
		by[i] = hashes[g]
	}
	return putByKeyGroup(w, table, by, func(at []uint32) (arrow.RecordBatch, error) {
		vs, gs := make([]uint32, len(at)), make([]uint32, len(at))
		b := array.NewInt64Builder(k.mem)
		defer b.Release()
		for i, a := range at {
			vs[i], gs[i] = ids[a], groups[a]
			b.Append(times[a])
		}
		values := k.values.Keys(vs)
		values[0].Release()
		cols := append(of.Keys(gs), values[1:]...)
		return newRecord(schema.Arrow(), append(cols, b.NewArray()), len(at)), nil
	})
}

// put takes back what snapshot wrote of groups, less the keys.
func (k *keptCall) put(groups []uint32, cols []arrow.Array) error {
	last := len(cols) - 1
	k.count(groups, cols[:last], nil, cols[last].(*array.Int64).Int64Values())
	for _, g := range groups {
		k.stale[g] = true
	}
	return nil
}

func (k *keptCall) bytes() int64 {
	return k.acc.Bytes() + k.values.Bytes() + int64(cap(k.n))*12 + int64(cap(k.slot))*28
}

func (k *keptCall) release() {
	k.acc.Release()
	k.values.Release()
}
