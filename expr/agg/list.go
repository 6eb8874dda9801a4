package agg

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr"
	"millrace/types"
)

// makeList makes an array of lists: list i is the elements from ends[i-1] to ends[i]. nulls, where it is not nil, has
// the NULLs.
func makeList(mem memory.Allocator, elem types.Type, ends []int32, elems arrow.Array, nulls *nullMask) arrow.Array {
	offs := memory.NewResizableBuffer(mem)
	defer offs.Release()
	offs.Resize(4 * (len(ends) + 1))
	out := arrow.Int32Traits.CastFromBytes(offs.Bytes())
	out[0] = 0
	copy(out[1:], ends)
	buffers, n := []*memory.Buffer{nil, offs}, 0
	if nulls != nil {
		buffers[0], n = nulls.buf, nulls.n
	}
	data := array.NewData(types.ArrayOf(elem).Arrow(), len(ends), buffers, []arrow.ArrayData{elems.Data()}, n, 0)
	defer data.Release()
	return array.NewListData(data)
}

// spread is the elements of columns of lists, and for each the group of its list. The lists of a row are of one length.
func spread(mem memory.Allocator, groups []uint32, lists []arrow.Array) (owners []uint32, elems []arrow.Array) {
	var rows []int32
	for c, a := range lists {
		list := a.(*array.List)
		rows = rows[:0]
		for i, g := range groups {
			start, end := list.ValueOffsets(i)
			for j := start; j < end; j++ {
				rows = append(rows, int32(j))
				if c == 0 {
					owners = append(owners, g)
				}
			}
		}
		elems = append(elems, expr.Take(mem, list.ListValues(), rows))
	}
	return owners, elems
}

func releaseAll(as []arrow.Array) {
	for _, a := range as {
		if a != nil {
			a.Release()
		}
	}
}
