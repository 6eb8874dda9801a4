package exec

import (
	"bytes"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/expr"
	"millrace/flow"
	"millrace/sqlerr"
)

// TopN gives the N rows behind the first Offset ones in order, when the input has ended: a Sort and a Limit that keep
// no more rows than they need to. It has one instance.
type TopN struct {
	By        []Order
	N, Offset int64
}

// Describe is the step in words.
func (s TopN) Describe() flow.Description {
	return flow.Description{Name: "TopN", Attrs: append([]flow.Attr{orderAttr(s.By)}, limits(s.N, s.Offset)...)}
}

// Open makes the instance. It fails where a type has no order.
func (s TopN) Open(tc *flow.TaskContext) (flow.Operator, error) {
	if err := alone("TopN", tc); err != nil {
		return nil, err
	}
	if s.N < 0 || s.Offset < 0 {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, 0, "LIMIT %d OFFSET %d must not be negative", s.N, s.Offset)
	}
	keys, err := newOrderKeys(s.By, evalCtx(tc))
	if err != nil {
		return nil, err
	}
	o := &topN{keys: keys, rows: keptRows{mem: tc.Mem}, n: s.N, offset: s.Offset, account: account{tc: tc, name: "ORDER BY"}}
	o.most = math.MaxInt64
	if s.N < math.MaxInt64-s.Offset {
		o.most = s.N + s.Offset
	}
	if tc.State != nil {
		if err := tc.State.Scan(rowsTable, o.keep); err != nil {
			_ = o.Close() // the error of Scan says more
			return nil, err
		}
	}
	return o, nil
}

type topN struct {
	account
	keys      *orderKeys
	rows      keptRows
	n, offset int64
	most      int64  // rows that may come out, those of the offset included
	last      []byte // the key of the last of them as of the newest prune; rows from it on are not wanted. nil: none
	wanted    []int32
}

func (o *topN) Process(_ int, b *flow.Batch, _ flow.Emitter) error {
	if !appendOnly(b.Ops) {
		return noUpdates("ORDER BY")
	}
	return o.keep(b.Rec)
}

func (o *topN) keep(rec arrow.RecordBatch) error {
	if o.n == 0 {
		return nil
	}
	keys, err := o.keys.encode(rec)
	if err != nil {
		return err
	}
	if o.last == nil {
		err = o.rows.add(rec, keys)
	} else {
		err = o.addBelow(rec, keys)
	}
	if err != nil {
		return err
	}
	if o.rows.n-o.most >= max(o.most, flow.BatchRows) {
		if err := o.prune(); err != nil {
			return err
		}
	}
	return o.hold(o.rows.size+refBytes*o.rows.n, o.rows.n)
}

// addBelow keeps the rows that come before the last one.
func (o *topN) addBelow(rec arrow.RecordBatch, keys sortKeys) error {
	o.wanted = o.wanted[:0]
	var few sortKeys
	for i := range keys.ends {
		if key := keys.at(i); bytes.Compare(key, o.last) < 0 {
			o.wanted = append(o.wanted, int32(i))
			few.data = append(few.data, key...)
			few.ends = append(few.ends, len(few.data))
		}
	}
	if len(o.wanted) == 0 {
		return nil
	}
	part := expr.TakeRecord(o.rows.mem, rec, o.wanted)
	defer part.Release()
	return o.rows.add(part, few)
}

// prune keeps the rows that may come out, in order: what comes later and is equal is behind them.
func (o *topN) prune() error {
	if o.rows.n <= o.most {
		return nil
	}
	refs := o.rows.sorted()[:o.most]
	var keys sortKeys
	for _, r := range refs {
		keys.data = append(keys.data, o.rows.key(r)...)
		keys.ends = append(keys.ends, len(keys.data))
	}
	rec, err := o.rows.gather(refs)
	if err != nil {
		return err
	}
	defer rec.Release()
	o.last = slices.Clone(keys.at(len(refs) - 1))
	o.rows.clear()
	return o.rows.add(rec, keys)
}

// Watermark holds the output's back until the rows are out.
func (o *topN) Watermark(_ int, t flow.Time, out flow.Emitter) (flow.Time, error) {
	if t < flow.MaxTime {
		return flow.MinTime, nil
	}
	refs := o.rows.sorted()
	refs = refs[min(o.offset, int64(len(refs))):]
	refs = refs[:min(o.n, int64(len(refs)))]
	if err := o.rows.emit(refs, out); err != nil {
		return t, err
	}
	o.rows.clear()
	return t, o.hold(0, 0)
}

func (o *topN) Snapshot(w flow.StateWriter) error {
	if err := o.prune(); err != nil {
		return err
	}
	if err := o.hold(o.rows.size+refBytes*o.rows.n, o.rows.n); err != nil {
		return err
	}
	return o.rows.snapshot(w)
}

func (o *topN) Close() error {
	o.rows.clear()
	o.close()
	return nil
}
