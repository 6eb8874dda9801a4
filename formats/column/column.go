// Package column holds columns under construction: typed buffers from an Arrow allocator that decoders write to by
// row number and hand over to Arrow arrays without copying.
//
// A value is written to a row, not appended: what a column holds is the rows below the number that Take is given.
// So a record that turns out to be bad needs no undoing (its rows are written again by the next), and of two values
// for one row the last wins. Rows are written in order: variable-length values start where the row before ends.
package column

import (
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/types"
)

// Column is one column. The slice that belongs to its kind is as long as Cap; the others are nil.
type Column struct {
	Type types.Type

	I16 []int16          // Int16
	I32 []int32          // Int32, Date
	I64 []int64          // Int64, Time, Timestamp, TimestampTZ
	F32 []float32        // Float32
	F64 []float64        // Float64
	Dec []decimal128.Num // Decimal
	Bit []byte           // Bool: one bit a row, least significant first
	Raw []byte           // UUID: 16 bytes a row
	// Text, Bytes, JSON, Array, Map: row r is Off[r] up to Off[r+1] of Data or of the rows of Kids.
	Off  []int32
	Data []byte
	// Array: the elements. Map: keys and values. Row: the fields, of the same rows as the column itself.
	Kids []*Column

	valid   []byte // nil as long as no row is NULL
	cap     int    // rows
	rows    hint
	bytes   hint
	mem     memory.Allocator
	layout  arrow.DataType
	fixed   []byte // the buffer behind I16 to Raw
	offsets []byte // the buffer behind Off
}

// hint remembers how much the last two batches used. The smaller of the two is what the next one starts with, so
// that one huge value does not make later batches huge.
type hint struct{ last, before int }

func (h *hint) used(n int) { h.last, h.before = n, h.last }
func (h *hint) next() int  { return min(h.last, h.before) }

// New makes a column of a type. INTERVAL and types that hold it cannot be built, nor maps whose keys are not TEXT.
func New(t types.Type, mem memory.Allocator) (*Column, error) {
	c := &Column{Type: t, mem: mem, layout: t.Arrow()}
	var parts []types.Type
	switch t.Kind {
	case types.Unknown, types.Interval:
		return nil, fmt.Errorf("a value of type %s cannot be read from a record", t)
	case types.Array:
		parts = []types.Type{*t.Elem}
	case types.Map:
		if t.Key.Kind != types.Text {
			return nil, fmt.Errorf("the keys of a map in a record are TEXT, not %s", t.Key)
		}
		parts = []types.Type{*t.Key, *t.Elem}
	case types.Row:
		for _, f := range t.Fields {
			parts = append(parts, f.Type)
		}
	}
	for _, p := range parts {
		kid, err := New(p, mem)
		if err != nil {
			return nil, err
		}
		c.Kids = append(c.Kids, kid)
	}
	return c, nil
}

// Cap is the number of rows that can be written.
func (c *Column) Cap() int { return c.cap }

// Grow makes room for at least n rows; what is written stays.
func (c *Column) Grow(n int) {
	if n <= c.cap {
		return
	}
	n = (max(n, c.rows.next(), 2*c.cap) + 63) &^ 63 // whole words of the bitmaps
	if w := c.width(); w > 0 {
		c.fixed = c.mem.Reallocate(n*w/8, c.fixed)
		c.view()
	}
	if c.listed() {
		fresh := c.offsets == nil
		c.offsets = c.mem.Reallocate((n+1)*4, c.offsets)
		c.Off = arrow.Int32Traits.CastFromBytes(c.offsets)
		if fresh {
			c.Off[0] = 0
		}
	}
	if c.valid != nil {
		c.growValid(n)
	}
	if c.Type.Kind == types.Row {
		for _, k := range c.Kids {
			k.Grow(n)
		}
	}
	c.cap = n
}

