package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/formats"
	"millrace/sources"
	"millrace/sqlerr"
	"millrace/types"
)

// columnFile writes rows a = 0, 1, … with b = "x<a>", NULL for every fifth, in batches of 1000.
func columnFile(t testing.TB, path string, f formats.Columnar, opts map[string]string, rows int) string {
	t.Helper()
	var out bytes.Buffer
	s := types.Schema{{Name: "a", Type: types.Of(types.Int32)}, {Name: "b", Type: types.Of(types.Text)}}
	w, err := f.NewWriter(&out, s, opts, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	for from := 0; from < rows; from += 1000 {
		b := array.NewRecordBuilder(memory.DefaultAllocator, s.Arrow())
		for i := from; i < min(rows, from+1000); i++ {
			b.Field(0).(*array.Int32Builder).Append(int32(i))
			if i%5 == 0 {
				b.Field(1).AppendNull()
			} else {
				b.Field(1).(*array.StringBuilder).Append(fmt.Sprint("x", i))
			}
		}
		if err := w.Write(b.NewRecordBatch()); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return write(t, path, out.String())
}

// columnTable is a table with a BIGINT, b TEXT and the path.
func columnTable(path, format string) *catalog.Table {
	t := table(map[string]string{"path": path, "format": format})
	t.Columns = t.Columns[:3]
	return t
}

var columnKinds = []struct {
	name string
	opts map[string]string
}{
	{"parquet", nil}, {"arrow", nil}, {"arrow", map[string]string{"kind": "stream"}},
}

func TestColumnarFilesAreCutIntoSplitsThatResumeAnywhere(t *testing.T) {
	for _, k := range columnKinds {
		t.Run(fmt.Sprint(k.name, k.opts), func(t *testing.T) {
			rows := 20_000
			if k.name == "parquet" {
				rows = 140_000 // two row groups
			}
			path := columnFile(t, filepath.Join(t.TempDir(), "f"), formats.ColumnarOf(columnTable("", k.name), columnar), k.opts, rows)
			tab := columnTable(path, k.name)
			src, err := openTable(t, tab, 2, 1, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			splits, err := src.Splits(t.Context())
			if err != nil || len(splits) < 2 && k.opts == nil {
				t.Fatalf("%v, %v", splits, err)
			}
			s := tab.Schema()
			s = types.Schema{s[2], s[1], s[0]}
			at := 0
			for _, split := range splits {
				all := readSplit(t, src, split, "", s)
				for i, row := range all {
					b := fmt.Sprint("x", at+i)
					if (at+i)%5 == 0 {
						b = "NULL"
					}
					if want := fmt.Sprintf("%s|%s|%d", path, b, at+i); row != want {
						t.Fatalf("row %d is %s, want %s", at+i, row, want)
					}
				}
				at += len(all)
				for _, from := range []int{1, 1000, len(all) - 1, len(all)} {
					if from <= len(all) {
						expect(t, readSplit(t, src, split, sources.Position(fmt.Sprint(from)), s), all[from:]...)
					}
				}
			}
			if at != rows {
				t.Errorf("read %d rows of %d", at, rows)
			}
		})
	}
}

func TestPositionOfAColumnarFileIsWhatWasReturned(t *testing.T) {
	path := columnFile(t, filepath.Join(t.TempDir(), "f"), columnar[0], nil, 10_000)
	src, err := openTable(t, columnTable(path, "parquet"))
	if err != nil {
		t.Fatal(err)
	}
	splits, _ := src.Splits(t.Context())
	r, err := src.Open(t.Context(), splits[0], "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, want := range []struct {
		rows int
		at   string
	}{{8192, "8192"}, {1808, "10000"}} {
		b, err := r.Next(t.Context())
		if err != nil || b.Len() != want.rows || string(r.Position()) != want.at {
			t.Fatalf("%v, %v at %s; want %d rows", b, err, r.Position(), want.rows)
		}
		b.Release()
	}
	if _, err := r.Next(t.Context()); err != io.EOF || r.Lag() != 0 {
		t.Errorf("%v, lag %d", err, r.Lag())
	}
	for _, from := range []sources.Position{"x", "-1", "10001"} {
		r, err := src.Open(t.Context(), splits[0], from, nil)
		for err == nil {
			_, err = r.Next(t.Context())
		}
		if sqlerr.Code(err) != sqlerr.DataCorrupted {
			t.Errorf("position %q gives %v", from, err)
		}
		if r != nil {
			r.Close()
		}
	}
}

func TestWhatAColumnarFileMayBeDeclaredAs(t *testing.T) {
	path := columnFile(t, filepath.Join(t.TempDir(), "f"), columnar[0], nil, 10)
	for _, tc := range []struct {
		name string
		typ  types.Type
		want string // of the error
	}{
		{"a", types.Of(types.Int32), ""},
		{"a", types.Of(types.Int64), ""},
		{"A", types.Of(types.Int32), ""},
		{"a", types.Of(types.Int16), `column "a" is declared SMALLINT, but in FILE it is INT`},
		{"b", types.Of(types.Date), `column "b" is declared DATE, but in FILE it is TEXT`},
		{"c", types.Of(types.Int32), `FILE has no column "c"`},
	} {
		tab := columnTable(path, "parquet")
		tab.Columns = []catalog.Column{{Column: types.Column{Name: tc.name, Type: tc.typ}}}
		_, err := openTable(t, tab, 0)
		if got := strings.ReplaceAll(fmt.Sprint(err), path, "FILE"); err != nil && got != tc.want || err == nil && tc.want != "" {
			t.Errorf("%s %s: %s, want %s", tc.name, tc.typ, got, tc.want)
		}
	}
	tab := columnTable(path, "parquet")
	tab.Columns[1].NotNull = true
	src, err := openTable(t, tab, 1)
	if err != nil {
		t.Fatal(err)
	}
	splits, _ := src.Splits(t.Context())
	r, err := src.Open(t.Context(), splits[0], "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Next(t.Context()); sqlerr.Code(err) != sqlerr.NotNullViolation {
		t.Errorf("a NULL where there may be none: %v", err)
	}
}

func TestColumnsThatAreFoundOut(t *testing.T) {
	path := columnFile(t, filepath.Join(t.TempDir(), "f"), columnar[0], nil, 10)
	tab := columnTable(path, "parquet")
	tab.Columns = nil
	got, err := New(fmts, columnar).(sources.Describer).Columns(t.Context(), tab)
	if err != nil || len(got) != 2 || got[0].Name != "a" || !got[0].Type.Equal(types.Of(types.Int32)) || !got[1].Type.Equal(types.Of(types.Text)) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := New(fmts, columnar).(sources.Describer).Columns(t.Context(), table(map[string]string{"path": path, "format": "json"})); err != nil || got != nil {
		t.Errorf("json: %v, %v", got, err)
	}
}

func TestHowManyRowsThereAre(t *testing.T) {
	dir := t.TempDir()
	for _, tc := range []struct {
		path, format string
		low, high    int64
	}{
		{columnFile(t, filepath.Join(dir, "p"), columnar[0], nil, 12_345), "parquet", 12_345, 12_345},
		{columnFile(t, filepath.Join(dir, "a"), columnar[1], nil, 12_345), "arrow", 12_000, 13_000},
		{columnFile(t, filepath.Join(dir, "s"), columnar[1], map[string]string{"kind": "stream"}, 12_345), "arrow", 10_000, 15_000},
		{write(t, filepath.Join(dir, "j"), strings.Repeat("{\"a\":1}\n", 50_000)), "json", 49_000, 51_000},
		{write(t, filepath.Join(dir, "e"), ""), "json", 0, 0},
	} {
		n, ok := New(fmts, columnar).(sources.Sizer).Rows(context.Background(), table(map[string]string{"path": tc.path, "format": tc.format}))
		if !ok || n < tc.low || n > tc.high {
			t.Errorf("%s: %d rows, %v; want %d to %d", tc.path, n, ok, tc.low, tc.high)
		}
	}
	if _, ok := New(fmts, columnar).(sources.Sizer).Rows(context.Background(), table(map[string]string{"path": dir + "/none", "format": "json"})); ok {
		t.Error("a file that is not there has rows")
	}
}

// A file that was cut off or overwritten is an error that names it, wherever the damage is.
func TestDamagedColumnarFiles(t *testing.T) {
	for _, k := range columnKinds {
		path := columnFile(t, filepath.Join(t.TempDir(), "f"), formats.ColumnarOf(columnTable("", k.name), columnar), k.opts, 3000)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for cut := range 40 {
			write(t, path, string(whole[:len(whole)*cut/40]))
			if err := readWhole(t, columnTable(path, k.name)); err == nil && k.opts == nil {
				t.Errorf("%s of %d/40 is read", k.name, cut)
			} else if err != nil && !strings.Contains(err.Error(), path) {
				t.Errorf("%v does not name the file", err)
			}
			broken := bytes.Clone(whole)
			for i := range min(16, len(whole)-len(whole)*cut/40) {
				broken[len(whole)*cut/40+i] ^= 0x55
			}
			write(t, path, string(broken))
			var e *sqlerr.Error
			if err := readWhole(t, columnTable(path, k.name)); err != nil && !errors.As(err, &e) {
				t.Errorf("%T: %v", err, err)
			}
		}
	}
}

// readWhole reads all rows with an allocator that counts nothing: the libraries lose memory of damaged files.
func readWhole(t *testing.T, tab *catalog.Table) error {
	t.Helper()
	src, err := New(fmts, columnar).Open(t.Context(), &sources.Scan{Table: tab, Pushdown: sources.Pushdown{Columns: []int{0, 1}}}, memory.DefaultAllocator)
	if err != nil {
		return err
	}
	splits, err := src.Splits(t.Context())
	if err != nil {
		return err
	}
	for _, s := range splits {
		r, err := src.Open(t.Context(), s, "", nil)
		if err != nil {
			return err
		}
		for err == nil {
			_, err = r.Next(t.Context())
		}
		if cerr := r.Close(); err == io.EOF {
			err = cerr
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func TestOptionsThatDoNotGoWithColumns(t *testing.T) {
	for option, want := range map[string]string{
		"csv.header":        `option "csv.header" does not go with format "parquet"`,
		"json.timestamp":    `option "json.timestamp" does not go with format "parquet"`,
		"arrow.kind":        `option "arrow.kind" does not go with format "parquet"`,
		"compression":       `option "compression" does not go with format "parquet"`,
		"parquet.something": `connector "file" has no option "parquet.something"`,
	} {
		tab := columnTable("x", "parquet")
		tab.Options[option] = catalog.Option{Value: map[string]string{"csv.header": "true", "compression": "gzip"}[option]}
		if _, err := openTable(t, tab, 0); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	tab := table(map[string]string{"path": "x", "format": "parquet"})
	if _, err := openTable(t, tab, 0); err == nil || err.Error() != `format "parquet" has no metadata "offset"` {
		t.Errorf("%v", err)
	}
}

func TestWidening(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	b := array.NewInt32Builder(mem)
	defer b.Release()
	b.AppendValues([]int32{1, 2, 3, -4, 5}, []bool{true, true, false, true, true})
	a := b.NewArray()
	defer a.Release()
	part := array.NewSlice(a, 1, 4)
	defer part.Release()
	w, ok := widening(types.Of(types.Int32), types.Of(types.Int64))
	if !ok {
		t.Fatal("INT is no BIGINT")
	}
	out, err := w(part, mem)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Release()
	if got := fmt.Sprint(out); got != "[2 (null) -4]" || !arrow.TypeEqual(out.DataType(), arrow.PrimitiveTypes.Int64) {
		t.Errorf("%s %s", out.DataType(), got)
	}
}
