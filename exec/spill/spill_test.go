package spill

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/flow"
	"millrace/flow/flowtest"
	"millrace/types"
)

var schema = types.Schema{
	{Name: "n", Type: types.Of(types.Int64)}, {Name: "t", Type: types.Of(types.Text)},
	{Name: "d", Type: types.DecimalOf(10, 2)}, {Name: "b", Type: types.Of(types.Bool)},
}

func context(t *testing.T) *flow.TaskContext {
	tc := flowtest.Context(t)
	dir := t.TempDir()
	tc.Spill = func() (*os.File, error) { return os.CreateTemp(dir, "") }
	return tc
}

func read(t *testing.T, f *File) (rows []string) {
	t.Helper()
	r, err := f.Read()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		rec, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if rec == nil {
			return rows
		}
		rows = append(rows, flowtest.Rows(rec)...)
		rec.Release()
	}
}

func TestAFileGivesWhatWasWrittenAsOftenAsItIsRead(t *testing.T) {
	tc := context(t)
	f, err := Create(tc, schema.Arrow())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows := []string{"1 | a | 1.5 | true", "NULL | NULL | NULL | NULL", "-3 | '' | 0.01 | false", "4 | longer text | -2 | true"}
	rec := flowtest.Record(t, tc.Mem, schema, rows...)
	defer rec.Release()
	part := rec.NewSlice(1, 3)
	defer part.Release()
	for _, r := range []arrow.RecordBatch{rec, part} {
		if err := f.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	want := append(slices.Clone(rows), rows[1:3]...)
	for range 2 {
		if got := read(t, f); !slices.Equal(got, want) {
			t.Errorf("read %q, want %q", got, want)
		}
	}
	if f.Rows() != 6 || f.Bytes() == 0 || tc.Metrics.(*flowtest.Metrics).OnDisk() != f.Bytes() {
		t.Errorf("%d rows, %d bytes, of which %d were counted", f.Rows(), f.Bytes(), tc.Metrics.(*flowtest.Metrics).OnDisk())
	}
}

func TestRowsOfOneHashAreInOneFileAndAllRowsInSome(t *testing.T) {
	for _, depth := range []int{0, 3, MaxDepth} {
		tc := context(t)
		one := schema[:1]
		p := NewPartitions(tc, one.Arrow(), depth)
		b := array.NewInt64Builder(tc.Mem)
		var hashes []uint64
		for i := range 500 {
			b.Append(int64(i % 100))
			hashes = append(hashes, uint64(i%100)*0x9e3779b97f4a7c15)
		}
		col := b.NewArray()
		b.Release()
		rec := array.NewRecordBatch(one.Arrow(), []arrow.Array{col}, 500)
		col.Release()
		if err := p.Write(rec, hashes); err != nil {
			t.Fatal(err)
		}
		rec.Release()
		in := map[string]int{}
		files, rows := 0, 0
		for i := range Fan {
			f := p.Take(i)
			if f == nil {
				continue
			}
			files++
			for _, row := range read(t, f) {
				if at, ok := in[row]; ok && at != i {
					t.Errorf("depth %d: %s is in files %d and %d", depth, row, at, i)
				}
				in[row] = i
				rows++
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}
		if rows != 500 || files < 10 {
			t.Errorf("depth %d: %s", depth, fmt.Sprint(rows, " rows in ", files, " files"))
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
}
