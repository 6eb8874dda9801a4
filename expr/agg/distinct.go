package agg

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr"
	"millrace/sqlerr"
	"millrace/types"
)

// distinctCall is the aggregate inner over each of its arguments once, or each row of them if they are several.
func distinctCall(inner Call, pos sqlerr.Pos) Call {
	state := make([]types.Type, len(inner.Args))
	for i, t := range inner.Args {
		state[i] = types.ArrayOf(t)
	}
	c := inner
	c.Name, c.State, c.Retracts, c.collect = inner.Name+"_distinct", state, false, nil
	c.New = func(mem memory.Allocator) Accumulator {
		return &distinct{
			mem: mem, name: inner.Name + "(DISTINCT …)", pos: pos, args: inner.Args,
			inner: inner.New(mem),
			pairs: NewGroups(append([]types.Type{types.Of(types.Int64)}, inner.Args...), mem),
		}
	}
	return c
}

// distinct hands each value of a group to inner the first time that it comes. Its state is the values of each group as
// a list, one for each argument, from which another one's inner is made anew.
type distinct struct {
	mem    memory.Allocator
	name   string
	pos    sqlerr.Pos
	args   []types.Type
	inner  Accumulator
	pairs  *Groups  // of group and values
	owner  []uint32 // by pair: its group
	groups int

	hashes []uint64
	ids    []uint32
	rows   []int32
	fresh  []uint32
}

func (d *distinct) Grow(groups int) {
	d.groups = max(d.groups, groups)
	d.inner.Grow(groups)
}

func (d *distinct) Update(groups []uint32, args []arrow.Array, sign []int8) error {
	if retracted(sign) {
		return noRetract(d.name, d.pos)
	}
	return d.add(groups, args)
}

func (d *distinct) add(groups []uint32, args []arrow.Array) error {
	col := mustFixed(d.mem, arrow.PrimitiveTypes.Int64, len(groups), func(out []int64, _ *nullMask) {
		for i, g := range groups {
			out[i] = int64(g)
		}
	})
	defer col.Release()
	key := append([]arrow.Array{col}, args...)
	d.hashes = HashColumns(key, d.hashes)
	have := uint32(d.pairs.Len())
	d.ids = d.pairs.IDs(key, d.hashes, d.ids)
	d.rows, d.fresh = d.rows[:0], d.fresh[:0]
	for i, id := range d.ids {
		if id == have { // new pairs have ascending numbers
			have++
			d.rows, d.fresh = append(d.rows, int32(i)), append(d.fresh, groups[i])
		}
	}
	d.owner = append(d.owner, d.fresh...)
	if len(d.fresh) == 0 {
		return nil
	}
	first := make([]arrow.Array, len(args))
	defer releaseAll(first)
	for i, a := range args {
		first[i] = expr.Take(d.mem, a, d.rows)
	}
	return d.inner.Update(d.fresh, first, nil)
}

func (d *distinct) Merge(groups []uint32, state []arrow.Array) error {
	owners, cols := spread(d.mem, groups, state)
	defer releaseAll(cols)
	return d.add(owners, cols)
}

// State lists the pairs of each group by counting sort.
func (d *distinct) State(groups []uint32) ([]arrow.Array, error) {
	groups = every(groups, d.groups)
	starts := make([]int32, d.groups+1)
	for _, g := range d.owner {
		starts[g+1]++
	}
	for g := range d.groups {
		starts[g+1] += starts[g]
	}
	sorted, fill := make([]uint32, len(d.owner)), slices.Clone(starts)
	for pair, g := range d.owner {
		sorted[fill[g]] = uint32(pair)
		fill[g]++
	}
	ends := make([]int32, len(groups))
	pairs := []uint32{} // not nil: of none
	for i, g := range groups {
		pairs = append(pairs, sorted[starts[g]:starts[g+1]]...)
		ends[i] = rowOffset(int64(len(pairs)))
	}
	keys := d.pairs.Keys(pairs)
	defer releaseAll(keys)
	out := make([]arrow.Array, len(d.args))
	for i, t := range d.args {
		out[i] = makeList(d.mem, t, ends, keys[i+1], nil)
	}
	return out, nil
}

func (d *distinct) Result(groups []uint32) (arrow.Array, error) { return d.inner.Result(groups) }

func (d *distinct) Bytes() int64 { return d.inner.Bytes() + d.pairs.Bytes() + sizeOf(d.owner) }

func (d *distinct) Reset() {
	d.inner.Reset()
	d.pairs.Reset()
	d.owner, d.groups = d.owner[:0], 0
}

func (d *distinct) Release() {
	d.inner.Release()
	d.pairs.Release()
	d.owner = nil
}
