package exec

import (
	"github.com/apache/arrow-go/v18/arrow"

	"millrace/expr/agg"
	"millrace/flow"
	"millrace/types"
)

// Distinct passes on the first of rows that are equal, as they come; NULL is equal to NULL. It keeps every row that it
// has passed on. When they do not fit into memory, it writes them to disk, and what comes then, and passes that on when
// the input has ended. Several instances have their rows by the hash of all columns.
type Distinct struct{ In types.Schema }

// Describe is the step in words.
func (s Distinct) Describe() flow.Description { return flow.Description{Name: "Distinct"} }

// Open makes an instance, which knows the rows that a snapshot has.
func (s Distinct) Open(tc *flow.TaskContext) (flow.Operator, error) {
	d := &distinct{schema: s.In.Arrow(), account: account{tc: tc, name: "DISTINCT"}}
	for _, c := range s.In {
		d.keys = append(d.keys, c.Type)
	}
	d.groups = agg.NewGroups(d.keys, tc.Mem)
	if tc.State != nil {
		err := tc.State.Scan(rowsTable, func(rec arrow.RecordBatch) error {
			d.find(rec)
			return d.hold(d.groups.Bytes(), d.known())
		})
		if err != nil {
			_ = d.Close() // the error of Scan says more
			return nil, err
		}
	}
	return d, nil
}

type distinct struct {
	account
	schema *arrow.Schema
	keys   []types.Type
	groups *agg.Groups
	disk   distinctDisk
	one    bool // there are no columns, and a row has come
	hashes []uint64
	ids    []uint32
	fresh  []int32
}

// find lists in fresh the rows of rec that are new.
func (d *distinct) find(rec arrow.RecordBatch) {
	d.fresh = d.fresh[:0]
	if len(d.schema.Fields()) == 0 {
		if !d.one && rec.NumRows() > 0 {
			d.one = true
			d.fresh = append(d.fresh, 0)
		}
		return
	}
	next := uint32(d.groups.Len())
	d.hashes = agg.HashColumns(rec.Columns(), d.hashes)
	d.ids = d.groups.IDs(rec.Columns(), d.hashes, d.ids)
	for i, id := range d.ids {
		if id == next { // new ones are numbered in the order of the rows
			d.fresh = append(d.fresh, int32(i))
			next++
		}
	}
}

// known is the number of different rows so far.
func (d *distinct) known() int64 {
	if len(d.schema.Fields()) == 0 && !d.one {
		return 0
	}
	return int64(d.groups.Len())
}

func (d *distinct) Process(_ int, b *flow.Batch, out flow.Emitter) error {
	if !appendOnly(b.Ops) {
		return noUpdates("DISTINCT")
	}
	return d.take(b, out)
}

// take passes on the rows that are new, or puts all off.
func (d *distinct) take(b *flow.Batch, out flow.Emitter) error {
	if d.disk.later != nil {
		return d.disk.later.Write(b.Rec, d.hash(b.Rec))
	}
	d.find(b.Rec)
	fits, err := d.room()
	if err == nil && !fits {
		err = d.spill()
	}
	switch {
	case err != nil:
		return err
	case len(d.fresh) == 0:
		return nil
	case len(d.fresh) == b.Len():
		return flow.Forward(out, b)
	}
	return out.Emit(selected(d.tc.Mem, b, d.fresh))
}

// room reserves what the rows take that it knows. False: it is too much, and they may go to disk.
func (d *distinct) room() (bool, error) {
	if len(d.keys) == 0 {
		return true, d.hold(d.groups.Bytes(), d.known())
	}
	return d.fits(d.groups.Bytes(), d.known())
}

func (d *distinct) hash(rec arrow.RecordBatch) []uint64 {
	d.hashes = agg.HashColumns(rec.Columns(), d.hashes)
	return d.hashes
}

func (d *distinct) Watermark(_ int, t flow.Time, out flow.Emitter) (flow.Time, error) {
	for more := t == flow.MaxTime; more; {
		var err error
		if more, err = d.Resume(true, out); err != nil {
			return t, err
		}
	}
	return t, nil
}

func (d *distinct) Snapshot(w flow.StateWriter) error {
	return putByKeyGroup(w, rowsTable, d.groups.Hashes()[:d.known()], d.rows)
}

// rows is some of the rows that it knows.
func (d *distinct) rows(ids []uint32) (arrow.RecordBatch, error) {
	return newRecord(d.schema, d.groups.Keys(ids), len(ids)), nil
}

func (d *distinct) Close() error {
	d.groups.Release()
	d.close()
	return d.disk.close()
}
