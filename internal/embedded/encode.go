package embedded

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/sqlerr"
	"millrace/types"
)

// slab is byte strings in one piece of memory.
type slab struct {
	data []byte
	offs []int // where each begins, and where the last one ends
}

// reset empties it. What was in it must not be used any more.
func (s *slab) reset() { s.data, s.offs = s.data[:0], append(s.offs[:0], 0) }

func (s *slab) at(i int) []byte { return s.data[s.offs[i]:s.offs[i+1]:s.offs[i+1]] }

// validity is the NULLs of an array: bits that are set where there is a value; nil where there is one everywhere.
type validity struct {
	bits []byte
	off  int
}

func validityOf(a arrow.Array) validity {
	if a.NullN() == 0 {
		return validity{}
	}
	return validity{a.NullBitmapBytes(), a.Data().Offset()}
}

func (v validity) null(i int) bool { return v.bits != nil && !bitutil.BitIsSet(v.bits, v.off+i) }

// fixedBytes is the values of an array of fixed width, not Booleans.
func fixedBytes(a arrow.Array, width int) []byte {
	from := a.Data().Offset() * width
	return a.Data().Buffers()[1].Bytes()[from : from+a.Len()*width]
}

// varying is the values of an array of no fixed width as bytes.
func varying(a arrow.Array) (offs []int32, data []byte) {
	switch a.DataType().ID() {
	case arrow.STRING, arrow.BINARY:
		bufs := a.Data().Buffers()
		off := a.Data().Offset()
		offs = arrow.Int32Traits.CastFromBytes(bufs[1].Bytes())[off : off+a.Len()+1]
		if bufs[2] != nil {
			data = bufs[2].Bytes()
		}
		return offs, data
	}
	offs = make([]int32, a.Len()+1)
	for i := range a.Len() {
		if !a.IsNull(i) {
			data = appendNested(data, a, i)
		}
		if len(data) > math.MaxInt32 {
			panic("embedded: the nested values of one batch pass 2 GiB")
		}
		offs[i+1] = int32(len(data))
	}
	return offs, data
}

// encode writes rows whose columns are those of the layout.
func (l *layout) encode(cols []arrow.Array, n int) *slab {
	s := &slab{offs: make([]int, n+1)}
	if n == 0 {
		return s
	}
	type bytesOf struct {
		valid validity
		offs  []int32
		data  []byte
	}
	vary := make([]bytesOf, len(l.vary))
	for i := range n {
		s.offs[i+1] = l.head
	}
	for k, c := range l.vary {
		v := bytesOf{valid: validityOf(cols[c])}
		v.offs, v.data = varying(cols[c])
		vary[k] = v
		for i := range n {
			if !v.valid.null(i) {
				s.offs[i+1] += int(v.offs[i+1] - v.offs[i])
			}
		}
	}
	for i := range n {
		s.offs[i+1] += s.offs[i]
	}
	s.data = make([]byte, s.offs[n])
	for c := range l.cols {
		if valid := validityOf(cols[c]); valid.bits != nil {
			for i := range n {
				if valid.null(i) {
					s.data[s.offs[i]+c/8] |= 1 << (c % 8)
				}
			}
		}
		if l.cols[c].width > 0 {
			l.putFixed(s, cols[c], &l.cols[c], n)
		}
	}
	end := make([]int, n) // of the values that vary, behind the head
	for k, c := range l.vary {
		v, at := &vary[k], l.cols[c].at
		for i := range n {
			row := s.data[s.offs[i]:s.offs[i+1]]
			if !v.valid.null(i) {
				end[i] += copy(row[l.head+end[i]:], v.data[v.offs[i]:v.offs[i+1]])
			}
			binary.LittleEndian.PutUint32(row[at:], uint32(end[i]))
		}
	}
	return s
}

func (l *layout) putFixed(s *slab, a arrow.Array, c *column, n int) {
	if c.width == 1 {
		b := a.(*array.Boolean)
		for i := range n {
			if b.Value(i) {
				s.data[s.offs[i]+c.at] = 1
			}
		}
		return
	}
	from := fixedBytes(a, c.width)
	switch c.width {
	case 8:
		for i := range n {
			binary.LittleEndian.PutUint64(s.data[s.offs[i]+c.at:], binary.LittleEndian.Uint64(from[8*i:]))
		}
	case 4:
		for i := range n {
			binary.LittleEndian.PutUint32(s.data[s.offs[i]+c.at:], binary.LittleEndian.Uint32(from[4*i:]))
		}
	default:
		w := c.width
		for i := range n {
			copy(s.data[s.offs[i]+c.at:], from[w*i:w*i+w])
		}
	}
}

// checkNotNull finds a NULL in a column that has none.
func (l *layout) checkNotNull(table catalog.Name, cols []arrow.Array) error {
	for c, col := range l.cols {
		if !col.NotNull || cols[c].NullN() == 0 {
			continue
		}
		valid := validityOf(cols[c])
		for i := range cols[c].Len() {
			if valid.null(i) {
				return sqlerr.New(sqlerr.NotNullViolation, 0, "null value in column %q of relation %q violates not-null constraint", col.Name, table.Table).
					About(sqlerr.Object{Schema: table.Schema, Table: table.Table, Column: col.Name}).
					WithDetail("Failing row contains (%s).", l.text(cols, i))
			}
		}
	}
	return nil
}

// text is a row as a message shows it.
func (l *layout) text(cols []arrow.Array, i int) string {
	var b strings.Builder
	for c := range cols {
		if c > 0 {
			b.WriteString(", ")
		}
		b.WriteString(valueText(cols[c], i, l.cols[c].Type))
	}
	return b.String()
}

func valueText(a arrow.Array, i int, t types.Type) string {
	if a.IsNull(i) {
		return "null"
	}
	return string(types.AppendText(nil, a, i, t))
}

// goMemory is for rows that belong to a statement and to no task.
var goMemory memory.Allocator = memory.DefaultAllocator
