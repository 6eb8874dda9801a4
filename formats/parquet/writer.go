package parquet

import (
	"errors"
	"fmt"
	"io"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"millrace/sqlerr"
	"millrace/types"
)

// groupRows is the number of rows after which a row group ends: a part that can be read on its own.
const groupRows = 1 << 17

// writer writes a file. A row group is kept, encoded and compressed, until it is full.
type writer struct {
	w       *file.Writer
	group   file.BufferedRowGroupWriter // nil: none is open
	rows    int64                       // in it
	encode  []encodeFunc
	defs    []int16
	columns types.Schema
}

// encodeFunc writes a column of a batch; defs has a level a row.
type encodeFunc func(out file.ColumnChunkWriter, a arrow.Array, defs []int16) error

func newWriter(w io.Writer, have types.Schema, opts map[string]string, mem memory.Allocator) (*writer, error) {
	compression, err := codec(opts)
	if err != nil {
		return nil, err
	}
	out := &writer{columns: have}
	var fields schema.FieldList
	for _, c := range have {
		n, err := node(c)
		if err != nil {
			return nil, err
		}
		encode := encoder(c.Type)
		if n == nil || encode == nil {
			return nil, sqlerr.Unsupported(0, fmt.Sprintf("column %q of type %s in format 'parquet'", c.Name, c.Type),
				"Cast it to a type without parts, or write format 'arrow'.")
		}
		fields, out.encode = append(fields, n), append(out.encode, encode)
	}
	root, err := schema.NewGroupNode("schema", parquet.Repetitions.Required, fields, -1)
	if err != nil {
		return nil, err
	}
	props := parquet.NewWriterProperties(parquet.WithAllocator(mem), parquet.WithCompression(compression), parquet.WithCreatedBy("millrace"),
		parquet.WithVersion(parquet.V2_LATEST), parquet.WithDataPageVersion(parquet.DataPageV1))
	out.w, err = file.NewParquetWriterWithError(w, root, file.WithWriterProps(props))
	return out, err
}

