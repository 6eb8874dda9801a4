package agg

import (
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr"
	"millrace/sqlerr"
	"millrace/types"
)

// collectSpec is an aggregate that needs all rows of a group at once, since their order matters or only some of them
// do: array_agg, percentile_cont, and whatever has an ORDER BY.
type collectSpec struct {
	name   string // of the function, for errors
	pos    sqlerr.Pos
	cols   []types.Type // the arguments, then what only the order needs
	result types.Type
	by     []Order // empty: rows stay in the order in which they come
	need   int     // a column: rows where it is NULL do not count; -1: all rows do
	finish func(mem memory.Allocator, g gathered) (arrow.Array, error)
}

// gathered is the rows of some groups: those of group i are the rows from ends[i-1] to ends[i].
type gathered struct {
	cols []arrow.Array
	ends []int32
}

// run is where the rows of group i are.
func (g gathered) run(i int) (from, to int) {
	if i > 0 {
		from = int(g.ends[i-1])
	}
	return from, int(g.ends[i])
}

func (s collectSpec) call() Call {
	state := make([]types.Type, len(s.cols))
	for i, t := range s.cols {
		state[i] = types.ArrayOf(t)
	}
	return Call{
		Args: s.cols, Result: s.result, State: state, OrderBy: s.by, collect: &s,
		New: func(mem memory.Allocator) Accumulator { return &collect{collectSpec: s, mem: mem} },
	}
}

// orderedCall is c over rows in order; extra is the types of what only the order needs, behind the arguments.
func orderedCall(c Call, by []Order, extra []types.Type, pos sqlerr.Pos) Call {
	inner := c
	s := collectSpec{name: c.Name, pos: pos, cols: c.Args, result: c.Result, need: -1, finish: finishWith(inner)}
	if c.collect != nil {
		s = *c.collect
	}
	s.by = by
	s.cols = slices.Concat(s.cols, extra)
	return s.call()
}

// finishWith hands the rows to another aggregate.
func finishWith(inner Call) func(memory.Allocator, gathered) (arrow.Array, error) {
	return func(mem memory.Allocator, g gathered) (arrow.Array, error) {
		acc := inner.New(mem)
		defer acc.Release()
		acc.Grow(len(g.ends))
		var groups []uint32
		for i := range g.ends {
			from, to := g.run(i)
			for range to - from {
				groups = append(groups, uint32(i))
			}
		}
		if err := acc.Update(groups, g.cols[:len(inner.Args)], nil); err != nil {
			return nil, err
		}
		return acc.Result(nil)
	}
}

// collect keeps the rows of all groups as copies of their columns, in the order in which they come, with the group of
// each. Its state is a list a column.
type collect struct {
	collectSpec
	mem    memory.Allocator
	groups int
	owner  []uint32 // by row: its group
	chunks []chunk

	// The rows by group, once somebody asks: those of group g are byGroup[starts[g]:starts[g+1]].
	indexed bool
	starts  []uint32
	byGroup []uint32
	rows    []int32
}

// chunk is some rows that came one after the other.
type chunk struct {
	from, n int // row numbers
	cols    []arrow.Array
	bytes   int64
}

const (
	chunkRows  = 1 << 16 // chunks are joined up to so many rows
	chunkBytes = 64 << 20
)

func (c *collect) Grow(groups int) {
	if groups > c.groups {
		c.groups, c.indexed = groups, false
	}
}

func (c *collect) Update(groups []uint32, args []arrow.Array, sign []int8) error {
	if retracted(sign) {
		return noRetract(c.name, c.pos)
	}
	c.rows = c.rows[:0]
	if c.need >= 0 {
		if valid := validity(args[c.need]); !valid.all() {
			for i := range groups {
				if valid.has(i) {
					c.rows = append(c.rows, int32(i))
				}
			}
			return c.add(groups, args)
		}
	}
	for i := range groups {
		c.rows = append(c.rows, int32(i))
	}
	return c.add(groups, args)
}

// add copies the rows c.rows of args.
func (c *collect) add(groups []uint32, args []arrow.Array) error {
	if len(c.rows) == 0 {
		return nil
	}
	if int64(len(c.owner))+int64(len(c.rows)) > math.MaxUint32 {
		return tooLarge(c.name, c.pos)
	}
	k := chunk{from: len(c.owner), n: len(c.rows)}
	for _, a := range args {
		k.cols = append(k.cols, expr.Take(c.mem, a, c.rows))
	}
	k.bytes = columnBytes(k.cols)
	for _, r := range c.rows {
		c.owner = append(c.owner, groups[r])
	}
	c.chunks = append(c.chunks, k)
	c.indexed = false
	return c.join()
}

// join makes one of small chunks at the end, so that there are few: each row is copied once for each doubling.
func (c *collect) join() error {
	for len(c.chunks) > 1 {
		last := len(c.chunks) - 1
		a, b := c.chunks[last-1], c.chunks[last]
		if a.n > 2*b.n || a.n+b.n > chunkRows || a.bytes+b.bytes > chunkBytes {
			return nil
		}
		one := chunk{from: a.from, n: a.n + b.n}
		for i := range a.cols {
			col, err := array.Concatenate([]arrow.Array{a.cols[i], b.cols[i]}, c.mem)
			if err != nil {
				releaseAll(one.cols)
				return err
			}
			one.cols = append(one.cols, col)
		}
		releaseAll(a.cols)
		releaseAll(b.cols)
		one.bytes = columnBytes(one.cols)
		c.chunks = append(c.chunks[:last-1], one)
	}
	return nil
}

