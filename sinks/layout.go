package sinks

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

// Layout puts the columns of a query where those of the table are, for sinks that write whole records: columns in
// the order of the table, those that the query does not give NULL.
type Layout struct {
	Schema types.Schema // the table's columns that are stored in records: neither METADATA nor computed
	from   []int        // of the query's columns; -1: not given
	arrow  *arrow.Schema
	same   bool // the query gives just these columns in this order
}

// NewLayout makes the layout of a write. A query that writes to a METADATA or computed column is refused, and so is
// one that leaves out a NOT NULL column.
func NewLayout(w *Write) (*Layout, error) {
	given := make(map[int]int, len(w.Columns)) // position in the table to that in the query
	for i, c := range w.Columns {
		given[c] = i
	}
	l := &Layout{}
	for i, c := range w.Table.Columns {
		from, ok := given[i]
		switch {
		case c.Metadata != "" || c.Computed != "":
			if ok {
				return nil, sqlerr.New(sqlerr.InvalidDefinition, c.Pos, "column %q of table %q cannot be written", c.Name, w.Table.Name).
					WithHint("Name the columns to write: INSERT INTO %s (…).", w.Table.Name)
			}
			continue
		case !ok && c.NotNull:
			return nil, sqlerr.New(sqlerr.NotNullViolation, c.Pos, "column %q of table %q is NOT NULL, but the query gives no value for it", c.Name, w.Table.Name)
		case !ok:
			from = -1
		}
		l.Schema = append(l.Schema, c.Column)
		l.from = append(l.from, from)
	}
	l.arrow = l.Schema.Arrow()
	l.same = len(l.from) == len(w.Columns)
	for i, from := range l.from {
		l.same = l.same && from == i
	}
	return l, nil
}

// Record is the rows of the query as rows of the table; the caller releases it. A NULL in a NOT NULL column is an
// error.
func (l *Layout) Record(rec arrow.RecordBatch, mem memory.Allocator) (arrow.RecordBatch, error) {
	for i, from := range l.from {
		if from >= 0 && l.Schema[i].NotNull && rec.Column(from).NullN() > 0 {
			return nil, sqlerr.New(sqlerr.NotNullViolation, 0, "column %q is NOT NULL, but the query gives NULL", l.Schema[i].Name)
		}
	}
	if l.same {
		rec.Retain()
		return rec, nil
	}
	cols := make([]arrow.Array, len(l.from))
	for i, from := range l.from {
		if from >= 0 {
			cols[i] = rec.Column(from)
			cols[i].Retain()
		} else {
			cols[i] = array.MakeArrayOfNull(mem, l.arrow.Field(i).Type, int(rec.NumRows()))
		}
	}
	out := array.NewRecordBatch(l.arrow, cols, rec.NumRows())
	for _, c := range cols {
		c.Release()
	}
	return out, nil
}
