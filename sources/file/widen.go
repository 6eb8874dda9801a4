package file

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/types"
)

// widenFunc makes a column of the declared type of the one in the file; the caller releases what it returns.
type widenFunc func(a arrow.Array, mem memory.Allocator) (arrow.Array, error)

// widening tells whether a column of a file may be declared of another type, every value of which it has: longer
// integers and floats, decimals with more digits in front of the point, JSON that is kept as text. nil: as it is.
func widening(from, to types.Type) (widenFunc, bool) {
	switch {
	case from.Kind == types.Unknown:
		return nil, false
	case from.Equal(to):
		return nil, true
	case from.Kind == types.Int16 && to.Kind == types.Int32:
		return widen[int16, int32](to), true
	case from.Kind == types.Int16 && to.Kind == types.Int64:
		return widen[int16, int64](to), true
	case from.Kind == types.Int32 && to.Kind == types.Int64:
		return widen[int32, int64](to), true
	case from.Kind == types.Float32 && to.Kind == types.Float64:
		return widen[float32, float64](to), true
	case from.Kind == types.Decimal && to.Kind == types.Decimal && from.Scale == to.Scale && (from.Precision <= to.Precision || to.Precision == 0):
		return relabel(to), true
	case from.Kind == types.Text && to.Kind == types.JSON:
		return checkJSON, true
	case from.Kind == types.JSON && to.Kind == types.Text:
		return nil, true
	}
	return nil, false
}

// widen converts every value, those of NULLs included.
func widen[From, To int16 | int32 | int64 | float32 | float64](to types.Type) widenFunc {
	dt := to.Arrow()
	return func(a arrow.Array, mem memory.Allocator) (arrow.Array, error) {
		d := a.Data()
		in := arrow.GetValues[From](d, 1)
		values := memory.NewResizableBuffer(mem)
		defer values.Release()
		values.Resize(dt.(arrow.FixedWidthDataType).Bytes() * len(in))
		out := arrow.GetData[To](values.Bytes())
		for i, v := range in {
			out[i] = To(v)
		}
		valid := validity(d, mem)
		if valid != nil {
			defer valid.Release()
		}
		data := array.NewData(dt, d.Len(), []*memory.Buffer{valid, values}, nil, d.NullN(), 0)
		defer data.Release()
		return array.MakeFromData(data), nil
	}
}

// validity is a column's bitmap from its first row on; nil where it has none.
func validity(d arrow.ArrayData, mem memory.Allocator) *memory.Buffer {
	bits := d.Buffers()[0]
	if bits == nil || d.NullN() == 0 {
		return nil
	}
	if d.Offset() == 0 {
		bits.Retain()
		return bits
	}
	out := memory.NewResizableBuffer(mem)
	out.Resize(int(bitutil.BytesForBits(int64(d.Len()))))
	bitutil.CopyBitmap(bits.Bytes(), d.Offset(), d.Len(), out.Bytes(), 0)
	return out
}

// relabel gives the same bytes another type.
func relabel(to types.Type) widenFunc {
	dt := to.Arrow()
	return func(a arrow.Array, _ memory.Allocator) (arrow.Array, error) {
		d := a.Data()
		data := array.NewData(dt, d.Len(), d.Buffers(), nil, d.NullN(), d.Offset())
		defer data.Release()
		return array.MakeFromData(data), nil
	}
}

func checkJSON(a arrow.Array, _ memory.Allocator) (arrow.Array, error) {
	s := a.(*array.String)
	for i := range s.Len() {
		if !s.IsNull(i) {
			if err := types.CheckJSON(s.Value(i)); err != nil {
				return nil, err
			}
		}
	}
	a.Retain()
	return a, nil
}
