package embedded

import (
	"github.com/apache/arrow-go/v18/arrow"

	"millrace/catalog"
	"millrace/types"
)

// layout is how the rows of a table are written:
//
//	a bit a column, set where it is NULL
//	the columns of fixed width, as Arrow has them; a Boolean is a byte
//	4 bytes for each of the others: where it ends, from the end of these
//	the others, one behind the other; nested values as nested.go writes them
//
// So a column is found without reading those in front of it. All numbers are little-endian.
type layout struct {
	cols []column
	vary []int // the columns that have no fixed width
	bits int   // bytes of the NULL bits
	head int   // bytes in front of the values that vary
}

// column is a column that is stored.
type column struct {
	types.Column
	table int // position in the table
	dt    arrow.DataType
	width int // bytes; 0: it varies
	at    int // where it is, or where its end is
}

// newLayout lays out the columns that are stored: neither METADATA nor computed.
func newLayout(t *catalog.Table) *layout {
	l := &layout{}
	for i, c := range t.Columns {
		if c.Metadata == "" && c.Computed == "" {
			l.cols = append(l.cols, column{Column: c.Column, table: i, dt: c.Type.Arrow(), width: widthOf(c.Type)})
		}
	}
	l.bits = (len(l.cols) + 7) / 8
	l.head = l.bits
	for i := range l.cols {
		if c := &l.cols[i]; c.width > 0 {
			c.at = l.head
			l.head += c.width
		}
	}
	for i := range l.cols {
		if c := &l.cols[i]; c.width == 0 {
			c.at = l.head
			l.head += 4
			l.vary = append(l.vary, i)
		}
	}
	return l
}

// widthOf is the bytes of a value; 0: it varies.
func widthOf(t types.Type) int {
	switch t.Kind {
	case types.Bool:
		return 1
	case types.Int16:
		return 2
	case types.Int32, types.Float32, types.Date:
		return 4
	case types.Int64, types.Float64, types.Time, types.Timestamp, types.TimestampTZ:
		return 8
	case types.Decimal, types.Interval, types.UUID:
		return 16
	}
	return 0
}

// schema is the stored columns.
func (l *layout) schema() types.Schema {
	out := make(types.Schema, len(l.cols))
	for i, c := range l.cols {
		out[i] = c.Column
	}
	return out
}

// position is where a column of the table is among those that are stored.
func (l *layout) position(table int) int {
	for i := range l.cols {
		if l.cols[i].table == table {
			return i
		}
	}
	return -1
}
