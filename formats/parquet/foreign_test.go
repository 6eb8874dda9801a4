package parquet

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"millrace/types"
)

type bytesFile struct{ *bytes.Reader }

func (bytesFile) Close() error { return nil }

// foreign makes a file of one column as other programs write them.
func foreign(t *testing.T, n schema.Node, write func(w file.ColumnChunkWriter) error) bytesFile {
	t.Helper()
	var out bytes.Buffer
	root, err := schema.NewGroupNode("schema", parquet.Repetitions.Required, schema.FieldList{n}, -1)
	if err != nil {
		t.Fatal(err)
	}
	w := file.NewParquetWriter(&out, root)
	group, err := w.AppendRowGroupChecked()
	if err != nil {
		t.Fatal(err)
	}
	col, err := group.NextColumn()
	if err == nil {
		err = write(col)
	}
	if err != nil {
		t.Fatal(err)
	}
	col.Close()
	group.Close()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return bytesFile{bytes.NewReader(out.Bytes())}
}

func TestColumnsAsOthersWriteThem(t *testing.T) {
	required := parquet.Repetitions.Required
	logical := func(l schema.LogicalType, p parquet.Type, length int) schema.Node {
		n, err := schema.NewPrimitiveNodeLogical("c", required, l, p, length, -1)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	int32s := func(v ...int32) func(file.ColumnChunkWriter) error {
		return func(w file.ColumnChunkWriter) error {
			_, err := w.(*file.Int32ColumnChunkWriter).WriteBatch(v, nil, nil)
			return err
		}
	}
	int64s := func(v ...int64) func(file.ColumnChunkWriter) error {
		return func(w file.ColumnChunkWriter) error {
			_, err := w.(*file.Int64ColumnChunkWriter).WriteBatch(v, nil, nil)
			return err
		}
	}
	for _, tc := range []struct {
		name  string
		node  schema.Node
		write func(file.ColumnChunkWriter) error
		typ   types.Type
		want  string // of the first value
	}{
		{"a byte", logical(schema.NewIntLogicalType(8, true), parquet.Types.Int32, -1), int32s(-128), types.Of(types.Int16), "-128"},
		{"16 bits with no sign", logical(schema.NewIntLogicalType(16, false), parquet.Types.Int32, -1), int32s(65535), types.Of(types.Int32), "65535"},
		{"32 bits with no sign", logical(schema.NewIntLogicalType(32, false), parquet.Types.Int32, -1), int32s(-1), types.Of(types.Int64), "4294967295"},
		{"64 bits with no sign", logical(schema.NewIntLogicalType(64, false), parquet.Types.Int64, -1), int64s(1), types.Type{}, ""},
		{"a decimal in 32 bits", logical(schema.NewDecimalLogicalType(9, 2), parquet.Types.Int32, -1), int32s(-12345), types.DecimalOf(9, 2), "-123.45"},
		{"a decimal in bytes", logical(schema.NewDecimalLogicalType(20, 1), parquet.Types.ByteArray, -1), func(w file.ColumnChunkWriter) error {
			_, err := w.(*file.ByteArrayColumnChunkWriter).WriteBatch([]parquet.ByteArray{{0xff, 0x85}}, nil, nil)
			return err
		}, types.DecimalOf(20, 1), "-12.3"},
		{"a decimal in more bytes than it needs", logical(schema.NewDecimalLogicalType(10, 0), parquet.Types.FixedLenByteArray, 20), func(w file.ColumnChunkWriter) error {
			v := make([]byte, 20)
			v[19] = 9
			_, err := w.(*file.FixedLenByteArrayColumnChunkWriter).WriteBatch([]parquet.FixedLenByteArray{v}, nil, nil)
			return err
		}, types.DecimalOf(10, 0), "9"},
		{"milliseconds", logical(schema.NewTimestampLogicalType(true, schema.TimeUnitMillis), parquet.Types.Int64, -1), int64s(-1), types.Of(types.TimestampTZ), "1969-12-31 23:59:59.999+00"},
		{"nanoseconds round down", logical(schema.NewTimestampLogicalType(false, schema.TimeUnitNanos), parquet.Types.Int64, -1), int64s(-1), types.Of(types.Timestamp), "1969-12-31 23:59:59.999999"},
		{"a time in milliseconds", logical(schema.NewTimeLogicalType(false, schema.TimeUnitMillis), parquet.Types.Int32, -1), int32s(1), types.Of(types.Time), "00:00:00.001"},
		{"a time of 96 bits", schema.NewInt96Node("c", required, -1), func(w file.ColumnChunkWriter) error {
			var v parquet.Int96
			binary.LittleEndian.PutUint64(v[:], 3_600_000_000_000)
			binary.LittleEndian.PutUint32(v[8:], 2440589)
			_, err := w.(*file.Int96ColumnChunkWriter).WriteBatch([]parquet.Int96{v}, nil, nil)
			return err
		}, types.Of(types.Timestamp), "1970-01-02 01:00:00"},
		{"an enumeration", logical(schema.EnumLogicalType{}, parquet.Types.ByteArray, -1), func(w file.ColumnChunkWriter) error {
			_, err := w.(*file.ByteArrayColumnChunkWriter).WriteBatch([]parquet.ByteArray{[]byte("red")}, nil, nil)
			return err
		}, types.Of(types.Text), "red"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
			defer mem.AssertSize(t, 0)
			f, err := New().Open(foreign(t, tc.node, tc.write), mem)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if got := f.Columns()[0].Type; !got.Equal(tc.typ) {
				t.Fatalf("type %s, want %s", got, tc.typ)
			}
			if tc.want == "" {
				return
			}
			r, err := f.Read(0, []int{0})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			cols, _, err := r.Next(10)
			if err != nil {
				t.Fatal(err)
			}
			defer cols[0].Release()
			if got := string(types.AppendText(nil, cols[0], 0, tc.typ)); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
		})
	}
}

func TestANestedColumnIsLeftAlone(t *testing.T) {
	list, err := schema.ListOf(schema.NewInt64Node("element", parquet.Repetitions.Optional, -1), parquet.Repetitions.Optional, -1)
	if err != nil {
		t.Fatal(err)
	}
	f, err := New().Open(foreign(t, list, func(w file.ColumnChunkWriter) error {
		_, err := w.(*file.Int64ColumnChunkWriter).WriteBatch([]int64{1, 2}, []int16{3, 3}, []int16{0, 1})
		return err
	}), memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if c := f.Columns()[0]; c.Type.Kind != types.Unknown || c.Stored != "a nested column" {
		t.Errorf("%+v", c)
	}
}
