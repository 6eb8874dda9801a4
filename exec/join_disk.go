package exec

import (
	"errors"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/exec/spill"
	"millrace/expr/agg"
	"millrace/flow"
	"millrace/sqlerr"
	"millrace/types"
)

// joinDisk does a join in parts that fit into memory, both sides dealt out to disk by the hash of their keys. A part of
// the right that still does not fit is dealt out once more, with its left.
type joinDisk struct {
	tc                      *flow.TaskContext
	leftKeys, rightKeys     []int  // those of the right among the columns that are kept
	nullEqual               []bool // by key; nil: of none
	leftSchema, rightSchema *arrow.Schema

	left, right             *spill.Partitions // nil: nothing is on disk
	leftHashes, rightHashes []uint64
	keys                    []arrow.Array
	spread                  uint64 // the hash of the last row that matches nothing
	dealt                   bool   // all rows are in parts
	parts                   []joinPart
	working                 bool          // on one of them:
	part                    joinPart      // whose right is kept
	reader                  *spill.Reader // of its left; nil: there is none
}

// joinPart is rows of both sides that have to do with each other; nil: none of that side.
type joinPart struct {
	left, right *spill.File
	depth       int
}

func (p *joinPart) close() error {
	var errs []error
	for _, f := range []*spill.File{p.left, p.right} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	p.left, p.right = nil, nil
	return errors.Join(errs...)
}

// newJoinDisk is for keys of both sides; without keys, or a place for files, there is none.
func newJoinDisk(tc *flow.TaskContext, left types.Schema, kept *keptSide, leftKeys, rightKeys []int, nullEqual []bool) *joinDisk {
	if tc.Spill == nil || len(leftKeys) == 0 {
		return nil
	}
	d := &joinDisk{tc: tc, leftKeys: leftKeys, nullEqual: nullEqual, leftSchema: left.Arrow(), rightSchema: kept.schema}
	for _, k := range rightKeys {
		d.rightKeys = append(d.rightKeys, kept.at[k])
	}
	return d
}

// on reports whether rows are on disk.
func (d *joinDisk) on() bool { return d != nil && d.right != nil }

// begin takes the rows of the right that were kept.
func (d *joinDisk) begin(j *joiner) error {
	d.right = spill.NewPartitions(d.tc, d.rightSchema, 0)
	d.left = spill.NewPartitions(d.tc, d.leftSchema, 0)
	if err := j.kept.each(d.addRight); err != nil {
		return err
	}
	j.forget()
	return j.hold(0, 0)
}

func (d *joinDisk) addRight(rec arrow.RecordBatch) error {
	d.rightHashes = d.hashes(rec, d.rightKeys, d.rightHashes)
	return d.right.Write(rec, d.rightHashes)
}

func (d *joinDisk) addLeft(rec arrow.RecordBatch) error {
	d.leftHashes = d.hashes(rec, d.leftKeys, d.leftHashes)
	return d.left.Write(rec, d.leftHashes)
}

func (d *joinDisk) hashes(rec arrow.RecordBatch, keys []int, into []uint64) []uint64 {
	d.keys = d.keys[:0]
	for _, k := range keys {
		d.keys = append(d.keys, rec.Column(k))
	}
	into = agg.HashColumns(d.keys, into)
	for i, keyless := range agg.Keyless(d.keys, d.nullEqual) {
		if keyless { // they need not be together, and may be many
			d.spread += 0x9e3779b97f4a7c15
			into[i] = d.spread
		}
	}
	return into
}

// deal makes parts of what was written.
func (d *joinDisk) deal(depth int) {
	for i := range spill.Fan {
		p := joinPart{left: d.left.Take(i), right: d.right.Take(i), depth: depth}
		if p.left != nil || p.right != nil {
			d.parts = append(d.parts, p)
		}
	}
}

