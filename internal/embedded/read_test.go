package embedded

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/flow"
	"millrace/types"
)

// numbers are the rows from 0 on.
func numbers(n int64) []int64 {
	ks := make([]int64, n)
	for i := range ks {
		ks[i] = int64(i)
	}
	return ks
}

func TestBatchesStayAsTheyAreWhenOthersAreRead(t *testing.T) {
	_, table := fixture(t, pairs(keyed))
	const rows = 3*flow.BatchRows + 1
	if err := insert(t, table, numbers(rows), text("value of ")); err != nil {
		t.Fatal(err)
	}
	schema := append(table.layout.schema(), types.Column{Name: KeyColumn, Type: types.Of(types.Bytes)})
	for range 2 { // the second scan has the buffers of the first
		snap, err := table.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		scan, err := snap.Scan(table.Want([]int{0, 1, -1}, schema), Range{})
		if err != nil {
			t.Fatal(err)
		}
		mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
		var all []arrow.RecordBatch
		for {
			rec, err := scan.Next(mem)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, rec)
		}
		if err := errors.Join(scan.Close(), snap.Close()); err != nil {
			t.Fatal(err)
		}
		at := int64(0)
		for _, rec := range all {
			for i := range int(rec.NumRows()) {
				k, v, key := rec.Column(0).(*array.Int64).Value(i), rec.Column(1).(*array.String).Value(i), rec.Column(2).(*array.Binary).Value(i)
				if k != at || v != fmt.Sprint("value of ", at) || len(key) != 13 || key[12] != byte(at) {
					t.Fatalf("row %d is (%d, %s) of key %x", at, k, v, key)
				}
				at++
			}
			rec.Release()
		}
		if at != rows {
			t.Errorf("%d rows, want %d", at, rows)
		}
		mem.AssertSize(t, 0)
	}
}

func BenchmarkScan(b *testing.B) {
	store, table := fixture(b, pairs(keyed))
	const rows = 200_000
	if err := insert(b, table, numbers(rows), text("value of ")); err != nil {
		b.Fatal(err)
	}
	if err := store.db.Flush(); err != nil {
		b.Fatal(err)
	}
	cols := table.Want([]int{0, 1}, table.layout.schema())
	b.ReportAllocs()
	for b.Loop() {
		snap, err := table.Snapshot()
		if err != nil {
			b.Fatal(err)
		}
		scan, err := snap.Scan(cols, Range{})
		if err != nil {
			b.Fatal(err)
		}
		n := int64(0)
		for {
			rec, err := scan.Next(memory.DefaultAllocator)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			n += rec.NumRows()
			rec.Release()
		}
		if err := errors.Join(scan.Close(), snap.Close()); err != nil || n != rows {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
}
