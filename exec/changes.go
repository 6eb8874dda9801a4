package exec

import (
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/expr"
	"millrace/expr/agg"
	"millrace/flow"
	"millrace/sqlerr"
	"millrace/types"
)

// Changes groups rows by their keys as Aggregate does, but of an input that goes on: it gives what has become of its groups
// when it is flushed, so that many rows of a group between two barriers are one change. It takes updates and deletes;
// aggregates that cannot take rows back keep their arguments (see keptCall). Without aggregates it is DISTINCT.
//
// Without keys all rows are one group, which there is from the beginning, and there is one instance.
type Changes struct {
	Keys []int       // columns of In
	Aggs []agg.Bound // over columns of In
	In   types.Schema
	Out  types.Schema // the keys, then the result of each of Aggs
	// Changing: rows may be taken back.
	Changing bool
}

// Describe is the step in words.
func (s Changes) Describe() flow.Description {
	d := s.aggregate().Describe()
	d.Name = "ChangingAggregate"
	if len(s.Aggs) == 0 {
		d = flow.Description{Name: "ChangingDistinct"}
	}
	var kept []string
	for i, a := range s.Aggs {
		if s.keeps(a) {
			kept = append(kept, s.aggregate().call(i))
		}
	}
	if len(kept) > 0 {
		d.Attrs = append(d.Attrs, flow.Attr{Key: "keeps rows for", Value: "[" + strings.Join(kept, ", ") + "]"})
	}
	return d
}

func (s Changes) aggregate() Aggregate {
	return Aggregate{Keys: s.Keys, Aggs: s.Aggs, In: s.In, Out: s.Out, Phase: Complete}
}

// keeps reports whether an aggregate must keep its rows.
func (s Changes) keeps(a agg.Bound) bool { return s.Changing && !a.Retracts }

// Open makes an instance, which has the groups that a snapshot has.
func (s Changes) Open(tc *flow.TaskContext) (flow.Operator, error) {
	if len(s.Keys) == 0 {
		if err := alone(s.Describe().Name, tc); err != nil {
			return nil, err
		}
	}
	if len(s.Out) != s.aggregate().width(false) {
		return nil, sqlerr.New(sqlerr.Internal, 0, "%d keys and %d aggregates do not make the columns %v", len(s.Keys), len(s.Aggs), s.Out.Names())
	}
	state := append(s.aggregate().stateSchema(), types.Column{Name: "out", Type: types.Of(types.Bool)})
	c := &changes{Changes: s, account: account{tc: tc, name: "GROUP BY"}, schema: s.Out.Arrow(), state: state.Arrow()}
	c.open()
	if err := c.restore(); err != nil {
		_ = c.Close() // the error of restore says more
		return nil, err
	}
	if len(s.Keys) == 0 && !c.out[0] && !c.dirty[0] {
		c.touch(0)
	}
	return c, nil
}

type changes struct {
	Changes
	account
	schema, state *arrow.Schema
	groups        *agg.Groups
	accs          []agg.Accumulator // nil where kept is not
	kept          []*keptCall
	rows          []int64 // in each group
	out           []bool  // the group has been given, and not taken back
	dirty         []bool  // it is in touched
	touched       []uint32
	before        []past // what has been given of groups that are touched
	dead          int    // groups without rows

	feeder agg.Feeder
	cols   []arrow.Array
	hashes []uint64
	ids    []uint32
	signs  []int8
	some   []uint32
}

// past is the results of groups as they were given.
type past struct {
	ids  []uint32
	cols []arrow.Array
}

func (c *changes) open() {
	var keys []types.Type
	for _, k := range c.Keys {
		keys = append(keys, c.In[k].Type)
	}
	c.groups = agg.NewGroups(keys, c.tc.Mem)
	c.accs, c.kept = make([]agg.Accumulator, len(c.Aggs)), make([]*keptCall, len(c.Aggs))
	for i := range c.Aggs {
		if c.keeps(c.Aggs[i]) {
			c.kept[i] = newKeptCall(&c.Aggs[i], c.In, c.tc.Mem)
		} else {
			c.accs[i] = c.Aggs[i].New(c.tc.Mem)
		}
	}
	c.rows, c.out, c.dirty, c.dead = nil, nil, nil, 0
	c.grow()
}

