package exec

import (
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/expr/agg"
	"millrace/flow"
	"millrace/sqlerr"
	"millrace/types"
)

// Recursive gives the rows of port 0, then what Step makes of them, and so on until it makes none, when all of its inputs
// have ended. Step's leaves are Inputs: port 0 is the rows of the step before, others are the ports of this. It has one
// instance.
type Recursive struct {
	Name  string
	Step  *flow.Node
	Ports int
	All   bool  // else rows that have come before are dropped
	Steps int   // more are an error
	Most  int64 // rows after which nobody wants more; 0: there are none
	Out   types.Schema
}

// Describe is the step in words.
func (s Recursive) Describe() flow.Description {
	union := "distinct"
	if s.All {
		union = "all"
	}
	return flow.Description{Name: "Recursive", Attrs: []flow.Attr{{Key: "name", Value: s.Name}, {Key: "union", Value: union}}}
}

// Open makes the instance, which has the rows that a snapshot has.
func (s Recursive) Open(tc *flow.TaskContext) (flow.Operator, error) {
	if err := alone("Recursive", tc); err != nil {
		return nil, err
	}
	r := &recursive{Recursive: s, account: account{tc: tc, name: "WITH RECURSIVE"}, kept: make([][]*flow.Batch, s.Ports), ended: make([]bool, s.Ports)}
	done, err := getNumber(tc, endedTable)
	if err != nil {
		return nil, err
	}
	if r.done = done != 0; tc.State == nil || r.done {
		return r, nil
	}
	for port := range r.kept {
		if err := tc.State.Scan(portTable(port), func(rec arrow.RecordBatch) error { return r.keep(port, &flow.Batch{Rec: rec}) }); err != nil {
			_ = r.Close() // the error of Scan says more
			return nil, err
		}
	}
	return r, nil
}

func portTable(port int) string { return fmt.Sprintf("%s.%d", rowsTable, port) }

type recursive struct {
	Recursive
	account
	kept  [][]*flow.Batch // of each port
	bytes int64
	rows  int64
	ended []bool
	done  bool
}

func (r *recursive) Process(port int, b *flow.Batch, _ flow.Emitter) error {
	if !appendOnly(b.Ops) {
		return noUpdates("WITH RECURSIVE")
	}
	return r.keep(port, b)
}

func (r *recursive) keep(port int, b *flow.Batch) error {
	if b.Len() == 0 {
		return nil
	}
	b.Retain()
	r.kept[port] = append(r.kept[port], &flow.Batch{Rec: b.Rec})
	r.bytes += recordBytes(b.Rec)
	r.rows += int64(b.Len())
	return r.hold(r.bytes, r.rows)
}

// Watermark runs the steps when all inputs have ended.
func (r *recursive) Watermark(port int, t flow.Time, out flow.Emitter) (flow.Time, error) {
	if t < flow.MaxTime {
		return flow.MinTime, nil
	}
	if r.ended[port] = true; slices.Contains(r.ended, false) {
		return flow.MinTime, nil
	}
	if r.done {
		return t, nil
	}
	r.done = true
	if err := r.run(out); err != nil {
		return t, err
	}
	r.free()
	return t, r.hold(0, 0)
}

func (r *recursive) run(out flow.Emitter) error {
	w := &workTable{r: r, out: out, schema: r.Out.Arrow()}
	if !r.All {
		keys := make([]types.Type, len(r.Out))
		for i, c := range r.Out {
			keys[i] = c.Type
		}
		w.known = agg.NewGroups(keys, r.tc.Mem)
		defer w.known.Release()
	}
	for _, b := range r.kept[0] {
		if err := flow.Forward(w, b); err != nil {
			releaseBatches(w.next)
			return err
		}
	}
	var work []*flow.Batch
	defer func() { releaseBatches(work) }()
	l := &local{tc: r.tc, inputs: func(port int) []*flow.Batch {
		if port == 0 {
			return work
		}
		return r.kept[port]
	}}
	for step := 0; ; step++ {
		releaseBatches(work)
		work, w.next, w.workBytes, w.nextBytes = w.next, nil, w.nextBytes, 0
		if len(work) == 0 || r.enough(w) {
			return nil
		}
		if step == r.Steps {
			return sqlerr.New("54001", 0, "the recursive query %q has not come to an end after %d steps", r.Name, r.Steps).
				WithHint("Add a condition to its second part that stops it, UNION for UNION ALL where it goes in circles, or a LIMIT.")
		}
		if err := r.tc.Context.Err(); err != nil {
			return err
		}
		if err := l.run(r.Step, w); err != nil {
			releaseBatches(w.next)
			return err
		}
	}
}

func (r *recursive) enough(w *workTable) bool { return r.Most > 0 && w.given >= r.Most }

// workTable takes the rows of a step: it drops those that are known, keeps the rest for the next step and gives them out.
type workTable struct {
	r                    *recursive
	out                  flow.Emitter
	schema               *arrow.Schema
	known                *agg.Groups // nil: rows may come again
	next                 []*flow.Batch
	given                int64
	workBytes, nextBytes int64
	hashes               []uint64
	ids                  []uint32
	fresh                []int32
}

func (w *workTable) Emit(b *flow.Batch) error {
	if w.known != nil {
		defer b.Release()
		if b = w.unknown(b); b == nil {
			return nil
		}
	}
	if b.Len() == 0 {
		b.Release()
		return nil
	}
	rec := named(w.schema, b.Rec)
	b.Release()
	b = &flow.Batch{Rec: rec}
	w.next = append(w.next, b)
	w.given += int64(b.Len())
	w.nextBytes += recordBytes(b.Rec)
	bytes := w.r.bytes + w.workBytes + w.nextBytes
	if w.known != nil {
		bytes += w.known.Bytes()
	}
	if err := w.r.hold(bytes, w.given); err != nil {
		return err
	}
	return flow.Forward(w.out, b)
}

// unknown is the rows of b that have not come before; nil where there is none.
func (w *workTable) unknown(b *flow.Batch) *flow.Batch {
	next := uint32(w.known.Len())
	w.hashes = agg.HashColumns(b.Rec.Columns(), slices.Grow(w.hashes[:0], b.Len())[:b.Len()])
	w.ids = w.known.IDs(b.Rec.Columns(), w.hashes, w.ids)
	w.fresh = w.fresh[:0]
	for i, id := range w.ids {
		if id == next { // new ones are numbered in the order of the rows
			w.fresh = append(w.fresh, int32(i))
			next++
		}
	}
	if len(w.fresh) == 0 {
		return nil
	}
	return selected(w.r.tc.Mem, b, w.fresh)
}

func releaseBatches(bs []*flow.Batch) {
	for _, b := range bs {
		b.Release()
	}
}

// Snapshot writes the rows that the steps will need.
func (r *recursive) Snapshot(w flow.StateWriter) error {
	if r.done {
		return putNumber(w, r.tc.Mem, endedTable, 1)
	}
	for port, bs := range r.kept {
		for _, b := range bs {
			if err := w.Put(portTable(port), oneGroup, b.Rec); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *recursive) free() {
	for port, bs := range r.kept {
		releaseBatches(bs)
		r.kept[port] = nil
	}
}

func (r *recursive) Close() error {
	r.free()
	r.close()
	return nil
}
