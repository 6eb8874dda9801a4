package exec

import (
	"github.com/apache/arrow-go/v18/arrow"

	"millrace/expr/agg"
	"millrace/flow"
	"millrace/types"
)

// Distinct passes on the first of rows that are equal, as they come; NULL is equal to NULL. It keeps every row that it
// has passed on. Several instances have their rows by the hash of all columns.
type Distinct struct{ In types.Schema }

// Describe is the step in words.
func (s Distinct) Describe() flow.Description { return flow.Description{Name: "Distinct"} }

// Open makes an instance, which knows the rows that a snapshot has.
func (s Distinct) Open(tc *flow.TaskContext) (flow.Operator, error) {
	keys := make([]types.Type, len(s.In))
	for i, c := range s.In {
		keys[i] = c.Type
	}
	d := &distinct{
		schema: s.In.Arrow(), groups: agg.NewGroups(keys, tc.Mem), account: account{tc: tc, name: "DISTINCT"},
	}
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
	groups *agg.Groups
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
	d.find(b.Rec)
	if err := d.hold(d.groups.Bytes(), d.known()); err != nil {
		return err
	}
	switch len(d.fresh) {
	case 0:
		return nil
	case b.Len():
		return flow.Forward(out, b)
	}
	return out.Emit(selected(d.tc.Mem, b, d.fresh))
}

func (d *distinct) Watermark(_ int, t flow.Time, _ flow.Emitter) (flow.Time, error) { return t, nil }

func (d *distinct) Snapshot(w flow.StateWriter) error {
	return putByKeyGroup(w, rowsTable, d.groups.Hashes()[:d.known()], func(ids []uint32) (arrow.RecordBatch, error) {
		return newRecord(d.schema, d.groups.Keys(ids), len(ids)), nil
	})
}

func (d *distinct) Close() error {
	d.groups.Release()
	d.close()
	return nil
}