// grow makes all groups known.
func (c *changes) grow() {
	n := c.groups.Len()
	for i := range c.Aggs {
		if c.kept[i] != nil {
			c.kept[i].grow(n)
		} else {
			c.accs[i].Grow(n)
		}
	}
	for len(c.rows) < n {
		c.rows, c.out, c.dirty = append(c.rows, 0), append(c.out, false), append(c.dirty, false)
	}
}

// find numbers the groups of n rows in ids.
func (c *changes) find(keys []arrow.Array, n int) {
	c.hashes = agg.HashColumns(keys, sizedTo(c.hashes, n))
	c.ids = c.groups.IDs(keys, c.hashes, c.ids)
	c.grow()
}

func sizedTo(s []uint64, n int) []uint64 {
	if cap(s) < n {
		return make([]uint64, n)
	}
	return s[:n]
}

func (c *changes) touch(id uint32) {
	c.dirty[id] = true
	c.touched = append(c.touched, id)
}

func (c *changes) Process(_ int, b *flow.Batch, _ flow.Emitter) error {
	cols := b.Rec.Columns()
	c.cols = c.cols[:0]
	for _, k := range c.Keys {
		c.cols = append(c.cols, cols[k])
	}
	c.find(c.cols, b.Len())
	if err := c.remember(); err != nil {
		return err
	}
	c.signs = signs(b.Ops, c.signs[:0])
	for i := range c.Aggs {
		var err error
		if c.kept[i] != nil {
			err = c.kept[i].update(c.ids, cols, c.signs)
		} else {
			err = c.feeder.Update(c.tc.Mem, &c.Aggs[i], c.accs[i], c.ids, cols, c.signs)
		}
		if err != nil {
			return err
		}
	}
	for i, id := range c.ids {
		if c.signs == nil {
			c.rows[id]++
		} else {
			c.rows[id] += int64(c.signs[i])
		}
	}
	return c.report()
}

// remember keeps what was given of the groups that are touched now and were not.
func (c *changes) remember() error {
	var given []uint32
	for _, id := range c.ids {
		if c.dirty[id] {
			continue
		}
		c.touch(id)
		if c.out[id] {
			given = append(given, id)
		}
	}
	if len(given) == 0 {
		return nil
	}
	cols, err := c.results(given)
	if err != nil {
		return err
	}
	c.before = append(c.before, past{given, cols})
	return nil
}

// results is what the aggregates say of groups.
func (c *changes) results(ids []uint32) ([]arrow.Array, error) {
	cols := make([]arrow.Array, 0, len(c.Aggs))
	for i := range c.Aggs {
		var col arrow.Array
		var err error
		if c.kept[i] != nil {
			col, err = c.kept[i].result(ids)
		} else {
			col, err = c.accs[i].Result(ids)
		}
		if err != nil {
			release(cols)
			return nil, err
		}
		cols = append(cols, col)
	}
	return cols, nil
}

func (c *changes) report() error {
	bytes := c.groups.Bytes() + int64(cap(c.rows))*10
	for i := range c.Aggs {
		if c.kept[i] != nil {
			bytes += c.kept[i].bytes()
		} else {
			bytes += c.accs[i].Bytes()
		}
	}
	return c.hold(bytes, int64(c.groups.Len()-c.dead))
}

// alive reports whether there is such a group.
func (c *changes) alive(id uint32) bool { return c.rows[id] > 0 || len(c.Keys) == 0 }

// Flush gives what has become of the groups that are touched: what was given of them first, then those that are new.
func (c *changes) Flush(out flow.Emitter) error {
	if len(c.touched) == 0 {
		return nil
	}
	if err := c.refresh(); err != nil {
		return err
	}
	for len(c.before) > 0 {
		p := c.before[0]
		c.before = c.before[1:]
		err := c.changed(p, out)
		release(p.cols)
		if err != nil {
			return err
		}
	}
	fresh := c.some[:0]
	for _, id := range c.touched {
		c.dirty[id] = false
		switch {
		case c.out[id]:
		case c.alive(id):
			c.out[id] = true
			fresh = append(fresh, id)
		default:
			c.dead++
		}
	}
	c.touched, c.some = c.touched[:0], fresh
	for len(fresh) > 0 {
		n := min(flow.BatchRows, len(fresh))
		rec, err := c.record(fresh[:n])
		if err != nil {
			return err
		}
		if err := out.Emit(&flow.Batch{Rec: rec}); err != nil {
			return err
		}
		fresh = fresh[n:]
	}
	return c.compact()
}