// Write puts rows behind those of the row group, and ends it where it is full.
func (w *writer) Write(rec arrow.RecordBatch) error {
	for from, n := int64(0), rec.NumRows(); from < n; {
		rows := min(n-from, groupRows-w.rows)
		if err := w.put(rec, from, rows); err != nil {
			return err
		}
		from += rows
		if w.rows += rows; w.rows == groupRows {
			if err := w.endGroup(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *writer) put(rec arrow.RecordBatch, from, rows int64) error {
	if w.group == nil {
		var err error
		if w.group, err = w.w.AppendBufferedRowGroupChecked(); err != nil {
			return err
		}
	}
	for i, encode := range w.encode {
		out, err := w.group.Column(i)
		if err != nil {
			return err
		}
		a := array.NewSlice(rec.Column(i), from, from+rows)
		err = encode(out, a, w.levels(a))
		a.Release()
		if err != nil {
			return fmt.Errorf("column %q: %w", w.columns[i].Name, err)
		}
	}
	return nil
}

// levels has 1 for each value and 0 for each NULL.
func (w *writer) levels(a arrow.Array) []int16 {
	w.defs = w.defs[:0]
	for i := range a.Len() {
		d := int16(1)
		if a.IsNull(i) {
			d = 0
		}
		w.defs = append(w.defs, d)
	}
	return w.defs
}

func (w *writer) endGroup() error {
	group := w.group
	w.group, w.rows = nil, 0
	return group.Close()
}

// Close ends the file.
func (w *writer) Close() error {
	var err error
	if w.group != nil {
		err = w.endGroup()
	}
	return errors.Join(err, w.w.Close())
}

// encoder picks the loop for columns of a type; nil where there is none.
func encoder(t types.Type) encodeFunc {
	switch t.Kind {
	case types.Bool:
		return writing((*file.BooleanColumnChunkWriter).WriteBatch, func(a arrow.Array, i int) bool { return a.(*array.Boolean).Value(i) })
	case types.Int16:
		return writing((*file.Int32ColumnChunkWriter).WriteBatch, func(a arrow.Array, i int) int32 { return int32(a.(*array.Int16).Value(i)) })
	case types.Int32:
		return writing((*file.Int32ColumnChunkWriter).WriteBatch, func(a arrow.Array, i int) int32 { return a.(*array.Int32).Value(i) })
	case types.Date:
		return writing((*file.Int32ColumnChunkWriter).WriteBatch, func(a arrow.Array, i int) int32 { return int32(a.(*array.Date32).Value(i)) })
	case types.Int64:
		return writing((*file.Int64ColumnChunkWriter).WriteBatch, func(a arrow.Array, i int) int64 { return a.(*array.Int64).Value(i) })
	case types.Time:
		return writing((*file.Int64ColumnChunkWriter).WriteBatch, func(a arrow.Array, i int) int64 { return int64(a.(*array.Time64).Value(i)) })
	case types.Timestamp, types.TimestampTZ:
		return writing((*file.Int64ColumnChunkWriter).WriteBatch, func(a arrow.Array, i int) int64 { return int64(a.(*array.Timestamp).Value(i)) })
	case types.Float32:
		return writing((*file.Float32ColumnChunkWriter).WriteBatch, func(a arrow.Array, i int) float32 { return a.(*array.Float32).Value(i) })
	case types.Float64:
		return writing((*file.Float64ColumnChunkWriter).WriteBatch, func(a arrow.Array, i int) float64 { return a.(*array.Float64).Value(i) })
	case types.Decimal:
		if t.Precision <= 18 {
			return writing((*file.Int64ColumnChunkWriter).WriteBatch, func(a arrow.Array, i int) int64 {
				return int64(a.(*array.Decimal128).Value(i).LowBits())
			})
		}
		return writing((*file.FixedLenByteArrayColumnChunkWriter).WriteBatch, func(a arrow.Array, i int) parquet.FixedLenByteArray {
			return bigEndian(a.(*array.Decimal128).Value(i))
		})
	case types.Text, types.JSON:
		return writing((*file.ByteArrayColumnChunkWriter).WriteBatch, func(a arrow.Array, i int) parquet.ByteArray {
			text := a.(*array.String).Value(i)
			return unsafe.Slice(unsafe.StringData(text), len(text)) // the writer copies what it keeps
		})
	case types.Bytes:
		return writing((*file.ByteArrayColumnChunkWriter).WriteBatch, func(a arrow.Array, i int) parquet.ByteArray { return a.(*array.Binary).Value(i) })
	case types.UUID:
		return writing((*file.FixedLenByteArrayColumnChunkWriter).WriteBatch, func(a arrow.Array, i int) parquet.FixedLenByteArray {
			return a.(*array.FixedSizeBinary).Value(i)
		})
	}
	return nil
}

// writing makes an encodeFunc of the chunk writer's method and of what a value is.
func writing[W file.ColumnChunkWriter, T any](write func(out W, values []T, defs, reps []int16) (int64, error), value func(arrow.Array, int) T) encodeFunc {
	return func(out file.ColumnChunkWriter, a arrow.Array, defs []int16) error {
		w, ok := out.(W)
		if !ok {
			return fmt.Errorf("is written by a %T", out)
		}
		values := make([]T, 0, a.Len())
		for i, d := range defs {
			if d == 1 {
				values = append(values, value(a, i))
			}
		}
		_, err := write(w, values, defs, nil)
		return err
	}
}

func bigEndian(n decimal128.Num) []byte {
	out := make([]byte, 16)
	for i := range 8 {
		out[7-i] = byte(uint64(n.HighBits()) >> (8 * i))
		out[15-i] = byte(n.LowBits() >> (8 * i))
	}
	return out
}
