package pgwire

import (
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/jackc/pgx/v5/pgproto3"

	"millrace/types"
)

// rowDescription describes columns. formats are those that Bind has asked for: none is text, one is that of all columns.
func rowDescription(s types.Schema, formats []int16) *pgproto3.RowDescription {
	d := &pgproto3.RowDescription{Fields: make([]pgproto3.FieldDescription, len(s))}
	for i, col := range s {
		d.Fields[i] = pgproto3.FieldDescription{
			Name: []byte(col.Name), DataTypeOID: oid(col.Type), DataTypeSize: col.Type.PGSize(), TypeModifier: col.Type.PGModifier(),
			Format: formatOf(formats, i),
		}
	}
	return d
}

// oid is a column's: in PostgreSQL no column is of an unknown type.
func oid(t types.Type) uint32 {
	if t.Kind == types.Unknown {
		t = types.Of(types.Text)
	}
	return t.OID()
}

func formatOf(formats []int16, i int) int16 {
	switch len(formats) {
	case 0:
		return pgproto3.TextFormat
	case 1:
		return formats[0]
	}
	return formats[i]
}

// rowWriter makes DataRow messages of batches.
type rowWriter struct {
	schema  types.Schema
	formats []int16
	columns []*types.PGColumn
}

// begin starts a batch.
func (w *rowWriter) begin(rec arrow.RecordBatch) {
	w.columns = w.columns[:0]
	for i, col := range rec.Columns() {
		w.columns = append(w.columns, types.NewPGColumn(col, w.schema[i].Type, formatOf(w.formats, i) == pgproto3.BinaryFormat))
	}
}

// append appends row i of the batch.
func (w *rowWriter) append(buf []byte, i int) ([]byte, error) {
	start := len(buf)
	buf = append(buf, 'D', 0, 0, 0, 0, byte(len(w.columns)>>8), byte(len(w.columns)))
	var err error
	for _, c := range w.columns {
		if buf, err = c.AppendField(buf, i); err != nil {
			return buf[:start], err
		}
	}
	binary.BigEndian.PutUint32(buf[start+1:], uint32(len(buf)-start-1))
	return buf, nil
}
