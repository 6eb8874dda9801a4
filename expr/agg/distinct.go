package agg

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr"
	"millrace/sqlerr"
	"millrace/types"
)

// distinctCall is the aggregate inner, of one argument, over each value once.
func distinctCall(inner Call, pos sqlerr.Pos) Call {
	arg := inner.Args[0]
	return Call{
		Name: inner.Name + "_distinct", Args: inner.Args, Result: inner.Result,
		State: []types.Type{types.ArrayOf(arg)},
		New: func(mem memory.Allocator) Accumulator {
			return &distinct{
				mem: mem, name: inner.Name + "(DISTINCT …)", pos: pos, arg: arg,
				inner: inner.New(mem),
				pairs: NewGroups([]types.Type{types.Of(types.Int64), arg}, mem),
			}
		},
	}
}

// distinct hands each value of a group to inner the first time that it comes. Its state is the values of each group as
// a list, from which another one's inner is made anew.
type distinct struct {
	mem    memory.Allocator
	name   string
	pos    sqlerr.Pos
	arg    types.Type
	inner  Accumulator
	pairs  *Groups  // of group and value
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
	return d.add(groups, args[0])
}

func (d *distinct) add(groups []uint32, vals arrow.Array) error {
	col := mustFixed(d.mem, arrow.PrimitiveTypes.Int64, len(groups), func(out []int64, _ *nullMask) {
		for i, g := range groups {
			out[i] = int64(g)
		}
	})
	defer col.Release()
	key := []arrow.Array{col, vals}
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
	first := expr.Take(d.mem, vals, d.rows)
	defer first.Release()
	return d.inner.Update(d.fresh, []arrow.Array{first}, nil)
}

func (d *distinct) Merge(groups []uint32, state []arrow.Array) error {
	list := state[0].(*array.List)
	n := 0
	for i := range groups {
		start, end := list.ValueOffsets(i)
		n += int(end - start)
	}
	owners, rows := make([]uint32, 0, n), make([]int32, 0, n)
	for i, g := range groups {
		start, end := list.ValueOffsets(i)
		for j := start; j < end; j++ {
			owners, rows = append(owners, g), append(rows, int32(j))
		}
	}
	vals := expr.Take(d.mem, list.ListValues(), rows)
	defer vals.Release()
	return d.add(owners, vals)
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
	offs := memory.NewResizableBuffer(d.mem)
	defer offs.Release()
	offs.Resize(4 * (len(groups) + 1))
	ends := arrow.Int32Traits.CastFromBytes(offs.Bytes())
	ends[0] = 0
	pairs := []uint32{} // not nil: of none
	for i, g := range groups {
		pairs = append(pairs, sorted[starts[g]:starts[g+1]]...)
		ends[i+1] = rowOffset(int64(len(pairs)))
	}
	keys := d.pairs.Keys(pairs)
	defer keys[0].Release()
	defer keys[1].Release()
	data := array.NewData(types.ArrayOf(d.arg).Arrow(), len(groups), []*memory.Buffer{nil, offs}, []arrow.ArrayData{keys[1].Data()}, 0, 0)
	defer data.Release()
	return []arrow.Array{array.NewListData(data)}, nil
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
