package embedded

import (
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// decode makes an array of one column of rows.
func (l *layout) decode(mem memory.Allocator, rows *slab, c int) arrow.Array {
	n := len(rows.offs) - 1
	col := &l.cols[c]
	switch {
	case n == 0:
		b := array.NewBuilder(mem, col.dt)
		defer b.Release()
		return b.NewArray()
	case col.width == 0 && col.dt.ID() != arrow.STRING && col.dt.ID() != arrow.BINARY:
		return l.decodeNested(mem, rows, c)
	}
	nulls, nullN := l.decodeNulls(mem, rows, c)
	var bufs []*memory.Buffer
	if col.width > 0 {
		bufs = []*memory.Buffer{nulls, l.decodeFixed(mem, rows, col)}
	} else {
		offs, data := l.decodeBytes(mem, rows, c)
		bufs = []*memory.Buffer{nulls, offs, data}
	}
	d := array.NewData(col.dt, n, bufs, nil, nullN, 0)
	defer d.Release()
	for _, b := range bufs {
		if b != nil {
			b.Release()
		}
	}
	return array.MakeFromData(d)
}

func newBuffer(mem memory.Allocator, size int) *memory.Buffer {
	b := memory.NewResizableBuffer(mem)
	b.Resize(size)
	return b
}

// decodeNulls is the bitmap of a column; nil where it has no NULL.
func (l *layout) decodeNulls(mem memory.Allocator, rows *slab, c int) (*memory.Buffer, int) {
	n := len(rows.offs) - 1
	nullN := 0
	at, bit := c/8, c%8
	for i := range n {
		nullN += int(rows.data[rows.offs[i]+at] >> bit & 1)
	}
	if nullN == 0 {
		return nil, 0
	}
	b := newBuffer(mem, int(bitutil.BytesForBits(int64(n))))
	clear(b.Bytes())
	bits := b.Bytes()
	for i := range n {
		bits[i/8] |= (^rows.data[rows.offs[i]+at] >> bit & 1) << (i % 8)
	}
	return b, nullN
}

func (l *layout) decodeFixed(mem memory.Allocator, rows *slab, col *column) *memory.Buffer {
	n := len(rows.offs) - 1
	if col.width == 1 {
		b := newBuffer(mem, int(bitutil.BytesForBits(int64(n))))
		clear(b.Bytes())
		bits := b.Bytes()
		for i := range n {
			bits[i/8] |= rows.data[rows.offs[i]+col.at] << (i % 8)
		}
		return b
	}
	b := newBuffer(mem, n*col.width)
	to, at := b.Bytes(), col.at
	switch col.width {
	case 8:
		for i := range n {
			binary.LittleEndian.PutUint64(to[8*i:], binary.LittleEndian.Uint64(rows.data[rows.offs[i]+at:]))
		}
	case 4:
		for i := range n {
			binary.LittleEndian.PutUint32(to[4*i:], binary.LittleEndian.Uint32(rows.data[rows.offs[i]+at:]))
		}
	default:
		for i := range n {
			from := rows.offs[i] + at
			copy(to[i*col.width:], rows.data[from:from+col.width])
		}
	}
	return b
}

// bytes is the value of a column that varies, in a row.
func (l *layout) bytes(row []byte, c int) []byte {
	at := l.cols[c].at
	from := 0
	if c != l.vary[0] {
		from = int(binary.LittleEndian.Uint32(row[at-4:]))
	}
	return row[l.head+from : l.head+int(binary.LittleEndian.Uint32(row[at:]))]
}

func (l *layout) decodeBytes(mem memory.Allocator, rows *slab, c int) (offs, data *memory.Buffer) {
	n := len(rows.offs) - 1
	offs = newBuffer(mem, 4*(n+1))
	ends := arrow.Int32Traits.CastFromBytes(offs.Bytes())[:n+1]
	ends[0] = 0
	le, at := binary.LittleEndian, l.cols[c].at
	if c == l.vary[0] { // what is in front of it is the head
		for i, off := range rows.offs[:n] {
			ends[i+1] = ends[i] + int32(le.Uint32(rows.data[off+at:]))
		}
	} else {
		for i, off := range rows.offs[:n] {
			both := le.Uint64(rows.data[off+at-4:])
			ends[i+1] = ends[i] + int32(uint32(both>>32)-uint32(both))
		}
	}
	data = newBuffer(mem, int(ends[n]))
	to := data.Bytes()
	for i, off := range rows.offs[:n] {
		end := off + l.head + int(le.Uint32(rows.data[off+at:]))
		copy(to[ends[i]:ends[i+1]], rows.data[end-int(ends[i+1]-ends[i]):end])
	}
	return offs, data
}

func (l *layout) decodeNested(mem memory.Allocator, rows *slab, c int) arrow.Array {
	b := array.NewBuilder(mem, l.cols[c].dt)
	defer b.Release()
	for i := range len(rows.offs) - 1 {
		row := rows.at(i)
		if row[c/8]>>(c%8)&1 == 1 {
			b.AppendNull()
		} else {
			buildNested(b, l.bytes(row, c))
		}
	}
	return b.NewArray()
}
