package exec

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/expr/agg"
	"millrace/flow"
	"millrace/types"
)

// SetOp gives the rows that both of its inputs have, or those of port 0 that port 1 has not, when both have ended; NULL
// is equal to NULL. It keeps each different row of both and how often it came. Several instances have their rows by the
// hash of all columns.
type SetOp struct {
	Except bool // else what both have
	All    bool // rows count as often as they come; else once
	In     types.Schema
}

// Describe is the step in words.
func (s SetOp) Describe() flow.Description {
	name := "Intersect"
	if s.Except {
		name = "Except"
	}
	if !s.All {
		return flow.Description{Name: name}
	}
	return flow.Description{Name: name, Attrs: []flow.Attr{{Key: "all", Value: "yes"}}}
}

// Open makes an instance, which knows the rows that a snapshot has.
func (s SetOp) Open(tc *flow.TaskContext) (flow.Operator, error) {
	keys := make([]types.Type, len(s.In))
	for i, c := range s.In {
		keys[i] = c.Type
	}
	if len(keys) == 0 {
		if err := alone("SetOp", tc); err != nil {
			return nil, err
		}
	}
	o := &setOp{SetOp: s, account: account{tc: tc, name: s.Describe().Name}, schema: s.In.Arrow(), groups: agg.NewGroups(keys, tc.Mem)}
	o.state = append(s.In[:len(s.In):len(s.In)], types.Column{Name: "left", Type: types.Of(types.Int64)}, types.Column{Name: "right", Type: types.Of(types.Int64)}).Arrow()
	if err := o.restore(); err != nil {
		_ = o.Close() // the error of restore says more
		return nil, err
	}
	return o, nil
}

type setOp struct {
	SetOp
	account
	schema, state *arrow.Schema
	groups        *agg.Groups
	rows          [2][]int64 // of each group, from each port
	ended         [2]bool
	done          bool

	hashes []uint64
	ids    []uint32
	signs  []int8
}

func (o *setOp) Process(port int, b *flow.Batch, _ flow.Emitter) error {
	o.find(b.Rec.Columns(), b.Len())
	rows := o.rows[port]
	if o.signs = signs(b.Ops, o.signs[:0]); o.signs == nil {
		for _, id := range o.ids {
			rows[id]++
		}
	} else {
		for i, id := range o.ids {
			rows[id] += int64(o.signs[i])
		}
	}
	return o.report()
}

// find numbers the groups of n rows in ids.
func (o *setOp) find(cols []arrow.Array, n int) {
	o.hashes = agg.HashColumns(cols, slices.Grow(o.hashes[:0], n)[:n])
	o.ids = o.groups.IDs(cols, o.hashes, o.ids)
	for p, rows := range o.rows {
		if more := o.groups.Len() - len(rows); more > 0 {
			o.rows[p] = append(rows, make([]int64, more)...)
		}
	}
}

func (o *setOp) report() error {
	return o.hold(o.groups.Bytes()+int64(cap(o.rows[0])+cap(o.rows[1]))*8, int64(o.groups.Len()))
}

// Watermark holds the output's back until both inputs have ended.
func (o *setOp) Watermark(port int, t flow.Time, out flow.Emitter) (flow.Time, error) {
	if t < flow.MaxTime {
		return flow.MinTime, nil
	}
	if o.ended[port] = true; !o.ended[1-port] {
		return flow.MinTime, nil
	}
	if o.done {
		return t, nil
	}
	o.done = true
	if err := o.emit(out); err != nil {
		return t, err
	}
	o.groups.Reset()
	o.rows = [2][]int64{}
	return t, o.report()
}

// times is how often a row comes out.
func (o *setOp) times(left, right int64) int64 {
	switch {
	case o.All && o.Except:
		return left - right
	case o.All:
		return min(left, right)
	case left > 0 && (right > 0) != o.Except:
		return 1
	}
	return 0
}

func (o *setOp) emit(out flow.Emitter) error {
	var ids []uint32
	flush := func() error {
		if len(ids) == 0 {
			return nil
		}
		rec := newRecord(o.schema, o.groups.Keys(ids), len(ids))
		ids = ids[:0]
		return out.Emit(&flow.Batch{Rec: rec})
	}
	for id := range o.rows[0] {
		for n := o.times(o.rows[0][id], o.rows[1][id]); n > 0; n-- {
			if ids = append(ids, uint32(id)); len(ids) == flow.BatchRows {
				if err := flush(); err != nil {
					return err
				}
			}
		}
	}
	return flush()
}

// Snapshot writes the rows and how often they came. Which inputs have ended is told again after a restart.
func (o *setOp) Snapshot(w flow.StateWriter) error {
	if o.done {
		return putNumber(w, o.tc.Mem, endedTable, 1)
	}
	return putByKeyGroup(w, rowsTable, o.groups.Hashes()[:len(o.rows[0])], func(ids []uint32) (arrow.RecordBatch, error) {
		cols := o.groups.Keys(ids)
		for _, rows := range o.rows {
			b := array.NewInt64Builder(o.tc.Mem)
			for _, id := range ids {
				b.Append(rows[id])
			}
			cols = append(cols, b.NewArray())
			b.Release()
		}
		return newRecord(o.state, cols, len(ids)), nil
	})
}

func (o *setOp) restore() error {
	done, err := getNumber(o.tc, endedTable)
	if err != nil || o.tc.State == nil {
		return err
	}
	o.done = done != 0
	return o.tc.State.Scan(rowsTable, func(rec arrow.RecordBatch) error {
		width := len(o.In)
		o.find(rec.Columns()[:width], int(rec.NumRows()))
		for p, rows := range o.rows {
			for i, n := range rec.Column(width + p).(*array.Int64).Int64Values() {
				rows[o.ids[i]] += n
			}
		}
		return o.report()
	})
}

func (o *setOp) Close() error {
	o.groups.Release()
	o.close()
	return nil
}
