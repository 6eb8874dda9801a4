package exec

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/expr"
	"millrace/expr/over"
	"millrace/flow"
)

// emit gives the rows, which are whole partitions, with the results of the calls. It gives none of them, and reports
// that, where they do not fit and there is a disk.
func (o *overRows) emit(rows sortedRows, out flow.Emitter) (fits bool, err error) {
	results, fits, err := o.compute(rows)
	defer release(results)
	if err != nil || !fits {
		return fits, err
	}
	kept := o.rows.project(numbersTo(o.Keep))
	defer kept.clear()
	for from := 0; from < len(rows.refs); from += flow.BatchRows {
		to := min(from+flow.BatchRows, len(rows.refs))
		rec, err := kept.gather(rows.refs[from:to])
		if err != nil {
			return true, err
		}
		cols := make([]arrow.Array, 0, len(o.Out))
		for _, c := range rec.Columns() {
			c.Retain()
			cols = append(cols, c)
		}
		rec.Release()
		take := make([]int32, to-from)
		for i := range take {
			take[i] = int32(from + i)
		}
		for _, r := range results { // copied: a slice would keep all of the results alive
			cols = append(cols, expr.Take(o.tc.Mem, r, take))
		}
		if err := out.Emit(&flow.Batch{Rec: newRecord(o.out, cols, to-from)}); err != nil {
			return true, err
		}
	}
	return true, nil
}

// compute is the results of the calls. The caller releases what it gives, also beside an error.
func (o *overRows) compute(rows sortedRows) (results []arrow.Array, fits bool, err error) {
	var read []int // columns of In
	at := make([]int, len(o.In))
	need := func(c int) {
		if c >= 0 && at[c] == 0 {
			read = append(read, c)
			at[c] = len(read)
		}
	}
	for _, c := range o.Calls {
		for _, a := range c.Args {
			need(a)
		}
		need(c.Filter)
		if c.Range != nil {
			need(c.Range.Value)
			need(c.Range.Start)
			need(c.Range.End)
		}
	}
	part := o.rows.project(read)
	defer part.clear()
	rec, err := part.gather(rows.refs)
	if err != nil {
		return nil, true, err
	}
	defer rec.Release()
	column := func(c int) arrow.Array { return rec.Column(at[c] - 1) }
	bytes := 2*recordBytes(rec) + int64(len(o.Calls))*resultBytes*int64(len(rows.refs)) // once more in the order of frames
	if !o.uncounted() {
		if fits, err := o.fits(o.rows.size+sortedBytes*o.rows.n+bytes, o.rows.n); err != nil || !fits {
			return nil, fits, err
		}
	}
	parts := rows.starts(len(o.Partition))
	for i := range o.Calls {
		c := &o.Calls[i]
		in := &over.Input{Mem: o.tc.Mem, Parts: parts, Peers: rows.starts(len(o.Partition) + c.Peers)}
		for _, a := range c.Args {
			in.Args = append(in.Args, column(a))
		}
		if c.Filter >= 0 {
			in.Filter = column(c.Filter)
		}
		if c.Range != nil {
			if in.Range, err = o.rangeKeys(c.Range, column); err != nil {
				return results, true, err
			}
		}
		vals, err := c.Eval(in)
		if err != nil {
			return results, true, err
		}
		results = append(results, vals)
	}
	return results, true, nil
}

// resultBytes is what a call takes a row beside its arguments: the frame, positions, the result.
const resultBytes = 48

// rangeKeys writes what a RANGE frame compares as bytes in the order of the rows.
func (o *overRows) rangeKeys(r *OverRange, column func(int) arrow.Array) (*over.RangeKeys, error) {
	out := &over.RangeKeys{}
	for _, k := range []struct {
		col  int
		into *func(int) []byte
	}{{r.Value, &out.Value}, {r.Start, &out.Start}, {r.End, &out.End}} {
		if k.col < 0 {
			continue
		}
		col := column(k.col)
		name, t := o.In[k.col].Name, o.In[k.col].Type
		keys, err := newOrderKeys([]Order{{Expr: expr.NewColumn(0, name, t, 0), Desc: r.Desc, NullsFirst: r.NullsFirst}}, o.keys.ctx)
		if err != nil {
			return nil, err
		}
		rec := array.NewRecordBatch(arrow.NewSchema([]arrow.Field{{Name: name, Type: col.DataType(), Nullable: true}}, nil), []arrow.Array{col}, int64(col.Len()))
		enc, err := keys.encode(rec)
		rec.Release()
		if err != nil {
			return nil, err
		}
		*k.into = enc.at
	}
	return out, nil
}

// project is the same rows with some of their columns.
func (k *keptRows) project(cols []int) *keptRows {
	out := &keptRows{mem: k.mem}
	for _, s := range k.segs {
		fields := make([]arrow.Field, len(cols))
		arrays := make([]arrow.Array, len(cols))
		for i, c := range cols {
			fields[i], arrays[i] = s.rec.Schema().Field(c), s.rec.Column(c)
		}
		rec := array.NewRecordBatch(arrow.NewSchema(fields, nil), arrays, s.rec.NumRows())
		out.segs = append(out.segs, segment{rec: rec})
	}
	return out
}

func numbersTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