func (c *collect) Merge(groups []uint32, state []arrow.Array) error {
	owners, cols := spread(c.mem, groups, state)
	defer releaseAll(cols)
	c.rows = c.rows[:0]
	for i := range owners {
		c.rows = append(c.rows, int32(i))
	}
	return c.add(owners, cols)
}

func (c *collect) State(groups []uint32) ([]arrow.Array, error) {
	g, err := c.gather(every(groups, c.groups))
	if err != nil {
		return nil, err
	}
	defer releaseAll(g.cols)
	out := make([]arrow.Array, len(g.cols))
	for i, col := range g.cols {
		out[i] = makeList(c.mem, c.cols[i], g.ends, col, nil)
	}
	return out, nil
}

func (c *collect) Result(groups []uint32) (arrow.Array, error) {
	g, err := c.gather(every(groups, c.groups))
	if err != nil {
		return nil, err
	}
	defer func() { releaseAll(g.cols) }()
	if len(c.by) > 0 {
		order := sortRuns(c.by, c.cols, g.cols, g.ends)
		for i, col := range g.cols {
			g.cols[i] = expr.Take(c.mem, col, order)
			col.Release()
		}
	}
	return c.finish(c.mem, g)
}

// index lists the rows of each group by counting sort.
func (c *collect) index() {
	if c.indexed {
		return
	}
	c.starts = sized(c.starts, c.groups+1)
	clear(c.starts)
	for _, g := range c.owner {
		c.starts[g+1]++
	}
	for g := range c.groups {
		c.starts[g+1] += c.starts[g]
	}
	c.byGroup = sized(c.byGroup, len(c.owner))
	fill := slices.Clone(c.starts)
	for row, g := range c.owner {
		c.byGroup[fill[g]] = uint32(row)
		fill[g]++
	}
	c.indexed = true
}

// gather copies the rows of groups; the caller releases the columns.
func (c *collect) gather(groups []uint32) (gathered, error) {
	c.index()
	total := 0
	for _, g := range groups {
		total += int(c.starts[g+1] - c.starts[g])
	}
	if total > math.MaxInt32 {
		return gathered{}, tooLarge(c.name, c.pos)
	}
	out := gathered{ends: make([]int32, len(groups))}
	of := make([][]int32, len(c.chunks)) // the rows that each chunk gives
	from := make([]int32, 0, total)      // by row of the result: its chunk
	for i, g := range groups {
		for _, row := range c.byGroup[c.starts[g]:c.starts[g+1]] {
			k := c.chunkOf(int(row))
			of[k] = append(of[k], int32(int(row)-c.chunks[k].from))
			from = append(from, int32(k))
		}
		out.ends[i] = int32(len(from))
	}
	next := make([]int32, len(c.chunks)) // where a chunk's next row is in all of them together
	var used []int
	at := int32(0)
	for k, rows := range of {
		next[k] = at
		at += int32(len(rows))
		if len(rows) > 0 {
			used = append(used, k)
		}
	}
	order := from
	for i, k := range from {
		order[i] = next[k]
		next[k]++
	}
	for col, t := range c.cols {
		a, err := c.column(col, t, used, of, order)
		if err != nil {
			releaseAll(out.cols)
			return gathered{}, err
		}
		out.cols = append(out.cols, a)
	}
	return out, nil
}

// column puts the rows that chunks give into one array, in order.
func (c *collect) column(col int, t types.Type, used []int, of [][]int32, order []int32) (arrow.Array, error) {
	switch len(used) {
	case 0:
		b := array.NewBuilder(c.mem, t.Arrow())
		defer b.Release()
		return b.NewArray(), nil
	case 1:
		return expr.Take(c.mem, c.chunks[used[0]].cols[col], of[used[0]]), nil
	}
	pieces := make([]arrow.Array, len(used))
	defer releaseAll(pieces)
	for i, k := range used {
		pieces[i] = expr.Take(c.mem, c.chunks[k].cols[col], of[k])
	}
	all, err := array.Concatenate(pieces, c.mem)
	if err != nil {
		return nil, err
	}
	defer all.Release()
	return expr.Take(c.mem, all, order), nil
}

// chunkOf finds the chunk of a row.
func (c *collect) chunkOf(row int) int {
	if last := len(c.chunks) - 1; row >= c.chunks[last].from {
		return last
	}
	i, ok := slices.BinarySearchFunc(c.chunks, row, func(k chunk, row int) int { return k.from - row })
	if !ok {
		i--
	}
	return i
}

func (c *collect) Bytes() int64 {
	n := sizeOf(c.owner) + sizeOf(c.starts) + sizeOf(c.byGroup) + int64(c.groups)
	for _, k := range c.chunks {
		n += k.bytes
	}
	return n
}

func (c *collect) Reset() {
	for _, k := range c.chunks {
		releaseAll(k.cols)
	}
	c.chunks, c.owner, c.groups, c.indexed = nil, c.owner[:0], 0, false
}

func (c *collect) Release() {
	c.Reset()
	c.owner, c.starts, c.byGroup, c.rows = nil, nil, nil, nil
}

// tooLarge is the error of rows that no array can hold.
func tooLarge(name string, pos sqlerr.Pos) error {
	return sqlerr.New(sqlerr.OutOfMemory, pos, "%s has more rows than fit in one value", name)
}

// columnBytes is the memory of arrays.
func columnBytes(as []arrow.Array) int64 {
	n := int64(0)
	for _, a := range as {
		n += dataBytes(a.Data())
	}
	return n
}

func dataBytes(d arrow.ArrayData) int64 {
	n := int64(0)
	for _, b := range d.Buffers() {
		if b != nil {
			n += int64(b.Cap())
		}
	}
	for _, c := range d.Children() {
		n += dataBytes(c)
	}
	return n
}
