package exec

import (
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/flow"
	"millrace/sqlerr"
	"millrace/types"
)

// spill writes rows that are kept, those of refs, which are in order, to disk, and forgets all.
func (o *overRows) spill(refs []ref) error {
	if len(refs) > 0 {
		if err := o.runs.add(o.tc, &o.rows, refs); err != nil {
			return err
		}
	}
	o.rows.clear()
	o.kept = 0
	return o.hold(0, 0)
}

// emitRuns merges the runs and gives one partition after the other.
func (o *overRows) emitRuns(out flow.Emitter) error {
	if err := o.runs.begin(o.runs.withKey()); err != nil {
		return err
	}
	p := &partitions{o: o}
	for {
		rec, err := o.runs.merge.next(runRows)
		if err != nil {
			return err
		}
		if rec == nil {
			return p.emit(out)
		}
		err = p.take(rec, out)
		rec.Release()
		if err != nil {
			return err
		}
	}
}

// partitions collects rows that come in order until their partitions are whole.
type partitions struct {
	o    *overRows // its rows are those that are not out yet, without their keys
	same []int32   // of them, as in sortedRows
	last []byte    // the key of the newest
}

// take gives the partitions that end in rec and keeps the rows behind them. The last column of rec is the sort key.
func (p *partitions) take(rec arrow.RecordBatch, out flow.Emitter) error {
	n, width := int(rec.NumRows()), int(rec.NumCols())-1
	keys := rec.Column(width).(*array.Binary)
	same := make([]int32, n)
	begin := -1 // of the last partition; -1: before rec
	for i := range same {
		switch {
		case i > 0:
			same[i] = int32(p.o.keys.shared(keys.Value(i-1), keys.Value(i)))
		case len(p.same) > 0:
			same[i] = int32(p.o.keys.shared(p.last, keys.Value(i)))
		}
		if int(same[i]) < len(p.o.Partition) {
			begin = i
		}
	}
	p.last = append(p.last[:0], keys.Value(n-1)...)
	rows := array.NewRecordBatch(p.o.runs.schema, rec.Columns()[:width], rec.NumRows())
	defer rows.Release()
	if begin >= 0 {
		if err := p.add(rows, same, 0, begin); err != nil {
			return err
		}
		if err := p.emit(out); err != nil {
			return err
		}
	}
	if err := p.add(rows, same, max(begin, 0), n); err != nil {
		return err
	}
	return p.hold()
}

func (p *partitions) add(rows arrow.RecordBatch, same []int32, from, to int) error {
	if from == to {
		return nil
	}
	part := rows.NewSlice(int64(from), int64(to))
	defer part.Release()
	p.same = append(p.same, same[from:to]...)
	return p.o.rows.add(part, sortKeys{})
}

// sorted is the rows that are there, those that are not wanted left out.
func (p *partitions) sorted() sortedRows {
	s := sortedRows{refs: make([]ref, 0, len(p.same)), same: p.same}
	for i, seg := range p.o.rows.segs {
		for row := range int(seg.rec.NumRows()) {
			s.refs = append(s.refs, ref{seg: int32(i), row: int32(row)})
		}
	}
	if p.o.Top.Function != "" {
		s = s.top(p.o.Top, len(p.o.Partition))
	}
	return s
}

// hold counts the rows of a partition that has not ended.
func (p *partitions) hold() error {
	o := p.o
	if o.Top.Function != "" && o.rows.n > 2*o.kept+4*runRows { // what is not wanted stays so when more rows come
		s := p.sorted()
		rec, err := o.rows.gather(s.refs)
		if err != nil {
			return err
		}
		defer rec.Release()
		o.rows.clear()
		p.same, o.kept = s.same, rec.NumRows()
		if err := o.rows.add(rec, sortKeys{}); err != nil {
			return err
		}
	}
	if o.uncounted() {
		return nil
	}
	if err := o.hold(o.rows.size+sortedBytes*o.rows.n, o.rows.n); err != nil {
		return o.tooLarge(err)
	}
	return nil
}

// uncounted reports whether the rows are so few that they pass as part of a merge: a batch of each run is not counted
// either.
func (o *overRows) uncounted() bool { return o.runs.merge != nil && o.rows.n <= 2*runRows }

// emit gives the rows that are there, which are whole partitions.
func (p *partitions) emit(out flow.Emitter) error {
	o := p.o
	if len(p.same) == 0 {
		return nil
	}
	fits, err := o.emit(p.sorted(), out)
	if err != nil {
		return err
	}
	if !fits {
		return o.tooLarge(nil)
	}
	o.rows.clear()
	p.same, o.kept = p.same[:0], 0
	return o.hold(0, 0)
}

// tooLarge is the error of a partition that does not fit into memory: that of the first row.
func (o *overRows) tooLarge(cause error) error {
	of := "it is all rows"
	if len(o.Partition) > 0 {
		rec := o.rows.segs[0].rec
		keys := make([]string, len(o.Partition))
		for i, c := range o.Partition {
			keys[i] = o.In[c].Name + " = NULL"
			if col := rec.Column(c); col.IsValid(0) {
				keys[i] = fmt.Sprintf("%s = %s", o.In[c].Name, types.AppendText(nil, col, 0, o.In[c].Type))
			}
		}
		of = strings.Join(keys, ", ")
	}
	err := sqlerr.New(sqlerr.OutOfMemory, 0, "the rows of one partition of an OVER do not fit into memory_limit: %s", of).
		WithHint("Raise memory_limit, or partition by more columns.")
	if cause != nil {
		err = err.Because(cause)
	}
	return err
}