// width is the number of bits that a row takes in the fixed buffer.
func (c *Column) width() int {
	switch c.Type.Kind {
	case types.Bool:
		return 1
	case types.Int16:
		return 16
	case types.Int32, types.Date, types.Float32:
		return 32
	case types.Int64, types.Time, types.Timestamp, types.TimestampTZ, types.Float64:
		return 64
	case types.Decimal, types.UUID:
		return 128
	}
	return 0
}

func (c *Column) view() {
	b := c.fixed
	switch c.Type.Kind {
	case types.Bool:
		c.Bit = b
	case types.Int16:
		c.I16 = arrow.Int16Traits.CastFromBytes(b)
	case types.Int32, types.Date:
		c.I32 = arrow.Int32Traits.CastFromBytes(b)
	case types.Int64, types.Time, types.Timestamp, types.TimestampTZ:
		c.I64 = arrow.Int64Traits.CastFromBytes(b)
	case types.Float32:
		c.F32 = arrow.Float32Traits.CastFromBytes(b)
	case types.Float64:
		c.F64 = arrow.Float64Traits.CastFromBytes(b)
	case types.Decimal:
		c.Dec = arrow.Decimal128Traits.CastFromBytes(b)
	case types.UUID:
		c.Raw = b
	}
}

// listed reports whether rows are ranges: of bytes or of rows of other columns.
func (c *Column) listed() bool {
	return c.text() || c.Type.Kind == types.Array || c.Type.Kind == types.Map
}

func (c *Column) text() bool {
	return c.Type.Kind == types.Text || c.Type.Kind == types.Bytes || c.Type.Kind == types.JSON
}

func (c *Column) growValid(n int) {
	old := len(c.valid)
	c.valid = c.mem.Reallocate(n/8, c.valid)
	for i := old; i < len(c.valid); i++ {
		c.valid[i] = 0xFF
	}
}

// SetValid says that a row is not NULL. Whoever writes a value to a row calls it.
func (c *Column) SetValid(row int) {
	if c.valid != nil {
		c.valid[row>>3] |= 1 << (row & 7)
	}
}

// SetNull makes a row NULL, with zeros below it: kernels may calculate with the slots of NULLs.
func (c *Column) SetNull(row int) {
	if c.valid == nil {
		c.growValid(c.cap)
	}
	c.valid[row>>3] &^= 1 << (row & 7)
	switch c.Type.Kind {
	case types.Bool:
		c.Bit[row>>3] &^= 1 << (row & 7)
	case types.Int16:
		c.I16[row] = 0
	case types.Int32, types.Date:
		c.I32[row] = 0
	case types.Int64, types.Time, types.Timestamp, types.TimestampTZ:
		c.I64[row] = 0
	case types.Float32:
		c.F32[row] = 0
	case types.Float64:
		c.F64[row] = 0
	case types.Decimal:
		c.Dec[row] = decimal128.Num{}
	case types.UUID:
		clear(c.Raw[16*row : 16*row+16])
	case types.Row:
		for _, k := range c.Kids {
			k.SetNull(row)
		}
	default:
		c.Off[row+1] = c.Off[row]
	}
}

// SetBool writes a row of a Bool column.
func (c *Column) SetBool(row int, v bool) {
	c.Bit[row>>3] &^= 1 << (row & 7)
	if v {
		c.Bit[row>>3] |= 1 << (row & 7)
	}
	c.SetValid(row)
}

// SetBytes writes a row of a Text, Bytes or JSON column. It fails only where the column would pass 2 GiB.
func (c *Column) SetBytes(row int, v []byte) bool {
	at := int(c.Off[row])
	end := at + len(v)
	if end > len(c.Data) && !c.growData(end) {
		return false
	}
	copy(c.Data[at:end], v)
	c.Off[row+1] = int32(end)
	c.SetValid(row)
	return true
}

// SetString is SetBytes of a string.
func (c *Column) SetString(row int, v string) bool {
	room, ok := c.Room(row, len(v))
	if !ok {
		return false
	}
	c.SetLen(row, copy(room, v))
	return true
}

