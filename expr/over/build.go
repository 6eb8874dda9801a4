package over

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr"
)

// fixed makes an array of a value a row, none of them NULL.
func fixed[T any](in *Input, dt arrow.DataType, width int, cast func([]byte) []T, set func([]T)) arrow.Array {
	buf := memory.NewResizableBuffer(in.Mem)
	defer buf.Release()
	buf.Resize(in.rows() * width)
	set(cast(buf.Bytes()))
	data := array.NewData(dt, in.rows(), []*memory.Buffer{nil, buf}, nil, 0, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

// absent is the row of a value that there is not.
const absent = int32(-1)

// takeOr is expr.Take with NULL for rows that are absent.
func takeOr(mem memory.Allocator, a arrow.Array, rows []int32) (arrow.Array, error) {
	null := int32(-1)
	for i, r := range rows {
		if r == absent {
			rows[i] = int32(a.Len())
			null = int32(a.Len())
		}
	}
	if null < 0 {
		return expr.Take(mem, a, rows), nil
	}
	none := array.MakeArrayOfNull(mem, a.DataType(), 1)
	defer none.Release()
	all, err := array.Concatenate([]arrow.Array{a, none}, mem)
	if err != nil {
		return nil, err
	}
	defer all.Release()
	return expr.Take(mem, all, rows), nil
}

// identity reports whether rows are 0, 1, 2, … to n-1.
func identity(rows []int32, n int) bool {
	if len(rows) != n {
		return false
	}
	for i, r := range rows {
		if int(r) != i {
			return false
		}
	}
	return true
}
