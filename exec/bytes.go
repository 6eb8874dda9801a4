package exec

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// recordBytes is valueBytes of all columns.
func recordBytes(rec arrow.RecordBatch) int64 {
	n := int64(0)
	for _, a := range rec.Columns() {
		n += valueBytes(a)
	}
	return n
}

// valueBytes is the memory that the values of an array take: of a slice, those of the slice. The batches that an operator
// keeps are often slices of one that came in a piece, and all of its buffers would be counted with each of them.
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
