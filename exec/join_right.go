package exec

import (
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
)

// keptSide is the columns of the right side that a join needs: pieces while it comes, and one array each when it has
// ended.
type keptSide struct {
	mem    memory.Allocator
	cols   []int // of the input
	at     []int // where a column of the input is in cols; -1: it is not kept
	pieces [][]arrow.Array
	n      int
	size   int64 // bytes
	whole  []arrow.Array
}

func newKeptSide(mem memory.Allocator, width int, cols []int) *keptSide {
	k := &keptSide{mem: mem, cols: cols, at: make([]int, width), pieces: make([][]arrow.Array, len(cols))}
	for i := range k.at {
		k.at[i] = -1
	}
	for i, c := range cols {
		k.at[c] = i
	}
	return k
}

// add keeps the rows of rec, which stays the caller's to release.
func (k *keptSide) add(rec arrow.RecordBatch) {
	k.n += int(rec.NumRows())
	for i, c := range k.cols {
		a := rec.Column(c)
		a.Retain()
		k.pieces[i] = append(k.pieces[i], a)
		k.size += valueBytes(a)
	}
}

// finish makes each column one array. One column at a time stands there twice.
func (k *keptSide) finish(name string) error {
	if k.n > math.MaxInt32-1 {
		return outOfMemory(name, sqlerr.New(sqlerr.OutOfMemory, 0, "%d rows in one part of a join", k.n))
	}
	for i := range k.cols {
		pieces := k.pieces[i]
		if len(pieces) == 0 {
			continue
		}
		a, err := array.Concatenate(pieces, k.mem)
		if err != nil {
			return outOfMemory(name, err)
		}
		release(pieces)
		k.pieces[i] = nil
		k.whole = append(k.whole, a)
	}
	return nil
}

// column is a column of the input, all rows of it; nil where there are none.
func (k *keptSide) column(c int) arrow.Array {
	if k.n == 0 {
		return nil
	}
	return k.whole[k.at[c]]
}

// drop forgets the columns that are not among those needed, and says how many bytes that frees.
func (k *keptSide) drop(needed []int) int64 {
	before := k.size
	for c, i := range k.at {
		if i < 0 || slices.Contains(needed, c) || k.n == 0 {
			continue
		}
		k.size -= valueBytes(k.whole[i])
		k.whole[i].Release()
		k.whole[i] = array.NewNull(0)
	}
	return before - k.size
}

func (k *keptSide) close() {
	for _, p := range k.pieces {
		release(p)
	}
	release(k.whole)
	k.pieces, k.whole, k.n, k.size = make([][]arrow.Array, len(k.cols)), nil, 0, 0
}

// valueBytes is the memory that the values of an array take when they are copied: of a slice, those of the slice.
func valueBytes(a arrow.Array) int64 {
	n := int64(a.Len())
	if n == 0 {
		return 0
	}
	size := int64(0)
	if a.NullN() > 0 {
		size = (n + 7) / 8
	}
	inner := func(values arrow.Array, from, to int64) int64 {
		part := array.NewSlice(values, from, to)
		defer part.Release()
		return 4*n + valueBytes(part)
	}
	switch a := a.(type) {
	case *array.Boolean:
		return size + (n+7)/8
	case *array.String:
		return size + 4*n + span(a.ValueOffsets())
	case *array.Binary:
		return size + 4*n + span(a.ValueOffsets())
	case array.ListLike: // a Map too
		from, _ := a.ValueOffsets(0)
		_, to := a.ValueOffsets(a.Len() - 1)
		return size + inner(a.ListValues(), from, to)
	case *array.Struct:
		for f := range a.NumField() {
			size += valueBytes(a.Field(f))
		}
		return size
	}
	if dt, ok := a.DataType().(arrow.FixedWidthDataType); ok {
		return size + n*int64(dt.BitWidth()/8)
	}
	return size
}

// span is how far the last of some offsets is from the first.
func span(offsets []int32) int64 { return int64(offsets[len(offsets)-1] - offsets[0]) }
