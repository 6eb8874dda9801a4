package run

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr"
	"millrace/expr/agg"
	"millrace/flow"
)

// output sends a task's rows to the instances of the next step.
type output struct {
	flow.Exchange
	edges []*edge // one for each instance that this task sends to
	mem   memory.Allocator

	hashes []uint64
	cols   []arrow.Array
	rows   [][]int32 // for each edge
}

// full reports whether an edge wants no more for now.
func (o *output) full() bool {
	for _, e := range o.edges {
		if e.len() >= edgeCap {
			return true
		}
	}
	return false
}

// control sends what all instances must see.
func (o *output) control(ev flow.Event) {
	for _, e := range o.edges {
		e.put(ev)
	}
}

// emit takes over the batch.
func (o *output) emit(b *flow.Batch) error {
	switch {
	case len(o.edges) == 1:
		o.edges[0].put(flow.Event{Kind: flow.Data, Batch: b})
	case o.Mode == flow.Broadcast:
		for _, e := range o.edges {
			b.Retain()
			e.put(flow.Event{Kind: flow.Data, Batch: b})
		}
		b.Release()
	default:
		o.partition(b)
	}
	return nil
}

// partition sends each row to the owner of its key group.
func (o *output) partition(b *flow.Batch) {
	defer b.Release()
	o.cols = o.cols[:0]
	for _, k := range o.Keys {
		o.cols = append(o.cols, b.Rec.Column(k))
	}
	if cap(o.hashes) < b.Len() {
		o.hashes = make([]uint64, b.Len())
	}
	o.hashes = agg.HashColumns(o.cols, o.hashes[:b.Len()])
	if o.rows == nil {
		o.rows = make([][]int32, len(o.edges))
	}
	for i := range o.rows {
		o.rows[i] = o.rows[i][:0]
	}
	n := len(o.edges)
	for i, h := range o.hashes {
		t := flow.Owner(flow.KeyGroup(h), n)
		o.rows[t] = append(o.rows[t], int32(i))
	}
	for t, rows := range o.rows {
		switch len(rows) {
		case 0:
		case b.Len():
			b.Retain()
			o.edges[t].put(flow.Event{Kind: flow.Data, Batch: b})
		default:
			part := &flow.Batch{Rec: expr.TakeRecord(o.mem, b.Rec, rows)}
			if b.Ops != nil {
				part.Ops = pick(b.Ops, rows)
			}
			if b.Marks != nil {
				part.Marks = pick(b.Marks, rows)
			}
			o.edges[t].put(flow.Event{Kind: flow.Data, Batch: part})
		}
	}
}

func pick[T any](all []T, rows []int32) []T {
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = all[r]
	}
	return out
}
