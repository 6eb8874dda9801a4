package exec

import (
	"errors"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/expr"
	"millrace/expr/agg"
	"millrace/expr/over"
	"millrace/flow"
	"millrace/sqlerr"
	"millrace/types"
)

// Over gives each row with what window functions make of the rows of its partition, when the input has ended. It sorts
// the rows by partition and order: in memory, or where they do not fit on disk, in runs that are merged at the end; a
// partition has to fit. Without Partition all rows are one, and there is one instance.
type Over struct {
	In        types.Schema
	Keep      int     // the first columns of In that come out; the others are only read
	Partition []int   // columns of In; several instances have their rows by the hash of them
	Order     []Order // over In, within a partition
	Calls     []OverCall
	Out       types.Schema // the columns kept, then the result of each of Calls
	Top       OverTop      // which rows are wanted, where not all are
}

// OverCall is a window function over columns of In.
type OverCall struct {
	over.Call
	Args   []int
	Filter int        // the position of a Boolean column; -1: every row
	Peers  int        // rows are peers that are equal in so many of Order
	Range  *OverRange // of a RANGE frame with offsets
}

// OverRange is the columns of In that the bounds of a RANGE frame compare: what the rows are ordered by, in the type
// that bounds are computed in, and where each row's frame starts and ends; -1 for a bound without an offset.
type OverRange struct {
	Value, Start, End int
	Desc, NullsFirst  bool
}

// OverTop says that of each partition only the rows are wanted for which a ranking function gives N at most. The zero
// value wants all rows.
type OverTop struct {
	Function string // row_number, rank or dense_rank
	Peers    int    // as in OverCall
	N        int64
}

func (c OverCall) describe(in types.Schema) string {
	args := make([]string, len(c.Args))
	for i, a := range c.Args {
		args[i] = in[a].Name
	}
	if c.Name == "count" && len(args) == 0 {
		args = []string{"*"}
	}
	s := c.Name + "(" + strings.Join(args, ", ") + ")"
	if c.IgnoreNulls {
		s += " IGNORE NULLS"
	}
	if c.Filter >= 0 {
		s += " FILTER (WHERE " + in[c.Filter].Name + ")"
	}
	if c.TakesFrame() && c.Frame != over.DefaultFrame {
		s += " " + c.Frame.String()
	}
	return s
}

// Describe is the step in words.
func (s Over) Describe() flow.Description {
	var attrs []flow.Attr
	if len(s.Partition) > 0 {
		names := make([]string, len(s.Partition))
		for i, c := range s.Partition {
			names[i] = s.In[c].Name
		}
		attrs = append(attrs, flow.Attr{Key: "partition", Value: "[" + strings.Join(names, ", ") + "]"})
	}
	if len(s.Order) > 0 {
		attrs = append(attrs, orderAttr(s.Order))
	}
	calls := make([]string, len(s.Calls))
	for i, c := range s.Calls {
		calls[i] = c.describe(s.In)
	}
	attrs = append(attrs, flow.Attr{Key: "calls", Value: "[" + strings.Join(calls, ", ") + "]"})
	if s.Top.Function != "" {
		attrs = append(attrs, flow.Attr{Key: "top", Value: fmt.Sprintf("%s at most %d", s.Top.Function, s.Top.N)})
	}
	return flow.Description{Name: "Over", Attrs: attrs}
}

// Open makes the instance. It fails where a type has no order.
func (s Over) Open(tc *flow.TaskContext) (flow.Operator, error) {
	if len(s.Partition) == 0 {
		if err := alone("OVER without PARTITION BY", tc); err != nil {
			return nil, err
		}
	}
	if len(s.Out) != s.Keep+len(s.Calls) {
		return nil, sqlerr.New(sqlerr.Internal, 0, "Over: %d columns and %d calls do not make the columns %v", s.Keep, len(s.Calls), s.Out.Names())
	}
	by := make([]Order, 0, len(s.Partition)+len(s.Order))
	for _, c := range s.Partition {
		by = append(by, Order{Expr: expr.NewColumn(c, s.In[c].Name, s.In[c].Type, 0)})
	}
	keys, err := newOrderKeys(append(by, s.Order...), evalCtx(tc))
	if err != nil {
		return nil, err
	}
	o := &overRows{Over: s, account: account{tc: tc, name: "OVER"}, out: s.Out.Arrow(), keys: keys, rows: keptRows{mem: tc.Mem}}
	if tc.State != nil {
		if err := tc.State.Scan(rowsTable, o.keep); err != nil {
			_ = o.Close() // the error of Scan says more
			return nil, err
		}
	}
	return o, nil
}

type overRows struct {
	Over
	account
	out  *arrow.Schema
	keys *orderKeys
	rows keptRows
	runs sortedRuns
	kept int64 // rows when those that are not wanted were dropped last
}

func (o *overRows) Process(_ int, b *flow.Batch, _ flow.Emitter) error {
	if !appendOnly(b.Ops) {
		return noUpdates("OVER")
	}
	return o.keep(b.Rec)
}

func (o *overRows) keep(rec arrow.RecordBatch) error {
	keys, err := o.keys.encode(rec)
	if err != nil {
		return err
	}
	if err := o.rows.add(rec, keys); err != nil {
		return err
	}
	if o.Top.Function != "" && o.rows.n > 2*o.kept+4*flow.BatchRows {
		if err := o.prune(); err != nil {
			return err
		}
	}
	if rec.NumRows() == 0 {
		return nil
	}
	fits, err := o.fits(o.rows.size+sortedBytes*o.rows.n, o.rows.n)
	if err != nil || fits {
		return err
	}
	return o.spill(o.sorted().refs)
}

// Watermark holds the output's back until the rows are out.
func (o *overRows) Watermark(_ int, t flow.Time, out flow.Emitter) (flow.Time, error) {
	if t < flow.MaxTime {
		return flow.MinTime, nil
	}
	rows := o.sorted()
	onDisk := len(o.runs.files) > 0
	for from := 0; from < len(rows.refs) && !onDisk; {
		to := rows.chunk(from, len(o.Partition))
		fits, err := o.emit(rows.slice(from, to), out)
		if err != nil {
			return t, err
		}
		if !fits { // there is no room beside all the rows, but there may be beside some
			rows.refs, onDisk = rows.refs[from:], true
			break
		}
		from = to
	}
	if onDisk {
		if err := o.spill(rows.refs); err != nil {
			return t, err
		}
		if err := o.emitRuns(out); err != nil {
			return t, err
		}
	}
	o.rows.clear()
	return t, errors.Join(o.runs.close(), o.hold(0, 0))
}

// Snapshot writes the rows by the key group of their partition.
func (o *overRows) Snapshot(w flow.StateWriter) error {
	if len(o.Partition) == 0 {
		return o.rows.snapshot(w)
	}
	var hashes []uint64
	var refs []ref
	for s, seg := range o.rows.segs {
		cols := make([]arrow.Array, len(o.Partition))
		for i, c := range o.Partition {
			cols[i] = seg.rec.Column(c)
		}
		n := int(seg.rec.NumRows())
		hashes = append(hashes, agg.HashColumns(cols, make([]uint64, n))...)
		for row := range n {
			refs = append(refs, ref{seg: int32(s), row: int32(row)})
		}
	}
	return putByKeyGroup(w, rowsTable, hashes, func(ids []uint32) (arrow.RecordBatch, error) {
		order := make([]ref, len(ids))
		for i, id := range ids {
			order[i] = refs[id]
		}
		return o.rows.gather(order)
	})
}

func (o *overRows) Close() error {
	o.rows.clear()
	o.close()
	return o.runs.close()
}
