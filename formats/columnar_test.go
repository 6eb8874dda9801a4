package formats_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/formats"
	"millrace/formats/ipc"
	"millrace/formats/parquet"
	"millrace/types"
)

// bytesFile is a file in memory.
type bytesFile struct{ *bytes.Reader }

func (bytesFile) Close() error { return nil }

// values are texts of each type that a column may have, the extreme ones among them.
var values = []struct {
	t     types.Type
	texts []string
}{
	{types.Of(types.Bool), []string{"true", "false"}},
	{types.Of(types.Int16), []string{"-32768", "32767", "7"}},
	{types.Of(types.Int32), []string{"-2147483648", "2147483647", "0"}},
	{types.Of(types.Int64), []string{"-9223372036854775808", "9223372036854775807", "42"}},
	{types.Of(types.Float32), []string{"1.5", "-0", "NaN", "Infinity"}},
	{types.Of(types.Float64), []string{"1e300", "-0.1", "NaN", "-Infinity"}},
	{types.DecimalOf(9, 2), []string{"-9999999.99", "0.01", "12.50"}},
	{types.DecimalOf(18, 0), []string{"-999999999999999999", "999999999999999999", "0"}},
	{types.DecimalOf(38, 10), []string{"-9999999999999999999999999999.9999999999", "0.0000000001", "9999999999999999999999999999.9999999999"}},
	{types.Of(types.Text), []string{"", "a", "übergroß", "a longer text that is in no dictionary of a few bytes"}},
	{types.Of(types.JSON), []string{`{"a": [1, null]}`, "null"}},
	{types.Of(types.Bytes), []string{`\x`, `\x00ff`}},
	{types.Of(types.Date), []string{"1970-01-01", "0001-01-01", "9999-12-31"}},
	{types.Of(types.Time), []string{"00:00:00", "23:59:59.999999"}},
	{types.Of(types.Timestamp), []string{"1969-12-31 23:59:59.999999", "2024-02-29 12:00:00"}},
	{types.Of(types.TimestampTZ), []string{"1969-12-31 23:59:59.999999+00", "2024-02-29 12:00:00+00"}},
	{types.Of(types.UUID), []string{"00000000-0000-0000-0000-000000000000", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}},
}

// columns makes a schema with every type, and rows of it; nulls: every third value, shifted by column, is NULL.
func columns(t *testing.T, rows int, nulls bool, mem memory.Allocator) (types.Schema, arrow.RecordBatch) {
	t.Helper()
	var s types.Schema
	for i, v := range values {
		s = append(s, types.Column{Name: fmt.Sprintf("c%d", i), Type: v.t, NotNull: !nulls})
	}
	b := array.NewRecordBuilder(mem, s.Arrow())
	defer b.Release()
	for i, v := range values {
		for row := range rows {
			if nulls && (row+i)%3 == 0 {
				b.Field(i).AppendNull()
			} else if err := appendText(b.Field(i), v.t, v.texts[row%len(v.texts)]); err != nil {
				t.Fatal(err)
			}
		}
	}
	return s, b.NewRecordBatch()
}

func appendText(b array.Builder, t types.Type, text string) error {
	v, err := types.ParseValue(text, t)
	if err != nil {
		return err
	}
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(v.(bool))
	case *array.Int16Builder:
		b.Append(int16(v.(int64)))
	case *array.Int32Builder:
		b.Append(int32(v.(int64)))
	case *array.Int64Builder:
		b.Append(v.(int64))
	case *array.Float32Builder:
		b.Append(float32(v.(float64)))
	case *array.Float64Builder:
		b.Append(v.(float64))
	case *array.Decimal128Builder:
		b.Append(v.(decimal128.Num))
	case *array.StringBuilder:
		b.Append(v.(string))
	case *array.BinaryBuilder:
		b.Append(v.([]byte))
	case *array.FixedSizeBinaryBuilder:
		b.Append(v.([]byte))
	case *array.Date32Builder:
		b.Append(arrow.Date32(v.(int32)))
	case *array.Time64Builder:
		b.Append(arrow.Time64(v.(int64)))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(v.(int64)))
	default:
		return fmt.Errorf("no case for a %T", b)
	}
	return nil
}

func text(a arrow.Array, row int, t types.Type) string {
	if a.IsNull(row) {
		return "NULL"
	}
	return string(types.AppendText(nil, a, row, t))
}

// kinds are the formats with the options that matter.
var kinds = []struct {
	name string
	f    formats.Columnar
	opts map[string]string
}{
	{"parquet", parquet.New(), nil},
	{"parquet zstd", parquet.New(), map[string]string{"compression": "zstd"}},
	{"arrow", ipc.New(), nil},
	{"arrow stream", ipc.New(), map[string]string{"kind": "stream", "compression": "lz4"}},
}