// Room is at least n bytes that a row's value can be written to, ended by SetLen. It fails only where the column
// would pass 2 GiB.
func (c *Column) Room(row, n int) ([]byte, bool) {
	at := int(c.Off[row])
	if at+n > len(c.Data) && !c.growData(at+n) {
		return nil, false
	}
	return c.Data[at:], true
}

// SetLen ends a value written to Room, or a list whose elements were written to Kids.
func (c *Column) SetLen(row, n int) {
	c.Off[row+1] = c.Off[row] + int32(n)
	c.SetValid(row)
}

func (c *Column) growData(n int) bool {
	if n > math.MaxInt32 {
		return false
	}
	want := max(n, 2*len(c.Data), 1024)
	if c.Data == nil {
		want = max(want, c.bytes.next()+c.bytes.next()/8)
	}
	c.Data = c.mem.Reallocate(min((want+63)&^63, math.MaxInt32), c.Data)
	return true
}

// Take hands over the first n rows as an array and starts again with none. The caller releases it.
func (c *Column) Take(n int) arrow.Array {
	d := c.data(n)
	defer d.Release()
	return array.MakeFromData(d)
}

func (c *Column) data(n int) *array.Data {
	c.Grow(max(n, 1))
	nulls := 0
	if c.valid != nil {
		nulls = n - bitutil.CountSetBits(c.valid, 0, n)
		if nulls == 0 {
			c.mem.Free(c.valid)
			c.valid = nil
		}
	}
	bufs := []*memory.Buffer{c.wrap(c.valid)}
	var kids []arrow.ArrayData
	switch {
	case c.text():
		used := int(c.Off[n])
		if c.Data == nil {
			c.growData(0)
		}
		bufs = append(bufs, c.wrap(c.offsets), c.wrap(c.Data))
		c.bytes.used(used)
	case c.Type.Kind == types.Array:
		kids = append(kids, c.Kids[0].data(int(c.Off[n])))
		bufs = append(bufs, c.wrap(c.offsets))
	case c.Type.Kind == types.Map:
		used := int(c.Off[n])
		key, value := c.Kids[0].data(used), c.Kids[1].data(used)
		entries := c.layout.(*arrow.MapType).Elem()
		kids = append(kids, array.NewData(entries, used, []*memory.Buffer{nil}, []arrow.ArrayData{key, value}, 0, 0))
		key.Release()
		value.Release()
		bufs = append(bufs, c.wrap(c.offsets))
	case c.Type.Kind == types.Row:
		for _, k := range c.Kids {
			kids = append(kids, k.data(n))
		}
	default:
		bufs = append(bufs, c.wrap(c.fixed))
	}
	d := array.NewData(c.layout, n, bufs, kids, nulls, 0)
	for _, b := range bufs {
		if b != nil {
			b.Release()
		}
	}
	for _, k := range kids {
		k.Release()
	}
	c.rows.used(n)
	c.forget()
	return d
}

// wrap makes an Arrow buffer that gives b back to the allocator when the last array lets go of it.
func (c *Column) wrap(b []byte) *memory.Buffer {
	if b == nil {
		return nil
	}
	return memory.NewBufferWithAllocator(b, c.mem)
}

func (c *Column) forget() {
	c.I16, c.I32, c.I64, c.F32, c.F64, c.Dec, c.Bit, c.Raw, c.Off, c.Data = nil, nil, nil, nil, nil, nil, nil, nil, nil, nil
	c.valid, c.fixed, c.offsets, c.cap = nil, nil, nil, 0
}

// Release gives back the memory of rows that were not taken.
func (c *Column) Release() {
	for _, b := range [][]byte{c.valid, c.fixed, c.offsets, c.Data} {
		if b != nil {
			c.mem.Free(b)
		}
	}
	c.forget()
	for _, k := range c.Kids {
		k.Release()
	}
}