// record is groups as they are given.
func (c *changes) record(ids []uint32) (arrow.RecordBatch, error) {
	cols, err := c.results(ids)
	if err != nil {
		return nil, err
	}
	return newRecord(c.schema, append(c.groups.Keys(ids), cols...), len(ids)), nil
}

// changed gives the difference between what was given of groups and what they are.
func (c *changes) changed(p past, out flow.Emitter) error {
	now, err := c.record(p.ids)
	if err != nil {
		return err
	}
	defer now.Release()
	was := newRecord(c.schema, append(c.groups.Keys(p.ids), retained(p.cols)...), len(p.ids))
	defer was.Release()
	var rows []int32
	var ops []flow.Op
	n := int32(len(p.ids))
	for i, id := range p.ids {
		switch {
		case !c.alive(id):
			c.out[id] = false
			rows, ops = append(rows, int32(i)), append(ops, flow.Delete)
		case !sameResults(was, now, len(c.Keys), i):
			rows, ops = append(rows, int32(i), n+int32(i)), append(ops, flow.UpdateBefore, flow.UpdateAfter)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	both, err := concat(c.tc.Mem, []arrow.RecordBatch{was, now})
	if err != nil {
		return err
	}
	defer both.Release()
	return out.Emit(&flow.Batch{Rec: expr.TakeRecord(c.tc.Mem, both, rows), Ops: ops})
}

func retained(cols []arrow.Array) []arrow.Array {
	for _, c := range cols {
		c.Retain()
	}
	return cols
}

// sameResults reports whether row i of two records is equal behind the keys.
func sameResults(a, b arrow.RecordBatch, keys, i int) bool {
	at := int64(i)
	for k := keys; k < int(a.NumCols()); k++ {
		if !array.SliceEqual(a.Column(k), at, at+1, b.Column(k), at, at+1) {
			return false
		}
	}
	return true
}

// Watermark lets the end of the input through when all is given. Before that nothing is said of event time: a group can
// still change.
func (c *changes) Watermark(_ int, t flow.Time, out flow.Emitter) (flow.Time, error) {
	if t < flow.MaxTime {
		return flow.MinTime, nil
	}
	return t, c.Flush(out)
}

// compactAt is how many groups without rows are kept at least.
const compactAt = 4096

// compact forgets groups without rows where they are most of them.
func (c *changes) compact() error {
	if c.dead < compactAt || c.dead < c.groups.Len()/2 {
		return c.report()
	}
	var state []flow.Batch
	var tables []string
	w := stateList{func(table string, rec arrow.RecordBatch) {
		rec.Retain()
		tables, state = append(tables, table), append(state, flow.Batch{Rec: rec})
	}}
	err := c.Snapshot(w)
	if err == nil {
		c.drop()
		c.open()
		for i := range state {
			if err = c.put(tables[i], state[i].Rec); err != nil {
				break
			}
		}
		if err == nil {
			err = c.refresh()
		}
	}
	for _, b := range state {
		b.Release()
	}
	if err != nil {
		return err
	}
	return c.report()
}

// stateList is a StateWriter that calls a function.
type stateList struct {
	put func(table string, rec arrow.RecordBatch)
}

func (s stateList) Put(table string, _ int, rec arrow.RecordBatch) error {
	s.put(table, rec)
	return nil
}

// pastTable has what was given of groups that have changed since.
const pastTable = "past"

// Snapshot writes the groups that have rows, or had when they were given, and the arguments that are kept.
func (c *changes) Snapshot(w flow.StateWriter) error {
	all := c.groups.Hashes()
	hashesOf := func(ids []uint32) []uint64 {
		out := make([]uint64, len(ids))
		for i, id := range ids {
			out[i] = all[id]
		}
		return out
	}
	var live []uint32
	for id := range c.rows {
		if c.alive(uint32(id)) || c.rows[id] != 0 || c.out[id] {
			live = append(live, uint32(id))
		}
	}
	err := putByKeyGroup(w, groupsTable, hashesOf(live), func(at []uint32) (arrow.RecordBatch, error) {
		return c.states(pickAt(live, at))
	})
	if err != nil {
		return err
	}
	for _, p := range c.before {
		err := putByKeyGroup(w, pastTable, hashesOf(p.ids), func(at []uint32) (arrow.RecordBatch, error) {
			was := newRecord(c.schema, append(c.groups.Keys(p.ids), retained(p.cols)...), len(p.ids))
			defer was.Release()
			rows := make([]int32, len(at))
			for i, a := range at {
				rows[i] = int32(a)
			}
			return expr.TakeRecord(c.tc.Mem, was, rows), nil
		})
		if err != nil {
			return err
		}
	}
	for i, k := range c.kept {
		if k == nil {
			continue
		}
		if err := k.snapshot(w, keptTable(i), all, c.groups, c.In, c.Keys); err != nil {
			return err
		}
	}
	return nil
}

func pickAt(of, at []uint32) []uint32 {
	out := make([]uint32, len(at))
	for i, a := range at {
		out[i] = of[a]
	}
	return out
}

// states is groups as a snapshot has them. Of aggregates whose arguments are kept it has states without rows.
func (c *changes) states(ids []uint32) (arrow.RecordBatch, error) {
	cols := c.groups.Keys(ids)
	for i := range c.Aggs {
		acc := c.accs[i]
		if acc == nil {
			acc = c.Aggs[i].New(c.tc.Mem)
			acc.Grow(len(ids))
			defer acc.Release()
		}
		of := ids
		if c.accs[i] == nil {
			of = nil
		}
		more, err := acc.State(of)
		if err != nil {
			release(cols)
			return nil, err
		}
		cols = append(cols, more...)
	}
	rows, given := array.NewInt64Builder(c.tc.Mem), array.NewBooleanBuilder(c.tc.Mem)
	defer rows.Release()
	defer given.Release()
	for _, id := range ids {
		rows.Append(c.rows[id])
		given.Append(c.out[id])
	}
	return newRecord(c.state, append(cols, rows.NewArray(), given.NewArray()), len(ids)), nil
}

func (c *changes) restore() error {
	if c.tc.State == nil {
		return nil
	}
	tables := []string{groupsTable, pastTable}
	for i, k := range c.kept {
		if k != nil {
			tables = append(tables, keptTable(i))
		}
	}
	for _, table := range tables {
		err := c.tc.State.Scan(table, func(rec arrow.RecordBatch) error {
			if err := c.put(table, rec); err != nil {
				return err
			}
			return c.report()
		})
		if err != nil {
			return err
		}
	}
	return c.refresh()
}

// refresh has aggregates that cannot take rows back ready to be asked.
func (c *changes) refresh() error {
	for _, k := range c.kept {
		if k != nil {
			if err := k.refresh(); err != nil {
				return err
			}
		}
	}
	return nil
}

// put takes back what Snapshot wrote of one table.
func (c *changes) put(table string, rec arrow.RecordBatch) error {
	cols, n := rec.Columns(), int(rec.NumRows())
	c.find(cols[:len(c.Keys)], n)
	rest := cols[len(c.Keys):]
	if table == pastTable {
		for _, id := range c.ids {
			c.touch(id)
		}
		c.before = append(c.before, past{slices.Clone(c.ids), retained(slices.Clone(rest))})
		return nil
	}
	for i, k := range c.kept {
		if k != nil && table == keptTable(i) {
			return k.put(c.ids, rest)
		}
	}
	for i := range c.Aggs {
		width := len(c.Aggs[i].State)
		if c.accs[i] != nil {
			if err := c.accs[i].Merge(c.ids, rest[:width]); err != nil {
				return err
			}
		}
		rest = rest[width:]
	}
	given := rest[1].(*array.Boolean)
	for i, rows := range rest[0].(*array.Int64).Int64Values() {
		id := c.ids[i]
		c.rows[id] += rows
		if c.out[id] = given.Value(i); !c.out[id] {
			c.touch(id)
		}
	}
	return nil
}

// drop lets go of the groups.
func (c *changes) drop() {
	c.groups.Release()
	for i := range c.Aggs {
		if c.kept[i] != nil {
			c.kept[i].release()
		} else {
			c.accs[i].Release()
		}
	}
}

func (c *changes) Close() error {
	for _, p := range c.before {
		release(p.cols)
	}
	c.before = nil
	c.drop()
	c.close()
	return nil
}
