package exec

import (
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/flow"
	"millrace/sqlerr"
	"millrace/types"
)

// keptSide is the columns of the right side that a join needs: batches while it comes, and one array each when it has
// ended.
type keptSide struct {
	mem    memory.Allocator
	cols   []int         // of the input
	at     []int         // where a column of the input is in cols; -1: it is not kept
	schema *arrow.Schema // of cols
	recs   []arrow.RecordBatch
	n      int           // rows
	size   int64         // bytes
	whole  []arrow.Array // when it has ended, unless there are no rows
}

func newKeptSide(mem memory.Allocator, input types.Schema, cols []int) *keptSide {
	k := &keptSide{mem: mem, cols: cols, at: make([]int, len(input))}
	for i := range k.at {
		k.at[i] = -1
	}
	var kept types.Schema
	for i, c := range cols {
		k.at[c] = i
		kept = append(kept, input[c])
	}
	k.schema = kept.Arrow()
	return k
}

// columnsOf is the columns of a batch of the input that are kept.
func (k *keptSide) columnsOf(rec arrow.RecordBatch) arrow.RecordBatch {
	cols := make([]arrow.Array, len(k.cols))
	for i, c := range k.cols {
		cols[i] = rec.Column(c)
	}
	return array.NewRecordBatch(k.schema, cols, rec.NumRows())
}

// add takes over rows of the columns that are kept.
func (k *keptSide) add(rec arrow.RecordBatch) {
	k.n += int(rec.NumRows())
	k.recs = append(k.recs, rec)
	k.size += recordBytes(rec)
}

// each calls fn for all rows, in batches that are borrowed for the call.
func (k *keptSide) each(fn func(arrow.RecordBatch) error) error {
	for _, rec := range k.recs {
		if err := fn(rec); err != nil {
			return err
		}
	}
	if k.whole == nil {
		return nil
	}
	all := array.NewRecordBatch(k.schema, k.whole, int64(k.n))
	defer all.Release()
	for from := 0; from < k.n; from += flow.BatchRows {
		part := all.NewSlice(int64(from), int64(min(from+flow.BatchRows, k.n)))
		err := fn(part)
		part.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

// finish makes each column one array. While it does, one column at a time stands there twice.
func (k *keptSide) finish(name string) error {
	if k.n > math.MaxInt32-1 {
		return outOfMemory(name, sqlerr.New(sqlerr.OutOfMemory, 0, "%d rows in one part of a join", k.n))
	}
	if k.n == 0 {
		return nil
	}
	pieces := make([][]arrow.Array, len(k.cols))
	for _, rec := range k.recs {
		for i, a := range rec.Columns() {
			a.Retain()
			pieces[i] = append(pieces[i], a)
		}
		rec.Release()
	}
	k.recs = nil
	k.whole = make([]arrow.Array, len(k.cols))
	var failed error
	for i := range pieces {
		a, err := array.Concatenate(pieces[i], k.mem)
		release(pieces[i])
		if err != nil {
			failed = outOfMemory(name, err)
			a = array.NewNull(0)
		}
		k.whole[i] = a
	}
	return failed
}

// column is a column of the input, all rows of it; nil where there are none.
func (k *keptSide) column(c int) arrow.Array {
	if k.n == 0 {
		return nil
	}
	return k.whole[k.at[c]]
}

// drop forgets the columns that are not among those needed, and says how many bytes that frees.
func (k *keptSide) drop(needed []int) int64 {
	before := k.size
	for c, i := range k.at {
		if i < 0 || slices.Contains(needed, c) || k.n == 0 {
			continue
		}
		k.size -= valueBytes(k.whole[i])
		k.whole[i].Release()
		k.whole[i] = array.NewNull(0)
	}
	return before - k.size
}

func (k *keptSide) close() {
	for _, r := range k.recs {
		r.Release()
	}
	release(k.whole)
	k.recs, k.whole, k.n, k.size = nil, nil, 0, 0
}