// step does a piece of the work when both sides have ended, and reports whether that was the last.
func (d *joinDisk) step(j *joiner, out flow.Emitter) (done bool, err error) {
	if !d.dealt {
		d.deal(0)
		d.dealt = true
	}
	if !d.working {
		if len(d.parts) == 0 {
			return true, j.prober.small.flush(out)
		}
		d.part = d.parts[len(d.parts)-1]
		d.parts = d.parts[:len(d.parts)-1]
		d.working = true
		return false, d.load(j)
	}
	if d.reader != nil {
		rec, err := d.reader.Next()
		if err != nil {
			return false, err
		}
		if rec != nil {
			defer rec.Release()
			j.matcher.begin(rec)
			_, err := j.prober.work(out)
			return false, err
		}
		d.reader.Close()
		d.reader = nil
	}
	last, err := j.prober.finish(out)
	if err != nil || !last {
		return false, err
	}
	return false, d.leave(j)
}

// leave is done with the part.
func (d *joinDisk) leave(j *joiner) error {
	d.working = false
	j.forget()
	return errors.Join(d.part.close(), j.hold(0, 0))
}

// load keeps the right of the part, or deals the part out.
func (d *joinDisk) load(j *joiner) error {
	fits := true
	if d.part.right != nil {
		err := eachOf(d.part.right, func(rec arrow.RecordBatch) (bool, error) {
			rec.Retain() // for add, which takes over
			j.kept.add(rec)
			var err error
			fits, err = j.roomForKept()
			return fits, err
		})
		if err != nil {
			return err
		}
	}
	if fits {
		var err error
		if fits, err = j.ready(); err != nil {
			return err
		}
	}
	if !fits {
		return d.split(j)
	}
	if d.part.left == nil {
		return nil
	}
	var err error
	d.reader, err = d.part.left.Read()
	return err
}

// split deals the part out.
func (d *joinDisk) split(j *joiner) error {
	j.forget()
	if err := j.hold(0, 0); err != nil {
		return err
	}
	d.working = false
	part := d.part
	d.part = joinPart{}
	depth := part.depth + 1
	err := errors.Join(d.left.Close(), d.right.Close()) // which are empty
	d.left, d.right = spill.NewPartitions(d.tc, d.leftSchema, depth), spill.NewPartitions(d.tc, d.rightSchema, depth)
	same := true
	var first uint64
	if err == nil {
		seen := false
		err = eachOf(part.right, func(rec arrow.RecordBatch) (bool, error) {
			err := d.addRight(rec)
			if !seen {
				first, seen = d.rightHashes[0], true
			}
			for _, h := range d.rightHashes {
				same = same && h == first
			}
			return true, err
		})
	}
	if err == nil && (same || depth > spill.MaxDepth) {
		err = sqlerr.New(sqlerr.OutOfMemory, 0, "the rows of one key of a join do not fit into memory_limit: %d of them", part.right.Rows()).
			WithHint("Raise memory_limit, or write the join so that its right side, the smaller one, has fewer rows of that key.")
	}
	if err == nil && part.left != nil {
		err = eachOf(part.left, func(rec arrow.RecordBatch) (bool, error) { return true, d.addLeft(rec) })
	}
	if err == nil {
		d.deal(depth)
	}
	return errors.Join(err, part.close())
}

// eachOf calls fn for the batches of a file, until it says false.
func eachOf(f *spill.File, fn func(arrow.RecordBatch) (bool, error)) error {
	r, err := f.Read()
	if err != nil {
		return err
	}
	defer r.Close()
	for {
		rec, err := r.Next()
		if err != nil || rec == nil {
			return err
		}
		more, err := fn(rec)
		rec.Release()
		if err != nil || !more {
			return err
		}
	}
}

func (d *joinDisk) close() error {
	if d == nil {
		return nil
	}
	if d.reader != nil {
		d.reader.Close()
		d.reader = nil
	}
	errs := []error{d.part.close()}
	for i := range d.parts {
		errs = append(errs, d.parts[i].close())
	}
	d.parts = nil
	for _, p := range []*spill.Partitions{d.left, d.right} {
		if p != nil {
			errs = append(errs, p.Close())
		}
	}
	return errors.Join(errs...)
}