func write(t *testing.T, f formats.Columnar, opts map[string]string, s types.Schema, mem memory.Allocator, recs ...arrow.RecordBatch) formats.File {
	t.Helper()
	var out bytes.Buffer
	w, err := f.NewWriter(&out, s, opts, mem)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range recs {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return bytesFile{bytes.NewReader(out.Bytes())}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	for _, k := range kinds {
		for _, nulls := range []bool{false, true} {
			for _, rows := range []int{0, 1, 7, 10_000} {
				if rows == 1 && nulls && k.name == "parquet zstd" {
					continue // the library asserts, under the tag for that, that no dictionary is empty
				}
				t.Run(fmt.Sprintf("%s/nulls %v/%d rows", k.name, nulls, rows), func(t *testing.T) {
					mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
					defer mem.AssertSize(t, 0)
					s, rec := columns(t, rows, nulls, mem)
					defer rec.Release()
					f, err := k.f.Open(write(t, k.f, k.opts, s, mem, rec, rec), mem)
					if err != nil {
						t.Fatal(err)
					}
					defer f.Close()
					for i, c := range f.Columns() {
						want := s[i].Type
						if k.f.Name() == "arrow" && want.Kind == types.JSON { // has no name there
							want = types.Of(types.Text)
						}
						if c.Name != s[i].Name || !c.Type.Equal(want) {
							t.Errorf("column %s %s, want %s %s", c.Name, c.Type, s[i].Name, want)
						}
					}
					if n, exact := f.Rows(); exact && n != int64(2*rows) {
						t.Errorf("%d rows, want %d", n, 2*rows)
					}
					var order []int // backwards, and not all
					for i := len(s) - 1; i >= 0; i -= 2 {
						order = append(order, i)
					}
					at := 0
					for part := range f.Parts() {
						at += readPart(t, f, part, order, s, rec, at)
					}
					if at != 2*rows {
						t.Errorf("read %d rows of %d", at, 2*rows)
					}
				})
			}
		}
	}
}

// readPart compares a part with rec, which the file repeats, from row at on.
func readPart(t *testing.T, f formats.ColumnFile, part int, order []int, s types.Schema, rec arrow.RecordBatch, at int) int {
	t.Helper()
	r, err := f.Read(part, order)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	read := 0
	for {
		cols, n, err := r.Next(4096)
		if err == io.EOF {
			return read
		}
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range cols {
			for row := range n {
				want := text(rec.Column(order[i]), (at+read+row)%int(rec.NumRows()), s[order[i]].Type)
				if got := text(c, row, s[order[i]].Type); got != want {
					t.Fatalf("column %s row %d is %s, want %s", s[order[i]].Name, at+read+row, got, want)
				}
			}
			c.Release()
		}
		read += n
	}
}

func TestSkippedRowsAreNotGiven(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
			defer mem.AssertSize(t, 0)
			s, rec := columns(t, 10_000, true, mem)
			defer rec.Release()
			f, err := k.f.Open(write(t, k.f, k.opts, s, mem, rec), mem)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			for _, skip := range []int64{1, 4095, 8192, 9999} {
				r, err := f.Read(0, []int{9})
				if err != nil {
					t.Fatal(err)
				}
				if err := r.Skip(skip); err != nil {
					t.Fatal(err)
				}
				cols, _, err := r.Next(1)
				if err != nil {
					t.Fatal(err)
				}
				if got, want := text(cols[0], 0, s[9].Type), text(rec.Column(9), int(skip), s[9].Type); got != want {
					t.Errorf("row %d is %s, want %s", skip, got, want)
				}
				cols[0].Release()
				r.Close()
			}
		})
	}
}

func TestManyRowsMakeSeveralParts(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	s := types.Schema{{Name: "n", Type: types.Of(types.Int64)}}
	b := array.NewInt64Builder(mem)
	defer b.Release()
	for i := range 300_000 {
		b.Append(int64(i))
	}
	a := b.NewArray()
	defer a.Release()
	rec := array.NewRecordBatch(s.Arrow(), []arrow.Array{a}, 300_000)
	defer rec.Release()
	f, err := parquet.New().Open(write(t, parquet.New(), nil, s, mem, rec), mem)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Parts() != 3 {
		t.Errorf("%d parts", f.Parts())
	}
	at := 0
	for part := range f.Parts() {
		at += readPart(t, f, part, []int{0}, s, rec, at)
	}
	if at != 300_000 {
		t.Errorf("read %d rows", at)
	}
}

func TestTypesThatParquetDoesNotWrite(t *testing.T) {
	for _, typ := range []types.Type{types.Of(types.Interval), types.ArrayOf(types.Of(types.Int64)), types.RowOf(types.Field{Name: "a", Type: types.Of(types.Text)})} {
		_, err := parquet.New().NewWriter(io.Discard, types.Schema{{Name: "x", Type: typ}}, nil, memory.DefaultAllocator)
		if want := fmt.Sprintf(`column "x" of type %s in format 'parquet' is not supported`, typ); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestWrongOptions(t *testing.T) {
	for _, tc := range []struct {
		f    formats.Columnar
		opts map[string]string
		want string
	}{
		{parquet.New(), map[string]string{"compression": "lzo"}, `parquet.compression: "lzo" is none of 'snappy', 'zstd', 'gzip', 'none'`},
		{ipc.New(), map[string]string{"compression": "gzip"}, `arrow.compression: "gzip" is none of 'none', 'lz4', 'zstd'`},
		{ipc.New(), map[string]string{"kind": "feather"}, `arrow.kind: "feather" is neither 'file' nor 'stream'`},
	} {
		if _, err := tc.f.NewWriter(io.Discard, types.Schema{}, tc.opts, memory.DefaultAllocator); err == nil || err.Error() != tc.want {
			t.Errorf("%v, want %s", err, tc.want)
		}
	}
}
