package expr

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/types"
)

// listColumn is an argument that is an array: the elements of row i are elems[from:to] of span.
type listColumn struct {
	elems arrow.Array
	offs  []int32
	has   boolColumn
	mask  int
}

func (in *Input) list(k int) listColumn {
	l := in.args[k].(array.ListLike)
	return listColumn{elems: l.ListValues(), offs: offsets(in.args[k]), has: in.present(k), mask: in.mask(k)}
}

func (c *listColumn) span(i int) (from, to int) {
	i &= c.mask
	return int(c.offs[i]), int(c.offs[i+1])
}

// picker collects the elements of one list after the other, by where they stand in the sources.
type picker struct {
	base []int32
	rows []int32
}

func (p *picker) add(source, at int) { p.rows = append(p.rows, p.base[source]+int32(at)) }

func (p *picker) addSpan(source, from, to int) {
	for at := from; at < to; at++ {
		p.add(source, at)
	}
}

// pickLists makes a result of arrays whose elements are those of the sources; row picks those of a row, or says that it
// is NULL.
func (in *Input) pickLists(sources []arrow.Array, row func(i int, p *picker) (bool, error)) (arrow.Array, error) {
	p := &picker{base: make([]int32, len(sources))}
	for k := 1; k < len(sources); k++ {
		p.base[k] = p.base[k-1] + int32(sources[k-1].Len())
	}
	offBuf, offs := newInts(in.Mem, in.N+1)
	offs[0] = 0
	var lost []int32
	for i := range in.N {
		ok, err := row(i, p)
		if err != nil {
			offBuf.Release()
			return nil, err
		}
		if !ok {
			lost = append(lost, int32(i))
		}
		checkOffsets(int64(len(p.rows)))
		offs[i+1] = int32(len(p.rows))
	}
	from := sources[0]
	if len(sources) > 1 {
		var err error
		if from, err = array.Concatenate(sources, in.Mem); err != nil {
			offBuf.Release()
			return nil, err
		}
		defer from.Release()
	}
	nulls, nullN := nullsWithout(in.Mem, in.N, bitmap{}, lost)
	return newNested(in.call.typ.Arrow(), in.N, nullN, []arrow.Array{Take(in.Mem, from, p.rows)}, nulls, offBuf), nil
}

// textLists makes a result of arrays of text; row appends the elements of a row, or says that it is NULL.
func (in *Input) textLists(row func(i int, out *array.StringBuilder) (bool, error)) (arrow.Array, error) {
	b := array.NewStringBuilder(in.Mem)
	defer b.Release()
	offBuf, offs := newInts(in.Mem, in.N+1)
	offs[0] = 0
	var lost []int32
	for i := range in.N {
		ok, err := row(i, b)
		if err != nil {
			offBuf.Release()
			return nil, err
		}
		if !ok {
			lost = append(lost, int32(i))
		}
		offs[i+1] = int32(b.Len())
	}
	nulls, nullN := nullsWithout(in.Mem, in.N, bitmap{}, lost)
	return newNested(in.call.typ.Arrow(), in.N, nullN, []arrow.Array{b.NewArray()}, nulls, offBuf), nil
}

// nullableFixed makes a result of one value a row, or NULL.
func nullableFixed[T pod](in *Input, width int, value func(i int) (T, bool, error)) (arrow.Array, error) {
	buf, dst := newPods[T](in.Mem, in.N, width)
	var lost []int32
	for i := range dst {
		v, ok, err := value(i)
		if err != nil {
			buf.Release()
			return nil, err
		}
		if dst[i] = v; !ok {
			lost = append(lost, int32(i))
		}
	}
	nulls, nullN := nullsWithout(in.Mem, in.N, bitmap{}, lost)
	return newArray(in.call.typ.Arrow(), in.N, nullN, nulls, buf), nil
}

// elementsEqual compares elements of two lists, a NULL being equal to a NULL.
func elementsEqual(t types.Type, a, b arrow.Array) func(i, j int) bool {
	cmp := withNulls(a, b, comparator(t, a, b))
	return func(i, j int) bool { return cmp(i, j) == 0 }
}

// elementType is the type of the elements of argument k.
func (c *Call) elementType(k int) types.Type { return *c.args[k].Type().Elem }

// nullableBools makes a kernel's result of one Boolean a row, or none.
func (in *Input) nullableBools(value func(i int) (v, ok bool, err error)) (arrow.Array, error) {
	buf := newBuffer(in.Mem, bitBytes(in.N))
	dst := buf.Bytes()
	clear(dst)
	var lost []int32
	for i := range in.N {
		v, ok, err := value(i)
		if err != nil {
			buf.Release()
			return nil, err
		}
		if !ok {
			lost = append(lost, int32(i))
		} else if v {
			setBit(dst, i)
		}
	}
	nulls, nullN := nullsWithout(in.Mem, in.N, bitmap{}, lost)
	return newArray(arrow.FixedWidthTypes.Boolean, in.N, nullN, nulls, buf), nil
}
