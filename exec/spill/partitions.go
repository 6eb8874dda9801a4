package spill

import (
	"errors"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/expr"
	"millrace/flow"
)

// Fan is the number of files that rows are dealt out to by their hash.
const Fan = 16

// MaxDepth is how often rows that were dealt out together can be dealt out again.
const MaxDepth = 6

// of is the partition of a hash at a depth. The highest bits have chosen the instance and the lowest choose the place in
// a hash table.
func of(hash uint64, depth int) int { return int(hash>>(24+4*depth)) & (Fan - 1) }

// Partitions deals rows out to files by their hash, so that rows of one key are in one file.
type Partitions struct {
	tc     *flow.TaskContext
	schema *arrow.Schema
	depth  int
	files  [Fan]*File // nil: no rows
	rows   [Fan][]int32
}

// NewPartitions makes files when they are needed. depth is 0 for rows as they come, and one more for those of a file of
// another Partitions.
func NewPartitions(tc *flow.TaskContext, schema *arrow.Schema, depth int) *Partitions {
	return &Partitions{tc: tc, schema: schema, depth: depth}
}

// Write deals out the rows of rec, whose hashes these are.
func (p *Partitions) Write(rec arrow.RecordBatch, hashes []uint64) error {
	for i := range p.rows {
		p.rows[i] = p.rows[i][:0]
	}
	for i, h := range hashes {
		at := of(h, p.depth)
		p.rows[at] = append(p.rows[at], int32(i))
	}
	for i, rows := range p.rows {
		if len(rows) == 0 {
			continue
		}
		if p.files[i] == nil {
			var err error
			if p.files[i], err = Create(p.tc, p.schema); err != nil {
				return err
			}
		}
		if err := p.writeRows(p.files[i], rec, rows); err != nil {
			return err
		}
	}
	return nil
}

func (p *Partitions) writeRows(f *File, rec arrow.RecordBatch, rows []int32) error {
	if len(rows) == int(rec.NumRows()) {
		return f.Write(rec)
	}
	part := expr.TakeRecord(p.tc.Mem, rec, rows)
	defer part.Release()
	return f.Write(part)
}

// Take gives a file away, which the caller closes; nil: it has no rows.
func (p *Partitions) Take(i int) *File {
	f := p.files[i]
	p.files[i] = nil
	return f
}

// Close frees the files that were not taken.
func (p *Partitions) Close() error {
	var errs []error
	for i := range p.files {
		if f := p.Take(i); f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}
