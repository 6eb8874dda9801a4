package expr

import (
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// newBuffer allocates size bytes. Their content is whatever the allocator gives: write all of them.
func newBuffer(mem memory.Allocator, size int) *memory.Buffer {
	buf := memory.NewResizableBuffer(mem)
	buf.Resize(size)
	return buf
}

// newArray makes an array of n values over buffers that it takes over. nulls must be right: it is not counted again.
func newArray(dt arrow.DataType, n, nulls int, buffers ...*memory.Buffer) arrow.Array {
	return newNested(dt, n, nulls, nil, buffers...)
}

// newNested is newArray with the children of a list, map or struct, which it takes over too.
func newNested(dt arrow.DataType, n, nulls int, children []arrow.Array, buffers ...*memory.Buffer) arrow.Array {
	var childData []arrow.ArrayData
	for _, c := range children {
		childData = append(childData, c.Data())
	}
	data := array.NewData(dt, n, buffers, childData, nulls, 0)
	a := array.MakeFromData(data)
	data.Release()
	for _, b := range buffers {
		if b != nil {
			b.Release()
		}
	}
	for _, c := range children {
		c.Release()
	}
	return a
}

// pod is what a fixed width value is held in. UUIDs go as decimal128.Num: sixteen bytes that nobody looks into.
type pod interface {
	int16 | int32 | int64 | float32 | float64 | decimal128.Num | arrow.MonthDayNanoInterval
}

// pods is the values of a fixed width array as a slice, its offset applied.
func pods[T pod](a arrow.Array) []T {
	d := a.Data()
	if d.Len() == 0 {
		return nil
	}
	return arrow.GetData[T](d.Buffers()[1].Bytes())[d.Offset() : d.Offset()+d.Len()]
}

// newPods allocates n values, whatever they hold.
func newPods[T pod](mem memory.Allocator, n, width int) (*memory.Buffer, []T) {
	buf := newBuffer(mem, n*width)
	return buf, arrow.GetData[T](buf.Bytes())
}

// newInts allocates n offsets, whatever they hold.
func newInts(mem memory.Allocator, n int) (*memory.Buffer, []int32) { return newPods[int32](mem, n, 4) }

// boolBits is the values of a Boolean array.
func boolBits(a arrow.Array) bitmap {
	d := a.Data()
	if d.Len() == 0 {
		return bitmap{buf: []byte{}}
	}
	return bitmap{d.Buffers()[1].Bytes(), d.Offset()}
}

// varlen is the values of a String or Binary array: value i is data[offs[i]:offs[i+1]].
type varlen struct {
	offs []int32
	data []byte
}

func varlens(a arrow.Array) varlen {
	v := varlen{offs: offsets(a)}
	if buf := a.Data().Buffers()[2]; buf != nil {
		v.data = buf.Bytes()
	}
	return v
}

// offsets is where the values of a String, Binary, List or Map array begin, and where the last one ends.
func offsets(a arrow.Array) []int32 {
	d := a.Data()
	if d.Len() == 0 {
		return []int32{0}
	}
	return arrow.GetData[int32](d.Buffers()[1].Bytes())[d.Offset() : d.Offset()+d.Len()+1]
}

func (v *varlen) at(i int) []byte { return v.data[v.offs[i]:v.offs[i+1]] }

// checkOffsets panics where a batch would hold more text than Arrow's 32-bit offsets can say. Batches have a few
// thousand rows, so this takes values of hundreds of kilobytes each; the job that does it stops with this message.
func checkOffsets(bytes int64) {
	if bytes > math.MaxInt32 {
		panic(fmt.Sprintf("a batch with %d bytes in one column: Arrow's offsets end at %d", bytes, math.MaxInt32))
	}
}
