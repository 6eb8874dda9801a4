package exec

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr"
	"millrace/flow"
)

// keptRows is rows with their sort keys, in the order in which they came. Small batches are joined, so that there are
// not more segments than one for flow.BatchRows rows.
type keptRows struct {
	mem   memory.Allocator
	segs  []segment
	small int   // the segments from here on have fewer rows than a batch together:
	few   int64 // so many
	n     int64 // rows
	size  int64 // bytes
}

type segment struct {
	rec  arrow.RecordBatch
	keys sortKeys
}

func (s *segment) bytes() int64 { return s.keys.bytes() + recordBytes(s.rec) }

// add keeps rec, which stays the caller's to release.
func (k *keptRows) add(rec arrow.RecordBatch, keys sortKeys) error {
	rec.Retain()
	s := segment{rec, keys}
	k.segs = append(k.segs, s)
	k.n += rec.NumRows()
	k.size += s.bytes()
	k.few += rec.NumRows()
	if k.few < flow.BatchRows {
		return nil
	}
	err := k.join()
	k.small, k.few = len(k.segs), 0
	return err
}

// join makes the small segments one.
func (k *keptRows) join() error {
	few := k.segs[k.small:]
	if len(few) < 2 {
		return nil
	}
	recs := make([]arrow.RecordBatch, len(few))
	for i, s := range few {
		recs[i] = s.rec
	}
	rec, err := concat(k.mem, recs)
	if err != nil {
		return err
	}
	var keys sortKeys
	for _, s := range few {
		start := len(keys.data)
		keys.data = append(keys.data, s.keys.data...)
		for _, end := range s.keys.ends {
			keys.ends = append(keys.ends, start+end)
		}
		k.size -= s.bytes()
		s.rec.Release()
	}
	one := segment{rec, keys}
	k.segs = append(k.segs[:k.small], one)
	k.size += one.bytes()
	return nil
}

// ref is a row and the beginning of its key.
type ref struct {
	prefix   uint64
	seg, row int32
}

const refBytes = 16

// sorted is all rows in the order of their keys, equal ones as they came.
func (k *keptRows) sorted() []ref {
	refs := make([]ref, 0, k.n)
	for s := range k.segs {
		keys := &k.segs[s].keys
		for row := range keys.ends {
			refs = append(refs, ref{prefix(keys.at(row)), int32(s), int32(row)})
		}
	}
	slices.SortFunc(refs, func(a, b ref) int {
		if a.prefix != b.prefix {
			if a.prefix < b.prefix {
				return -1
			}
			return 1
		}
		if c := bytes.Compare(k.key(a), k.key(b)); c != 0 {
			return c
		}
		if a.seg != b.seg {
			return int(a.seg - b.seg)
		}
		return int(a.row - b.row)
	})
	return refs
}

func (k *keptRows) key(r ref) []byte { return k.segs[r.seg].keys.at(int(r.row)) }

// prefix is the first 8 bytes of a key as a number of the same order.
func prefix(key []byte) uint64 {
	if len(key) >= 8 {
		return binary.BigEndian.Uint64(key)
	}
	var first [8]byte
	copy(first[:], key)
	return binary.BigEndian.Uint64(first[:])
}

// gather is a record of the rows, in this order.
func (k *keptRows) gather(refs []ref) (arrow.RecordBatch, error) {
	of := make([][]int32, len(k.segs)) // the rows of each segment
	for _, r := range refs {
		of[r.seg] = append(of[r.seg], r.row)
	}
	var pieces []arrow.RecordBatch
	defer func() {
		for _, p := range pieces {
			p.Release()
		}
	}()
	next := make([]int32, len(k.segs)) // where the segment's next row is in the pieces together
	total := int32(0)
	for s, rows := range of {
		if len(rows) == 0 {
			continue
		}
		next[s] = total
		total += int32(len(rows))
		pieces = append(pieces, expr.TakeRecord(k.mem, k.segs[s].rec, rows))
	}
	if len(pieces) == 1 {
		pieces[0].Retain()
		return pieces[0], nil
	}
	all, err := concat(k.mem, pieces)
	if err != nil {
		return nil, err
	}
	defer all.Release()
	order := make([]int32, len(refs))
	for i, r := range refs {
		order[i] = next[r.seg]
		next[r.seg]++
	}
	return expr.TakeRecord(k.mem, all, order), nil
}

// emit gives out the rows in this order, a batch at a time.
func (k *keptRows) emit(refs []ref, out flow.Emitter) error {
	for len(refs) > 0 {
		n := min(flow.BatchRows, len(refs))
		rec, err := k.gather(refs[:n])
		if err != nil {
			return err
		}
		if err := out.Emit(&flow.Batch{Rec: rec}); err != nil {
			return err
		}
		refs = refs[n:]
	}
	return nil
}

// rowsTable is the table of a snapshot that kept rows are in, in their order.
const rowsTable = "rows"

func (k *keptRows) snapshot(w flow.StateWriter) error {
	for _, s := range k.segs {
		if err := w.Put(rowsTable, oneGroup, s.rec); err != nil {
			return err
		}
	}
	return nil
}

func (k *keptRows) clear() {
	for _, s := range k.segs {
		s.rec.Release()
	}
	k.segs, k.small, k.few, k.n, k.size = nil, 0, 0, 0, 0
}
